// SPDX-License-Identifier: Apache-2.0
//
// A run: boot, a time of faults drawn from the seed, then nothing bad any more, and everything must
// be well.
#pragma once

#include "tests/sim/preludes.hpp"
#include "tests/sim/recovery.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

struct RunPlan {
    Duration quiet{std::chrono::seconds{60}};  ///< for the first boot
    Prelude prelude = Prelude::none;
    Duration faults{std::chrono::seconds{240}};  ///< in which faults happen
    Duration gap{std::chrono::seconds{18}};      ///< longest time between two of them
    Duration settle{std::chrono::seconds{240}};  ///< L1: by then all is well for good
    bool has_bound = true;                       ///< L1: and within the bound of Recovery
};

/// One of them, on or off.
NodeId any_node(World& world, Random& random);

/// Crash, power, links, corosync, daemons: whatever the workload.
void add_common_faults(World& world);

/// One-direction cuts, clogged and flapping links, machines that stand still, full disks.
void add_machine_faults(World& world);
void add_file_faults(World& world, const std::string& daemon);

/// Nothing bad happens any more: links, devices and machines are good, and everybody boots what is
/// off. After `settle` all must be well (L1). Throws Violation.
void end_well(World& world, Duration settle);

/// Throws Violation.
Recovery::Worst run(World& world, const RunPlan& plan);

}  // namespace ha::sim
