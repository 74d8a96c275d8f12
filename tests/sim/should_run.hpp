// SPDX-License-Identifier: Apache-2.0
//
// Whether a service that is stopped should run (L1): computed anew from the document, the members,
// the agents' journal and what befell the service. The core's sentence on it counts for nothing.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/sim/service_daemon.hpp"

namespace ha::sim {

class ShouldRun
{
public:
    explicit ShouldRun(const ServiceLab& lab) : lab_(lab) {}

    /// Looks at every manager that handled something: who was a member when a service stopped?
    void note(const ServiceDaemon& daemon);

    /// Why it should run and not be stopped or disabled as this manager says, or "".
    [[nodiscard]] std::string why(const ServiceDaemon& daemon,
                                  const service::ServiceRow& row) const;

private:
    using Members = std::map<NodeId, view::Member>;
    struct Stopped {
        std::uint64_t version = 0;
        Members members;
    };
    struct Seen {
        DaemonLife process;
        std::map<std::string, Stopped> stopped;
    };

    [[nodiscard]] bool have_members_changed(const ServiceDaemon& daemon,
                                            const service::ServiceRow& row) const;
    [[nodiscard]] std::set<NodeId> best_nodes(const service::ServiceConfig& config,
                                              const std::set<NodeId>& online) const;
    [[nodiscard]] bool does_dependency_run(const service::ServiceConfig& config) const;
    [[nodiscard]] bool excludes_another(const service::ServiceConfig& config, NodeId node) const;

    const ServiceLab& lab_;
    std::map<NodeId, Seen> seen_;  ///< by each manager
};

}  // namespace ha::sim
