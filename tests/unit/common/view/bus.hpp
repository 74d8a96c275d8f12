// SPDX-License-Identifier: Apache-2.0
//
// A few Groups on one perfect bus: what cpg does for them when nothing goes wrong, and the few
// things a test breaks by hand. The simulator (tests/sim) is the place for everything else.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/view/group.hpp"
#include "common/view/group_frames.hpp"

namespace ha::view::test {

/// An application whose whole state is the list of payloads it was given, in order.
struct Node {
    Group group;
    std::string state;
    std::vector<GroupOutput> log;  ///< every output but Send
    bool in_group = false;

    template <class Output>
    [[nodiscard]] std::vector<Output> all() const
    {
        std::vector<Output> found;
        for (const GroupOutput& output : log) {
            if (const auto* match = std::get_if<Output>(&output)) {
                found.push_back(*match);
            }
        }
        return found;
    }
};

class Bus
{
public:
    Bus(std::uint32_t nodes, bool two_node)
    {
        for (std::uint32_t id = 1; id <= nodes; ++id) {
            voting_.votes[NodeId{id}] = 1;
        }
        voting_.two_node = two_node;
    }

    Node& node(std::uint32_t id) { return nodes_.at(NodeId{id}); }

    /// A fresh daemon; `life` names the node life.
    void create(std::uint32_t id, const std::string& life, std::uint64_t started = 1)
    {
        Group::Config config;
        config.self = NodeId{id};
        config.life = DaemonLife{NodeLife{life}, started};
        config.knobs.snapshot_chunk_bytes = snapshot_chunk_bytes;
        nodes_.insert_or_assign(NodeId{id}, Node{Group(config), {}, {}, false});
        feed(NodeId{id}, ConfigHeld{ConfigId{1, "hash"}, voting_});
    }

    void ring(std::uint64_t sequence, const std::vector<std::uint32_t>& ids, bool quorate)
    {
        for (const std::uint32_t id : ids) {
            const RingId ring{NodeId{ids.front()}, sequence};
            feed(NodeId{id}, RingChanged{ring, {}});
            feed(NodeId{id}, QuorumChanged{ring, quorate});
        }
    }

    void join(std::uint32_t id)
    {
        node(id).in_group = true;
        change({}, {NodeId{id}});
    }

    /// The application of `id` cannot read what `sender` sent.
    void refuse(std::uint32_t id, std::uint32_t sender)
    {
        std::vector<GroupOutput> out;
        node(id).group.refuse(NodeId{sender}, out);
        handle(NodeId{id}, std::move(out));
    }

    /// What it asks with has changed.
    void ask_again(std::uint32_t id, const std::string& report)
    {
        node(id).group.set_report(report);
        feed(NodeId{id}, ConfigHeld{ConfigId{1, "hash"}, voting_});
    }

    void leave(std::uint32_t id, LeaveReason reason)
    {
        node(id).in_group = false;
        change({LeftMember{NodeId{id}, reason}}, {});
    }

    /// Delivers frames until nobody has more to say.
    void run()
    {
        while (!queue_.empty()) {
            deliver_one();
        }
    }

    void deliver_one()
    {
        const FrameDelivered frame = queue_.front();
        queue_.pop_front();
        for (auto& [id, node] : nodes_) {
            if (node.in_group) {
                feed(id, frame);
            }
        }
    }

    /// The gap of a ring change: the sender alone sees its own frame.
    void deliver_one_only_to_its_sender()
    {
        const FrameDelivered frame = queue_.front();
        queue_.pop_front();
        feed(frame.sender, frame);
    }

    /// Delivers up to the first piece of a snapshot, and that one. Returns of how many it is.
    std::uint32_t deliver_first_piece()
    {
        while (!queue_.empty()) {
            const Result<GroupFrame> frame = decode_group_frame(queue_.front().bytes);
            deliver_one();
            if (const auto* piece = frame ? std::get_if<SnapshotFrame>(&*frame) : nullptr) {
                return piece->count;
            }
        }
        return 0;
    }

    /// What a node had on its way when it died is delivered to nobody.
    void drop_frames_of(std::uint32_t id)
    {
        std::erase_if(queue_, [id](const auto& frame) { return frame.sender == NodeId{id}; });
    }

