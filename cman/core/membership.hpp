// SPDX-License-Identifier: Apache-2.0
//
// Membership: the core of cmand. Who is in the cluster, does this node run its configuration, may
// it leave? Events in, actions out; no I/O, no clock. Between cmands only three things are said:
// Hello (my configuration), Leaving (I go, on purpose) and Kill (you go). votequorum counts the
// votes.
//
//   state       joining ----accepted and in the ring----> member ----everybody agreed----> leaving
//   readiness   ends with `BecameMember`; a newcomer with another configuration ends with `GiveUp`
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "cman/core/leave.hpp"
#include "cman/core/node_table.hpp"
#include "cman/core/verdict.hpp"
#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/model/model.hpp"

namespace ha::cman {

/// Address literals of each node, link 0 first.
using AddressTable = std::map<NodeId, std::vector<std::string>>;

// ------------------------------------------------------------------------------------------ events

/// corosync's ring, from the quorum service.
struct RingReported {
    RingId ring;
    std::vector<NodeId> members;
    std::vector<NodeId> joined;  ///< as corosync says: also who left and came back in one step
    std::int64_t wall_s = 0;     ///< for people
};

struct QuorumReported {
    bool is_quorate = false;
};

/// Members of the group of cmands.
struct PeersChanged {
    std::vector<NodeId> members;
    bool somebody_joined = false;
};

struct HelloDelivered {
    NodeId from;
    DaemonLife life;
    PeerConfig said;
    AddressTable addresses;
};

struct LeavingDelivered {
    NodeId from;
    bool remove = false;
};

struct KillDelivered {
    NodeId from;
    NodeId victim;
    DaemonLife life;  ///< empty: the killer had not heard of a life there
};

struct ClientSubscribed {
    Subscriber subscriber;
};

struct ClientClosed {
    ClientId client;
};

struct LeaveRequested {
    ClientId client;
    bool force = false;
    bool remove = false;
};

struct LeaveAnswered {
    ClientId client;
    std::uint64_t number = 0;
    bool may_leave = false;
    std::string why;
};

struct KillRequested {
    ClientId client;
    std::string node;
};

struct WaitRequested {
    ClientId client;
    bool quorate = false;
};

/// This node runs another document from here on.
struct ConfigSwitched {
    ConfigId config;
    model::ClusterModel model;
    AddressTable addresses;
};

/// Answer to CatchUp when the newer document cannot be had or cannot be used here.
struct NotCaughtUp {
    ConfigId config;
    std::string why;
};

struct TimePassed {};

using Event =
    std::variant<RingReported, QuorumReported, PeersChanged, HelloDelivered, LeavingDelivered,
                 KillDelivered, ClientSubscribed, ClientClosed, LeaveRequested, LeaveAnswered,
                 KillRequested, WaitRequested, ConfigSwitched, NotCaughtUp, TimePassed>;

// ----------------------------------------------------------------------------------------- actions

struct SendHello {
    bool is_established = false;
};

struct SendLeaving {
    bool remove = false;
};

struct SendKill {
    NodeId victim;
    DaemonLife life;
};

/// corosync's own way to end a node, for one whose cmand does not hear.
struct KillThroughCorosync {
    NodeId victim;
};

/// The active document with the present verdict, to all subscribers (or only this one).
struct Publish {
    std::optional<ClientId> only;
};

struct AskSubscriber {
    ClientId client;
    std::uint64_t number = 0;
    bool remove = false;
};

struct AnswerLeave {
    ClientId client;
    bool leaving = false;
    std::vector<std::string> objections;
};

enum class Answer { accepted, not_found, not_member, busy };

struct AnswerClient {
    ClientId client;
    Answer answer = Answer::accepted;
    std::string text;
};

/// This node joined and runs the cluster's configuration: cmand is ready.
struct BecameMember {};

/// Stop corosync in order; peers see a leave. `clean`: every subscriber agreed.
struct StopCorosync {
    bool clean = false;
};

/// A peer killed this node: stop at once.
struct Die {
    NodeId by;
};

/// A newcomer that does not run the cluster's configuration: stop corosync, exit, say why.
struct GiveUp {
    std::string why;
};

/// The cluster runs a newer document: get and run it. Answered by ConfigSwitched or NotCaughtUp;
/// until then a member stays what it is, a newcomer goes on waiting.
struct CatchUp {
    ConfigId config;
};

/// A node left for good: votequorum's expected votes follow (expected_after_remove).
struct LowerExpected {};

/// A node came (it brings its configured expected votes back, undoing a remove), or one that was
/// refused went (its votes may have raised them): expected_to_restore decides.
struct RestoreExpected {};

struct NoteMember {
    NodeId node;
    bool joined = false;
    bool announced = false;  ///< left on purpose
};

struct NoteQuorum {
    bool is_quorate = false;
};

struct NoteVerdict {
    std::string why;  ///< empty: accepted again
};

/// A peer resolves this node's name to other addresses than we do.
struct NoteAddresses {
    NodeId peer;
    NodeId about;
    std::vector<std::string> theirs;
    std::vector<std::string> ours;
};

using Action = std::variant<SendHello, SendLeaving, SendKill, KillThroughCorosync, Publish,
                            AskSubscriber, AnswerLeave, AnswerClient, BecameMember, StopCorosync,
                            Die, GiveUp, CatchUp, LowerExpected, RestoreExpected, NoteMember,
                            NoteQuorum, NoteVerdict, NoteAddresses>;

struct Step {
    std::vector<Action> actions;
    std::optional<TimePoint> wake_at;
};

// -------------------------------------------------------------------------------------------- core

struct MembershipConfig {
    NodeId self;
    DaemonLife life;
    ConfigId config;
    AddressTable addresses;
    /// corosync was running and accepted before this cmand started.
    bool adopted = false;
    /// Silence to a leave question is a no after this.
    Duration shutdown_timeout = std::chrono::seconds{5};
    /// A lone newcomer waits so long for peers before it is accepted: knet needs 1-3 s to find
    /// them, and they may refuse it.
    Duration alone_patience = std::chrono::seconds{3};
    /// So long a lone member stays a newcomer: a cluster that it meets late still refuses it, not
    /// the other way round.
    Duration newcomer_time = std::chrono::seconds{10};
};

class Membership
{
public:
    Membership(MembershipConfig config, const model::ClusterModel& model);

