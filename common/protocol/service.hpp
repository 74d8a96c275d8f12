// SPDX-License-Identifier: Apache-2.0
//
// What rgmanagers tell each other in their group, and the replicated row of a service (DESIGN
// section 4). One frame type carries everything that changes the table, so that a frame of a newer
// build with a field that matters is refused whole and never half understood:
//
//   owner's rgmanager                group, agreed order            every rgmanager
//     | TableMessage{claim web@7} ------> * --------------------------> apply if web is at version
//     7 | (barrier) ----------------------> *                             the proposer starts
//     agents only now | TableMessage{web started} ------> * --------------------------> apply
//
// TableState is the snapshot and what the run root keeps; MemberReport is what a joiner's Ready
// carries. The conversation of rgmanager.sk (tools) is in service_tool.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/protocol/codec.hpp"

namespace ha::protocol {

/// Numbers are public: clustat prints them. Source: spec/rgmanager.md 5.1.
enum class ServiceState : std::uint8_t {
    stopped = 110,   ///< not running, eligible
    starting = 111,  ///< its owner runs start
    started = 112,
    stopping = 113,       ///< its owner runs a normal stop
    failed = 114,         ///< a stop failed; only disable leads on
    uninitialized = 115,  ///< unknown here; never in the table
    checking = 116,       ///< never set
    recoverable = 117,    ///< its owner runs stop after a failure
    recovering = 118,     ///< stopped cleanly after a failure, to be started again; no owner
    disabled = 119,
    migrating = 120,  ///< never set; the state stays started while `op` is migrate
};
BOOST_DESCRIBE_ENUM(ServiceState, stopped, starting, started, stopping, failed, uninitialized,
                    checking, recoverable, recovering, disabled, migrating)

/// Public: exit code of clusvcadm is the value modulo 256 (already_running: 0). Source:
/// spec/rgmanager.md 5.2.
enum class ReturnCode : std::int16_t {
    success = 0,
    yes = 1,
    no = 2,
    fail = -1,
    abort = -2,
    forward = -3,
    no_service = -4,
    deadlock = -5,
    again = -6,
    depend = -7,
    invalid = -8,
    no_quorum = -9,
    already_running = -10,
    frozen = -11,
    no_node = -12,
    fence_pending = -13,
    script = -14,
    domain = -15,
    exclusive = -16,
    relocated_back = -17,
    permission = -18,
    warning = -19,
};
BOOST_DESCRIBE_ENUM(ReturnCode, success, yes, no, fail, abort, forward, no_service, deadlock, again,
                    depend, invalid, no_quorum, already_running, frozen, no_node, fence_pending,
                    script, domain, exclusive, relocated_back, permission, warning)

/// Who holds a service: the node, the daemon life that holds it, and the node's admission to the
/// fence domain under which it was claimed. `Settled` touches only owners of that admission or an
/// earlier one.
struct Owner {
    NodeId node;  ///< 0: nobody
    DaemonLife life;
    AdmissionNumber admission;

    [[nodiscard]] bool is_somebody() const { return node.value != 0; }
    friend bool operator==(const Owner&, const Owner&) = default;
};

/// What is being done with a service beyond its state.
enum class OperationKind : std::uint8_t {
    none,
    enable,           ///< start on the target, elsewhere if that fails
    enable_anywhere,  ///< start on the best node of the failover domain
    disable,
    stop,
    restart,   ///< stop, then start on the target (the owner)
    relocate,  ///< stop, then start on the target or the best other node; back home if all fail
    migrate,   ///< hand over alive; owner and target both count as owner
    recover,   ///< the owner's own: after a failed check or start
};
BOOST_DESCRIBE_ENUM(OperationKind, none, enable, enable_anywhere, disable, stop, restart, relocate,
                    migrate, recover)

/// An operation in progress. The delivered leave of requester or target (those daemon lives) ends
/// it, except disable and stop, which their owner finishes, and migrate: its other end is asked.
struct Operation {
    OperationKind kind = OperationKind::none;
    NodeId requester;
    DaemonLife requester_life;
    std::uint64_t ticket = 0;  ///< the requester's; 0: nobody waits for an answer
    NodeId target;             ///< 0: the best node
    DaemonLife target_life;
    AdmissionNumber target_admission;  ///< migrate: under which the target would own it
    NodeId origin;                     ///< where it ran, or was asked for, when the operation began
    bool is_expected = false;          ///< migrate: the target's disk says that a guest may come
    std::vector<NodeId> struck;        ///< nodes where a start failed
    bool in_recovery = false;          ///< a start failed already: recovery rules apply
    bool going_home = false;           ///< nobody else may run it: the last try is at `origin`
    bool was_failed =
        false;  ///< a person disables a failed service: it ends disabled whatever its stop says

