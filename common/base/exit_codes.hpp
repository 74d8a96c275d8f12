// SPDX-License-Identifier: Apache-2.0
//
// Exit codes of our daemons and new tools; classic commands keep their own.
#pragma once

namespace ha {

enum class ExitCode : int {
    done = 0,
    usage = 100,
    impossible = 101,
    configuration = 102,
    system = 111,
};

[[nodiscard]] constexpr int exit_status(ExitCode code)
{
    return static_cast<int>(code);
}

}  // namespace ha