    Step on(const Event& event, TimePoint now);

    enum class State { joining, member, leaving };
    [[nodiscard]] State state() const;
    [[nodiscard]] bool is_quorate() const;
    [[nodiscard]] const RingId& ring() const { return ring_; }
    [[nodiscard]] const NodeTable& nodes() const { return nodes_; }
    [[nodiscard]] ConfigState config_state() const { return verdict_.state(); }
    [[nodiscard]] const std::set<NodeId>& peers() const { return peers_; }
    /// The document this node lost against. Precondition: config_state() is refused.
    [[nodiscard]] const ConfigId& wanted_config() const { return verdict_.winner(); }
    [[nodiscard]] bool is_established() const { return verdict_.is_established(); }
    [[nodiscard]] std::string verdict_text() const;
    [[nodiscard]] bool is_asking_to_leave() const
    {
        return leave_.state() == LeaveProcedure::State::asking;
    }

    /// Whole state as text, for the dump.
    [[nodiscard]] std::string describe() const;

private:
    void handle(const RingReported& event);
    void handle(const QuorumReported& event);
    void handle(const PeersChanged& event);
    void handle(const HelloDelivered& event);
    void handle(const LeavingDelivered& event);
    void handle(const KillDelivered& event);
    void handle(const ClientSubscribed& event);
    void handle(const ClientClosed& event);
    void handle(const LeaveRequested& event);
    void handle(const LeaveAnswered& event);
    void handle(const KillRequested& event);
    void handle(const WaitRequested& event);
    void handle(const ConfigSwitched& event);
    void handle(const NotCaughtUp& event);
    void handle(const TimePassed& event);

    void judge();
    [[nodiscard]] bool can_catch_up() const;
    void become_member_if_due();
    void establish_if_due();
    void conclude_leave();
    void serve_waiters();
    void note_quorum();
    [[nodiscard]] bool is_waiting_alone() const;
    [[nodiscard]] std::optional<TimePoint> wake_at() const;

    MembershipConfig config_;
    NodeTable nodes_;
    ConfigVerdict verdict_;
    LeaveProcedure leave_;
    TimePoint now_;
    RingId ring_;
    bool votequorum_quorate_ = false;
    bool noted_quorate_ = false;
    bool is_leaving_ = false;
    bool became_member_ = false;
    bool gave_up_ = false;
    bool noted_refusal_ = false;
    std::optional<ConfigId> catching_up_;           ///< asked for
    std::map<ConfigId, std::string> out_of_reach_;  ///< asked for in vain, and why
    std::set<NodeId> peers_;
    std::map<NodeId, DaemonLife> lives_;
    std::set<NodeId> strangers_;  ///< run another configuration than we do
    std::set<NodeId> removed_;    ///< announced `leave remove`, still in the ring
    std::optional<TimePoint> alone_since_;
    std::optional<TimePoint> member_since_;
    std::optional<ClientId> leave_client_;
    bool leave_is_clean_ = false;
    std::map<ClientId, std::string> subscribers_;
    std::map<ClientId, bool> waiters_;  ///< client, wants quorum
    std::vector<Action> actions_;
};

}  // namespace ha::cman
