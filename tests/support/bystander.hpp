// SPDX-License-Identifier: Apache-2.0
// A process that does nothing, in a session and group of its own.
#pragma once

#include <sys/types.h>

#include <unistd.h>

#include "common/base/assert.hpp"

namespace ha::test {

/// Kill and reap it when done.
inline pid_t fork_session_leader()
{
    int ends[2];
    HA_ASSERT(::pipe(ends) == 0);
    const pid_t pid = ::fork();
    HA_ASSERT(pid >= 0);
    char byte = 0;
    if (pid == 0) {
        ::setsid();
        HA_ASSERT(::write(ends[1], &byte, 1) == 1);
        for (;;) {
            ::pause();
        }
    }
    HA_ASSERT(::read(ends[0], &byte, 1) == 1);
    ::close(ends[0]);
    ::close(ends[1]);
    return pid;
}

}  // namespace ha::test
