// SPDX-License-Identifier: Apache-2.0
//
// What goes into a Group and what comes out of it: knobs, events, views, outputs. See group.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"

namespace ha::view {

// ----------------------------------------------------------------------------------------------
// knobs

/// Limits the simulator may bend. Mutants are knobs too: each undoes one sentence of DESIGN.
struct GroupKnobs {
    /// A member that has not announced this long after a view change is silent. Source: DESIGN 3
    /// (time + 10 s).
    Duration announce_timeout = std::chrono::seconds{10};
    std::size_t snapshot_chunk_bytes = 256 * 1024;
    bool mutant_act_on_unsettled_view = false;  ///< DESIGN 3: nobody acts on anything else
    bool mutant_skip_barrier = false;           ///< DESIGN 2: acting goes through a barrier
};

/// Votes as configured; needed because only admitted members count (DESIGN 3).
struct VotingRules {
    std::map<NodeId, std::uint32_t> votes;
    std::uint32_t expected = 0;  ///< 0: sum of votes
    bool two_node = false;

    [[nodiscard]] std::uint32_t total() const;
    [[nodiscard]] std::uint32_t votes_of(NodeId node) const;  ///< 0 if it is not configured
    /// Votes needed: (E + 2) / 2 rounded down, E = expected or else total; 1 with two_node.
    /// Source: spec of cman's quorum arithmetic, kept by votequorum.
    [[nodiscard]] std::uint32_t quorum() const;

    friend bool operator==(const VotingRules&, const VotingRules&) = default;
};

// ---------------------------------------------------------------------------------------------
// events

enum class LeaveReason {
    left,          ///< cpg_leave
    process_down,  ///< the daemon died, its node is still in the ring
    node_down,     ///< the node left the ring
};

struct LeftMember {
    NodeId node;
    LeaveReason reason = LeaveReason::node_down;
};

/// cpg_confchg_fn.
struct GroupChanged {
    std::vector<NodeId> members;
    std::vector<LeftMember> left;
    std::vector<NodeId> joined;
};

/// cpg_totem_confchg_fn.
struct RingChanged {
    RingId ring;
    std::vector<NodeId> members;
};

/// quorum callback; `quorate` includes cmand's configuration verdict.
struct QuorumChanged {
    RingId ring;
    bool quorate = false;
};

/// A frame delivered by cpg in agreed order, own frames included.
struct FrameDelivered {
    NodeId sender;
    std::string bytes;
};

/// cmand published a document; this node holds it now.
struct ConfigHeld {
    ConfigId id;
    VotingRules voting;
};

/// A timer the last step asked for is due (or just time passed; always harmless).
struct TimePassed {};

using GroupEvent =
    std::variant<GroupChanged, RingChanged, QuorumChanged, FrameDelivered, ConfigHeld, TimePassed>;

// --------------------------------------------------------------------------------------------
// outputs

/// A member as the whole group knows it.
struct Member {
    NodeId node;
    DaemonLife life;
    AdmissionNumber admission;

    friend auto operator<=>(const Member&, const Member&) = default;
};

/// What all admitted members agree on at one moment.
struct View {
    RingId ring;
    ChangeNumber change;
    std::vector<Member> members;  ///< admitted and present, ascending node id
    bool quorate = false;         ///< votequorum's word AND admitted votes alone reach quorum
    bool has_majority =
        false;  ///< admitted votes > half of all configured votes, two_node or not (S10)
    ConfigId config;

    [[nodiscard]] bool contains(NodeId node) const;
    /// Lowest admitted node id; 0 without members.
    [[nodiscard]] NodeId lowest() const;

    friend bool operator==(const View&, const View&) = default;
};

/// Hand these bytes to cpg_mcast_joined, agreed order.
struct Send {
    std::string bytes;
};

/// The view is settled; decisions may be taken on it until `ViewUnsettled`.
struct ViewSettled {
    View view;
};

/// A change is under way: stop deciding. Running actions go on.
struct ViewUnsettled {};

/// An admitted member is gone without goodbye, or (left, goodbye) with one. It is no member any
/// more.
struct MemberLost {
    Member member;
    LeaveReason reason = LeaveReason::node_down;
    bool goodbye = false;        ///< it said goodbye, in order, before it left
    bool goodbye_empty = false;  ///< and owned nothing then
};

/// A joiner became a member. `report` is what its Ready carried (run-root table, stop results).
struct MemberAdmitted {
    Member member;
    std::string report;
};

/// An application frame of an admitted member, valid in this change.
struct Delivered {
    Member sender;
    std::string payload;
    std::uint64_t ticket = 0;  ///< own frames: what propose() returned; else 0
};

/// An own proposal was void (another change came first). Nobody acted on it.
struct Voided {
    std::uint64_t ticket = 0;
};

/// The barrier of an own delivered proposal came back with no change between: acting on it is safe
/// now.
struct Confirmed {
    std::uint64_t ticket = 0;
};

/// The group asks for the application's state, at this very point of the order. Answer by calling
/// give_snapshot() before feeding the next event.
struct SnapshotWanted {};

/// We are the joiner: replace the whole application state. Deliveries that followed the snapshot
/// come next.
struct LoadSnapshot {
    std::string state;
};

/// Nobody was admitted: build the state from what all joiners report (DESIGN 3). Followed by
/// MemberAdmitted for each of them, in ascending node id, with the same reports.
struct FormTable {
    struct Joiner {
        NodeId node;
        DaemonLife life;
        std::string report;
    };
    std::vector<Joiner> joiners;
};

/// An admitted, present member has not announced within announce_timeout.
struct MemberSilent {
    Member member;
};

/// A node in the group talks in a life that is barred, or from a table of its own: told so that the
/// application can make it a victim (cause *returned*) or send Die.
struct StrangerSeen {
    NodeId node;
    DaemonLife life;
    bool barred =
        false;  ///< life was settled or is a victim's; else an admitted member of another table
};

/// We dropped our own membership because our table was unripe and another one is senior; we join
/// again. Replace all replicated state by nothing.
struct TableDropped {};

/// We cannot be a member: words for the log. The daemon should leave and stop.
struct Refused {
    std::string reason;
};

/// A member that ignores us says that our node life is a victim: stop everything, join no group
/// again in this life. The one frame that is believed from anybody (DESIGN 4, `Die`).
struct ToldToDie {
    NodeId from;
    std::string reason;
};

/// An admitted member sent a whole frame of a type we do not know. It may matter for safety, so its
/// sender cannot stay: the application demands its fence (DESIGN 2).
struct ForeignFrame {
    Member sender;
    std::string reason;
};

/// A frame that is none of ours came over cpg; it was dropped. For the log.
struct GarbageSeen {
    NodeId sender;
    std::string reason;
};

/// All admitted members switched to this document at this point of the order (S8).
struct ConfigActivated {
    ConfigId id;
};

using GroupOutput =
    std::variant<Send, ViewSettled, ViewUnsettled, MemberLost, MemberAdmitted, Delivered, Voided,
                 Confirmed, SnapshotWanted, LoadSnapshot, FormTable, MemberSilent, StrangerSeen,
                 TableDropped, Refused, ToldToDie, ForeignFrame, GarbageSeen, ConfigActivated>;

}  // namespace ha::view
