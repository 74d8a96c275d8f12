// SPDX-License-Identifier: Apache-2.0
// Runs a loop until a condition holds: tests wait on conditions, never on fixed times.
#pragma once

#include <functional>

#include "common/io/clock.hpp"
#include "common/io/loop.hpp"
#include "common/io/timer.hpp"

namespace ha::test {

/// True if `condition` held within `limit`.
inline bool run_until(io::Loop& loop, const std::function<bool()>& condition,
                      Duration limit = std::chrono::seconds{20})
{
    bool is_over = false;
    io::Timer guard(loop, [&] { is_over = true; });
    guard.set_in(limit);
    while (!condition() && !is_over) {
        loop.run_one();
    }
    return condition();
}

/// Runs the loop for a while: for what must not happen.
inline void run_for(io::Loop& loop, Duration duration)
{
    static_cast<void>(run_until(
        loop, [] { return false; }, duration));
}

}  // namespace ha::test
