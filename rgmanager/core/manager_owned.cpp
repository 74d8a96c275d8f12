// SPDX-License-Identifier: Apache-2.0
// Rows that this node owns: the row says what should be, LocalService what is; one step towards
// agreement.
#include <algorithm>
#include <utility>

#include "rgmanager/core/operation.hpp"
#include "rgmanager/core/service_manager.hpp"

namespace ha::service {

namespace {

RowChange change_of(const ServiceRow& row, ServiceInput input)
{
    RowChange change{row.version, input, row, std::nullopt};
    const auto next = next_state(row.state, input);
    HA_ASSERT(next);
    change.row.state = *next;
    return change;
}

/// The owner's own operation: recover where it runs, or move to `target`.
Operation own_operation(OperationKind kind, const ServiceRow& row, const view::Member& target)
{
    Operation op;
    op.kind = kind;
    op.requester = row.owner.node;
    op.requester_life = row.owner.life;
    op.target = target.node;
    op.target_life = target.life;
    op.origin = row.owner.node;
    return op;
}

bool ends_in_a_stop(OperationKind kind)
{
    return kind == OperationKind::disable || kind == OperationKind::stop ||
           kind == OperationKind::restart || kind == OperationKind::relocate;
}

}  // namespace

/// Precondition: can_decide().
void ServiceManager::advance(const std::string& service)
{
    LocalService& local = local_[service];
    if (local.proposed != 0) {
        return;
    }
    const ServiceRow row = table_.row_or_new(service);
    if (is_mine(row)) {
        advance_owned(row, local);
        return;
    }
    local.joiners.clear();
    if (has_unproven_end(row) && comes_here(row)) {
        clear_failed_migration(row, local);
    } else if (is_announced(row) && comes_here(row) && !local.may_run()) {
        expect_guest(row, local);
    } else if (local.running != Running::no) {
        settle_not_mine(row, local);
    } else if (!local.is_busy() && !row.owner.is_somebody()) {
        advance_unowned(row, local);
    }
}

void ServiceManager::advance_owned(const ServiceRow& row, LocalService& local)
{
    const bool interruptible = local.task == TaskKind::none || local.task == TaskKind::check;
    if (!interruptible) {
        return;
    }
    if (local.running == Running::stop_failed && row.state != ServiceState::failed &&
        row.state != ServiceState::stopping && row.state != ServiceState::recoverable) {
        RowChange change = change_of(row, ServiceInput::stop_failed);
        change.row.last_owner = row.owner.node;
        change.row.op = table_.other_end(row) ? row.op : Operation{};
        change.outcome = outcome_of(row.op, ReturnCode::abort);
        change.row.transition_s = wall_s();
        change.row.reason =
            "its stop failed: disable it (clusvcadm -d) once nothing of it runs any more";
        propose(std::move(change));
        return;
    }
    switch (row.state) {
        case ServiceState::starting:
            advance_starting(row, local);
            break;
        case ServiceState::started:
            advance_started(row, local);
            break;
        case ServiceState::stopping:
        case ServiceState::recoverable:
            advance_stop(row, local);
            break;
        case ServiceState::failed:
            advance_failed(row, local);
            break;
        default:
            HA_ASSERT(false);  // no other state has an owner
    }
}

void ServiceManager::advance_starting(const ServiceRow& row, LocalService& local)
{
    if (local.running == Running::no) {
        if (local.confirmed_version == row.version && !shutting_down_) {
            run_start(row, local);
            return;
        }
        RowChange change = change_of(row, ServiceInput::claim_lost);
        change.row.owner = {};
        change.row.reason =
            "its claim was not confirmed before the view changed; nothing was started";
        propose(std::move(change));
        return;
    }
    if (local.running == Running::yes) {
        RowChange change = change_of(row, ServiceInput::start_succeeded);
        const bool came_home = row.op.kind == OperationKind::relocate && row.op.going_home;
        change.outcome =
            outcome_of(row.op, came_home ? ReturnCode::relocated_back : ReturnCode::success);
        change.row.op = {};
        change.row.parked_at = 0;
        propose(std::move(change));
        return;
    }
    if (local.start_failed) {
        log(LogLevel::warning, row.name, "#68: Failed to start " + row.name + "; return value: 1");
        local.stop_result.reset();
        propose(after_failed_start(row, wall_s(), local.words));
        return;
    }
    // Adopted in the middle of a start whose result is lost: start is followed by stop, then by
    // policy.
    begin_stop(row, ServiceInput::begin_recovery,
               own_operation(OperationKind::recover, row, self()),
               "rgmanager was restarted while it was starting");
}

void ServiceManager::advance_started(const ServiceRow& row, LocalService& local)
{
    if (is_arriving(row) && local.running != Running::no) {
        advance_arrival(row, local);
        return;
    }
    if (local.running == Running::no) {
        if (table_.other_end(row)) {
            hand_over(row, local);
            return;
        }
        report_stopped(row, is_arriving(row)          ? "its guest did not arrive"
                            : local.migrate_code == 0 ? "it went down with its target"
                            : local.is_doubted ? "nothing of it ran when rgmanager was restarted"
                                               : "it was stopped when its node lost quorum");
        return;
    }
    if (row.frozen) {
        if (local.is_doubted && is_being_asked(row, local)) {
            return;  // a former rgmanager may have stopped it, frozen or not
        }
        local.running = Running::yes;  // no checks while frozen; an adopted one stays as it is
        local.check_failed = false;
        return;
    }
    const bool target_is_asked = is_announced(row) && local.running == Running::yes &&
                                 !local.migrate_code && is_online(target_of(row.op));
    if (row.op.kind == OperationKind::migrate && !target_is_asked) {
        advance_migration(row, local);
        return;
    }
    if (ends_in_a_stop(row.op.kind)) {
        begin_stop(row, ServiceInput::begin_stop, row.op, row.reason);
        return;
    }
    if (shutting_down_) {
        begin_stop(row, ServiceInput::begin_stop, {}, "rgmanager is shutting down on its node");
        return;
    }
    if (local.check_failed) {
        const std::string words = local.words.empty() ? std::string{} : ": " + local.words;
        begin_stop(row, ServiceInput::begin_recovery,
                   own_operation(OperationKind::recover, row, self()),
                   "its status check failed" + words);
        return;
    }
    if (std::string missing = placement().missing_dependency(row.name); !missing.empty()) {
        log(LogLevel::notice, row.name, "Stopping service " + row.name + ": Dependency missing");
        begin_stop(row, ServiceInput::begin_stop, {}, std::move(missing));
        return;
    }
    const bool is_followed = row.op.kind == OperationKind::none && follow_configuration(row, local);
    if (!is_followed && !consider_failback(row, local)) {
        check_when_due(row, local);
    }
}

void ServiceManager::begin_stop(const ServiceRow& row, ServiceInput input, Operation op,
                                std::string reason)
{
    RowChange change = change_of(row, input);
    change.row.op = std::move(op);
    change.row.transition_s = wall_s();
    change.row.reason = std::move(reason);
    LocalService& local = local_[row.name];
    local.stop_result.reset();
    local.check_failed = false;
    log(LogLevel::notice, row.name, "Stopping service " + row.name);
    propose(std::move(change));
}

void ServiceManager::advance_stop(const ServiceRow& row, LocalService& local)
{
    if (!local.stop_result) {
        const StopPurpose purpose = row.state == ServiceState::recoverable ? StopPurpose::recovery
                                    : shutting_down_                       ? StopPurpose::shutdown
                                                                           : StopPurpose::normal;
        run_stop(row.name, local, purpose);
        return;
    }
    StopEnd end;
    end.config = active_->find(row.name);
    end.succeeded = *local.stop_result;
    end.shutting_down = shutting_down_;
    end.membership_epoch = table_.state().membership_epoch;
    end.now_s = boot_s();
    end.wall_s = wall_s();
    RowChange change = after_stop(row, end);
    if (change.input == ServiceInput::disable_regardless) {
        log(LogLevel::alert, row.name,
            "Marking " + row.name + " as 'disabled', but some resources may still be allocated!");
        local.running = Running::no;  // a person answers for it
    }
    propose(std::move(change));
}

/// Only a person's disable leads on; its stop runs where the failed one did.
void ServiceManager::advance_failed(const ServiceRow& row, LocalService& local)
{
    if (row.op.kind == OperationKind::disable) {
        begin_stop(row, ServiceInput::begin_stop, row.op, row.reason);
        return;
    }
    local.stop_result.reset();
}

void ServiceManager::advance_migration(const ServiceRow& row, LocalService& local)
{
    if (is_being_asked(row, local)) {
        return;
    }
    if (!local.migrate_code && !is_online(target_of(row.op))) {
        local.migrate_code = agent_not_running;  // nothing was begun, it goes on here
    }
    if (!local.migrate_code) {
        if (local.confirmed_version != row.version) {
            propose(
                change_of(row, ServiceInput::reconfigured));  // all must know that both ends own it
            return;
        }
        start_task(local, TaskKind::migrate);
        save(true);  // a restarted rgmanager asks both ends only if it knows of them
        log(LogLevel::notice, row.name,
            "Migrating " + row.name + " to " + node_name(row.op.target));
        act(MigrateService{row.name, local.task_id, row.config_version, row.op.target,
                           node_name(row.op.target)});
        return;
    }
    const int code = *local.migrate_code;
    const bool stays =
        code == agent_invalid || code == agent_not_running || code == agent_still_here;
    RowChange change =
        change_of(row, stays ? ServiceInput::end_operation : ServiceInput::stop_failed);
    const ReturnCode answer = code == agent_invalid      ? ReturnCode::invalid
                              : code == agent_still_here ? ReturnCode::relocated_back
                                                         : ReturnCode::fail;
    change.outcome = outcome_of(row.op, answer);
    change.row.op = stays ? Operation{} : row.op;  // its target proves that nothing is left there
    change.row.reason = "its migration failed with return code " + std::to_string(code);
    if (!stays) {
        change.row.last_owner = row.owner.node;
        local.running = Running::unknown;  // stopped with all else if quorum is lost
    }
    propose(std::move(change));
}

/// True while it is not known whether it runs here: the guest of a migration, at either end of it,
/// or what only its row knows of. If it does not, what may be left of it is cleared away before
/// anybody goes on.
bool ServiceManager::is_being_asked(const ServiceRow& row, LocalService& local)
{
    if (local.is_busy() || local.running != Running::unknown) {
        return local.is_busy();
    }
    if (local.check_failed) {
        const bool migrates = row.op.kind == OperationKind::migrate;
        log(LogLevel::notice, row.name,
            row.name + (migrates ? " was being migrated and" : "") + " does not run here");
        run_stop(row.name, local, StopPurpose::recovery);
    } else {
        check_when_due(row, local);
    }
    return true;
}

/// Handed over to this node, which looks before anything else is done with it. If it is not here,
/// the rest is cleared away, and it is placed anew.
void ServiceManager::advance_arrival(const ServiceRow& row, LocalService& local)
{
    if (is_being_asked(row, local)) {
        return;
    }
    RowChange change = change_of(row, ServiceInput::end_operation);
    change.outcome = outcome_of(row.op, ReturnCode::success);
    change.row.op = {};
    propose(std::move(change));
}

/// A migration to this node was asked for: it begins once the disk here says that a guest may come,
/// or whoever restarts rgmanager would not look for it.
void ServiceManager::expect_guest(const ServiceRow& row, LocalService& local)
{
    if (local.is_busy()) {
        return;
    }
    const std::optional<bool> noted = std::exchange(local.guest_is_noted, std::nullopt);
    const std::string_view objection = shutting_down_ ? " is shutting down"
                                       : local.running == Running::stop_failed
                                           ? " could not stop it before"
                                       : noted == false ? " cannot write to its run root"
                                                        : "";
    if (!objection.empty()) {
        RowChange change = change_of(row, ServiceInput::end_operation);
        change.outcome = outcome_of(row.op, ReturnCode::fail);
        change.row.op = {};
        change.row.reason =
            node_name(config_.self) + std::string(objection) + ": nothing was migrated";
        propose(std::move(change));
    } else if (noted) {
        RowChange change = change_of(row, ServiceInput::guest_expected);
        change.row.op.is_expected = true;
        propose(std::move(change));
    } else {
        start_task(local, TaskKind::expect);
        save(true);
        act(NoteGuest{row.name, local.task_id});
    }
}

/// Its migration to this node made it failed: the guest may be here all the same. Nobody can
/// disable it, and so start it elsewhere, before it is stopped here. A stop that fails is tried
/// again.
void ServiceManager::clear_failed_migration(const ServiceRow& row, LocalService& local)
{
    if (local.is_busy()) {
        return;
    }
    const bool is_first = local.cleared_version != row.version;
    const bool rests = local.running == Running::stop_failed && local.next_check > now_;
    if (is_first || (local.running != Running::no && !rests)) {
        log(LogLevel::warning, row.name,
            row.name + " may run here after a migration that failed; it is stopped");
        local.cleared_version = row.version;
        local.next_check = now_ + active_->status_poll_interval;
        may_run_here(row);
        save(true);
        run_stop(row.name, local, shutting_down_ ? StopPurpose::shutdown : StopPurpose::not_mine);
    } else if (!rests) {
        RowChange change = change_of(row, ServiceInput::end_operation);
        change.row.op = {};
        propose(std::move(change));
    }
}

/// Precondition: nothing of it runs here, and the other end may run it.
void ServiceManager::hand_over(const ServiceRow& row, LocalService& local)
{
    RowChange change = change_of(row, ServiceInput::migrated);
    change.row.owner = target_of(row.op);
    change.row.last_owner = row.owner.node;
    change.row.reason = local.migrate_code == 0
                            ? "migrated to " + node_name(row.op.target)
                            : "nothing of it runs on " + node_name(row.owner.node) +
                                  " after a migration: the target is asked";
    local.check_failed = false;
    propose(std::move(change));
}

/// Precondition: nothing of it runs anywhere. It is placed anew.
void ServiceManager::report_stopped(const ServiceRow& row, std::string reason)
{
    RowChange change = change_of(row, ServiceInput::found_stopped);
    change.outcome = outcome_of(row.op, ReturnCode::again);
    change.row.last_owner = row.owner.node;
    change.row.owner = {};
    change.row.op = {};
    change.row.transition_s = wall_s();
    change.row.reason = std::move(reason);
    propose(std::move(change));
}

/// True if something was begun because the document changed under a running service.
bool ServiceManager::follow_configuration(const ServiceRow& row, LocalService& local)
{
    const ServiceConfig* now = active_->find(row.name);
    if (now == nullptr) {
        const ServicesDocument* former = document(row.config_version);
        const ServiceConfig* was = former == nullptr ? nullptr : former->find(row.name);
        if (was != nullptr && was->leave_running_when_removed) {
            return false;
        }
        begin_stop(row, ServiceInput::begin_stop, {}, "it was removed from the configuration");
        return true;
    }
    const std::uint64_t version = active_->id.version;
    if (row.config_version == version) {
        return false;
    }
    const ServicesDocument* former = document(row.config_version);
    const ServiceConfig* was = former == nullptr ? nullptr : former->find(row.name);
    if (was != nullptr && was->root_digest != now->root_digest) {
        begin_stop(row, ServiceInput::begin_stop, {},
                   "its configuration changed: it is started anew");
        return true;
    }
    if (was != nullptr && was->tree_digest != now->tree_digest && local.updated_to != version) {
        if (!local.is_busy()) {
            start_task(local, TaskKind::update);
            local.updated_to = version;
            act(UpdateService{row.name, local.task_id, row.config_version, version});
        }
        return true;
    }
    RowChange change = change_of(row, ServiceInput::reconfigured);
    change.row.config_version = version;
    local.config_version = version;
    propose(std::move(change));
    return true;
}

/// A member came that suits the service strictly better than this node.
bool ServiceManager::consider_failback(const ServiceRow& row, LocalService& local)
{
    if (local.joiners.empty() || row.op.kind != OperationKind::none ||
        !reason_not_to_claim().empty() || table_.state().locked) {
        return false;
    }
    const std::set<NodeId> joiners = std::exchange(local.joiners, {});
    for (const NodeId joiner : joiners) {
        const auto member = group_.admitted().find(joiner);
        if (member == group_.admitted().end() || !placement().is_better(row, joiner)) {
            continue;
        }
        const ServiceConfig* config = active_->find(row.name);
        const bool migrates = config != nullptr && config->can_migrate;
        log(LogLevel::notice, row.name,
            (migrates ? "Migrating " : "Relocating ") + row.name + " to better node " +
                node_name(joiner));
        Operation op = own_operation(migrates ? OperationKind::migrate : OperationKind::relocate,
                                     row, member->second);
        if (!migrates) {
            begin_stop(row, ServiceInput::begin_stop, std::move(op),
                       node_name(joiner) + " suits it better");
            return true;
        }
        for (const protocol::FactMember& fact : facts_->members) {
            op.target_admission = fact.node == joiner ? fact.admission : op.target_admission;
        }
        RowChange change = change_of(row, ServiceInput::begin_operation);
        change.row.op = std::move(op);
        change.row.reason = node_name(joiner) + " suits it better";
        propose(std::move(change));
        return true;
    }
    return false;
}

}  // namespace ha::service
