// SPDX-License-Identifier: Apache-2.0
// The system calls that start a child behind its gate (see process.hpp); no loop, no record.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "common/io/detail/fd.hpp"
#include "common/io/process.hpp"

namespace ha::io {

/// An ha-exec that waits at its gate for an order; nothing ran. The owner reaps it: destroyed, it
/// ends.
struct WaitingHelper {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;  ///< /proc/PID/stat field 22
    Fd pidfd;
    Fd gate;

    WaitingHelper() = default;
    ~WaitingHelper();
    WaitingHelper(WaitingHelper&& other) noexcept;
    WaitingHelper& operator=(WaitingHelper&&) = delete;
};

/// Our ends. `input`, `output`, `error` are pipes, non-blocking, closed where the spec wants none.
struct SpawnedChild {
    pid_t pid = 0;  ///< its group's number too
    std::uint64_t start_ticks = 0;
    Fd pidfd;
    Fd gate;
    Fd input;
    Fd output;
    Fd error;
};

/// `path` runs, in its own session, with nothing of ours but the gate. Errors: system.
[[nodiscard]] Result<WaitingHelper> spawn_helper(const std::string& path);

/// The helper knows what to execute and waits for its byte. Errors: system; then it is gone.
[[nodiscard]] Result<SpawnedChild> give_order(WaitingHelper helper, const ProcessSpec& spec);

[[nodiscard]] Result<Fd> open_pidfd(pid_t pid);

}  // namespace ha::io
