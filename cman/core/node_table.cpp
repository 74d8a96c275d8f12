// SPDX-License-Identifier: Apache-2.0
#include "cman/core/node_table.hpp"

#include <algorithm>
#include <set>

namespace ha::cman {

namespace {

std::string unconfigured_name(NodeId node)
{
    return "Node" + std::to_string(node.value);
}

}  // namespace

void NodeTable::configure(const model::ClusterModel& model)
{
    for (auto& [id, entry] : entries_) {
        if (model.node(id) == nullptr) {
            entry.name = unconfigured_name(id);
            entry.votes = 0;
        }
    }
    std::erase_if(entries_, [&](const auto& known) {
        return !known.second.is_member && model.node(known.first) == nullptr;
    });
    for (const model::Node& node : model.nodes) {
        NodeEntry& entry = entries_[node.id];
        entry.id = node.id;
        entry.name = node.name;
        entry.votes = node.votes;
    }
}

NodeChanges NodeTable::apply_ring(const RingId& ring, const std::vector<NodeId>& members,
                                  const std::vector<NodeId>& rejoined, std::int64_t wall_s)
{
    NodeChanges changes;
    const std::set<NodeId> present(members.begin(), members.end());
    const std::set<NodeId> again(rejoined.begin(), rejoined.end());
    for (auto& [id, entry] : entries_) {
        const bool is_gone = entry.is_member && (!present.contains(id) || again.contains(id));
        if (is_gone) {
            changes.left.push_back(id);
            entry.is_member = false;
            entry.is_leaving = false;
            entry.joined_s.reset();
        }
    }
    for (const NodeId node : present) {
        NodeEntry& entry = entries_[node];
        if (!entry.is_member) {
            changes.joined.push_back(node);
            entry.id = node;
            entry.name = entry.name.empty() ? unconfigured_name(node) : entry.name;
            entry.is_member = true;
            entry.incarnation = ring.sequence;
            entry.joined_s = wall_s;
        }
    }
    return changes;
}

void NodeTable::mark_leaving(NodeId node)
{
    const auto found = entries_.find(node);
    if (found != entries_.end() && found->second.is_member) {
        found->second.is_leaving = true;
    }
}

std::vector<NodeId> NodeTable::members() const
{
    std::vector<NodeId> ids;
    for (const auto& [id, entry] : entries_) {
        if (entry.is_member) {
            ids.push_back(id);
        }
    }
    return ids;
}

bool NodeTable::is_member(NodeId node) const
{
    const auto found = entries_.find(node);
    return found != entries_.end() && found->second.is_member;
}

std::string NodeTable::name(NodeId node) const
{
    const auto found = entries_.find(node);
    return found != entries_.end() ? found->second.name : unconfigured_name(node);
}

const NodeEntry* NodeTable::find(std::string_view name) const
{
    for (const auto& [id, entry] : entries_) {
        if (entry.name == name) {
            return &entry;
        }
    }
    return nullptr;
}

}  // namespace ha::cman
