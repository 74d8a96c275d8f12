// SPDX-License-Identifier: Apache-2.0
//
// What no single agent can see: everything stops without quorum (S3), one table (S4), one
// document (S8), who left clean left nothing behind (S2), all is well at the end (L1). The rules
// about starts are in the journal.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fenced/core/domain.hpp"
#include "tests/sim/looked.hpp"
#include "tests/sim/service_daemon.hpp"
#include "tests/sim/should_run.hpp"

namespace ha::sim {

class ServiceChecker : public Checker
{
public:
    explicit ServiceChecker(std::shared_ptr<ServiceLab> lab)
        : lab_(std::move(lab)),
          should_run_(*lab_)
    {}

    void after_event(World& world) override;
    std::string unwell(World& world) override;

private:
    struct Seen {
        const ServiceDaemon* daemon;
        bool is_new;
    };

    struct CouldStop {
        DaemonLife process;
        TimePoint at{};
    };

    void repair(World& world);
    void find_new(World& world);
    void check_stops_without_quorum(World& world);
    void note_who_could_stop(World& world, NodeId node);
    [[nodiscard]] Duration longest_stop(bool does_agent_run) const;
    void check_views(World& world);
    static void check_one_table(World& world, const ServiceDaemon& one, const ServiceDaemon& other);
    void check_clean_leavers(World& world, const fence::FenceDomain& domain);
    [[nodiscard]] std::string unwell_service(World& world, const std::string& service) const;
    [[nodiscard]] const ServiceDaemon* daemon(World& world, NodeId node) const;

    std::shared_ptr<ServiceLab> lab_;
    ShouldRun should_run_;
    Looked looked_at_managers_;
    Looked looked_at_fenced_;
    std::uint64_t network_looked_at_ = 0;
    std::uint64_t journal_looked_at_ = 0;
    std::map<NodeId, CouldStop> could_stop_;  ///< its services, and has no quorum
    std::vector<Seen> managers_;              ///< of settled groups
    bool is_any_manager_new_ = false;
    std::vector<const fence::FenceDomain*> new_domains_;  ///< or their holders are new
    std::set<NodeId> seen_without_daemon_;                ///< when the person looked last
    bool repair_is_planned_ = false;
};

}  // namespace ha::sim
