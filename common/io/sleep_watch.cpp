// SPDX-License-Identifier: Apache-2.0
#include "common/io/sleep_watch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

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

SleepWatch::~SleepWatch()
{
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

std::optional<Duration> SleepWatch::read_awake_time()
{
    if (fd_ < 0) {
        fd_ = ::open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC);
    }
    std::array<char, 256> text{};
    const ssize_t size = fd_ < 0 ? -1 : ::pread(fd_, text.data(), text.size(), 0);
    return size < 0 ? std::nullopt : awake_time({text.data(), static_cast<std::size_t>(size)});
}

Duration SleepWatch::slept(TimePoint now)
{
    // Without the kernel's accounts every pause counts as sleep: the careful answer.
    const Duration awake = read_awake_time().value_or(last_awake_);
    const Duration was_awake = awake - std::exchange(last_awake_, awake);
    const Duration passed = last_ ? now - *last_ : Duration::zero();
    last_ = now;
    return std::max(passed - was_awake, Duration::zero());
}

}  // namespace ha::io
