// SPDX-License-Identifier: Apache-2.0
//
// Records of running children in the run root, and what /proc knows about them.
//
//   RUN/agents/OWNER.PID:  group=4711
//                          start_ticks=98765
//                          started_us=...
//                          deadline_us=...      (only with a deadline)
//                          outlives=0
//                          subject=n2
//                          action=off
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/io/process.hpp"

namespace ha::io {

[[nodiscard]] std::string format_record(const RecordedChild& child);

/// Errors: invalid_input.
[[nodiscard]] Result<RecordedChild> parse_process_record(std::string_view text);

/// Start time of a process in clock ticks after boot, /proc/PID/stat field 22. Errors: not_found.
[[nodiscard]] Result<std::uint64_t> process_start_ticks(pid_t pid);

/// SIGKILL to the group, if is_group_alive().
void kill_group(const RecordedChild& child);

}  // namespace ha::io
