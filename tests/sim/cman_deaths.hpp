// SPDX-License-Identifier: Apache-2.0
//
// cmand dies: when it does, and what may come of it (DESIGN 5). Drawn beside the other faults, by a
// generator of its own, so that a seed without such a death goes on as it always did.
#pragma once

#include "common/base/random.hpp"
#include "tests/sim/faults.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

/// In one seed of some, cmand of one node or another dies within the time of faults: its supervisor
/// starts it again, or somebody does later, or nobody.
void add_cman_deaths(World& world, Random random, const RunPlan& plan);

/// Nobody is fenced for his cmand before it was away for its grace.
void add_cman_checker(World& world);

}  // namespace ha::sim
