// SPDX-License-Identifier: Apache-2.0
//
// rgmanager's command line (spec/rgmanager.md 6.5).
#pragma once

#include <optional>

namespace ha::service {

struct ManagerOptions {
    bool foreground = false;         ///< -f
    bool debug = false;              ///< -d, or environment RGMANAGER_DEBUG
    bool skip_initial_stop = false;  ///< -N
    std::optional<int> exit_code;    ///< -h, or a wrong option: done already

    friend bool operator==(const ManagerOptions&, const ManagerOptions&) = default;
};

/// Prints usage or a complaint itself.
[[nodiscard]] ManagerOptions parse_options(int argc, char** argv);

}  // namespace ha::service
