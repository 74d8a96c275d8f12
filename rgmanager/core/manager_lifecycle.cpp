// SPDX-License-Identifier: Apache-2.0
// The life of the daemon: initial stop, join, loss of quorum, reset, shutdown.
#include <algorithm>
#include <utility>

#include "rgmanager/core/service_manager.hpp"

namespace ha::service {

/// A joiner takes the group's document with its state; it holds the same one, or it is refused.
void ServiceManager::follow_active_document()
{
    const auto found = documents_.find(group_.active_config().version);
    if (found != documents_.end() && found->second.id == group_.active_config()) {
        active_ = &found->second;
    }
}

void ServiceManager::join_when_ready()
{
    if (!started_ || active_ == nullptr || joined_ || shutting_down_) {
        return;
    }
    if (!initial_stop_done_) {
        initial_stop_done_ = true;
        if (started_->is_first_of_life && !started_->skip_initial_stop) {
            log(LogLevel::notice, "", "Initializing Services");
            for (const auto& [name, service] : active_->services) {
                LocalService& local = local_[name];
                run_stop(name, local, StopPurpose::initial);
            }
        }
    }
    if (any_task_runs() || !facts_ || !facts_->is_admitted || facts_->dead || facts_->must_stop) {
        return;
    }
    if (stop_what_no_row_reports()) {
        return;
    }
    joined_ = true;
    told_empty_ = false;
    group_.set_report(protocol::encode(report()));
    save_now_ = true;
    act(ReportJoined{});
    act(JoinGroup{});
}

/// What may run here without a row that says so: the report would not name it (DESIGN 3), and
/// others would take that for nothing. True while a stop runs.
bool ServiceManager::stop_what_no_row_reports()
{
    for (auto& [name, local] : local_) {
        const auto found = saved_table_.rows.find(name);
        const bool is_reported = found != saved_table_.rows.end() &&
                                 (found->second.owner.life.node == config_.life.node ||
                                  found->second.op.target_life.node == config_.life.node);
        if (local.running == Running::unknown && !is_reported) {
            run_stop(name, local, StopPurpose::not_mine);
        }
    }
    return any_task_runs();
}

/// The disk was full when a guest arrived: the file that this process began with is older than the
/// row that calls the service this node's. Or its former one stopped frozen services for loss of
/// quorum. They may run here.
void ServiceManager::doubt_old_file()
{
    if (!std::exchange(file_is_doubted_, false)) {
        return;
    }
    for (const auto& [name, row] : table_.state().rows) {
        const auto saved = saved_table_.rows.find(name);
        const bool file_knew =
            saved != saved_table_.rows.end() && saved->second.owner.life.node == config_.life.node;
        if (is_mine(row) && (!file_knew || (row.frozen && started_->is_run_root_doubted))) {
            may_run_here(row);
            local_[name].is_doubted = true;
        }
    }
}

void ServiceManager::begin_emergency(std::string reason, bool is_final)
{
    emergency_ends_ = emergency_ends_ || is_final;
    if (!emergency_.empty()) {
        return;
    }
    emergency_ = std::move(reason);
    emergency_since_ = now_;
    save_now_ = true;
    expect_guests();
    forget_proposals();
    const bool something_runs = std::any_of(
        local_.begin(), local_.end(), [](const auto& entry) { return entry.second.may_run(); });
    if (something_runs || is_final) {
        log(LogLevel::emergency, "", emergency_);
    }
    answer_all_requests(ReturnCode::no_quorum, emergency_);
}

/// It is on its way to this node, or may have arrived.
bool ServiceManager::comes_here(const ServiceRow& row) const
{
    return row.op.target == config_.self && is_migrating_to(row, config_.life.node);
}

/// The group's table, or what was saved of it until this process is a member.
const protocol::TableState& ServiceManager::known_table() const
{
    return group_.is_admitted() ? table_.state() : saved_table_;
}

/// Not one whose stop failed here: nothing more comes, and the goodbye says that something may run.
bool ServiceManager::expects_guest() const
{
    const auto& rows = known_table().rows;
    return std::any_of(rows.begin(), rows.end(), [this](const auto& entry) {
        const auto& [name, row] = entry;
        const auto local = local_.find(name);
        const bool stop_failed =
            local != local_.end() && local->second.running == Running::stop_failed;
        return comes_here(row) && !(has_unproven_end(row) && stop_failed);
    });
}

/// What is being migrated to this node may run here already.
void ServiceManager::expect_guests()
{
    for (const auto& [name, row] : known_table().rows) {
        if (comes_here(row) && !(is_announced(row) && local_[name].proposed == 0)) {
            may_run_here(row);
        }
    }
}

/// Not begun by this process: it is asked first, or stopped.
void ServiceManager::may_run_here(const ServiceRow& row)
{
    LocalService& local = local_[row.name];
    if (local.running == Running::no) {
        local.running = Running::unknown;
        local.config_version = row.config_version;
    }
}

/// Everything must be stopped so long after quorum was lost; then this node is unsafe.
Duration ServiceManager::quorum_stop_timeout() const
{
    return active_ != nullptr ? Duration{active_->quorum_stop_timeout}
                              : config_.knobs.quorum_stop_timeout;
}

/// Stops all that may run here, frozen services too, whatever the table says: it is not touched
/// now.
void ServiceManager::stop_everything()
{
    for (auto& [name, local] : local_) {
        const bool brings_up = local.task == TaskKind::start || local.task == TaskKind::migrate;
        const bool overruns = local.is_busy() && now_ >= emergency_since_ + quorum_stop_timeout();
        if ((brings_up || overruns) && !local.task_is_ending) {
            local.task_is_ending = true;
            act(EndStart{name, local.task_id});
        }
        const bool may_stop = local.task == TaskKind::none || local.task == TaskKind::check ||
                              local.task == TaskKind::update;
        if (may_stop && local.may_run()) {
            run_stop(name, local, StopPurpose::quorum_lost);
        }
    }
}

/// Leaves in the right order once nothing is left to do: stop, goodbye, cpg_leave, exit.
void ServiceManager::finish_when_stopped()
{
    if (finished_ || any_task_runs()) {
        return;
    }
    if (emergency_ends_) {
        finish(false, emergency_);
    } else if (!shutting_down_ && !emergency_.empty()) {
        reset_when_stopped();
    } else if (shutting_down_ && !said_goodbye_) {
        say_goodbye_when_stopped();
    } else if (goodbye_is_known_) {
        finish(true, "Shutdown complete, exiting");
    }
}

/// After loss of quorum: fenced hears that nothing of this node's services is left. Once fenced
/// gave up the old domain (or asks for it), this daemon begins anew, too. What could not be stopped
/// makes the node unsafe: it keeps its claims and does not reset. Before this process joined, a
/// former one of this node life may have: fenced waits for the proof only then.
void ServiceManager::reset_when_stopped()
{
    const bool is_awaited = joined_ || (facts_ && facts_->must_stop);
    if (!is_awaited || !may_reset()) {
        return;
    }
    if (!told_empty_) {
        told_empty_ = true;
        set_left(true);
        told_to_ = facts_ ? facts_->life : DaemonLife{};
        told_admission_ = facts_ ? facts_->admission : AdmissionNumber{};
        act(ReportGoodbye{nothing_runs(), !nothing_runs()});
    }
    if (!joined_) {
        return;  // it joins once fenced is a member again
    }
    const bool became_member =
        facts_ && facts_->is_admitted && facts_->admission != told_admission_;
    const bool domain_is_gone =
        facts_ && (facts_->must_stop || facts_->life != told_to_ || became_member);
    if (domain_is_gone || other_table_seen_) {
        begin_anew("everything is stopped after loss of quorum");
    }
}

/// Whether nothing of this node's services is left, in all that is said of them from now on: the
/// table that this node may have to ask for its place holds what it ran until then for running.
void ServiceManager::set_left(bool left)
{
    left_ = left;
    group_.set_report(protocol::encode(report()));
    save_now_ = true;
}

/// All is proven stopped; a service that all know as failed is handed over as failed.
bool ServiceManager::may_reset() const
{
    return std::all_of(local_.begin(), local_.end(), [this](const auto& entry) {
        const auto& [name, local] = entry;
        const bool known_failed = local.running == Running::stop_failed && is_known_failed(name);
        return !local.is_busy() && (local.running == Running::no || known_failed);
    });
}

bool ServiceManager::is_known_failed(const std::string& service) const
{
    const protocol::TableState& known = joined_ ? table_.state() : saved_table_;
    const auto row = known.rows.find(service);
    return row != known.rows.end() && row->second.state == ServiceState::failed &&
           row->second.owner.node == config_.self;
}

void ServiceManager::begin_anew(const std::string& why)
{
    finished_ = true;
    set_left(true);
    answer_all_requests(ReturnCode::again, why);
    log(LogLevel::notice, "", why + "; beginning anew");
    act(LeaveGroup{});
    act(BeginAnew{});
}

void ServiceManager::say_goodbye_when_stopped()
{
    if (!group_.is_admitted()) {
        if (nothing_runs() || !emergency_.empty()) {
            said_goodbye_ = true;
            goodbye_was_empty_ = nothing_runs() && !expects_guest();
            finish(true, "Shutdown complete, exiting");
            return;
        }
        for (auto& [name, local] : local_) {
            if (local.may_run() && !local.is_busy()) {
                run_stop(name, local, StopPurpose::shutdown);
            }
        }
        return;
    }
    if (emergency_.empty()) {
        if (!can_decide() || !in_flight_.empty() || !changes_.empty()) {
            return;
        }
        if (expects_guest()) {
            return;
        }
        for (const auto& [name, row] : table_.state().rows) {
            if (is_mine(row) && !row.frozen && row.state != ServiceState::failed) {
                return;  // advance() is still stopping it
            }
        }
    }
    said_goodbye_ = true;
    goodbye_was_empty_ =
        nothing_runs() && !expects_guest() && (!emergency_.empty() || owns_nothing());
    std::vector<view::GroupOutput> outputs;
    group_.say_goodbye(goodbye_was_empty_, outputs);
    handle(outputs);
}

void ServiceManager::finish(bool is_clean, std::string reason)
{
    finished_ = true;
    left_ = left_ || (joined_ && is_clean && goodbye_was_empty_);
    save_now_ = true;
    answer_all_requests(ReturnCode::again, reason);
    if (joined_) {
        act(LeaveGroup{});
        if (is_clean) {
            act(ReportGoodbye{goodbye_was_empty_, false});
        }
    }
    log(is_clean ? LogLevel::notice : LogLevel::emergency, "", reason);
    act(Finished{is_clean, std::move(reason)});
}

}  // namespace ha::service
