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

std::string old_state_path(const Roots& roots)
{
    return state_path(roots) + ".old";
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
                           const Result<std::string>& old_state, const NodeLife& life)
{
    const bool is_fresh = is_absent(marker) && is_absent(state) && is_absent(old_state);
    const bool is_same = marker && (*marker == life.value + "\n" ||
                                    *marker == life.value);  // a former release wrote no line
    const bool is_other = marker && is_whole(*marker) && !is_same;
    if (is_other || is_fresh) {
        return {};
    }
    const bool is_old = is_absent(state) && old_state;
    const Result<std::string>& last = is_old ? old_state : state;
    return FormerRun{false, !is_same, last ? *last : std::string(), is_old};
}

FormerRun read_former_run(const Roots& roots, const NodeLife& life)
{
    return judge_former_run(io::read_file(marker_path(roots)), io::read_file(state_path(roots)),
                            io::read_file(old_state_path(roots)), life);
}

Status mark_life(const Roots& roots, const NodeLife& life)
{
    return io::write_run_file(marker_path(roots), life.value + "\n");
}

Status keep_state(const Roots& roots, const std::string& state, bool is_soon_old)
{
    const std::string path = state_path(roots);
    const std::string old_path = old_state_path(roots);
    Status written = io::write_run_file(is_soon_old ? old_path : path, state, 0600);
    if (written) {
        std::ignore = io::remove_file(is_soon_old ? path : old_path);
    } else {
        std::error_code ignored;                           // there may be no former text
        std::filesystem::rename(path, old_path, ignored);  // needs no room
    }
    return written;
}

}  // namespace ha::service
