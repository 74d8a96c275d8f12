// SPDX-License-Identifier: Apache-2.0
#include "common/io/timer.hpp"

#include <sys/timerfd.h>

#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/assert.hpp"
#include "common/io/clock.hpp"
#include "common/io/detail/timer_queue.hpp"
#include "common/io/fd_watch.hpp"
#include "common/io/loop.hpp"

namespace ha::io {

// -------------------------------------------------------------------------------------- TimerQueue

TimerQueue::TimerQueue(Loop& loop) : loop_(loop)
{}

TimerQueue::~TimerQueue()
{
    watch_.reset();
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

void TimerQueue::open()
{
    fd_ = ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    HA_ASSERT(fd_ >= 0);  // out of descriptors at start: a daemon without timers is no daemon
    watch_ = std::make_unique<FdWatch>(loop_, fd_, [this] { run_due(); });
}

void TimerQueue::arm(TimePoint due) const
{
    const auto us = std::max<std::int64_t>(due.time_since_epoch().count(), 1);  // 0 would disarm
    itimerspec spec{};
    spec.it_value.tv_sec = us / 1'000'000;
    spec.it_value.tv_nsec = (us % 1'000'000) * 1000;
    HA_ASSERT(::timerfd_settime(fd_, TFD_TIMER_ABSTIME, &spec, nullptr) == 0);
}

void TimerQueue::set(const std::shared_ptr<Entry>& entry, TimePoint due)
{
    if (fd_ < 0) {
        open();
    }
    cancel(entry);
    entry->due = due;
    const bool is_first = queue_.empty() || due < queue_.begin()->first;
    queue_.emplace(due, entry);
    if (is_first) {
        arm(due);
    }
}

void TimerQueue::cancel(const std::shared_ptr<Entry>& entry)
{
    ++entry->generation;
    if (!entry->due) {
        return;
    }
    const auto [first, last] = queue_.equal_range(*entry->due);
    const auto found =
        std::find_if(first, last, [&](const auto& item) { return item.second == entry; });
    HA_ASSERT(found != last);
    queue_.erase(found);
    entry->due.reset();
}

void TimerQueue::run_due()
{
    std::uint64_t expirations = 0;
    static_cast<void>(::read(fd_, &expirations, sizeof expirations));

    // What callbacks set anew waits for the next round, even when due already: nobody starves the
    // loop.
    std::vector<std::pair<std::shared_ptr<Entry>, std::uint64_t>> due;
    const TimePoint time = now();
    while (!queue_.empty() && queue_.begin()->first <= time) {
        auto entry = queue_.begin()->second;
        queue_.erase(queue_.begin());
        entry->due.reset();
        due.emplace_back(std::move(entry), 0);
        due.back().second = due.back().first->generation;
    }
    for (const auto& [entry, generation] : due) {
        if (entry->generation == generation) {
            const auto on_due = entry->on_due;  // the callback may destroy its timer
            on_due();
        }
    }
    if (!queue_.empty()) {
        arm(queue_.begin()->first);
    }
}

// ------------------------------------------------------------------------------------------- Timer

struct Timer::Entry : TimerQueue::Entry {
    explicit Entry(TimerQueue& timer_queue) : queue(timer_queue) {}

    TimerQueue& queue;
};

Timer::Timer(Loop& loop, std::function<void()> on_due)
    : entry_(std::make_shared<Entry>(timer_queue(loop)))
{
    entry_->on_due = std::move(on_due);
}

Timer::~Timer()
{
    cancel();
}

void Timer::set(TimePoint due)
{
    entry_->queue.set(entry_, due);
}

void Timer::set_in(Duration delay)
{
    set(now() + delay);
}

void Timer::cancel()
{
    entry_->queue.cancel(entry_);
}

void Timer::set_or_cancel(std::optional<TimePoint> due)
{
    if (due == entry_->due) {
        return;
    }
    if (due) {
        set(*due);
    } else {
        cancel();
    }
}

std::optional<TimePoint> Timer::due() const
{
    return entry_->due;
}

}  // namespace ha::io
