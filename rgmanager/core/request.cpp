// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/request.hpp"

#include <utility>

namespace ha::service {

namespace {

Verdict answer(ReturnCode code, std::string why = {})
{
    return Verdict{std::nullopt, code, std::move(why)};
}

Operation operation_for(OperationKind kind, const Requested& request, const RequestWorld& world)
{
    Operation op;
    op.kind = kind;
    op.requester = world.self.node;
    op.requester_life = world.self.life;
    op.ticket = request.ticket;
    if (const auto target = world.members.find(request.target); target != world.members.end()) {
        op.target = target->first;
        op.target_life = target->second.life;
    }
    return op;
}

Verdict begin(const ServiceRow& row, ServiceInput input, Operation op, std::string reason)
{
    RowChange change{row.version, input, row, std::nullopt};
    change.row.op = std::move(op);
    change.row.reason = std::move(reason);
    if (const auto next = next_state(row.state, input); next) {
        change.row.state = *next;
    }
    return Verdict{std::move(change), ReturnCode::success, {}};
}

/// An owner that is not there, or agents that run: the same request may succeed in a moment.
std::string reason_to_wait(const ServiceRow& row, const RequestWorld& world)
{
    if (row.owner.is_somebody()) {
        const auto owner = world.members.find(row.owner.node);
        if (owner == world.members.end() || owner->second.life != row.owner.life) {
            return "its owner " + world.document.node_name(row.owner.node) +
                   " is not there and not settled";
        }
    }
    if (is_transitional(row.state)) {
        return "it is " + std::string(state_text(row.state));
    }
    if (has_unproven_end(row)) {
        return words_of_unproven_end(world.document.node_name(row.op.target));
    }
    if (row.op.kind != OperationKind::none) {
        return "a request to " + std::string(operation_text(row.op.kind)) + " it is being served";
    }
    return {};
}

ReturnCode code_while_busy(Verb verb, const ServiceRow& row)
{
    const bool starts = verb == Verb::enable || verb == Verb::enable_anywhere ||
                        verb == Verb::restart || verb == Verb::relocate;
    return starts && row.op.kind == OperationKind::relocate ? ReturnCode::deadlock
                                                            : ReturnCode::again;
}

Verdict judge_enable(const Requested& request, const ServiceRow& row, const RequestWorld& world)
{
    if (row.state == ServiceState::failed) {
        return answer(ReturnCode::abort, "it failed; disable it first");
    }
    if (row.state == ServiceState::started) {
        return answer(ReturnCode::already_running);
    }
    if (world.locked) {
        return answer(ReturnCode::again, "services are locked (clusvcadm -u unlocks them)");
    }
    if (!world.claims_blocked.empty()) {
        return answer(ReturnCode::again, world.claims_blocked);
    }
    if (std::string missing = world.placement.missing_dependency(row.name); !missing.empty()) {
        return answer(ReturnCode::depend, std::move(missing));
    }
    if (request.verb == Verb::enable_anywhere) {
        return begin(row, ServiceInput::begin_operation,
                     operation_for(OperationKind::enable_anywhere, request, world),
                     "enabled by request");
    }
    Operation op = operation_for(OperationKind::enable, request, world);
    if (op.target.value == 0) {
        op.target = world.self.node;
        op.target_life = world.self.life;
    }
    op.origin = op.target;
    if (world.placement.score_of(row, op.target) < Score::good) {
        return answer(ReturnCode::fail,
                      "its failover domain does not allow " + world.document.node_name(op.target));
    }
    const std::string conflict = world.placement.exclusive_conflict(row.name, op.target);
    if (!conflict.empty() && row.state == ServiceState::disabled) {
        return answer(ReturnCode::invalid, conflict);
    }
    return begin(row, ServiceInput::begin_operation, std::move(op), "enabled by request");
}

/// For a failed service this is the acknowledgement that nothing of it runs any more (S9): with who
/// gave it.
std::string words_of_disable(const Requested& request, const ServiceRow& row,
                             const RequestWorld& world)
{
    return row.state != ServiceState::failed
               ? "being disabled by request"
               : "being disabled by request of uid " + std::to_string(request.uid) + " on " +
                     world.document.node_name(world.self.node);
}

/// A row that nobody owns is stopped again by the node that was asked; it owns the row meanwhile.
Verdict stop_again(const Requested& request, const ServiceRow& row, const RequestWorld& world)
{
    Operation op = operation_for(OperationKind::disable, request, world);
    op.was_failed = row.state == ServiceState::failed;
    Verdict verdict =
        begin(row, ServiceInput::begin_stop, std::move(op), words_of_disable(request, row, world));
    verdict.change->row.owner = Owner{world.self.node, world.self.life, world.self_admission};
    return verdict;
}

Verdict judge_disable(const Requested& request, const ServiceRow& row, const RequestWorld& world)
{
    if (!row.owner.is_somebody()) {
        return stop_again(request, row, world);
    }
    Operation op = operation_for(OperationKind::disable, request, world);
    op.was_failed = row.state == ServiceState::failed;
    return begin(row, ServiceInput::begin_operation, std::move(op),
                 words_of_disable(request, row, world));
}

Verdict judge_stop(const Requested& request, const ServiceRow& row, const RequestWorld& world)
{
    switch (row.state) {
        case ServiceState::failed:
            return answer(ReturnCode::fail, "it failed; disable it first");
        case ServiceState::stopped:
        case ServiceState::disabled:
            return answer(ReturnCode::success);
        default:
            break;
    }
    return begin(row, ServiceInput::begin_operation,
                 operation_for(OperationKind::stop, request, world), "being stopped by request");
}

Verdict judge_restart(const Requested& request, const ServiceRow& row, const RequestWorld& world)
{
    if (row.state == ServiceState::disabled) {
        return answer(ReturnCode::invalid, "it is disabled");
    }
    if (row.state == ServiceState::failed) {
        return answer(ReturnCode::fail, "it failed; disable it first");
    }
    if (world.locked) {
        return answer(ReturnCode::again, "services are locked (clusvcadm -u unlocks them)");
    }
    if (row.state == ServiceState::stopped && !world.claims_blocked.empty()) {
        return answer(ReturnCode::again, world.claims_blocked);
    }
    if (std::string missing = world.placement.missing_dependency(row.name); !missing.empty()) {
        return answer(ReturnCode::depend, std::move(missing));
    }
    Operation op = operation_for(OperationKind::restart, request, world);
    op.target = row.owner.is_somebody() ? row.owner.node : world.self.node;
    op.target_life = row.owner.is_somebody() ? row.owner.life : world.self.life;
    op.origin = op.target;
    return begin(row, ServiceInput::begin_operation, std::move(op), "being restarted by request");
}

Verdict judge_relocate(const Requested& request, const ServiceRow& row, const RequestWorld& world)
{
    if (row.state == ServiceState::disabled) {
        return answer(ReturnCode::invalid, "it is disabled");
    }
    if (row.state == ServiceState::failed) {
        return answer(ReturnCode::fail, "it failed; disable it first");
    }
    if (world.locked) {
        return answer(ReturnCode::again, "services are locked (clusvcadm -u unlocks them)");
    }
    if (!world.claims_blocked.empty()) {
        return answer(ReturnCode::again, world.claims_blocked);
    }
    Operation op = operation_for(OperationKind::relocate, request, world);
    if (op.target.value != 0 && op.target != row.owner.node) {
        if (std::string conflict = world.placement.exclusive_conflict(row.name, op.target);
            !conflict.empty()) {
            return answer(ReturnCode::depend, std::move(conflict));
        }
    }
    op.origin = row.owner.is_somebody() ? row.owner.node : world.self.node;
    return begin(row, ServiceInput::begin_operation, std::move(op), "being relocated by request");
}

Verdict judge_migrate(const Requested& request, const ServiceRow& row, const RequestWorld& world)
{
    const ServiceConfig* config = world.document.find(row.name);
    if (config == nullptr || !config->can_migrate ||
        !world.document.node_names.contains(request.target)) {
        return answer(ReturnCode::invalid, "it cannot migrate");
    }
    if (row.state != ServiceState::started) {
        return answer(ReturnCode::fail, "it is " + std::string(state_text(row.state)));
    }
    if (!world.claims_blocked.empty()) {
        return answer(ReturnCode::again, world.claims_blocked);
    }
    Operation op = operation_for(OperationKind::migrate, request, world);
    const auto admission = world.fence_admissions.find(op.target);
    if (op.target.value == 0 || admission == world.fence_admissions.end()) {
        return answer(ReturnCode::no_node);
    }
    if (world.placement.score_of(row, op.target) == Score::illegal) {
        return answer(ReturnCode::depend, "its failover domain does not allow the target");
    }
    if (op.target == row.owner.node) {
        return answer(ReturnCode::success);
    }
    if (std::string conflict = world.placement.exclusive_conflict(row.name, op.target);
        !conflict.empty()) {
        return answer(ReturnCode::depend, std::move(conflict));
    }
    op.origin = row.owner.node;
    op.target_admission = admission->second;
    return begin(row, ServiceInput::begin_operation, std::move(op), "being migrated by request");
}

Verdict judge_freeze(const Requested& request, const ServiceRow& row, const RequestWorld& world)
{
    const bool freezes = request.verb == Verb::freeze;
    if (row.state == ServiceState::failed) {
        return answer(ReturnCode::again, "it failed");
    }
    Verdict verdict = begin(row, freezes ? ServiceInput::freeze : ServiceInput::unfreeze,
                            Operation{}, row.reason);
    verdict.change->row.frozen = freezes;
    verdict.change->outcome =
        Outcome{world.self.node, world.self.life, request.ticket, ReturnCode::success};
    return verdict;
}

}  // namespace

std::string words_of_unproven_end(const std::string& target)
{
    return "its migration failed and may have left it on " + target +
           ", which has to stop it first (fence_node " + target + " if it cannot)";
}

Verdict judge(const Requested& request, const ServiceRow& row, const RequestWorld& world)
{
    // What a removed service left (frozen, or failed) still has to be ended by a person.
    const bool ends_it = request.verb == Verb::unfreeze || request.verb == Verb::disable;
    if (world.document.find(row.name) == nullptr && !(ends_it && row.owner.is_somebody())) {
        return answer(ReturnCode::no_service);
    }
    const bool names_absent_node =
        request.target.value != 0 && !world.members.contains(request.target);
    if (names_absent_node && (request.verb == Verb::enable || request.verb == Verb::migrate)) {
        return answer(ReturnCode::no_node,
                      world.document.node_name(request.target) + " is not online");
    }
    const bool thaws = request.verb == Verb::freeze || request.verb == Verb::unfreeze;
    const bool ends_failure = row.state == ServiceState::failed && request.verb == Verb::disable;
    if (row.frozen && !thaws && !ends_failure) {
        return answer(ReturnCode::frozen);
    }
    if (std::string reason = reason_to_wait(row, world); !reason.empty()) {
        // A failed service whose owner is gone unsettled still answers what it is; only disable has
        // to wait.
        if (row.state != ServiceState::failed || request.verb == Verb::disable) {
            return answer(code_while_busy(request.verb, row), std::move(reason));
        }
    }
    switch (request.verb) {
        case Verb::enable:
        case Verb::enable_anywhere:
            return judge_enable(request, row, world);
        case Verb::disable:
            return judge_disable(request, row, world);
        case Verb::stop:
            return judge_stop(request, row, world);
        case Verb::restart:
            return judge_restart(request, row, world);
        case Verb::relocate:
            return judge_relocate(request, row, world);
        case Verb::migrate:
            return judge_migrate(request, row, world);
        case Verb::freeze:
        case Verb::unfreeze:
            return judge_freeze(request, row, world);
        case Verb::lock:
        case Verb::unlock:
            break;
    }
    return answer(ReturnCode::invalid);
}

}  // namespace ha::service
