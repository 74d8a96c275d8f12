// SPDX-License-Identifier: Apache-2.0
//
// Into the background with an honest exit code: the parent stays until the daemon is ready or gone.
#pragma once

#include "common/base/result.hpp"

namespace ha::daemon {

class Background
{
public:
    Background() = default;
    ~Background();
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;

    /// Forks; returns in the child only, which leads its own session. stderr stays the caller's
    /// until ready(), so that last words are seen. The parent exits with 0 after ready(), else with
    /// the child's exit code (111 if a signal ended it). Errors: system.
    [[nodiscard]] Status enter();

    /// Lets the parent go and turns stdout and stderr to /dev/null. Does nothing without enter().
    void ready();

private:
    int to_parent_ = -1;
};

/// stdin from /dev/null; stdout and stderr too where they are closed: no socket may get their
/// numbers.
[[nodiscard]] Status open_standard_streams();

/// stdout and stderr to /dev/null: whoever waits for the end of our output need wait no longer.
void drop_standard_output();

}  // namespace ha::daemon
