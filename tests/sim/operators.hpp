// SPDX-License-Identifier: Apache-2.0
//
// A person runs fence_node (DESIGN 4): where fenced runs it announces itself, then makes one round
// over the victim's methods beside whatever fenced does; fenced begins no round of its own
// meanwhile. Drawn beside the other faults, by a generator of its own, so that a seed without such
// a person goes on as it always did.
#pragma once

#include <cstdint>

#include "tests/sim/faults.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

/// In one seed of some, people do so within the time of faults; and S6 is checked beside them.
void add_operators(World& world, std::uint64_t seed, const RunPlan& plan);

}  // namespace ha::sim
