// SPDX-License-Identifier: Apache-2.0
//
// Builders for tests of the service manager: documents with three nodes and a few services, rows,
// members.
#pragma once

#include <map>
#include <set>
#include <string>

#include "rgmanager/core/placement.hpp"
#include "rgmanager/core/request.hpp"
#include "rgmanager/core/service_config.hpp"

namespace ha::service::test {

inline const NodeId n1{1};
inline const NodeId n2{2};
inline const NodeId n3{3};

inline DaemonLife life_of(NodeId node)
{
    return DaemonLife{NodeLife{"life" + std::to_string(node.value)}, 1};
}

inline view::Member member(NodeId node)
{
    return view::Member{node, life_of(node), AdmissionNumber{node.value}};
}

inline ServicesDocument document_of(std::uint32_t nodes)
{
    ServicesDocument document;
    document.id = ConfigId{1, "hash"};
    for (std::uint32_t id = 1; id <= nodes; ++id) {
        document.node_names[NodeId{id}] = "node" + std::to_string(id);
        document.voting.votes[NodeId{id}] = 1;
    }
    document.voting.two_node = nodes == 2;
    return document;
}

inline ServiceConfig& add_service(ServicesDocument& document, const std::string& name,
                                  const std::string& domain = "")
{
    ServiceConfig& service = document.services[name];
    service.name = name;
    service.domain = domain;
    return service;
}

struct DomainSpec {
    std::map<NodeId, int> priorities;
    bool ordered = false;
    bool restricted = false;
    bool nofailback = false;
};

inline void add_domain(ServicesDocument& document, const std::string& name, const DomainSpec& spec)
{
    FailoverDomain domain{name, spec.ordered, spec.restricted, spec.nofailback, {}};
    for (const auto& [node, priority] : spec.priorities) {
        domain.nodes.push_back({node, document.node_name(node), spec.ordered ? priority : 0});
    }
    document.domains.push_back(std::move(domain));
}

inline ServiceRow stopped_row(const std::string& name)
{
    ServiceRow row;
    row.name = name;
    row.version = 1;
    row.transition_s = 1000;
    return row;
}

inline ServiceRow owned_row(const std::string& name, NodeId owner,
                            ServiceState state = ServiceState::started)
{
    ServiceRow row = stopped_row(name);
    row.state = state;
    row.owner = Owner{owner, life_of(owner), AdmissionNumber{owner.value}};
    return row;
}

/// Everything a placement or a verdict looks at.
struct World {
    ServicesDocument document = document_of(3);
    std::map<std::string, ServiceRow> rows;
    std::set<NodeId> online{n1, n2, n3};

    ServiceRow& put(const ServiceRow& row) { return rows[row.name] = row; }
    [[nodiscard]] Placement placement() const { return Placement(document, rows, online); }
};

}  // namespace ha::service::test