    [[nodiscard]] std::size_t queued() const { return queue_.size(); }

    /// How often `id` asks to join in what is on its way.
    [[nodiscard]] std::size_t queued_requests_of(std::uint32_t id) const
    {
        std::size_t found = 0;
        for (const FrameDelivered& delivered : queue_) {
            const Result<GroupFrame> frame = decode_group_frame(delivered.bytes);
            const bool asks = frame && std::holds_alternative<JoinRequestFrame>(*frame);
            found += asks && delivered.sender == NodeId{id} ? 1 : 0;
        }
        return found;
    }

    std::uint64_t propose(std::uint32_t id, const std::string& payload, bool confirm)
    {
        std::vector<GroupOutput> out;
        const std::uint64_t ticket = node(id).group.propose(payload, confirm, out);
        handle(NodeId{id}, std::move(out));
        return ticket;
    }

    void feed(NodeId id, const GroupEvent& event)
    {
        Group& group = nodes_.at(id).group;
        handle(id, group.on(event, now));
        while (group.has_replay()) {
            handle(id, group.replay(now));
        }
    }

    void handle(NodeId id, std::vector<GroupOutput> outputs)
    {
        Node& node = nodes_.at(id);
        for (std::size_t index = 0; index < outputs.size(); ++index) {
            const GroupOutput output = outputs[index];
            if (const auto* send = std::get_if<Send>(&output)) {
                queue_.push_back(FrameDelivered{id, send->bytes});
                continue;
            }
            node.log.push_back(output);
            if (const auto* delivered = std::get_if<Delivered>(&output)) {
                node.state += delivered->payload;
            } else if (const auto* load = std::get_if<LoadSnapshot>(&output)) {
                node.state = load->state;
            } else if (std::holds_alternative<TableDropped>(output) ||
                       std::holds_alternative<FormTable>(output)) {
                node.state.clear();
            } else if (std::holds_alternative<SnapshotWanted>(output)) {
                std::vector<GroupOutput> answer;
                node.group.give_snapshot(node.state, answer);
                outputs.insert(outputs.begin() + static_cast<std::ptrdiff_t>(index) + 1,
                               answer.begin(), answer.end());
            }
        }
    }

    TimePoint now{};
    std::size_t snapshot_chunk_bytes = GroupKnobs{}.snapshot_chunk_bytes;  ///< of who is created

private:
    void change(const std::vector<LeftMember>& left, const std::vector<NodeId>& joined)
    {
        GroupChanged event;
        event.left = left;
        event.joined = joined;
        for (const auto& [id, node] : nodes_) {
            if (node.in_group) {
                event.members.push_back(id);
            }
        }
        for (const NodeId id : event.members) {
            feed(id, event);
        }
    }

    std::map<NodeId, Node> nodes_;
    std::deque<FrameDelivered> queue_;
    VotingRules voting_;
};

/// Two daemons, each settled in a table of its own, alone on a quorate ring.
inline Bus two_tables()
{
    Bus bus(2, true);
    bus.create(1, "life1");
    bus.create(2, "life2");
    for (const std::uint32_t id : {1U, 2U}) {
        bus.ring(4, {id}, true);
        bus.node(id).in_group = true;
        bus.feed(NodeId{id}, GroupChanged{{NodeId{id}}, {}, {NodeId{id}}});
        bus.run();
        bus.node(id).in_group = false;
    }
    return bus;
}

/// Their rings heal. Nothing is delivered yet.
inline void let_meet(Bus& bus)
{
    for (const std::uint32_t id : {1U, 2U}) {
        bus.node(id).in_group = true;
        bus.feed(NodeId{id}, GroupChanged{{NodeId{1}, NodeId{2}}, {}, {NodeId{3 - id}}});
    }
    bus.ring(8, {1, 2}, true);
}

/// Three daemons on one quorate ring; none has joined its group yet.
inline Bus three_daemons()
{
    Bus bus(3, false);
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        bus.create(id, "life" + std::to_string(id));
    }
    bus.ring(8, {1, 2, 3}, true);
    return bus;
}

/// Three daemons, one group, settled.
inline Bus three_members()
{
    Bus bus = three_daemons();
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        bus.join(id);
    }
    bus.run();
    return bus;
}

}  // namespace ha::view::test
