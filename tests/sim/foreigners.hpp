// SPDX-License-Identifier: Apache-2.0
//
// A daemon says what only itself knows, as one of another release would that broke the rule of
// protocol versions (docs/adr/0009): a frame of an unknown type, or a message that cannot be
// decoded. Drawn beside the other faults, by a generator of its own, so that a seed without such a
// word goes on as it always did.
#pragma once

#include <cstdint>

#include "tests/sim/faults.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

void add_foreigners(World& world, std::uint64_t seed, const RunPlan& plan);

}  // namespace ha::sim
