// SPDX-License-Identifier: Apache-2.0
//
// The exact words and exit codes of `fence_node` (spec fenced 4.1). Pure.
#pragma once

#include <string>
#include <vector>

#include "fenced/core/operation.hpp"

namespace ha::fence::tool {

/// What the command ends with.
struct FenceNodeEnd {
    std::string text;  ///< `fence n2 success`
    int exit_code = 1;
};

/// `typed` is the name as the person gave it.
[[nodiscard]] FenceNodeEnd conclude(OperationKind kind, const std::string& typed,
                                    const OperationResult& result);

/// Lines before it: one per device, with `with_arguments` one more for what it was told, secrets
/// masked.
[[nodiscard]] std::vector<std::string> device_lines(OperationKind kind, const std::string& typed,
                                                    const DeviceRecord& record,
                                                    bool with_arguments);

}  // namespace ha::fence::tool
