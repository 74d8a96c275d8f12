// SPDX-License-Identifier: Apache-2.0
//
// The only place that reads a clock. Decisions get TimePoints (CLOCK_BOOTTIME); wall time is for
// printing.
#pragma once

#include <string>

#include "common/base/time.hpp"

namespace ha::io {

/// CLOCK_BOOTTIME: never steps, counts suspend.
[[nodiscard]] TimePoint now();

/// Wall time as `2026-05-01 13:04:05`, local zone. For people only.
[[nodiscard]] std::string wall_time_text();

/// Wall seconds since the epoch, for messages that show "since when" to people on other nodes.
[[nodiscard]] std::int64_t wall_seconds();

}  // namespace ha::io
