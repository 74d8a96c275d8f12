// SPDX-License-Identifier: Apache-2.0
//
// Time for decisions: CLOCK_BOOTTIME, in microseconds. It never steps with NTP and it counts
// suspend. Cores take a TimePoint as an argument; only shells read the clock (common/io/clock.hpp).
#pragma once

#include <chrono>

namespace ha {

/// Tag clock: has no now(), so that no core can read it.
struct BootClock {
    using duration = std::chrono::microseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;
};

using Duration = BootClock::duration;
using TimePoint = BootClock::time_point;

}  // namespace ha
