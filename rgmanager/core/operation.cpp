// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/operation.hpp"

#include <algorithm>
#include <utility>

namespace ha::service {

namespace {

NextStep claim_by(NodeId node, std::string reason, bool going_home = false)
{
    return NextStep{node, going_home, ReturnCode::success, ServiceInput::claim, std::move(reason)};
}

/// The operation ends and the service stays where it is: disabled, or stopped until the members
/// change.
NextStep end_with(const ServiceRow& row, ReturnCode code, std::string reason)
{
    const bool stays_disabled = row.state == ServiceState::disabled;
    return NextStep{NodeId{}, false, code,
                    stays_disabled ? ServiceInput::end_operation : ServiceInput::give_up,
                    std::move(reason)};
}

std::set<NodeId> struck_nodes(const Operation& op)
{
    return {op.struck.begin(), op.struck.end()};
}

bool any_left(const std::set<NodeId>& online, const std::set<NodeId>& excluded)
{
    return std::any_of(online.begin(), online.end(),
                       [&](NodeId node) { return !excluded.contains(node); });
}

/// 5.8 step 6: restart where it came from, once.
NextStep go_home(const ServiceRow& row, const std::set<NodeId>& online, std::string why)
{
    if (!online.contains(row.op.origin)) {
        return end_with(row, ReturnCode::fail, std::move(why));
    }
    return claim_by(row.op.origin, "back on its original owner: " + why, true);
}

/// 5.8 step 5: the best other node, until none is left.
NextStep go_elsewhere(const ServiceRow& row, const Placement& placement,
                      const std::set<NodeId>& online)
{
    const Operation& op = row.op;
    std::set<NodeId> excluded = struck_nodes(op);
    excluded.insert(op.origin);
    const Choice choice = placement.best_node(row, excluded);
    const std::string failed =
        op.struck.empty() ? std::string{} : placement.failed_starts(op.struck);
    if (choice.node.value != 0) {
        return claim_by(choice.node,
                        failed.empty() ? choice.reason : failed + "; next, " + choice.reason);
    }
    const bool none_left = !any_left(online, excluded);
    if (op.in_recovery && none_left) {
        return end_with(
            row, ReturnCode::fail,
            (failed.empty() ? failed : failed + "; ") + "no other node is online to recover it");
    }
    return go_home(row, online, none_left && !failed.empty() ? failed : choice.reason);
}

NextStep step_of_relocation(const ServiceRow& row, const Placement& placement,
                            const std::set<NodeId>& online)
{
    const Operation& op = row.op;
    const bool target_is_untried =
        op.target.value != 0 && online.contains(op.target) && !struck_nodes(op).contains(op.target);
    if (!target_is_untried) {
        return go_elsewhere(row, placement, online);
    }
    if (!placement.allows(row.name, op.target)) {
        return go_home(row, online, "its failover domain does not allow the target");
    }
    if (std::string conflict = placement.exclusive_conflict(row.name, op.target);
        !conflict.empty()) {
        return go_home(row, online, std::move(conflict));
    }
    return claim_by(op.target, "relocated to the node asked for");
}

/// enable and restart: the node asked for; where it failed, recovery elsewhere. So, too, after the
/// failure of a start that nobody asked for (spec 5.5, start procedure, step 7).
NextStep step_of_start(const ServiceRow& row, const Placement& placement,
                       const std::set<NodeId>& online)
{
    const Operation& op = row.op;
    const bool nobody_asked = op.kind == OperationKind::recover && op.target.value == 0;
    if (nobody_asked || struck_nodes(op).contains(op.target)) {
        return go_elsewhere(row, placement, online);
    }
    if (!online.contains(op.target)) {
        return end_with(row, ReturnCode::no_node, "the node asked for is not online");
    }
    if (op.kind == OperationKind::enable && placement.score_of(row, op.target) < Score::good) {
        return end_with(row, ReturnCode::fail,
                        "its failover domain does not allow the node asked for");
    }
    if (std::string conflict = placement.exclusive_conflict(row.name, op.target);
        !conflict.empty()) {
        return row.state == ServiceState::disabled
                   ? end_with(row, ReturnCode::invalid, std::move(conflict))
                   : go_elsewhere(row, placement, online);
    }
    return claim_by(op.target, op.kind == OperationKind::recover ? "recovered where it ran"
                                                                 : "started on the node asked for");
}

NextStep step_of_anywhere(const ServiceRow& row, const Placement& placement)
{
    Choice choice = placement.best_node(row, struck_nodes(row.op));
    return choice.node.value != 0 ? claim_by(choice.node, std::move(choice.reason))
                                  : end_with(row, ReturnCode::fail, std::move(choice.reason));
}

RowChange change_of(const ServiceRow& row, ServiceInput input)
{
    RowChange change{row.version, input, row, std::nullopt};
    const auto next = next_state(row.state, input);
    HA_ASSERT(next);
    change.row.state = *next;
    return change;
}

/// Nobody owns it any more.
void release(ServiceRow& row, std::int64_t wall_s)
{
    row.last_owner = row.owner.node;
    row.owner = {};
    row.partial = false;
    row.transition_s = wall_s;
}

RowChange stop_failed_change(const ServiceRow& row, const StopEnd& end)
{
    if (row.op.was_failed) {
        RowChange change = change_of(row, ServiceInput::disable_regardless);
        change.outcome = outcome_of(row.op, ReturnCode::warning);
        release(change.row, end.wall_s);
        change.row.op = {};
        change.row.reason =
            "warning: disabled by request although its stop failed again: some resources may still "
            "be allocated";
        return change;
    }
    RowChange change = change_of(row, ServiceInput::stop_failed);
    const bool was_starting = row.op.kind != OperationKind::disable &&
                              row.op.kind != OperationKind::stop &&
                              row.op.kind != OperationKind::restart;
    change.outcome = outcome_of(row.op, was_starting ? ReturnCode::abort : ReturnCode::fail);
    change.row.last_owner = row.owner.node;
    change.row.transition_s = end.wall_s;
    change.row.op = {};
    change.row.reason =
        "its stop failed: disable it (clusvcadm -d) once nothing of it runs any more";
    return change;
}

/// What the recovery policy makes of a row that was stopped after a failure.
RowChange recovered_change(const ServiceRow& row, const StopEnd& end)
{
    const bool gives_up = end.shutting_down || end.config == nullptr;
    if (gives_up || row.op.kind == OperationKind::none) {
        RowChange change = change_of(row, ServiceInput::stop_succeeded);
        release(change.row, end.wall_s);
        change.outcome = outcome_of(row.op, ReturnCode::fail);
        change.row.op = {};
        change.row.reason = "stopped after a failure; to be placed anew";
        return change;
    }
    const RecoveryPolicy policy = end.config->recovery;
    const Operation& op = row.op;
    const bool first_failure = op.kind == OperationKind::recover && op.struck.empty();
    std::vector<std::int64_t> times = row.restart_times_s;
    bool disables = false;
    bool moves = false;
    std::string reason = "its start failed";
    if (first_failure) {
        const bool may_restart = policy != RecoveryPolicy::disable &&
                                 policy != RecoveryPolicy::relocate &&
                                 count_restart(times, *end.config, end.now_s);
        disables = policy == RecoveryPolicy::disable ||
                   (policy == RecoveryPolicy::restart_disable && !may_restart);
        moves = !may_restart && !disables;
        reason = may_restart ? "restarted after a failed check"
                 : policy == RecoveryPolicy::restart || policy == RecoveryPolicy::restart_disable
                     ? "restart threshold exceeded"
                     : "a check failed, policy " + std::string(disables ? "disable" : "relocate");
        if (!may_restart) {
            times.clear();
        }
    } else if (op.kind == OperationKind::recover && op.target == row.owner.node &&
               policy == RecoveryPolicy::restart_disable) {
        disables = true;
        reason = "its restart failed, policy restart-disable";
    }
    RowChange change = change_of(
        row, disables ? ServiceInput::stop_to_disabled : ServiceInput::stop_to_recovering);
    release(change.row, end.wall_s);
    change.row.restart_times_s = std::move(times);
    change.row.reason = std::move(reason);
    if (disables) {
        change.outcome = outcome_of(op, ReturnCode::fail);
        change.row.op = {};
    } else if (moves) {
        change.row.op.struck.push_back(row.owner.node);
        change.row.op.in_recovery = true;
    }
    return change;
}

}  // namespace

std::optional<Outcome> outcome_of(const Operation& op, ReturnCode code)
{
    if (op.kind == OperationKind::none || op.ticket == 0) {
        return std::nullopt;
    }
    return Outcome{op.requester, op.requester_life, op.ticket, code};
}

bool count_restart(std::vector<std::int64_t>& times_s, const ServiceConfig& config,
                   std::int64_t now_s)
{
    if (config.max_restarts <= 0) {
        return true;
    }
    if (config.restart_expires.count() > 0) {
        std::erase_if(
            times_s, [&](std::int64_t at) { return at + config.restart_expires.count() <= now_s; });
    }
    if (times_s.size() >= static_cast<std::size_t>(config.max_restarts)) {
        return false;
    }
    times_s.push_back(now_s);
    return true;
}

NextStep next_step(const ServiceRow& row, const Placement& placement,
                   const std::set<NodeId>& online)
{
    if (std::string missing = placement.missing_dependency(row.name); !missing.empty()) {
        return end_with(row, ReturnCode::depend, std::move(missing));
    }
    if (row.op.going_home) {
        const bool tried = struck_nodes(row.op).contains(row.op.origin);
        return tried ? end_with(row, ReturnCode::fail, "its start failed on every node")
                     : go_home(row, online, row.reason);
    }
    switch (row.op.kind) {
        case OperationKind::relocate:
            return step_of_relocation(row, placement, online);
        case OperationKind::enable_anywhere:
            return step_of_anywhere(row, placement);
        default:
            return step_of_start(row, placement, online);
    }
}

RowChange after_stop(const ServiceRow& row, const StopEnd& end)
{
    HA_ASSERT(row.state == ServiceState::stopping || row.state == ServiceState::recoverable);
    if (!end.succeeded) {
        return stop_failed_change(row, end);
    }
    if (row.state == ServiceState::recoverable) {
        return recovered_change(row, end);
    }
    const Operation op = row.op;
    const bool disables = op.kind == OperationKind::disable;
    RowChange change =
        change_of(row, disables ? ServiceInput::stop_to_disabled : ServiceInput::stop_succeeded);
    release(change.row, end.wall_s);
    const bool goes_on = !end.shutting_down && end.config != nullptr &&
                         (op.kind == OperationKind::restart || op.kind == OperationKind::relocate);
    if (goes_on) {
        change.row.parked_at = 0;
        return change;
    }
    const bool is_done = disables || op.kind == OperationKind::stop;
    change.outcome = outcome_of(op, is_done ? ReturnCode::success : ReturnCode::again);
    change.row.op = {};
    change.row.parked_at = op.kind == OperationKind::stop ? end.membership_epoch : 0;
    change.row.reason = disables && op.was_failed
                            ? "warning: disabled by request although it had failed: make sure that "
                              "nothing of it runs any more"
                        : disables ? "disabled by request"
                        : op.kind == OperationKind::stop
                            ? "stopped by request; placed again when a member comes or goes"
                            : row.reason;
    return change;
}

RowChange after_failed_start(const ServiceRow& row, std::int64_t wall_s, const std::string& words)
{
    RowChange change = change_of(row, ServiceInput::start_failed);
    Operation& op = change.row.op;
    if (op.kind == OperationKind::none) {
        op.kind = OperationKind::recover;
        op.requester = row.owner.node;
        op.requester_life = row.owner.life;
        op.origin = row.owner.node;
    }
    if (std::find(op.struck.begin(), op.struck.end(), row.owner.node) == op.struck.end()) {
        op.struck.push_back(row.owner.node);
    }
    op.in_recovery = op.in_recovery || op.kind != OperationKind::relocate;
    change.row.transition_s = wall_s;
    change.row.reason = "its start failed" + (words.empty() ? std::string{} : ": " + words);
    return change;
}

}  // namespace ha::service
