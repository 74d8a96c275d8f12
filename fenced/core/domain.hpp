// SPDX-License-Identifier: Apache-2.0
//
// FenceDomain: from a lost member to a proven-dead victim, replicated over the members of the fence
// domain (DESIGN 3 to 5, spec fenced 1 and 2). Pure: events and time in, actions out. Intuition:
// Group gives one order of changes and messages; everything in FenceState follows from that order
// and is equal on all members. Clocks (delays, grace, back-off) are local and only decide when
// somebody proposes something. The lowest admitted member proposes; nobody acts on anything but
// what was delivered. It runs no agent (operation.hpp is one round, driven by the shell) and writes
// no file.
//
//   lost, demanded, absent -> victim -> delay -> FenceStarted -> confirmed -> RunRound ->
//   FenceFinished -> settled
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/model/model.hpp"
#include "common/protocol/fence.hpp"
#include "common/protocol/fence_group.hpp"
#include "common/view/group.hpp"
#include "fenced/core/plan.hpp"

namespace ha::fence {

// ------------------------------------------------------- knobs

/// Limits the simulator may bend. Mutants undo one sentence of DESIGN each, which stands beside it
/// with its section; all are false in a daemon.
struct DomainKnobs {
    view::GroupKnobs group;
    OperationLimits limits;
    /// First and longest pause between two rounds against one victim; the first is override_time if
    /// longer.
    Duration back_off_max = std::chrono::seconds{30};
    /// A round whose fencer says nothing this long after its deadline makes the fencer silent.
    Duration silence_after_deadline = std::chrono::seconds{10};
    /// How long the higher id of a two_node pair waits before it tells the other to die. Source:
    /// spec 1.6.
    Duration die_delay = std::chrono::seconds{5};
    /// A cut-off node that could not stop everything in this time is given up: the others fence it.
    /// Longer than the limits within which groups stop (rgmanager: quorum_stop_timeout).
    Duration reset_patience = std::chrono::seconds{75};
    /// How long a round waits for a victim's node that is back in the group in another life to be
    /// admitted.
    Duration return_patience = std::chrono::seconds{5};
    /// How long this node goes on without its cmand before it demands its own fence. Source: DESIGN
    /// 5, "cmand dies".
    Duration cman_grace = std::chrono::seconds{30};
    bool mutant_settle_on_failed_agent = false;        ///< 4: all devices of a method must succeed
    bool mutant_fence_while_inquorate = false;         ///< 4: losing quorum ends running agents
    bool mutant_two_fencers = false;                   ///< S6: at most one member fences a victim
    bool mutant_settle_any_life = false;               ///< 4: for any other life a result is void
    bool mutant_same_life_returns = false;             ///< S5: in the same life it stays a victim
    bool mutant_successor_does_not_wait = false;       ///< 4: starts when the former is settled
    bool mutant_clear_with_victims = false;            ///< S10: no unsettled victim
    bool mutant_forget_victim_of_lost_fencer = false;  ///< S6: a fence is never skipped
    bool mutant_no_cman_grace = false;                 ///< 5: cmand dies, nothing for 30 s
    bool mutant_ignore_fence_node = false;             ///< 4: it announces itself, fenced waits
};

// ------------------------------------------------------ events

/// The shell's number for a request of a tool; its answer carries it.
using RequestId = std::uint64_t;

/// First event. The shell has reaped every recorded agent of a former daemon before it, but for
/// those against these victims: they got SIGKILL and do not end (uninterruptible sleep).
struct Started {
    std::set<NodeId> leftover_agents;
};

/// The last of them against this victim is gone.
struct LeftoverAgentsGone {
    NodeId victim;
};

/// cmand's active document, or a newer one.
struct ConfigChanged {
    ConfigId id;
    std::shared_ptr<const model::ClusterModel> model;
};

/// cmand asks whether this document may follow the active one. Answered by AnswerPrepare: at once
/// outside of the domain, else when the Prepare of this node is delivered.
struct PrepareAsked {
    std::uint64_t number = 0;
    ConfigId id;
    std::shared_ptr<const model::ClusterModel> model;
};

/// And it does not follow.
struct PrepareDropped {
    ConfigId id;
};

/// fence_tool join. Idempotent. Refused in a dead life.
struct JoinRequested {
    RequestId request = 0;
};

/// fence_tool leave. Refused while a group of this node life did not say an empty goodbye.
struct LeaveRequested {
    RequestId request = 0;
};

/// corosync is gone: this node is cut off. The shell ends running agents by itself too.
struct ClusterLost {};

/// This fenced slept longer than the token: treated like a lost cluster.
struct Overslept {};

/// Answer to RunRound; no agent of the round runs any more.
struct RoundFinished {
    std::uint64_t round = 0;
    protocol::RoundOutcome outcome = protocol::RoundOutcome::unknown;
    std::string method;
    std::string words;
    Duration took{};
};

/// Answer to AskDevices; no agent of the question runs any more.
struct DevicesAnswered {
    std::uint64_t round = 0;
    bool is_off = false;  ///< every device of one method says off
    std::string method;
    std::string words;
};

/// fence_node announces itself; refused is not possible, a person decides.
struct ExternalBegan {
    RequestId request = 0;
    NodeId node;
};

struct ExternalEnded {
    RequestId request = 0;
    NodeId node;
    bool succeeded = false;
};

/// fence_ack_manual, or a name written to the FIFO. Answered once delivered; refused if no victim.
struct Acknowledged {
    RequestId request = 0;
    NodeId node;
    std::string words;
};

/// A local daemon, or an operator, wants this node fenced.
struct FenceDemanded {
    RequestId request = 0;
    NodeId node;
    NodeLife life;  ///< empty: whatever it is
    std::string words;
};

/// cmand of this node ended: no document can come. Idempotent: the grace counts from the first one.
struct CmanGone {};

/// And is there again, its document with it.
struct CmanReturned {};

/// A local daemon joins its group, or said goodbye in it (protocol::GroupJoined, GroupGoodbye).
struct LocalGroupJoined {
    std::string group;
};

struct LocalGroupGoodbye {
    std::string group;
    bool empty = false;
    bool handed_over = false;
};

using Event =
    std::variant<Started, view::GroupEvent, ConfigChanged, JoinRequested, LeaveRequested,
                 ClusterLost, Overslept, RoundFinished, DevicesAnswered, ExternalBegan,
                 ExternalEnded, Acknowledged, FenceDemanded, LocalGroupJoined, LocalGroupGoodbye,
                 PrepareAsked, PrepareDropped, LeftoverAgentsGone, CmanGone, CmanReturned>;

// ----------------------------------------------------- actions

/// cpg_mcast_joined, agreed order.
struct SendFrame {
    std::string bytes;
};

/// cpg_join, cpg_leave of group `fenced`.
struct JoinGroup {};

struct LeaveGroup {};

/// Run one whole round with an Operation(fence); answer RoundFinished.
struct RunRound {
    std::uint64_t round = 0;
    NodeId victim;
    NodeLife life;
};

/// Run an Operation(query_off); answer DevicesAnswered. RunRound with the same number may follow.
struct AskDevices {
    std::uint64_t round = 0;
    NodeId victim;
};

/// End and reap the operation of this round; RoundFinished or DevicesAnswered comes as always.
struct EndRound {
    std::uint64_t round = 0;
    std::string reason;
};

struct FactsChanged {
    protocol::FenceFacts facts;
};

/// Write this to the run root before the actions after it.
struct SaveState {
    std::string text;
};

/// Ask corosync to end that node's corosync (cfg kill); harmless if it cannot.
struct KillNode {
    NodeId node;
    std::string reason;
};

/// Open or close the FIFO of spec 2.4: open while a victim waits for a person.
struct OpenOverride {
    std::vector<NodeId> victims;  ///< names accepted
};

struct CloseOverride {};

/// This life of the daemon ends: leave the groups, exit, be started again with the state saved
/// last.
struct StartOver {
    std::string reason;
};

/// The answer to a request of a tool.
struct Reply {
    RequestId request = 0;
    bool accepted = false;
    std::string text;  ///< for a refusal: why, one sentence
};

/// The answer to PrepareAsked.
struct AnswerPrepare {
    std::uint64_t number = 0;
    bool accepted = false;
    std::string why;  ///< for a no: one sentence
};

enum class Decision {
    domain_joined,
    domain_formed,
    domain_clear,
    domain_left,
    domain_reset,
    node_dead,
    member_admitted,
    member_lost,
    member_pending,
    victim_named,
    victim_settled,
    fence_delayed,
    fence_started,
    fence_deferred,
    fence_failed,
    fence_void,
    fence_ended,
    external_seen,
    stranger_seen,
    document_prepared,
    document_objected,
    document_active,
    cman_away,
    refused,
    void_message,
};

/// A decision with its reason, for the log.
struct Decided {
    Decision decision = Decision::void_message;
    NodeId node;         ///< whom it is about, 0 if nobody
    std::string reason;  ///< one sentence or fragment, names of nodes included
};

using Action = std::variant<SendFrame, JoinGroup, LeaveGroup, RunRound, AskDevices, EndRound,
                            FactsChanged, SaveState, KillNode, OpenOverride, CloseOverride,
                            StartOver, Reply, AnswerPrepare, Decided>;

struct Step {
    std::vector<Action> actions;
    std::optional<TimePoint> wake_at;  ///< feed view::TimePassed then
};

// ------------------------------------------------- FenceDomain

class FenceDomain
{
public:
    struct Config {
        NodeId self;
        DaemonLife life;
        std::string saved_state;  ///< what SaveState wrote last, "" if there is none
        DomainKnobs knobs;
    };

    /// A saved state of another node life is taken for none. One that cannot be read means that
    /// this node life is dead: who knows what it was. why_not_restored() says so.
    explicit FenceDomain(Config config);
    ~FenceDomain();
    FenceDomain(FenceDomain&&) noexcept;
    FenceDomain& operator=(FenceDomain&&) noexcept;

    [[nodiscard]] Step on(const Event& event, TimePoint now);

    [[nodiscard]] const std::string& why_not_restored() const;
    [[nodiscard]] const protocol::FenceFacts& facts() const;
    [[nodiscard]] const protocol::FenceState& state() const;
    [[nodiscard]] const view::Group& group() const;

    /// The document all members act on; null before there is one.
    [[nodiscard]] const model::ClusterModel* active_model() const;

    /// True while this node may not leave the cluster: it is in the domain (cmand's LeaveQuestion).
    [[nodiscard]] bool is_in_domain() const;

    /// The whole state as text, in the words of the glossary.
    [[nodiscard]] std::string describe() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ha::fence
