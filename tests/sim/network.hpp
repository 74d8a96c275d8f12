// SPDX-License-Identifier: Apache-2.0
//
// Corosync as the daemons may rely on it, and not a bit more (DESIGN 2 and 6):
// - one agreed order per ring for all messages, joins and leaves of all groups; own messages come
// back;
// - a message is delivered in the ring it was ordered in; what waits in a sender crosses into the
// next ring;
// - at a ring change the nodes that stay together deliver the same messages before it: all that one
// of them
//   has, and beyond a hole only those that one of *them* sent; and now and then, when others left,
//   a sender alone sees its last own messages (the delivery gap);
// - group changes are ordered with the messages; totem's ring callback comes before or after them,
// as it likes
//   on every node; the quorum callback comes by another road, at any time;
// - a daemon that dies without its node leaves with process_down, in order.
// Delays are drawn from the seed. It knows nodes and groups, no daemons' content.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/random.hpp"
#include "common/base/time.hpp"
#include "common/view/group_events.hpp"
#include "tests/sim/scheduler.hpp"

namespace ha::sim {

struct NetworkDelays {
    Duration token{std::chrono::milliseconds{3000}};     ///< a lost node is noticed after this
    Duration consensus{std::chrono::milliseconds{600}};  ///< and a ring forms after that
    Duration merge{std::chrono::milliseconds{400}};      ///< two rings that can hear each other
    Duration order{std::chrono::microseconds{800}};      ///< longest wait for the token
    Duration receive{std::chrono::microseconds{400}};    ///< longest way of a message
    Duration dispatch{std::chrono::milliseconds{2}};  ///< longest way into a daemon, mostly shorter
    Duration stall{
        std::chrono::milliseconds{60}};  ///< the same for a daemon that is busy, now and then
    Duration quorum{std::chrono::milliseconds{20}};  ///< longest lag of the quorum callback
    /// At most, from one node. (corosync: max_messages, pieces of 1.4 KB of them.)
    std::size_t frames_per_token = std::numeric_limits<std::size_t>::max();
    bool has_sender_gap = true;     ///< also within nodes that stay together when others left
    bool has_torn_recovery = true;  ///< a ring dies while it forms: some saw it, some never did
};

/// What of a frame only its sender knows: the type of any frame, the type of one that carries a
/// message of the application, or that message.
enum class Foreign { any_frame, message, payload };

class Network
{
public:
    /// Delivers to the daemon `group` of `node`: GroupChanged, RingChanged, FrameDelivered,
    /// QuorumChanged.
    using Deliver =
        std::function<void(NodeId node, const std::string& group, const view::GroupEvent&)>;
    using Trace = std::function<void(NodeId node, const std::string& what)>;

    Network(Scheduler& scheduler, Random random, NetworkDelays delays, Deliver deliver,
            Trace trace);

    void configure(view::VotingRules voting)
    {
        voting_ = std::move(voting);
        ++version_;
    }

    // Nodes: corosync runs or not.
    void start_node(NodeId node);
    void stop_node(NodeId node);  ///< crash, power off, cfg kill: silent, the others miss the token
    [[nodiscard]] bool is_running(NodeId node) const { return nodes_.contains(node); }

    // Links. Nodes of different sides do not hear each other. Every node is on side 0 at first.
    void set_side(NodeId node, int side);
    void heal();  ///< sides and links; who stands still goes on standing
    /// One link; knet takes it down for both when one direction fails, so the pair separates. Who
    /// hears both goes with one of them, and now and then changes its mind.
    void set_link(NodeId left, NodeId right, bool works);
    /// corosync stands still (SIGSTOP, or its whole machine) and goes on where it was.
    void stand_still(NodeId node);
    void go_on(NodeId node);
    /// What this daemon sends from now on reaches nobody else, and itself only at the next ring
    /// change (the delivery gap). Deliveries of this ring stand still from there on.
    void mute(NodeId node, const std::string& group);
    /// The next frame of this kind that this daemon sends can be read by itself only.
    void make_next_frame_foreign(NodeId node, const std::string& group, Foreign kind);
    /// The ring of this node loses its token: the same nodes form another one.
    void form_anew(NodeId node);
    [[nodiscard]] bool connected(NodeId left, NodeId right) const;
    [[nodiscard]] bool is_cut() const;

    // Groups. A daemon's handle dies with it.
    void open_group(NodeId node, const std::string& group);  ///< ring and quorum are told at once
    void join_group(NodeId node, const std::string& group);
    void leave_group(NodeId node, const std::string& group);
    void close_group(NodeId node, const std::string& group);  ///< process_down if it was joined
    void multicast(NodeId node, const std::string& group, std::string bytes);

