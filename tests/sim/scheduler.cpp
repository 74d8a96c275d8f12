// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/scheduler.hpp"

#include <algorithm>

namespace ha::sim {

TimerId Scheduler::at(TimePoint when, std::function<void()> what)
{
    const TimePoint due = std::max(when, now_);
    const TimerId id = ++last_id_;
    queue_.emplace(Key{due, id}, std::move(what));
    due_[id] = due;
    return id;
}

void Scheduler::cancel(TimerId timer)
{
    const auto found = due_.find(timer);
    if (found != due_.end()) {
        queue_.erase(Key{found->second, timer});
        due_.erase(found);
    }
}

bool Scheduler::step()
{
    if (queue_.empty()) {
        return false;
    }
    auto first = queue_.extract(queue_.begin());
    now_ = first.key().first;
    due_.erase(first.key().second);
    ++steps_;
    first.mapped()();
    return true;
}

std::optional<TimePoint> Scheduler::next_time() const
{
    if (queue_.empty()) {
        return std::nullopt;
    }
    return queue_.begin()->first.first;
}

}  // namespace ha::sim
