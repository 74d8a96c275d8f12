// SPDX-License-Identifier: Apache-2.0
//
// A run: boot, a time of faults drawn from the seed, then nothing bad any more, and everything must
// be well.
#pragma once

#include "tests/sim/world.hpp"

namespace ha::sim {

struct RunPlan {
    Duration quiet{std::chrono::seconds{60}};    ///< for the first boot
    Duration faults{std::chrono::seconds{240}};  ///< in which faults happen
    Duration gap{std::chrono::seconds{18}};      ///< longest time between two of them
    Duration settle{std::chrono::seconds{240}};  ///< L1: by then all is well
};

/// Crash, power, links, corosync, daemons: whatever the workload.
void add_common_faults(World& world);

/// Throws Violation.
void run(World& world, const RunPlan& plan);

}  // namespace ha::sim
