// SPDX-License-Identifier: Apache-2.0
//
// cmand's command line. People use `cman_tool join`, which passes its own options on.
#pragma once

#include <optional>

#include "cman/run_record.hpp"

namespace ha::cman {

struct Options {
    bool foreground = false;
    bool debug = false;
    bool test = false;  ///< check the configuration, start nothing
    JoinOverrides overrides;
};

/// Nothing: help, version or an error was printed; the exit code is in `exit_code`.
[[nodiscard]] std::optional<Options> parse_options(int argc, char** argv, int& exit_code);

}  // namespace ha::cman
