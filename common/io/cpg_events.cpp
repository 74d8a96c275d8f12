// SPDX-License-Identifier: Apache-2.0
#include "common/io/detail/cpg_events.hpp"

#include <algorithm>
#include <utility>

namespace ha::io {

namespace {

void sort_unique(std::vector<NodeId>& nodes)
{
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
}

bool is_among(std::span<const cpg_address> addresses, NodeId node, std::uint32_t pid)
{
    return std::any_of(addresses.begin(), addresses.end(), [&](const cpg_address& address) {
        return address.nodeid == node.value && address.pid == pid;
    });
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

std::optional<view::GroupChanged> GroupProcesses::changed(std::span<const cpg_address> members,
                                                          std::span<const cpg_address> left,
                                                          std::span<const cpg_address> joined)
{
    // Of several, one that did not come just now; then the oldest, as far as its number tells.
    std::map<NodeId, std::pair<bool, std::uint32_t>> first;
    for (const cpg_address& member : members) {
        const NodeId node{member.nodeid};
        const std::pair candidate(is_among(joined, node, member.pid), member.pid);
        const auto entry = first.try_emplace(node, candidate).first;
        entry->second = std::min(entry->second, candidate);
    }
    const auto is_there = [&](NodeId node, std::uint32_t pid) {
        return is_among(members, node, pid) && !is_among(left, node, pid) &&
               !is_among(joined, node, pid);
    };
    view::GroupChanged changed;
    std::erase_if(speakers_, [&](const auto& speaker) {
        if (is_there(speaker.first, speaker.second)) {
            return false;
        }
        for (const cpg_address& gone : left) {
            if (gone.nodeid == speaker.first.value && gone.pid == speaker.second) {
                changed.left.push_back({speaker.first, reason_of(gone.reason)});
            }
        }
        return true;
    });
    const bool somebody_left = !changed.left.empty();
    for (const auto& [node, candidate] : first) {
        changed.members.push_back(node);
        if (speakers_.try_emplace(node, candidate.second).second) {
            changed.joined.push_back(node);
        }
    }
    if (!somebody_left && changed.joined.empty()) {
        return std::nullopt;
    }
    return changed;
}

bool GroupProcesses::counts(NodeId node, std::uint32_t pid) const
{
    const auto speaker = speakers_.find(node);
    return speaker != speakers_.end() && speaker->second == pid;
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

bool has_left(std::span<const cpg_address> left, NodeId node, std::uint32_t pid)
{
    return std::any_of(left.begin(), left.end(), [&](const cpg_address& address) {
        return address.nodeid == node.value && address.pid == pid &&
               address.reason == CPG_REASON_LEAVE;
    });
}

}  // namespace ha::io
