// SPDX-License-Identifier: Apache-2.0
#include "common/io/sleep_watch.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/io/file.hpp"

namespace ha::io {

std::optional<Duration> awake_time(std::string_view schedstat)
{
    std::int64_t total_ns = 0;
    const char* at = schedstat.data();
    const char* const end = at + schedstat.size();
    for (int field = 0; field < 2; ++field) {  // on a processor, in its queue
        std::int64_t value_ns = 0;
        const auto [next, error] = std::from_chars(at, end, value_ns);
        if (error != std::errc{}) {
            return std::nullopt;
        }
        total_ns += value_ns;
        at = next != end ? next + 1 : end;
    }
    return std::chrono::duration_cast<Duration>(std::chrono::nanoseconds{total_ns});
}

Duration SleepWatch::slept(TimePoint now)
{
    const auto text = read_file("/proc/self/schedstat", 256);
    // Without the kernel's accounts every pause counts as sleep: the careful answer.
    const Duration awake = text ? awake_time(*text).value_or(last_awake_) : last_awake_;
    const Duration was_awake = awake - std::exchange(last_awake_, awake);
    const Duration passed = last_ ? now - *last_ : Duration::zero();
    last_ = now;
    return std::max(passed - was_awake, Duration::zero());
}

}  // namespace ha::io