    friend bool operator==(const Operation&, const Operation&) = default;
};

/// The replicated record of one service.
struct ServiceRow {
    std::string name;  ///< `type:name`
    ServiceState state = ServiceState::stopped;
    Owner
        owner;  ///< also of a failed service: only disable, a settled fence or a person releases it
    NodeId last_owner;  ///< 0: none
    bool frozen = false;
    bool partial = false;
    Operation op;
    std::uint32_t restarts = 0;  ///< starts out of recovering in a row
    std::vector<std::int64_t>
        restart_times_s;            ///< restarts counted for the threshold, boot time of the owner
    std::int64_t transition_s = 0;  ///< wall clock, seconds since 1970; 0: never touched
    std::uint64_t version = 0;      ///< counts the changes of this row
    std::uint64_t config_version = 0;  ///< document it was started under
    std::uint64_t parked_at =
        0;  ///< membership epoch in which it was left stopped on purpose; 0: not parked
    std::string reason;  ///< why it is in this state, for people

    friend bool operator==(const ServiceRow&, const ServiceRow&) = default;
};

/// What happened to a service: the input of its state table (rgmanager/core/service.hpp).
enum class ServiceInput : std::uint8_t {
    claim,       ///< a node takes it to start it
    claim_lost,  ///< the claim was never confirmed: nothing was started
    start_succeeded,
    start_failed,
    begin_stop,      ///< user, dependency, shutdown, relocation
    begin_recovery,  ///< a check failed
    stop_succeeded,  ///< to stopped
    stop_to_disabled,
    stop_to_recovering,
    stop_failed,
    disable_regardless,  ///< a failed service is disabled by a person although its stop failed
                         ///< again
    give_up,             ///< no node may start it: left stopped
    disable_idle,        ///< autostart is off, or the policy says so
    begin_operation,     ///< a request was accepted; the state stays
    end_operation,       ///< with an answer; the state stays
    migrated,
    freeze,
    unfreeze,
    adopted,                 ///< the owner's rgmanager came back in the same node life
    owner_settled,           ///< its owner is proven dead or gone
    owner_settled_disabled,  ///< and it was being disabled
    operation_dropped,       ///< its requester or target left
    found_stopped,           ///< the owner knows that it does not run (stopped on loss of quorum)
    reconfigured,            ///< runs under a newer document now
    guest_expected,          ///< the target of its migration noted it; nothing was begun before
};
BOOST_DESCRIBE_ENUM(ServiceInput, claim, claim_lost, start_succeeded, start_failed, begin_stop,
                    begin_recovery, stop_succeeded, stop_to_disabled, stop_to_recovering,
                    stop_failed, disable_regardless, give_up, disable_idle, begin_operation,
                    end_operation, migrated, freeze, unfreeze, adopted, owner_settled,
                    owner_settled_disabled, operation_dropped, found_stopped, reconfigured,
                    guest_expected)

/// The answer to a request, carried by the change that ends it.
struct Outcome {
    NodeId requester;
    DaemonLife requester_life;
    std::uint64_t ticket = 0;
    ReturnCode code = ReturnCode::success;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// A proposed change of one row; void unless the row is at `based_on` when it is delivered (0: no
/// row yet).
struct RowChange {
    std::uint64_t based_on = 0;
    ServiceInput input = ServiceInput::begin_operation;
    ServiceRow row;  ///< the row afterwards; its version is based_on + 1
    std::optional<Outcome> outcome;

    friend bool operator==(const RowChange&, const RowChange&) = default;
};

/// A node is proven dead or gone: rows claimed under `admission` or an earlier one are released.
struct SettledFact {
    NodeId node;
    NodeLife life;
    AdmissionNumber admission;  ///< to the fence domain
    std::string how;            ///< fenced's word for it

