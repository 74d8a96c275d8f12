// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/delay.hpp"

#include <algorithm>

namespace ha::fence {

void VictimClocks::restore(NodeId victim, Duration waits, TimePoint now)
{
    Clock clock;
    clock.since = now;
    clock.is_armed = waits != not_armed;
    if (waits >= Duration{0}) {
        clock.delay = waits;
        clock.due = now + waits;
    }
    clocks_[victim] = clock;
}

bool VictimClocks::arm(NodeId victim, Duration delay, TimePoint now)
{
    const auto found = clocks_.find(victim);
    if (found == clocks_.end() || found->second.is_armed) {
        return false;
    }
    Clock& clock = found->second;
    clock.is_armed = true;
    clock.delay = delay;
    clock.was_delayed = delay != Duration{0};
    clock.due.reset();
    if (delay >= Duration{0}) {
        clock.due = now + delay;
    }
    return true;
}

void VictimClocks::disarm_all()
{
    for (auto& [victim, clock] : clocks_) {
        clock.is_armed = false;
        clock.due.reset();
    }
}

void VictimClocks::restart_waiting(Duration post_join_delay, TimePoint now)
{
    for (auto& [victim, clock] : clocks_) {
        if (!clock.is_armed || !clock.due || *clock.due <= now) {
            continue;
        }
        if (clock.delay > Duration{0} && clock.delay < post_join_delay) {
            clock.delay = post_join_delay;
        }
        clock.due = now + clock.delay;
    }
}

void VictimClocks::pause(NodeId victim, Duration how_long, TimePoint now)
{
    const auto found = clocks_.find(victim);
    if (found != clocks_.end()) {
        found->second.is_armed = true;
        found->second.was_delayed = true;
        found->second.due = now + how_long;
    }
}

const VictimClocks::Clock* VictimClocks::find(NodeId victim) const
{
    const auto found = clocks_.find(victim);
    return found != clocks_.end() ? &found->second : nullptr;
}

bool VictimClocks::is_due(NodeId victim, TimePoint now) const
{
    const Clock* clock = find(victim);
    return clock != nullptr && clock->is_armed && clock->due && *clock->due <= now;
}

Duration VictimClocks::waits(NodeId victim, TimePoint now) const
{
    const Clock* clock = find(victim);
    if (clock == nullptr || !clock->is_armed) {
        return not_armed;
    }
    return clock->due ? std::max(Duration{0}, *clock->due - now) : for_ever;
}

Duration first_delay(const model::FenceDaemon& options, bool joined_or_gained_quorum)
{
    return joined_or_gained_quorum ? options.post_join_delay : options.post_fail_delay;
}

Duration back_off(const model::FenceDaemon& options, Duration longest, std::uint32_t failed_rounds)
{
    constexpr Duration shortest = std::chrono::seconds{3};
    Duration pause = std::max<Duration>(shortest, options.override_time);
    const Duration bound = std::max(longest, pause);
    for (std::uint32_t round = 1; round < failed_rounds && pause < bound; ++round) {
        pause *= 2;
    }
    return std::min(pause, bound);
}

}  // namespace ha::fence
