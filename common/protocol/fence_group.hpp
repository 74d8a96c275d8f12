// SPDX-License-Identifier: Apache-2.0
//
// What the members of the fence domain tell each other (cpg group `fenced`), and the domain's whole
// state as it travels to joiners and rests in the run root. Every message is delivered to all
// admitted members in one order; the sender is the member that Group names, so no message carries
// it. A message that no longer fits the state when it is delivered is void, on all alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/protocol/codec.hpp"
#include "common/protocol/fence.hpp"

namespace ha::protocol {

// ---------------------------------------------------- messages

/// This node must be fenced. Void if that life is a victim already, or settled for another cause
/// than returned, or if nobody configured that node.
struct VictimNamed {
    static constexpr std::uint16_t message_type = 1;
    static constexpr std::string_view message_name = "VictimNamed";

    NodeId node;
    NodeLife life;
    FenceCause cause = FenceCause::demanded;
    std::string words;

    friend bool operator==(const VictimNamed&, const VictimNamed&) = default;
};
BOOST_DESCRIBE_STRUCT(VictimNamed, (), (node, life, cause, words))

/// The sender begins one round against `victim`: it runs agents once this is confirmed, never
/// before. First delivered wins; void while another round against that node is open.
struct FenceStarted {
    static constexpr std::uint16_t message_type = 2;
    static constexpr std::string_view message_name = "FenceStarted";

    NodeId victim;
    NodeLife life;
    std::string method;   ///< the first one to be tried
    Duration deadline{};  ///< the longest the round may take; the sender ends it itself

    friend bool operator==(const FenceStarted&, const FenceStarted&) = default;
};
BOOST_DESCRIBE_STRUCT(FenceStarted, (), (victim, life, method, deadline))

enum class RoundOutcome {
    fenced,   ///< a method counts
    is_off,   ///< its device says it is off: no shot was needed
    failed,   ///< every method failed
    unknown,  ///< ended, or its result was lost with its parent
};
BOOST_DESCRIBE_ENUM(RoundOutcome, fenced, is_off, failed, unknown)

/// No agent of this round runs any more. Only the node that began it may say so.
struct FenceFinished {
    static constexpr std::uint16_t message_type = 3;
    static constexpr std::string_view message_name = "FenceFinished";

    NodeId victim;
    std::uint64_t round = 0;
    RoundOutcome outcome = RoundOutcome::unknown;
    std::string method;
    std::string words;
    Duration took{};

    friend bool operator==(const FenceFinished&, const FenceFinished&) = default;
};
BOOST_DESCRIBE_STRUCT(FenceFinished, (), (victim, round, outcome, method, words, took))

/// A person says that this victim can do no harm. Settles it once no round against it is open.
struct VictimAcknowledged {
    static constexpr std::uint16_t message_type = 4;
    static constexpr std::string_view message_name = "VictimAcknowledged";

    NodeId node;
    NodeLife life;
    std::string words;  ///< who, from where

    friend bool operator==(const VictimAcknowledged&, const VictimAcknowledged&) = default;
};
BOOST_DESCRIBE_STRUCT(VictimAcknowledged, (), (node, life, words))

/// A person runs fence_node on the sender's node: nobody begins a round against `node` until it is
/// finished. If it succeeds it proves that admissions up to `covers` are over: those the sender
/// knew when it was told, however late the domain hears of it.
struct ExternalStarted {
    static constexpr std::uint16_t message_type = 5;
    static constexpr std::string_view message_name = "ExternalStarted";

    NodeId node;
    AdmissionNumber covers{};

    friend bool operator==(const ExternalStarted&, const ExternalStarted&) = default;
};
BOOST_DESCRIBE_STRUCT(ExternalStarted, (), (node, covers))

struct ExternalFinished {
    static constexpr std::uint16_t message_type = 6;
    static constexpr std::string_view message_name = "ExternalFinished";

    NodeId node;
    bool succeeded = false;

    friend bool operator==(const ExternalFinished&, const ExternalFinished&) = default;
};
BOOST_DESCRIBE_STRUCT(ExternalFinished, (), (node, succeeded))

/// The sender's node joined a group, or said goodbye in it.
struct GroupNoted {
    static constexpr std::uint16_t message_type = 7;
    static constexpr std::string_view message_name = "GroupNoted";

    std::string group;
    bool joined = false;
    bool empty = false;

    friend bool operator==(const GroupNoted&, const GroupNoted&) = default;
};
BOOST_DESCRIBE_STRUCT(GroupNoted, (), (group, joined, empty))

/// The domain became clear for the first time: from here on it counts as used (Group's `ripe`).
struct DomainCleared {
    static constexpr std::uint16_t message_type = 8;
    static constexpr std::string_view message_name = "DomainCleared";

    friend bool operator==(const DomainCleared&, const DomainCleared&) = default;
};
BOOST_DESCRIBE_STRUCT(DomainCleared, (), ())

/// May this document follow the active one? Judged at its delivery, by all alike (DESIGN 3): void
/// if a node it removes is here in any way, or if a victim loses its last fence method. Each member
/// proposes it for its own cmand.
struct Prepare {
    static constexpr std::uint16_t message_type = 9;
    static constexpr std::string_view message_name = "Prepare";

    ConfigId config;
    std::vector<NodeId> removed;  ///< nodes of the active document that are not in it
    std::vector<NodeId> unarmed;  ///< nodes that have methods now and would have none

    friend bool operator==(const Prepare&, const Prepare&) = default;
};
BOOST_DESCRIBE_STRUCT(Prepare, (), (config, removed, unarmed))

/// It does not follow.
struct PrepareWithdrawn {
    static constexpr std::uint16_t message_type = 10;
    static constexpr std::string_view message_name = "PrepareWithdrawn";

