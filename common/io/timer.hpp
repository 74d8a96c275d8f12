// SPDX-License-Identifier: Apache-2.0
//
// Timer: one-shot, re-armable, on CLOCK_BOOTTIME (a suspended machine wakes with its timers due).
// All timers of a loop share one descriptor; setting one is cheap.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "common/base/time.hpp"

namespace ha::io {

class Loop;

class Timer
{
public:
    /// `on_due` is called once per set(), from the loop, not before the time it was set to.
    Timer(Loop& loop, std::function<void()> on_due);
    ~Timer();  ///< cancels
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    /// Replaces what was set before. A time in the past is due at once (from the loop).
    void set(TimePoint due);
    void set_in(Duration delay);

    /// After this `on_due` is not called until the next set().
    void cancel();

    /// set(*due), or cancel() without a value: what a core's `wake_at` wants.
    void set_or_cancel(std::optional<TimePoint> due);

    [[nodiscard]] std::optional<TimePoint> due() const;

private:
    struct Entry;
    std::shared_ptr<Entry> entry_;
};

}  // namespace ha::io
