// SPDX-License-Identifier: Apache-2.0
// A daemon that others wait for gets the processor first, and waits for no disk.
#pragma once

#include "common/base/result.hpp"

namespace ha::daemon {

/// Realtime, round robin, lowest priority: before all that is not realtime, after corosync.
/// Children do not inherit it. Errors: permission_denied (no CAP_SYS_NICE, a cgroup without
/// realtime share).
[[nodiscard]] Status run_before_others();

/// All of this process stays in memory, now and later: who waits for a page of its program on a
/// slow or dead disk cannot fence. Children do not inherit it. Does nothing in sanitized builds,
/// whose shadow memory is larger than any machine. Errors: permission_denied (no CAP_IPC_LOCK).
[[nodiscard]] Status stay_in_memory();

}  // namespace ha::daemon
