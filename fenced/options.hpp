// SPDX-License-Identifier: Apache-2.0
//
// Command line of fenced (spec fenced 2.1). What stands here beats `<fence_daemon>`, which beats
// the defaults.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/base/roots.hpp"
#include "common/model/model.hpp"

namespace ha::fence {

struct DaemonOptions {
    bool foreground = false;  ///< -D, implies debug
    bool debug = false;       ///< -L, or FENCED_DEBUG in the environment
    std::optional<std::chrono::seconds> post_join_delay;  ///< negative: for ever
    std::optional<std::chrono::seconds> post_fail_delay;
    std::optional<std::chrono::seconds> override_time;  ///< at least 3
    std::optional<std::string> override_path;
    bool clean_start = false;
    bool skip_undefined = false;
    int groupd_compat = 0;                         ///< accepted, ignored, warned about unless 0
    bool checks_default_directories = true;        ///< `-r -` switches it off
    std::vector<std::string> further_directories;  ///< `-r PATH`
};

struct ParsedDaemonOptions {
    DaemonOptions options;
    std::optional<int> exit_code;  ///< everything is said already
};

/// Complains, shows usage and version by itself.
[[nodiscard]] ParsedDaemonOptions parse_options(int argc, char** argv);

/// `configured` with what the command line says instead.
[[nodiscard]] model::FenceDaemon with_options(model::FenceDaemon configured,
                                              const DaemonOptions& options);

/// Directories that must be empty before this node may be called clean. Source: spec fenced 1.2
/// (3).
[[nodiscard]] std::vector<std::string> directories_to_check(const DaemonOptions& options,
                                                            const Roots& roots);

}  // namespace ha::fence
