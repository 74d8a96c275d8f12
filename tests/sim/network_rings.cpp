// SPDX-License-Identifier: Apache-2.0
// Nodes, links and ring changes.
#include <algorithm>
#include <utility>

#include "common/base/assert.hpp"
#include "tests/sim/network.hpp"

namespace ha::sim {

using view::GroupChanged;
using view::LeaveReason;
using view::LeftMember;
using view::RingChanged;

namespace {

std::string words(RingId ring)
{
    return std::to_string(ring.representative.value) + "/" + std::to_string(ring.sequence);
}

std::string words(const std::set<NodeId>& nodes)
{
    std::string text;
    for (const NodeId node : nodes) {
        text += (text.empty() ? "" : " ") + std::to_string(node.value);
    }
    return "{" + text + "}";
}

}  // namespace

void Network::start_node(NodeId node)
{
    HA_ASSERT(!is_running(node));
    last_sequence_ += 4;
    Ring ring;
    ring.id = RingId{node, last_sequence_};
    ring.members = {node};
    nodes_[node] = Node{};
    nodes_[node].ring = ring.id;
    rings_[ring.id] = std::move(ring);
    plan_rings(delays_.merge);
}

void Network::stop_node(NodeId node)
{
    if (nodes_.erase(node) > 0) {
        plan_rings(delays_.token + delays_.consensus);
    }
}

void Network::set_side(NodeId node, int side)
{
    const bool closer = side_[node] != side;
    side_[node] = side;
    if (closer) {
        for (const auto& [id, ring] : rings_) {
            if (ring.members.contains(node) && ring.members.size() > 1) {
                disturbed_.insert(id);
            }
        }
        plan_rings(delays_.token + delays_.consensus);
        plan_rings(delays_.merge);
    }
}

void Network::heal()
{
    for (auto& [node, side] : side_) {
        side = 0;
    }
    plan_rings(delays_.merge);
}

bool Network::connected(NodeId left, NodeId right) const
{
    const auto side_of = [this](NodeId node) {
        const auto found = side_.find(node);
        return found != side_.end() ? found->second : 0;
    };
    return side_of(left) == side_of(right);
}

bool Network::is_cut() const
{
    return std::any_of(side_.begin(), side_.end(),
                       [](const auto& entry) { return entry.second != 0; });
}

bool Network::is_whole(const Ring& ring) const
{
    return std::all_of(ring.members.begin(), ring.members.end(), [&](NodeId node) {
        const auto found = nodes_.find(node);
        return found != nodes_.end() && found->second.ring == ring.id &&
               connected(node, *ring.members.begin());
    });
}

std::vector<Network::Together> Network::components() const
{
    std::map<int, Together> by_side;
    for (const auto& [node, state] : nodes_) {
        const auto side = side_.find(node);
        by_side[side != side_.end() ? side->second : 0].insert(node);
    }
    std::vector<Together> parts;
    for (auto& [side, nodes] : by_side) {
        parts.push_back(std::move(nodes));
    }
    return parts;
}

/// Rings that hear each other merge soon; a lost token takes its timeout. Trying too often does no
/// harm.
void Network::plan_rings(Duration notice)
{
    scheduler_.after(notice + pick(notice / 4), [this] { form_rings(); });
}

void Network::form_rings()
{
    for (const Together& component : components()) {
        // Parts that come from one ring stay together; a restarted node is a part of its own.
        std::map<RingId, Together> by_ring;
        for (const NodeId node : component) {
            by_ring[nodes_.at(node).ring].insert(node);
        }
        const Ring& first = rings_.at(by_ring.begin()->first);
        const bool is_same = by_ring.size() == 1 && first.members == component;
        const bool anew = is_same && disturbed_.erase(first.id) > 0 && random_.chance(500);
        if (is_same && !anew) {
            continue;
        }
        if (random_.chance(400)) {
            plan_rings(delays_.consensus);  // the sides of a split do not finish together
            continue;
        }
        std::vector<Together> parts;
        for (const auto& [ring, nodes] : by_ring) {
            flush(rings_.at(ring), nodes);
            parts.push_back(nodes);
        }
        install(parts);
    }
}

/// What the nodes that stay together still deliver in the old ring.
void Network::flush(Ring& ring, const Together& together)
{
    std::set<std::size_t> known;
    for (const NodeId node : together) {
        known.insert(ring.received[node].begin(), ring.received[node].end());
    }
    std::set<std::size_t> gap;
    for (const std::size_t position : known) {
        const Entry& entry = ring.log[position];
        const auto has_it = [&](NodeId node) { return ring.received[node].contains(position); };
        const bool only_sender =
            entry.kind == Entry::Kind::frame && together.contains(entry.origin) &&
            std::count_if(together.begin(), together.end(), has_it) == 1 && has_it(entry.origin);
        if (delays_.has_sender_gap && together.size() > 1 && only_sender && random_.chance(300)) {
            gap.insert(position);
        }
    }
    for (const NodeId node : together) {
        flush_node(ring, node, together, known, gap);
    }
}

void Network::flush_node(Ring& ring, NodeId node, const Together& together,
                         const std::set<std::size_t>& known, const std::set<std::size_t>& gap)
{
    bool hole = false;
    for (std::size_t position = 0; position < ring.log.size(); ++position) {
        const Entry& entry = ring.log[position];
        const bool in_gap = gap.contains(position) && entry.origin != node;
        if (!known.contains(position) || in_gap) {
            hole = hole || !known.contains(position);
            continue;
        }
        const bool deliver = !hole || together.contains(entry.origin);
        if (deliver && position >= ring.delivered[node]) {
            deliver_entry(node, entry);
        }
    }
    ring.delivered[node] = ring.log.size();
}

/// One new ring of several parts, each from an old ring: group changes, totem and quorum callbacks.
void Network::install(const std::vector<Together>& parts)
{
    Ring ring;
    for (const Together& part : parts) {
        ring.members.insert(part.begin(), part.end());
    }
    last_sequence_ += 4;
    ring.id = RingId{*ring.members.begin(), last_sequence_};
    std::map<std::string, std::set<NodeId>> joined;
    for (const NodeId node : ring.members) {
        for (const auto& [group, members] : nodes_.at(node).members) {
            if (members.contains(node)) {
                joined[group].insert(node);
            }
        }
        nodes_.at(node).ring = ring.id;
        nodes_.at(node).token_asked = false;
    }
    const RingId id = ring.id;
    trace_(id.representative, "ring " + words(id) + " " + words(ring.members));
    rings_[id] = std::move(ring);
    const bool one_by_one = random_.chance(500);
    for (const Together& part : parts) {
        for (const NodeId node : part) {
            tell_ring(node, part, joined, one_by_one);
        }
    }
    for (const NodeId node : rings_.at(id).members) {
        ask_for_token(node);
    }
    std::set<RingId> in_use;
    for (const auto& [node, state] : nodes_) {
        in_use.insert(state.ring);
    }
    std::erase_if(rings_, [&](const auto& entry) { return !in_use.contains(entry.first); });
}

void Network::tell_ring(NodeId node, const Together& part,
                        const std::map<std::string, std::set<NodeId>>& joined, bool one_by_one)
{
    Node& self = nodes_.at(node);
    const Ring& ring = rings_.at(self.ring);
    const RingChanged ring_event{ring.id,
                                 std::vector<NodeId>(ring.members.begin(), ring.members.end())};
    for (auto& [group, handle] : self.handles) {
        const bool ring_first = random_.chance(500);
        if (ring_first) {
            hand_over(node, group, ring_event);
        }
        const auto present = joined.find(group);
        std::set<NodeId> members = self.members[group];
        std::vector<GroupChanged> changes;
        GroupChanged lost;
        for (const NodeId member : self.members[group]) {
            if (!part.contains(member)) {
                members.erase(member);
                lost.left.push_back(LeftMember{member, LeaveReason::node_down});
            }
        }
        if (!lost.left.empty()) {
            lost.members.assign(members.begin(), members.end());
            changes.push_back(lost);
        }
        GroupChanged gained;
        for (const NodeId member : present != joined.end() ? present->second : std::set<NodeId>{}) {
            if (!members.insert(member).second) {
                continue;
            }
            gained.joined.push_back(member);
            if (one_by_one) {
                gained.members.assign(members.begin(), members.end());
                changes.push_back(std::exchange(gained, {}));
            }
        }
        if (!gained.joined.empty()) {
            gained.members.assign(members.begin(), members.end());
            changes.push_back(gained);
        }
        if (handle.joined) {
            for (const GroupChanged& change : changes) {
                hand_over(node, group, change);
            }
        }
        if (!ring_first) {
            hand_over(node, group, ring_event);
        }
        hand_over_quorum(node, group);
    }
    // Groups without a handle here are known all the same.
    for (auto& [group, members] : self.members) {
        std::erase_if(members, [&](NodeId member) { return !part.contains(member); });
    }
    for (const auto& [group, members] : joined) {
        self.members[group].insert(members.begin(), members.end());
    }
}

}  // namespace ha::sim
