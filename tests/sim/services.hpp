// SPDX-License-Identifier: Apache-2.0
//
// The rgmanager side of the simulation: daemons around the real service manager, fake agents with a journal of
// their own, clients with random requests, and the checkers of S1, S2, S3, S9, S10 and L1.
#pragma once

#include "rgmanager/core/service_manager.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

struct ServicesOptions {
    service::ServiceKnobs knobs{};
    bool clients = true;       ///< random requests until the faults end
    bool agents_fail = true;   ///< starts, stops and checks fail and are slow now and then
};

/// What a workload holds in its hands after installing.
class ServiceWorkload
{
public:
    virtual ~ServiceWorkload() = default;
    /// Clients go home, agents behave: called when the faults end.
    virtual void calm_down() = 0;
};

/// Adds daemon "rgmanager" (after "fenced") and the checkers. The World's seed decides the services.
std::shared_ptr<ServiceWorkload> install_services(World& world, const ServicesOptions& options);

}  // namespace ha::sim
