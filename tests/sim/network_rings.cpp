// SPDX-License-Identifier: Apache-2.0
// Nodes, links and ring changes.
#include <algorithm>
#include <iterator>
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
    ++version_;
    plan_rings(delays_.merge);
}

void Network::stop_node(NodeId node)
{
    if (nodes_.erase(node) > 0) {
        note_broken_rings();
        plan_rings(delays_.token + delays_.consensus);
    }
}

void Network::note_broken_rings()
{
    ++version_;
    for (auto& [id, ring] : rings_) {
        if (is_whole(ring)) {
            ring.broken_since.reset();
        } else if (!ring.broken_since) {
            ring.broken_since = scheduler_.now();
        }
    }
}

void Network::links_changed(NodeId node)
{
    note_broken_rings();
    for (const auto& [id, ring] : rings_) {
        if (ring.members.contains(node) && ring.members.size() > 1) {
            disturbed_.insert(id);
        }
    }
    plan_rings(delays_.token + delays_.consensus);
    plan_rings(delays_.merge);
}

void Network::set_side(NodeId node, int side)
{
    if (std::exchange(side_[node], side) != side) {
        links_changed(node);
    }
}

void Network::set_link(NodeId left, NodeId right, bool works)
{
    const std::pair<NodeId, NodeId> link = std::minmax(left, right);
    const bool is_new = works ? broken_.erase(link) > 0 : broken_.insert(link).second;
    if (is_new) {
        links_changed(left);
    }
}

void Network::stand_still(NodeId node)
{
    still_.insert(node);
    links_changed(node);
}

void Network::go_on(NodeId node)
{
    if (still_.erase(node) > 0) {
        links_changed(node);
    }
}

void Network::heal()
{
    for (auto& [node, side] : side_) {
        side = 0;
    }
    broken_.clear();
    note_broken_rings();
    plan_rings(delays_.merge);
}

void Network::mute(NodeId node, const std::string& group)
{
    nodes_.at(node).muted.insert(group);
}

void Network::form_anew(NodeId node)
{
    dying_.insert(nodes_.at(node).ring);
    plan_rings(delays_.consensus);
}

bool Network::connected(NodeId left, NodeId right) const
{
    const auto side_of = [this](NodeId node) {
        const auto found = side_.find(node);
        return found != side_.end() ? found->second : 0;
    };
    return side_of(left) == side_of(right) && !still_.contains(left) && !still_.contains(right) &&
           !broken_.contains(std::minmax(left, right));
}

bool Network::is_cut() const
{
    return !broken_.empty() || !still_.empty() ||
           std::any_of(side_.begin(), side_.end(),
                       [](const auto& entry) { return entry.second != 0; });
}

bool Network::goes_with(NodeId node, const Together& part) const
{
    return std::all_of(part.begin(), part.end(),
                       [&](NodeId member) { return connected(node, member); });
}

bool Network::is_whole(const Ring& ring) const
{
    return std::all_of(ring.members.begin(), ring.members.end(), [&](NodeId node) {
        const auto found = nodes_.find(node);
        return found != nodes_.end() && found->second.ring == ring.id &&
               goes_with(node, ring.members);
    });
}

/// A node hears two that do not hear each other.
bool Network::is_asymmetric() const
{
    for (const auto& [middle, state] : nodes_) {
        for (const auto& [left, right] : broken_) {
            const bool hears_both = connected(middle, left) && connected(middle, right);
            if (hears_both && nodes_.contains(left) && nodes_.contains(right)) {
                return true;
            }
        }
    }
    return false;
}

/// Who forms rings together: sets in which everybody hears everybody. Where that is no clear matter
/// old rings mostly stay, and now and then all is dealt anew.
std::vector<Network::Together> Network::components()
{
    std::vector<NodeId> order;
    for (const auto& [node, state] : nodes_) {
        if (!still_.contains(node)) {
            order.push_back(node);
        }
    }
    const bool asymmetric = is_asymmetric();
    const bool deal_anew = asymmetric && random_.chance(200);
    if (asymmetric) {
        for (std::size_t left = order.size(); left > 1; --left) {
            std::swap(order[left - 1], order[random_.below(left)]);
        }
    }
    std::vector<Together> parts;
    for (const NodeId node : order) {
        const auto is_old_ring = [&](const Together& part) {
            return nodes_.at(*part.begin()).ring == nodes_.at(node).ring;
        };
        auto place = parts.end();
        if (!deal_anew) {
            place = std::find_if(parts.begin(), parts.end(), [&](const Together& part) {
                return is_old_ring(part) && goes_with(node, part);
            });
        }
        if (place == parts.end()) {
            place = std::find_if(parts.begin(), parts.end(),
                                 [&](const Together& part) { return goes_with(node, part); });
        }
        place == parts.end() ? parts.push_back({node}) : static_cast<void>(place->insert(node));
    }
    if (asymmetric) {
        plan_rings(delays_.consensus * random_.between(1, 10));
    }
    return parts;
}

/// Rings that hear each other merge soon; a lost token takes its timeout. Trying too often does no
/// harm.
void Network::plan_rings(Duration notice)
{
    scheduler_.after(notice + pick(notice / 4), [this] { form_rings(); });
}

