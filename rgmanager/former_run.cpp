// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/former_run.hpp"

#include "common/io/file.hpp"

namespace ha::service {

namespace {

std::string marker_path(const Roots& roots)
{
    return roots.run_file("rgmanager.life");
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
                           const NodeLife& life)
{
    const bool is_fresh = is_absent(marker) && is_absent(state);
    const bool is_same = marker && (*marker == life.value + "\n" ||
                                    *marker == life.value);  // a former release wrote no line
    const bool is_other = marker && is_whole(*marker) && !is_same;
    if (is_other || is_fresh) {
        return {};
    }
    return FormerRun{false, !is_same, state ? *state : std::string()};
}

FormerRun read_former_run(const Roots& roots, const NodeLife& life)
{
    return judge_former_run(io::read_file(marker_path(roots)),
                            io::read_file(roots.run_file("rgmanager.state")), life);
}

Status mark_life(const Roots& roots, const NodeLife& life)
{
    return io::write_run_file(marker_path(roots), life.value + "\n");
}

}  // namespace ha::service
