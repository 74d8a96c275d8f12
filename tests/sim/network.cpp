// SPDX-License-Identifier: Apache-2.0
// One ring at work: ordering, receiving, delivering. Ring changes: network_rings.cpp.
#include "tests/sim/network.hpp"

#include <algorithm>
#include <utility>

#include "common/base/assert.hpp"
#include "common/view/group_frames.hpp"

namespace ha::sim {

using view::FrameDelivered;
using view::GroupChanged;
using view::LeaveReason;
using view::LeftMember;
using view::QuorumChanged;
using view::RingChanged;

namespace {

constexpr std::size_t frame_type_offset = 6;  // common/wire/frame.hpp
constexpr char foreign_type = 99;

/// What all but its sender get. Nothing if this frame is none of the kind asked for.
std::string as_others_get(const std::string& bytes, Foreign kind)
{
    Result<view::GroupFrame> frame = view::decode_group_frame(bytes);
    auto* message = frame ? std::get_if<view::AppFrame>(&*frame) : nullptr;
    if (kind != Foreign::any_frame && message == nullptr) {
        return {};
    }
    if (kind == Foreign::payload) {
        message->payload = "{ of another release";
        return view::encode_group_frame(*frame);
    }
    std::string unknown = bytes;
    unknown.at(frame_type_offset) = foreign_type;
    return unknown;
}

}  // namespace

Network::Network(Scheduler& scheduler, Random random, NetworkDelays delays, Deliver deliver,
                 Trace trace)
    : scheduler_(scheduler),
      random_(random),
      delays_(delays),
      deliver_(std::move(deliver)),
      trace_(std::move(trace))
{}

Duration Network::pick(Duration longest)
{
    return Duration{random_.between(1, std::max<std::int64_t>(1, longest.count()))};
}

Duration Network::way_into_daemon()
{
    if (random_.chance(5)) {
        return pick(delays_.stall);
    }
    return random_.chance(900) ? pick(delays_.dispatch / 10) : pick(delays_.dispatch);
}

// ------------------------------------------------------ groups

void Network::open_group(NodeId node, const std::string& group)
{
    const auto found = nodes_.find(node);
    HA_ASSERT(found != nodes_.end());
    Handle& handle = found->second.handles[group];
    handle = Handle{};
    handle.instance = ++last_instance_;
    const Ring& ring = rings_.at(found->second.ring);
    hand_over(node, group,
              RingChanged{ring.id, std::vector<NodeId>(ring.members.begin(), ring.members.end())});
    hand_over_quorum(node, group);
}

void Network::join_group(NodeId node, const std::string& group)
{
    const auto found = nodes_.find(node);
    if (found == nodes_.end()) {
        return;
    }
    Handle& handle = found->second.handles.at(group);
    if (!handle.wants_in) {
        handle.wants_in = true;
        submit(node, Entry{Entry::Kind::join, node, group, {}, handle.instance});
    }
}

void Network::leave_group(NodeId node, const std::string& group)
{
    const auto found = nodes_.find(node);
    if (found == nodes_.end()) {
        return;
    }
    Handle& handle = found->second.handles.at(group);
    if (handle.wants_in) {
        handle.wants_in = false;
        submit(node, Entry{Entry::Kind::leave, node, group, {}, handle.instance});
    }
}

void Network::close_group(NodeId node, const std::string& group)
{
    const auto found = nodes_.find(node);
    if (found == nodes_.end()) {
        return;
    }
    const auto handle = found->second.handles.extract(group);
    if (handle.empty()) {
        return;
    }
    std::erase_if(found->second.waiting, [&](const Entry& entry) { return entry.group == group; });
    submit(node, Entry{Entry::Kind::down, node, group, {}, handle.mapped().instance});
}

void Network::make_next_frame_foreign(NodeId node, const std::string& group, Foreign kind)
{
    nodes_.at(node).foreign[group] = kind;
}

void Network::multicast(NodeId node, const std::string& group, std::string bytes)
{
    const auto found = nodes_.find(node);
    if (found != nodes_.end() && found->second.handles.contains(group)) {
        const std::uint64_t instance = found->second.handles.at(group).instance;
        Entry entry{Entry::Kind::frame, node, group, std::move(bytes), instance, {}};
        const auto foreign = found->second.foreign.find(group);
        if (foreign != found->second.foreign.end()) {
            entry.others_get = as_others_get(entry.bytes, foreign->second);
            if (!entry.others_get.empty()) {
                found->second.foreign.erase(foreign);
            }
        }
        submit(node, std::move(entry));
    }
}

// ---------------------------------------------------- one ring

void Network::submit(NodeId node, Entry entry)
{
    nodes_.at(node).waiting.push_back(std::move(entry));
    ask_for_token(node);
}

void Network::ask_for_token(NodeId node)
{
    Node& self = nodes_.at(node);
    if (!self.token_asked && !self.waiting.empty()) {
        self.token_asked = true;
        const RingId ring = self.ring;
        scheduler_.after(pick(delays_.order), [this, node, ring] {
            const auto found = nodes_.find(node);
            if (found != nodes_.end() && found->second.ring == ring) {
                take_token(node);
            }
        });
    }
}

/// Without all members the token is lost: everything waits for the next ring.
void Network::take_token(NodeId node)
{
    Node& self = nodes_.at(node);
    self.token_asked = false;
    Ring& ring = rings_.at(self.ring);
    if (!is_whole(ring)) {
        return;
    }
    std::vector<Entry> entries = std::exchange(self.waiting, {});
    if (entries.size() > delays_.frames_per_token) {
        const auto rest = entries.begin() + static_cast<std::ptrdiff_t>(delays_.frames_per_token);
        self.waiting.assign(rest, entries.end());
        entries.erase(rest, entries.end());
        ask_for_token(node);
    }
    for (const Entry& entry : entries) {
        const std::size_t position = ring.log.size();
        ring.log.push_back(entry);
        if (self.muted.contains(entry.group)) {
            ring.muted.insert(position);
        }
        for (const NodeId member : ring.members) {
            const RingId id = ring.id;
            const Duration way = member == node ? Duration{0} : pick(delays_.receive);
            scheduler_.after(way, [this, id, member, position] { receive(id, member, position); });
        }
    }
}

void Network::receive(RingId ring_id, NodeId node, std::size_t position)
{
    const auto self = nodes_.find(node);
    if (self == nodes_.end() || self->second.ring != ring_id) {
        return;
    }
    Ring& ring = rings_.at(ring_id);
    const NodeId origin = ring.log.at(position).origin;
    const bool is_lost =
        !is_running(origin) || !connected(origin, node) || ring.muted.contains(position);
    if (origin != node && is_lost) {
        return;
    }
    ring.received[node].insert(position);
    deliver_ready(ring, node);
}

void Network::deliver_ready(Ring& ring, NodeId node)
{
    std::size_t& next = ring.delivered[node];
    const std::set<std::size_t>& received = ring.received[node];
    while (received.contains(next) && !ring.muted.contains(next)) {
        deliver_entry(node, ring.log[next++]);
    }
}

void Network::deliver_entry(NodeId node, const Entry& entry)
{
    Node& self = nodes_.at(node);
    if (entry.kind != Entry::Kind::frame) {
        deliver_change(node, entry);
        return;
    }
    const auto handle = self.handles.find(entry.group);
    if (handle != self.handles.end() && handle->second.joined) {
        const bool is_foreign = node != entry.origin && !entry.others_get.empty();
        hand_over(node, entry.group,
                  FrameDelivered{entry.origin, is_foreign ? entry.others_get : entry.bytes});
    }
}

void Network::deliver_change(NodeId node, const Entry& entry)
{
    Node& self = nodes_.at(node);
    std::set<NodeId>& members = self.members[entry.group];
    const auto handle = self.handles.find(entry.group);
    const bool is_own = entry.origin == node && handle != self.handles.end() &&
                        handle->second.instance == entry.instance;
    GroupChanged change;
    bool tell = handle != self.handles.end() && handle->second.joined;
    if (entry.kind == Entry::Kind::join) {
        if (!members.insert(entry.origin).second) {
            return;
        }
        change.joined.push_back(entry.origin);
        if (is_own) {
            handle->second.joined = true;
            tell = true;
        }
    } else {
        if (members.erase(entry.origin) == 0) {
            return;
        }
        const bool clean = entry.kind == Entry::Kind::leave;
        change.left.push_back(
            LeftMember{entry.origin, clean ? LeaveReason::left : LeaveReason::process_down});
        if (is_own) {
            handle->second.joined = false;
        }
    }
    change.members.assign(members.begin(), members.end());
    if (tell) {
        hand_over(node, entry.group, change);
    }
}

// ------------------------------------------------ into daemons

void Network::hand_over(NodeId node, const std::string& group, view::GroupEvent event)
{
    Handle& handle = nodes_.at(node).handles.at(group);
    const TimePoint when = std::max(handle.cpg_free, scheduler_.now() + way_into_daemon());
    handle.cpg_free = when;
    const std::uint64_t instance = handle.instance;
    scheduler_.at(when, [this, node, group, instance, event = std::move(event)] {
        const auto self = nodes_.find(node);
        if (self == nodes_.end()) {
            return;
        }
        const auto found = self->second.handles.find(group);
        if (found != self->second.handles.end() && found->second.instance == instance) {
            deliver_(node, group, event);
        }
    });
}

void Network::hand_over_quorum(NodeId node, const std::string& group)
{
    Handle& handle = nodes_.at(node).handles.at(group);
    const TimePoint when = std::max(handle.quorum_free, scheduler_.now() + pick(delays_.quorum));
    handle.quorum_free = when;
    const std::uint64_t instance = handle.instance;
    const QuorumChanged event{ring_of(node), is_quorate(node)};
    scheduler_.at(when, [this, node, group, instance, event] {
        const auto self = nodes_.find(node);
        if (self == nodes_.end()) {
            return;
        }
        const auto found = self->second.handles.find(group);
        if (found != self->second.handles.end() && found->second.instance == instance) {
            deliver_(node, group, event);
        }
    });
}

// ------------------------------------------------------- truth

RingId Network::ring_of(NodeId node) const
{
    const auto found = nodes_.find(node);
    return found != nodes_.end() ? found->second.ring : RingId{};
}

std::set<NodeId> Network::ring_members(NodeId node) const
{
    const auto ring = rings_.find(ring_of(node));
    return ring != rings_.end() ? ring->second.members : std::set<NodeId>{};
}

bool Network::has_token(NodeId node) const
{
    const auto ring = rings_.find(ring_of(node));
    return ring != rings_.end() && is_whole(ring->second);
}

bool Network::is_quorate(NodeId node) const
{
    std::uint32_t votes = 0;
    for (const NodeId member : ring_members(node)) {
        votes += voting_.votes_of(member);
    }
    return votes > 0 && votes >= voting_.quorum();
}

}  // namespace ha::sim
