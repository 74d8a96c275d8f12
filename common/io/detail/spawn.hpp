// SPDX-License-Identifier: Apache-2.0
// The system calls that start a child behind its gate (see process.hpp); no loop, no record.
#pragma once

#include <sys/types.h>

#include <string>

#include "common/io/detail/fd.hpp"
#include "common/io/process.hpp"

namespace ha::io {

/// Our ends. `input`, `output`, `error` are pipes, non-blocking, closed where the spec wants none.
struct SpawnedChild {
    pid_t pid = 0;  ///< its group's number too
    Fd pidfd;
    Fd gate;
    Fd input;
    Fd output;
    Fd error;
};

/// `helper` runs, in its own session, and waits at the gate for its byte. Errors: system.
[[nodiscard]] Result<SpawnedChild> spawn_behind_gate(const ProcessSpec& spec,
                                                     const std::string& helper);

[[nodiscard]] Result<Fd> open_pidfd(pid_t pid);

}  // namespace ha::io
