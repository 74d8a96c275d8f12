// SPDX-License-Identifier: Apache-2.0
//
// The operations of `fence_tool` (spec fenced 4.2): each returns the command's exit code.
#pragma once

#include <chrono>
#include <string>

#include "common/base/roots.hpp"
#include "fenced/tool/program.hpp"

namespace ha::fence::tool {

/// Limits in seconds as given; negative: for ever.
struct FenceToolOptions {
    std::string operation;
    bool all_nodes = false;   ///< -n
    int cman_limit_s = 0;     ///< -t
    int quorum_limit_s = 0;   ///< -q
    int members_limit_s = 0;  ///< -m
    int result_limit_s = 0;   ///< -w; 0: do not wait
};

[[nodiscard]] int join_domain(const Program& program, const Roots& roots,
                              const FenceToolOptions& options);
[[nodiscard]] int leave_domain(const Program& program, const Roots& roots,
                               const FenceToolOptions& options);
[[nodiscard]] int list_domain(const Program& program, const Roots& roots,
                              const FenceToolOptions& options);
[[nodiscard]] int dump(const Program& program, const Roots& roots);

}  // namespace ha::fence::tool
