// SPDX-License-Identifier: Apache-2.0
#include "common/io/clock.hpp"

#include <array>
#include <ctime>

namespace ha::io {

TimePoint now()
{
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return TimePoint{std::chrono::seconds{time.tv_sec} +
                     std::chrono::duration_cast<Duration>(std::chrono::nanoseconds{time.tv_nsec})};
}

std::string wall_time_text()
{
    const std::time_t time = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&time, &local);
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local);
    return {text.data(), size};
}

std::int64_t wall_seconds()
{
    return std::time(nullptr);
}

}  // namespace ha::io
