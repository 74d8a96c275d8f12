// SPDX-License-Identifier: Apache-2.0
//
// Runs one program and waits for it: all an offline tool needs. Daemons use common/io/process.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace ha::service {

struct ChildSpec {
    std::vector<std::string> argv;                        ///< argv[0] is the path executed
    std::optional<std::vector<std::string>> environment;  ///< nothing: ours
    std::optional<std::chrono::seconds> timeout;          ///< then SIGKILL to its process group
    bool capture = false;  ///< stdout to `output` and no stderr; else both are ours
    std::size_t output_bytes_max = 0;
};

struct ChildResult {
    int exit_code =
        1;  ///< 1 also for death by signal, overrun and a program that cannot be executed
    bool timed_out = false;
    bool too_long = false;  ///< it was ended because it printed more than allowed
    std::string output;
    std::string error;  ///< why it could not be started, or nothing
};

/// The child leads its own process group; stdin is empty; all signals are default and unblocked.
[[nodiscard]] ChildResult run_child(const ChildSpec& spec);

}  // namespace ha::service