    friend bool operator==(const SettledFact&, const SettledFact&) = default;
};

/// A node life that must be fenced: no member from the delivery of this on.
struct VictimFact {
    NodeId node;
    NodeLife life;

    friend bool operator==(const VictimFact&, const VictimFact&) = default;
};

/// The one frame of the group: facts first, then changes in order, each on its own.
struct TableMessage {
    static constexpr std::uint16_t message_type = 1;
    static constexpr std::string_view message_name = "TableMessage";

    std::vector<VictimFact> victims;
    std::vector<VictimFact> pardoned;  ///< reset, and members of the fence domain again
    std::vector<SettledFact> settled;
    std::vector<RowChange> changes;
    std::optional<bool> lock;  ///< clusvcadm -l / -u
    std::vector<std::string>
        forgotten;  ///< services that are in no document any more and do not run

    friend bool operator==(const TableMessage&, const TableMessage&) = default;
};

/// Everything the group agrees on.
struct TableState {
    static constexpr std::uint16_t message_type = 2;
    static constexpr std::string_view message_name = "TableState";

    std::map<std::string, ServiceRow> rows;
    std::map<NodeId, SettledFact> settled;  ///< the last one of every node
    std::uint64_t membership_epoch = 1;     ///< counts joins and losses of members
    bool locked = false;
    bool probation =
        false;  ///< formed from nothing: every recorded member must report before the first claim
    bool used = false;  ///< a service was claimed or adopted: never dropped for another table
    /// Lives of victims: no members any more. Oldest first, the last few of each node.
    std::map<NodeId, std::vector<NodeLife>> barred;
    /// Lives that left the ring without goodbye and are not settled: no life of such a node is
    /// admitted.
    std::map<NodeId, NodeLife> lost;
    /// In a snapshot: members that sent what its giver could not read, and that are not proven
    /// dead. What they claimed is not in this state, so whoever takes it claims nothing before.
    std::vector<Owner> refused;

    friend bool operator==(const TableState&, const TableState&) = default;
};

/// A stop that is not proven, or a service that a former rgmanager of this node life may still run.
struct HeldService {
    std::string name;
    bool stop_failed = false;  ///< its stop was tried and failed: the row becomes failed (S9)
    std::uint64_t config_version = 0;

    friend bool operator==(const HeldService&, const HeldService&) = default;
};

/// A joiner's run-root table and what it holds. Also the content of the run-root file.
struct MemberReport {
    static constexpr std::uint16_t message_type = 3;
    static constexpr std::string_view message_name = "MemberReport";

    NodeId node;
    NodeLife life;
    TableState table;
    std::vector<HeldService> held;
    /// The fence domain was told that nothing of this node's services is left: tables formed since
    /// then know more, whatever the versions of their rows are.
    bool left = false;

    friend bool operator==(const MemberReport&, const MemberReport&) = default;
};

BOOST_DESCRIBE_STRUCT(Owner, (), (node, life, admission))
BOOST_DESCRIBE_STRUCT(Operation, (),
                      (kind, requester, requester_life, ticket, target, target_life,
                       target_admission, origin, is_expected, struck, in_recovery, going_home,
                       was_failed))
BOOST_DESCRIBE_STRUCT(ServiceRow, (),
                      (name, state, owner, last_owner, frozen, partial, op, restarts,
                       restart_times_s, transition_s, version, config_version, parked_at, reason))
BOOST_DESCRIBE_STRUCT(Outcome, (), (requester, requester_life, ticket, code))
BOOST_DESCRIBE_STRUCT(RowChange, (), (based_on, input, row, outcome))
BOOST_DESCRIBE_STRUCT(SettledFact, (), (node, life, admission, how))
BOOST_DESCRIBE_STRUCT(VictimFact, (), (node, life))
BOOST_DESCRIBE_STRUCT(TableMessage, (), (victims, pardoned, settled, changes, lock, forgotten))
BOOST_DESCRIBE_STRUCT(TableState, (),
                      (rows, settled, membership_epoch, locked, probation, used, barred, lost,
                       refused))
BOOST_DESCRIBE_STRUCT(HeldService, (), (name, stop_failed, config_version))
BOOST_DESCRIBE_STRUCT(MemberReport, (), (node, life, table, held, left))

/// The rgmanagers' group.
const Conversation& service_group();

}  // namespace ha::protocol
