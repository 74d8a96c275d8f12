// SPDX-License-Identifier: Apache-2.0
//
// What the drawn faults nearly never meet, because it needs a moment or a long calm. A few seeds
// begin with one of these, before their own faults.
#pragma once

#include "common/base/random.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

enum class Prelude { none, fencer_sleeps, fenced_is_silent, parent_dies_at_fork };

/// From a stream of its own: no other draw of the seed is shifted.
Prelude draw_prelude(std::uint64_t seed);

void play(World& world, Prelude prelude, Random& random);

}  // namespace ha::sim
