// SPDX-License-Identifier: Apache-2.0
#include "common/io/detail/cpg_events.hpp"

#include <algorithm>

namespace ha::io {

namespace {

void sort_unique(std::vector<NodeId>& nodes)
{
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
}

std::vector<NodeId> nodes_of(std::span<const cpg_address> addresses)
{
    std::vector<NodeId> nodes;
    nodes.reserve(addresses.size());
    for (const cpg_address& address : addresses) {
        nodes.push_back(NodeId{address.nodeid});
    }
    sort_unique(nodes);
    return nodes;
}

view::LeaveReason reason_of(std::uint32_t reason)
{
    switch (reason) {
        case CPG_REASON_LEAVE:
            return view::LeaveReason::left;
        case CPG_REASON_PROCDOWN:
            return view::LeaveReason::process_down;
        default:
            return view::LeaveReason::node_down;
    }
}

}  // namespace

view::GroupChanged group_changed(std::span<const cpg_address> members,
                                 std::span<const cpg_address> left,
                                 std::span<const cpg_address> joined)
{
    view::GroupChanged changed;
    changed.members = nodes_of(members);
    changed.joined = nodes_of(joined);
    for (const cpg_address& address : left) {
        changed.left.push_back({NodeId{address.nodeid}, reason_of(address.reason)});
    }
    std::stable_sort(changed.left.begin(), changed.left.end(),
                     [](const auto& a, const auto& b) { return a.node < b.node; });
    return changed;
}

view::RingChanged ring_changed(std::uint32_t representative, std::uint64_t sequence,
                               std::span<const std::uint32_t> members)
{
    view::RingChanged changed;
    changed.ring = RingId{NodeId{representative}, sequence};
    for (const std::uint32_t node : members) {
        changed.members.push_back(NodeId{node});
    }
    sort_unique(changed.members);
    return changed;
}

bool has_left(const view::GroupEvent& event, NodeId node)
{
    const auto* changed = std::get_if<view::GroupChanged>(&event);
    return changed != nullptr &&
           std::any_of(changed->left.begin(), changed->left.end(), [&](const auto& member) {
               return member.node == node && member.reason == view::LeaveReason::left;
           });
}

}  // namespace ha::io
