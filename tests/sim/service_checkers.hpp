// SPDX-License-Identifier: Apache-2.0
//
// What no single agent can see: everything stops without quorum (S3), one table (S4), one
// document (S8), who left clean left nothing behind (S2), all is well at the end (L1). The rules
// about starts are in the journal.
#pragma once

#include <memory>
#include <set>

#include "tests/sim/service_daemon.hpp"

namespace ha::sim {

class ServiceChecker : public Checker
{
public:
    explicit ServiceChecker(std::shared_ptr<ServiceLab> lab) : lab_(std::move(lab)) {}

    void after_event(World& world) override;
    void at_end(World& world) override;

private:
    void repair(World& world);
    void check_stops_without_quorum(World& world);
    void check_one_table(World& world);
    void check_one_document(World& world);
    void check_clean_leavers(World& world);
    void check_service_at_end(World& world, const std::string& service);
    [[nodiscard]] const ServiceDaemon* daemon(World& world, NodeId node) const;

    std::shared_ptr<ServiceLab> lab_;
    std::uint64_t events_ = 0;
    std::set<NodeId> seen_without_daemon_;  ///< when the person looked last
    bool repair_is_planned_ = false;
};

}  // namespace ha::sim
