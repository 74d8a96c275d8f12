// SPDX-License-Identifier: Apache-2.0
// A daemon that others wait for gets the processor first.
#pragma once

#include "common/base/result.hpp"

namespace ha::daemon {

/// Realtime, round robin, lowest priority: before all that is not realtime, after corosync.
/// Children do not inherit it. Errors: permission_denied (no CAP_SYS_NICE, a cgroup without
/// realtime share).
[[nodiscard]] Status run_before_others();

}  // namespace ha::daemon
