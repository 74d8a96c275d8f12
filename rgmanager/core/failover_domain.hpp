// SPDX-License-Identifier: Apache-2.0
//
// Failover domains: where a service may and prefers to run. Pure values and one scoring function.
// Source: spec/rgmanager.md 1.2 and 5.7. Domain names match without regard to case, node names
// exactly.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.hpp"
#include "common/model/model.hpp"
#include "common/protocol/service.hpp"

namespace ha::service {

struct DomainNode {
    NodeId node;       ///< 0: the name is no cluster node; such an entry is never online
    std::string name;  ///< as written
    /// 1 is best, 100 worst; 0 (none given) ranks behind all others.
    /// (The old suite ranked 0 first; docs/conformance.md.)
    int priority = 0;

    friend bool operator==(const DomainNode&, const DomainNode&) = default;
};

struct FailoverDomain {
    std::string name;
    bool ordered = false;
    bool restricted = false;
    bool nofailback = false;
    std::vector<DomainNode> nodes;  ///< document order

    /// The entry of the node, or nullptr.
    [[nodiscard]] const DomainNode* find(NodeId node) const;

    friend bool operator==(const FailoverDomain&, const FailoverDomain&) = default;
};

struct DomainReading {
    std::vector<FailoverDomain> domains;
    std::vector<std::string> warnings;  ///< in the old suite's words where it had some
};

/// Reads `<rm><failoverdomains>`. A repeated domain is left out with a warning; so is a repeated
/// node.
[[nodiscard]] DomainReading read_failover_domains(const model::ClusterModel& model);

/// The domain of that name, or nullptr.
[[nodiscard]] const FailoverDomain* find_domain(const std::vector<FailoverDomain>& domains,
                                                std::string_view name);

/// How much a node suits a service; comparable.
enum class Score { illegal = 0, good = 1, better = 2, best = 3 };

/// What scoring needs to know of a service's row.
struct Holder {
    protocol::ServiceState state = protocol::ServiceState::stopped;
    NodeId owner;  ///< 0: nobody
};

/// `domain` may be nullptr: no domain, every online node is best.
[[nodiscard]] Score score(const FailoverDomain* domain, NodeId node, const std::set<NodeId>& online,
                          const Holder& holder);

/// May the node run it at all, whoever else is online? (What the target of a relocation asks
/// itself.)
[[nodiscard]] bool is_allowed(const FailoverDomain* domain, NodeId node);

}  // namespace ha::service
