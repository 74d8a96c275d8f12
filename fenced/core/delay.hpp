// SPDX-License-Identifier: Apache-2.0
//
// How long a member waits before it begins a round (spec fenced 2.2, 3.5). Local to each member: it
// decides only when a round is proposed, never whether a victim is one.
//
//   victim seen in a settled quorate view -> armed: due = now + D
//     D = post_join_delay if that view brought a member or the quorum, else post_fail_delay;
//     negative: never
//   a victim is back in good order -> the clocks of the others start again, with at least
//   post_join_delay a round failed -> due = now + back-off: override_time, doubled each time, at
//   most back_off_max quorum lost -> not armed; post_join_delay again when it is back
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/model/model.hpp"

namespace ha::fence {

class VictimClocks
{
public:
    /// How a clock travels in a snapshot (VictimRecord::waits).
    static constexpr Duration for_ever{-1};
    static constexpr Duration not_armed{-2};

    struct Clock {
        TimePoint since{};  ///< when this member learnt of the victim
        bool is_armed = false;
        Duration delay{};              ///< D, for the log and for a restart
        std::optional<TimePoint> due;  ///< unset while armed: never
        bool was_delayed = false;      ///< the first round did not follow at once
    };

    void add(NodeId victim, TimePoint now)
    {
        clocks_.try_emplace(victim, Clock{now, false, {}, {}, false});
    }
    void restore(NodeId victim, Duration waits, TimePoint now);
    void remove(NodeId victim) { clocks_.erase(victim); }
    void clear() { clocks_.clear(); }

    /// True if this call armed it.
    bool arm(NodeId victim, Duration delay, TimePoint now);
    void disarm_all();
    void restart_waiting(Duration post_join_delay, TimePoint now);
    void pause(NodeId victim, Duration how_long, TimePoint now);

    [[nodiscard]] const Clock* find(NodeId victim) const;
    [[nodiscard]] bool is_due(NodeId victim, TimePoint now) const;
    [[nodiscard]] Duration waits(NodeId victim, TimePoint now) const;

private:
    std::map<NodeId, Clock> clocks_;
};

/// D for a victim first seen in a settled quorate view.
[[nodiscard]] Duration first_delay(const model::FenceDaemon& options, bool joined_or_gained_quorum);

/// The pause after the `failed_rounds`-th failed round, from 1.
[[nodiscard]] Duration back_off(const model::FenceDaemon& options, Duration longest,
                                std::uint32_t failed_rounds);

}  // namespace ha::fence