    // The truth, for checkers.
    [[nodiscard]] RingId ring_of(NodeId node) const;
    [[nodiscard]] std::set<NodeId> ring_members(NodeId node) const;
    [[nodiscard]] bool is_quorate(NodeId node) const;
    /// Its token goes round: what it sends now is delivered.
    [[nodiscard]] bool has_token(NodeId node) const;
    /// Counts what may change an answer to the questions above.
    [[nodiscard]] std::uint64_t version() const { return version_; }
    /// How often a sender saw own messages that nobody else did.
    [[nodiscard]] std::uint64_t gaps() const { return gaps_; }

private:
    struct Entry {
        enum class Kind { frame, join, leave, down } kind = Kind::frame;
        NodeId origin;
        std::string group;
        std::string bytes;
        std::uint64_t instance = 0;  ///< of the handle it came from
        std::string others_get{};    ///< instead of `bytes`, if only its sender can read those
    };
    struct Ring {
        RingId id;
        std::set<NodeId> members;
        std::vector<Entry> log;                            ///< in agreed order
        std::map<NodeId, std::set<std::size_t>> received;  ///< by the node's corosync
        std::map<NodeId, std::size_t> delivered;           ///< next log position to deliver
        std::optional<TimePoint> broken_since;             ///< its token is lost
        std::set<std::size_t> muted;                       ///< positions that only their sender has
    };
    struct Handle {
        std::uint64_t instance = 0;  ///< a new daemon gets nothing meant for the old one
        bool wants_in = false;       ///< joined, and not left
        bool joined = false;         ///< own join delivered
        TimePoint cpg_free{};        ///< earliest next delivery: keeps the order of a handle
        TimePoint quorum_free{};
    };
    struct Node {
        RingId ring;
        std::vector<Entry> waiting;                       ///< not ordered yet
        std::map<std::string, std::set<NodeId>> members;  ///< cpg's view of each group
        std::map<std::string, Handle> handles;
        bool token_asked = false;
        std::set<std::string> muted;  ///< groups
        std::map<std::string, Foreign>
            foreign;  ///< by group: what make_next_frame_foreign() asked for
    };
    using Together = std::set<NodeId>;

    void submit(NodeId node, Entry entry);
    void ask_for_token(NodeId node);
    void take_token(NodeId node);
    void receive(RingId ring, NodeId node, std::size_t position);
    void deliver_ready(Ring& ring, NodeId node);
    void deliver_entry(NodeId node, const Entry& entry);
    void deliver_change(NodeId node, const Entry& entry);
    void hand_over(NodeId node, const std::string& group, view::GroupEvent event);
    void hand_over_quorum(NodeId node, const std::string& group);
    void plan_rings(Duration notice);
    void form_rings();
    /// `told`: those of `together` that see the next ring.
    void flush(Ring& ring, const Together& together, const Together& told);
    void flush_node(Ring& ring, NodeId node, const Together& together,
                    const std::set<std::size_t>& known, const std::set<std::size_t>& gap);
    void install(const std::vector<Together>& parts);
    [[nodiscard]] std::map<std::string, Together> joined_daemons(const Together& nodes) const;
    void tell_all(const std::vector<Together>& parts, const std::vector<Together>& told,
                  const std::map<std::string, std::set<NodeId>>& joined);
    void tell_ring(NodeId node, const Together& part,
                   const std::map<std::string, std::set<NodeId>>& joined, bool one_by_one);
    void links_changed(NodeId node);
    void note_broken_rings();
    [[nodiscard]] std::optional<Duration> token_still_awaited(const Together& component) const;
    void retransmit(Ring& ring);
    [[nodiscard]] bool goes_with(NodeId node, const Together& part) const;
    [[nodiscard]] bool is_whole(const Ring& ring) const;
    [[nodiscard]] std::vector<Together> components();
    [[nodiscard]] bool is_asymmetric() const;
    [[nodiscard]] Together leave_some_behind(const Together& members);
    [[nodiscard]] Duration pick(Duration longest);
    [[nodiscard]] Duration way_into_daemon();

    Scheduler& scheduler_;
    Random random_;
    NetworkDelays delays_;
    Deliver deliver_;
    Trace trace_;
    view::VotingRules voting_;
    std::map<NodeId, Node> nodes_;
    std::map<NodeId, int> side_;
    std::set<std::pair<NodeId, NodeId>> broken_;  ///< lower id first
    std::set<NodeId> still_;
    std::map<RingId, Ring> rings_;
    std::uint64_t last_sequence_ = 0;
    std::uint64_t last_instance_ = 0;
    std::uint64_t gaps_ = 0;
    std::uint64_t version_ = 0;
    std::set<RingId> dying_;      ///< form anew at the next occasion
    std::set<RingId> disturbed_;  ///< a link of this ring was cut and came back: it may form anew
};

}  // namespace ha::sim
