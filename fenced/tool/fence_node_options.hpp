// SPDX-License-Identifier: Apache-2.0
//
// Command line of `fence_node` (spec fenced 4.1).
#pragma once

#include <optional>
#include <string>

#include "fenced/core/plan.hpp"
#include "fenced/tool/program.hpp"

namespace ha::fence::tool {

struct FenceNodeOptions {
    OperationKind kind = OperationKind::fence;
    std::string name;                        ///< as typed; "" with -U: this node
    int verbosity = 0;                       ///< -v: devices, -vv: their arguments too
    std::optional<std::size_t> only_method;  ///< -m, counted from 0
    bool tell_fenced = true;                 ///< -e
};

struct ParsedFenceNode {
    FenceNodeOptions options;
    std::optional<int> exit_code;  ///< everything is said already
};

/// Complains and shows usage by itself.
[[nodiscard]] ParsedFenceNode parse_fence_node(int argc, char** argv, const Program& program);

}  // namespace ha::fence::tool
