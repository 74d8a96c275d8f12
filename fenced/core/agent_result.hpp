// SPDX-License-Identifier: Apache-2.0
//
// How an agent ended, and what that means: the exit code is the agents' contract (spec
// fenced 3.3, 5.2), the words are those people know from the log (3.4). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/time.hpp"

namespace ha::fence {

/// Result of one device run, in the words of spec fenced 3.4.
enum class ResultWord {
    success,
    error_from_agent,
    error_from_fork,
    error_no_method,
    error_no_device,
    error_config_agent,
    error_config_args,
    error_config_device,
    error_method_number,
    status_on,
    status_off,
    status_error,
};

/// `success`, `error from agent`, ...
[[nodiscard]] std::string_view to_string(ResultWord word);

enum class AgentEnd {
    exited,
    signalled,
    timed_out,     ///< its process group was killed at the deadline
    not_found,     ///< no such program on the search path
    spawn_failed,  ///< fork, pipe or exec resources
    ended,         ///< its process group was killed because the operation was told to end
};

/// The agent's process group is reaped (or never existed).
struct AgentFinished {
    std::uint64_t run = 0;
    AgentEnd end = AgentEnd::exited;
    int code = 0;        ///< exit code or signal number
    std::string output;  ///< the last part of stdout and stderr, raw
    Duration took{};
};

/// Of an agent that was to act: exit 0 is success, everything else is not.
[[nodiscard]] ResultWord action_word(const AgentFinished& event);

/// Of an agent that was asked for its status: 0 on, 2 off. With `must_say_off` a line of its
/// output must say so too ("Status: OFF"): shells, argparse and missing scripts exit 2 as well.
[[nodiscard]] ResultWord status_word(const AgentFinished& event, bool must_say_off);

/// The agent's last words, or why it has none; secrets of `arguments` masked.
[[nodiscard]] std::string words_of(const AgentFinished& event, const std::string& arguments);

/// Neither success nor an answer.
[[nodiscard]] bool is_failure(ResultWord word);

}  // namespace ha::fence
