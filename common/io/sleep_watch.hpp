// SPDX-License-Identifier: Apache-2.0
//
// SleepWatch: did this machine stand still? A daemon that slept longer than the token must treat
// itself as cut off (DESIGN 3); one that merely waited for a processor, or was busy, must not. The
// kernel's accounts tell them apart: time on a processor and time in its queue are no sleep,
// whatever the clock says.
#pragma once

#include <optional>
#include <string_view>

#include "common/base/time.hpp"

namespace ha::io {

/// Time this process ran or was ready to run, from the text of /proc/self/schedstat. Nothing if
/// unreadable.
[[nodiscard]] std::optional<Duration> awake_time(std::string_view schedstat);

class SleepWatch
{
public:
    SleepWatch() = default;
    ~SleepWatch();
    SleepWatch(const SleepWatch&) = delete;
    SleepWatch& operator=(const SleepWatch&) = delete;

    /// Time since the last call in which this process neither ran nor was ready to run; call it on
    /// a timer that ticks much more often than the sleep to be found. The first call returns 0.
    [[nodiscard]] Duration slept(TimePoint now);

private:
    [[nodiscard]] std::optional<Duration> read_awake_time();

    int fd_ = -1;  ///< kept: it is read before every event
    std::optional<TimePoint> last_;
    Duration last_awake_{};
};

}  // namespace ha::io
