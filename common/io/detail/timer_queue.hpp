// SPDX-License-Identifier: Apache-2.0
//
// All timers of a loop behind one timerfd on CLOCK_BOOTTIME. (Asio's own timers count
// CLOCK_MONOTONIC, which stands still while the machine sleeps.)
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "common/base/time.hpp"

namespace ha::io {

class FdWatch;
class Loop;

class TimerQueue
{
public:
    struct Entry {
        std::function<void()> on_due;
        std::optional<TimePoint> due;
        std::uint64_t generation =
            0;  ///< counts set and cancel: tells a due entry that was changed since
    };

    explicit TimerQueue(Loop& loop);
    ~TimerQueue();
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;

    void set(const std::shared_ptr<Entry>& entry, TimePoint due);
    void cancel(const std::shared_ptr<Entry>& entry);

private:
    void open();
    void arm(TimePoint due) const;
    void run_due();

    Loop& loop_;
    int fd_ = -1;
    std::unique_ptr<FdWatch> watch_;
    std::multimap<TimePoint, std::shared_ptr<Entry>> queue_;
};

/// The timer queue of a loop, without Asio in sight.
[[nodiscard]] TimerQueue& timer_queue(Loop& loop);

}  // namespace ha::io
