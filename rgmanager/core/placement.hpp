// SPDX-License-Identifier: Apache-2.0
//
// Placement: which node should start a service, from the table, the document and the members
// online. Pure and the same on all members, so that only the chosen node claims. It does not know
// about fencing: whether anything may be claimed at all is the service manager's question (S10).
// Source: spec/rgmanager.md 5.7, 5.10, 5.12.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "rgmanager/core/failover_domain.hpp"
#include "rgmanager/core/service.hpp"
#include "rgmanager/core/service_config.hpp"

namespace ha::service {

/// A decision and why. `node` 0: nobody, and the reason says what is in the way.
struct Choice {
    NodeId node;
    std::string reason;
};

/// A snapshot of who runs what; cheap to build (one pass over the rows), valid while its arguments
/// live.
class Placement
{
public:
    Placement(const ServicesDocument& document, const std::map<std::string, ServiceRow>& rows,
              const std::set<NodeId>& online);

    /// Nodes that should start, now and by themselves, services that are stopped, for all services
    /// at once: each choice counts as load for the next. Services that run, or wait for something
    /// else, are absent.
    [[nodiscard]] std::map<std::string, Choice> plan(std::uint64_t membership_epoch) const;

    /// The node for one stopped service without operation: among the nodes of score best the one
    /// with the least services, ties by a hash that differs per service.
    [[nodiscard]] Choice consider_start(const ServiceRow& row) const;

    /// The target of a relocation or of `-F`: the highest score; ties are shuffled, differently at
    /// every version of the row, so that a service does not bounce between two of three nodes.
    [[nodiscard]] Choice best_node(const ServiceRow& row, const std::set<NodeId>& excluded) const;

    /// A reason why the service may not run on the node next to what runs there, or "".
    [[nodiscard]] std::string exclusive_conflict(const std::string& service, NodeId node) const;

    /// The sentence that names the dependency that is not started, or "".
    [[nodiscard]] std::string missing_dependency(const std::string& service) const;

    /// Does its failover domain allow the node, whoever else is online?
    [[nodiscard]] bool allows(const std::string& service, NodeId node) const;

    [[nodiscard]] Score score_of(const ServiceRow& row, NodeId node) const;

    /// The joiner that suits a service held by `row.owner` strictly better than its owner does.
    [[nodiscard]] bool is_better(const ServiceRow& row, NodeId joiner) const;

    /// The sentence that says why nobody may run it: its restricted domain has no member online; or
    /// "".
    [[nodiscard]] std::string unavailable_domain(const std::string& service) const;

    /// "its start failed on n2 and n3", for a person who asks why it is somewhere else.
    [[nodiscard]] std::string failed_starts(const std::vector<NodeId>& nodes) const;

    /// A claim that is under way counts like a service that runs.
    void add_load(NodeId node, const std::string& service);

private:
    struct Load {
        std::set<std::string> services;
        std::set<std::string> exclusive;
    };

    [[nodiscard]] const FailoverDomain* domain_of(const std::string& service) const;
    [[nodiscard]] std::size_t load(NodeId node) const;

    const ServicesDocument& document_;
    const std::map<std::string, ServiceRow>& rows_;
    const std::set<NodeId>& online_;
    std::map<NodeId, Load> loads_;
};

}  // namespace ha::service
