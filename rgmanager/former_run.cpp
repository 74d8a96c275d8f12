// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/former_run.hpp"

#include <filesystem>
#include <system_error>
#include <tuple>

#include "common/io/file.hpp"

namespace ha::service {

namespace {

std::string marker_path(const Roots& roots)
{
    return roots.run_file("rgmanager.life");
}

std::string state_path(const Roots& roots)
{
    return roots.run_file("rgmanager.state");
}

std::string doubted_path(const Roots& roots)
{
    return state_path(roots) + ".doubted";
}

bool is_absent(const Result<std::string>& file)
{
    return !file && file.error().code == ErrorCode::not_found;
}

/// A whole line: only then is it known which life it names.
bool is_whole(const std::string& marker)
{
    return marker.size() > 1 && marker.find('\n') == marker.size() - 1;
}

}  // namespace

FormerRun judge_former_run(const Result<std::string>& marker, const Result<std::string>& state,
                           const Result<std::string>& doubted, const NodeLife& life)
{
    const bool is_fresh = is_absent(marker) && is_absent(state) && is_absent(doubted);
    const bool is_same = marker && (*marker == life.value + "\n" ||
                                    *marker == life.value);  // a former release wrote no line
    const bool is_other = marker && is_whole(*marker) && !is_same;
    if (is_other || is_fresh) {
        return {};
    }
    const bool is_doubted = is_absent(state) && doubted;
    const Result<std::string>& last = is_doubted ? doubted : state;
    return FormerRun{false, !is_same, last ? *last : std::string(), is_doubted};
}

FormerRun read_former_run(const Roots& roots, const NodeLife& life)
{
    return judge_former_run(io::read_file(marker_path(roots)), io::read_file(state_path(roots)),
                            io::read_file(doubted_path(roots)), life);
}

Status mark_life(const Roots& roots, const NodeLife& life)
{
    return io::write_run_file(marker_path(roots), life.value + "\n");
}

Status keep_state(const Roots& roots, const std::string& state, bool is_doubted)
{
    const std::string path = state_path(roots);
    const std::string doubted = doubted_path(roots);
    if (!is_doubted) {
        Status kept = io::write_run_file(path, state, 0600);
        if (kept) {
            std::ignore = io::remove_file(doubted);  // it is not read beside the new one
        }
        return kept;
    }
    // The former text first: whoever dies in between leaves a doubted one, and a rename needs no
    // room.
    std::error_code error;
    std::filesystem::rename(path, doubted, error);
    if (error && error != std::errc::no_such_file_or_directory) {
        return Error{ErrorCode::system, "rename to " + doubted + ": " + error.message()};
    }
    return io::write_run_file(doubted, state, 0600);
}

}  // namespace ha::service
