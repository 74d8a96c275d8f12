// SPDX-License-Identifier: Apache-2.0
//
// The rgmanager side of the simulation: daemons around the real service manager, fake agents with a
// journal of their own, clients with random requests, faults of rgmanager, and the checkers of S1,
// S2, S3, S9, S10 and L1.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rgmanager/core/service_manager.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

/// Each undoes one sentence of DESIGN; the checkers must catch each.
[[nodiscard]] const std::vector<std::string>& service_mutants();

/// False if no such mutant.
[[nodiscard]] bool set_service_mutant(service::ServiceKnobs& knobs, const std::string& mutant);

struct ServiceLab;

/// Adds daemon "rgmanager" (install fencing first) and its checkers.
void install_services(const std::shared_ptr<ServiceLab>& lab);

/// The same with its faults, and services drawn from the world's seed.
/// With `reloads` the configuration changes now and then, under services in whatever state.
void install_services(World& world, const service::ServiceKnobs& knobs, bool reloads);

}  // namespace ha::sim