    ConfigId config;

    friend bool operator==(const PrepareWithdrawn&, const PrepareWithdrawn&) = default;
};
BOOST_DESCRIBE_STRUCT(PrepareWithdrawn, (), (config))

// ------------------------------------------------------- state

/// A document that may follow. Until it is active, or withdrawn, no node that it removes is
/// admitted.
struct PreparedRecord {
    ConfigId config;
    std::vector<NodeId> removed;

    friend bool operator==(const PreparedRecord&, const PreparedRecord&) = default;
};
BOOST_DESCRIBE_STRUCT(PreparedRecord, (), (config, removed))

struct VictimRecord {
    NodeId node;
    NodeLife life;              ///< empty: unknown
    AdmissionNumber admission;  ///< settling frees what was claimed up to it
    FenceCause cause = FenceCause::node_down;
    std::string words;
    std::uint32_t rounds = 0;  ///< failed ones, finished
    std::string last_words;    ///< of the last failed round
    bool acknowledged = false;
    std::string acknowledged_words;
    Duration waits{};  ///< on the wire: how much of the delay is left; negative: for ever

    friend bool operator==(const VictimRecord&, const VictimRecord&) = default;
};
BOOST_DESCRIBE_STRUCT(VictimRecord, (),
                      (node, life, admission, cause, words, rounds, last_words, acknowledged,
                       acknowledged_words, waits))

/// An open round. There is at most one against a node, whatever became of the victim.
struct RoundRecord {
    std::uint64_t round = 0;
    NodeId victim;
    NodeLife life;
    AdmissionNumber
        admission;  ///< the last one given when the round began: its result counts up to it
    NodeId by;
    NodeLife by_life;
    std::string method;
    Duration deadline{};

    friend bool operator==(const RoundRecord&, const RoundRecord&) = default;
};
BOOST_DESCRIBE_STRUCT(RoundRecord, (),
                      (round, victim, life, admission, by, by_life, method, deadline))

struct SettledRecord {
    NodeId node;
    NodeLife life;
    AdmissionNumber admission;
    SettledHow how = SettledHow::agent;
    NodeId by;
    std::string words;

    friend bool operator==(const SettledRecord&, const SettledRecord&) = default;
};
BOOST_DESCRIBE_STRUCT(SettledRecord, (), (node, life, admission, how, by, words))

/// A member whose fenced is down and may return within restart_grace.
struct PendingRecord {
    NodeId node;
    DaemonLife life;
    AdmissionNumber admission;
    bool from_copy =
        false;         ///< known from a run-root copy only: nobody fences before it is resolved
    Duration waits{};  ///< on the wire: what is left of the grace

    friend bool operator==(const PendingRecord&, const PendingRecord&) = default;
};
BOOST_DESCRIBE_STRUCT(PendingRecord, (), (node, life, admission, from_copy, waits))

/// A life that left in good order, or a person's fence_node under way or done, with who runs it.
struct CleanRecord {
    NodeId node;
    NodeLife life;

    friend auto operator<=>(const CleanRecord&, const CleanRecord&) = default;
};
BOOST_DESCRIBE_STRUCT(CleanRecord, (), (node, life))

struct ExternalRecord {
    NodeId node;
    NodeId by;
    NodeLife by_life;
    AdmissionNumber admission;  ///< the last one given when it began
    bool succeeded = false;     ///< finished; covers the node's admissions up to `admission`
    bool is_open = true;

    friend bool operator==(const ExternalRecord&, const ExternalRecord&) = default;
};
BOOST_DESCRIBE_STRUCT(ExternalRecord, (), (node, by, by_life, admission, succeeded, is_open))

/// Equal on all admitted members at the same point of the order. The members themselves are
/// Group's.
struct FenceState {
    bool formed = false;
    bool cleared = false;
    std::uint64_t last_round = 0;
    std::vector<VictimRecord> victims;  ///< newest last, one per node
    std::vector<RoundRecord> rounds;
    std::vector<SettledRecord> settled;  ///< oldest first, the last few of each node
    std::vector<PendingRecord> pending;
    std::vector<CleanRecord> clean;
    std::vector<ExternalRecord> externals;
    std::vector<FactGroup> groups;
    std::optional<PreparedRecord> prepared;

    friend bool operator==(const FenceState&, const FenceState&) = default;
};
BOOST_DESCRIBE_STRUCT(FenceState, (),
                      (formed, cleared, last_round, victims, rounds, settled, pending, clean,
                       externals, groups, prepared))

/// The run-root copy, and what a joiner reports. A file of another node life says nothing but
/// `last_admission`.
struct FenceCopy {
    NodeLife life;
    bool in_domain = false;  ///< continue the domain after a restart
    bool quorate =
        false;  ///< its last settled view was; else the domain is to be reset, not continued
    bool reset = false;  ///< it lost quorum and started over with everything proven stopped
    bool dead = false;   ///< this node life was declared dead
    std::vector<FactMember> members;
    AdmissionNumber last_admission;
    std::vector<std::string> groups;  ///< joined on this node without an empty goodbye since
    FenceState state;

    friend bool operator==(const FenceCopy&, const FenceCopy&) = default;
};
BOOST_DESCRIBE_STRUCT(FenceCopy, (),
                      (life, in_domain, quorate, reset, dead, members, last_admission, groups,
                       state))

/// Payloads of the group are wire frames of these messages.
const Conversation& fence_group_conversation();

}  // namespace ha::protocol
