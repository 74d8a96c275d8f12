// SPDX-License-Identifier: Apache-2.0
//
// Virtual time: one queue of things to happen, ordered by time and then by when they were asked
// for. Same seed, same run, on every machine.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "common/base/time.hpp"

namespace ha::sim {

using TimerId = std::uint64_t;

class Scheduler
{
public:
    [[nodiscard]] TimePoint now() const { return now_; }

    /// Never earlier than now.
    TimerId at(TimePoint when, std::function<void()> what);
    TimerId after(Duration delay, std::function<void()> what)
    {
        return at(now_ + delay, std::move(what));
    }

    /// Harmless if it happened already.
    void cancel(TimerId timer);

    /// Runs the next thing; false when nothing is left.
    bool step();
    [[nodiscard]] std::optional<TimePoint> next_time() const;
    [[nodiscard]] std::uint64_t steps() const { return steps_; }

private:
    using Key = std::pair<TimePoint, TimerId>;

    TimePoint now_{};
    TimerId last_id_ = 0;
    std::uint64_t steps_ = 0;
    std::map<Key, std::function<void()>> queue_;
    std::map<TimerId, TimePoint> due_;
};

}  // namespace ha::sim
