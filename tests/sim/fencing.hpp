// SPDX-License-Identifier: Apache-2.0
//
// Fencing as a workload: fenced on every node, its faults, its checkers S3 to S6, S8, S10, L1, its
// mutants.
#pragma once

#include <string>
#include <vector>

#include "fenced/core/domain.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

/// Each undoes one sentence of DESIGN; the checkers must catch each.
[[nodiscard]] const std::vector<std::string>& fencing_mutants();

/// False if no such mutant.
[[nodiscard]] bool set_fencing_mutant(fence::DomainKnobs& knobs, const std::string& mutant);

/// Drawn from the world's seed: nodes, delays, options of <fence_daemon>.
[[nodiscard]] ActiveConfig draw_config(World& world);

void install_fencing(World& world, const fence::DomainKnobs& knobs);
void add_fencing_checkers(World& world);
void add_fencing_faults(World& world);

}  // namespace ha::sim