/// A ring that lost somebody waits for its token before it does anything about it. (A join message
/// of somebody new may interrupt the wait.)
std::optional<Duration> Network::token_still_awaited(const Together& component) const
{
    for (const NodeId node : component) {
        const Ring& ring = rings_.at(nodes_.at(node).ring);
        if (ring.broken_since && scheduler_.now() - *ring.broken_since < delays_.token) {
            return delays_.token - (scheduler_.now() - *ring.broken_since);
        }
    }
    return std::nullopt;
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
        const bool is_dying = is_same && dying_.erase(first.id) > 0;
        const bool anew =
            is_dying || (is_same && disturbed_.erase(first.id) > 0 && random_.chance(500));
        if (is_same && !anew) {
            retransmit(rings_.at(first.id));
            continue;
        }
        const std::optional<Duration> awaited = token_still_awaited(component);
        const bool is_interrupted = by_ring.size() > 1 && random_.chance(500);
        if (awaited && !is_interrupted) {
            plan_rings(*awaited);
            continue;
        }
        if (!is_dying && random_.chance(400)) {
            plan_rings(delays_.consensus);  // the sides of a split do not finish together
            continue;
        }
        std::vector<Together> parts;
        for (const auto& [ring, nodes] : by_ring) {
            parts.push_back(nodes);
        }
        install(parts);
    }
}

/// The token goes round again: what was lost on the way is sent again, and who waits may send.
void Network::retransmit(Ring& ring)
{
    for (const NodeId node : ring.members) {
        for (std::size_t position = ring.delivered[node]; position < ring.log.size(); ++position) {
            if (!ring.received[node].contains(position)) {
                scheduler_.after(pick(delays_.receive), [this, id = ring.id, node, position] {
                    receive(id, node, position);
                });
            }
        }
        ask_for_token(node);
    }
}

/// What the nodes that stay together still deliver in the old ring.
void Network::flush(Ring& ring, const Together& together, const Together& told)
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
        // Nobody left: extended virtual synchrony hands all of them the same messages, and no
        // change of a group would tell of a gap (the barrier of DESIGN 2 asks for one).
        const bool is_drawn =
            delays_.has_sender_gap && random_.chance(300) && together.size() < ring.members.size();
        if (together.size() > 1 && only_sender && (is_drawn || ring.muted.contains(position))) {
            gap.insert(position);
        }
    }
    gaps_ += gap.empty() ? 0 : 1;
    for (const NodeId node : told) {
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

/// The ring dies while it forms: these do not see it and stay in their old one for now.
Network::Together Network::leave_some_behind(const Together& members)
{
    Together behind;
    if (delays_.has_torn_recovery && members.size() > 1 && random_.chance(60)) {
        for (const NodeId node : members) {
            if (random_.chance(400) && behind.size() + 1 < members.size()) {
                behind.insert(node);
            }
        }
    }
    return behind;
}

/// What each node says of its own daemons once the old rings are flushed: who died or left in there
/// is not brought back.
std::map<std::string, Network::Together> Network::joined_daemons(const Together& nodes) const
{
    std::map<std::string, Together> joined;
    for (const NodeId node : nodes) {
        for (const auto& [group, members] : nodes_.at(node).members) {
            if (members.contains(node)) {
                joined[group].insert(node);
            }
        }
    }
    return joined;
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
    const Together behind = leave_some_behind(ring.members);
    std::vector<Together> told;
    for (const Together& part : parts) {
        told.emplace_back();
        std::set_difference(part.begin(), part.end(), behind.begin(), behind.end(),
                            std::inserter(told.back(), told.back().end()));
    }
    const RingId id = ring.id;
    trace_(id.representative, "ring " + words(id) + " " + words(ring.members) +
                                  (behind.empty() ? "" : ", not seen by " + words(behind)));
    for (std::size_t index = 0; index < parts.size(); ++index) {
        if (!told[index].empty()) {
            flush(rings_.at(nodes_.at(*told[index].begin()).ring), parts[index], told[index]);
        }
    }
    const auto joined = joined_daemons(ring.members);
    for (const Together& part : told) {
        for (const NodeId node : part) {
            nodes_.at(node).ring = id;
            nodes_.at(node).token_asked = false;
            nodes_.at(node).muted.clear();
        }
    }
    ++version_;
    rings_[id] = std::move(ring);
    if (!behind.empty()) {
        plan_rings(delays_.consensus);
    }
    tell_all(parts, told, joined);
    std::set<RingId> in_use;
    for (const auto& [node, state] : nodes_) {
        in_use.insert(state.ring);
    }
    std::erase_if(rings_, [&](const auto& entry) { return !in_use.contains(entry.first); });
}

void Network::tell_all(const std::vector<Together>& parts, const std::vector<Together>& told,
                       const std::map<std::string, std::set<NodeId>>& joined)
{
    const bool one_by_one = random_.chance(500);
    for (std::size_t index = 0; index < parts.size(); ++index) {
        for (const NodeId node : told[index]) {
            tell_ring(node, parts[index], joined, one_by_one);
        }
    }
    for (const Together& part : told) {
        for (const NodeId node : part) {
            ask_for_token(node);
        }
    }
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
