// SPDX-License-Identifier: Apache-2.0
// Events and the order of one step.
#include "rgmanager/core/service_manager.hpp"

#include <algorithm>
#include <utility>

#include "rgmanager/core/saved_table.hpp"

namespace ha::service {

ServiceManager::ServiceManager(Config config)
    : config_(std::move(config)),
      group_(view::Group::Config{
          .self = config_.self, .life = config_.life, .knobs = config_.knobs.group})
{}

Step ServiceManager::on(const Event& event, TimePoint now)
{
    Step step;
    now_ = now;
    actions_ = &step.actions;
    table_changed_ = false;
    save_now_ = false;
    std::visit([this](const auto& alternative) { on_event(alternative); }, event);
    if (!finished_) {
        drive();
        flush_proposals();
    }
    if (save_now_) {
        save_due_ = now_;
    }
    if (save_due_ && *save_due_ <= now_ && knows_what_may_run()) {
        // What is about to run must be on disk before it runs.
        SaveState state{protocol::encode(report()), may_have_stopped_frozen()};
        save_due_.reset();
        group_.set_report(state.bytes);
        step.actions.insert(step.actions.begin(), std::move(state));
    }
    if (table_changed_) {
        act(TableChanged{});
    }
    actions_ = nullptr;
    placement_.reset();
    plan_.reset();
    step.wake_at = finished_ ? std::nullopt : wake_at();
    return step;
}

void ServiceManager::act(Action action)
{
    HA_ASSERT(actions_ != nullptr);
    actions_->push_back(std::move(action));
}

void ServiceManager::log(LogLevel level, const std::string& service, std::string text)
{
    act(LogDecision{level, service, std::move(text)});
}

// ---------------------------------------------------------------------------------------------
// events

void ServiceManager::on_event(const Started& event)
{
    started_ = event;
    if (event.is_first_of_life || event.run_root.empty()) {
        run_root_unreadable_ = !event.is_first_of_life;
        return;
    }
    Result<protocol::MemberReport> saved = read_report(event.run_root, config_.life.node);
    if (!saved) {
        // A file cut in half: any service may still run here.
        run_root_unreadable_ = true;
        log(LogLevel::warning, "",
            "the saved service table cannot be read (" + saved.error().text +
                "); every service is stopped before this node joins");
        return;
    }
    saved_table_ = saved->table;
    file_is_doubted_ = true;
    left_ = saved->left;
    for (const protocol::HeldService& held : saved->held) {
        LocalService& local = local_[held.name];
        local.running = held.stop_failed ? Running::stop_failed : Running::unknown;
        local.config_version = held.config_version;
    }
}

void ServiceManager::on_event(const ServicesConfigured& event)
{
    const std::uint64_t version = event.document.id.version;
    const bool is_first = documents_.empty();
    documents_.insert_or_assign(version, event.document);
    for (const auto& [name, service] : event.document.services) {
        LocalService& local = local_[name];
        if (is_first && run_root_unreadable_ && local.running == Running::no) {
            local.running = Running::unknown;
        }
    }
    if (active_ == nullptr || active_->id.version == version) {
        active_ = &documents_.at(version);
    }
    feed_group(view::ConfigHeld{event.document.id, event.document.voting});
}

void ServiceManager::on_event(const FormerDocument& event)
{
    documents_.emplace(event.document.id.version, event.document);
}

void ServiceManager::on_event(const FactsChanged& event)
{
    facts_ = event.facts;
    if (facts_ && facts_->dead) {
        begin_emergency("this node was declared dead: " + facts_->reason, true);
    } else if (facts_ && facts_->must_stop) {
        begin_emergency("the fence domain of this node lost quorum and must be left", false);
    }
}

void ServiceManager::on_event(const WallClockSet& event)
{
    wall_at_boot_s_ = event.at_boot_s;
}

void ServiceManager::on_event(const ShutdownRequested&)
{
    if (!shutting_down_) {
        shutting_down_ = true;
        log(LogLevel::notice, "", "Shutting down");
        answer_all_requests(ReturnCode::again, "rgmanager is shutting down on this node");
    }
}

void ServiceManager::on_event(const Overslept&)
{
    forget_proposals();  // a confirmation that waited all the time vouches for nothing
}

void ServiceManager::on_event(const CorosyncLost&)
{
    begin_emergency("corosync is gone", true);
}

/// Deliveries that a snapshot made due come one by one: each may ask for a snapshot itself.
void ServiceManager::feed_group(const view::GroupEvent& event)
{
    handle(group_.on(event, now_));
    refuse_senders();
    while (group_.has_replay()) {
        handle(group_.replay(now_));
        refuse_senders();
    }
}

void ServiceManager::on_event(const TimePassed&)
{
    feed_group(view::TimePassed{});
}

void ServiceManager::on_event(const view::GroupEvent& event)
{
    if (const auto* quorum = std::get_if<view::QuorumChanged>(&event);
        quorum != nullptr && !quorum->quorate) {
        quorate_ = false;
        begin_emergency("#1: Quorum Dissolved", false);
    }
    feed_group(event);
}

void ServiceManager::on_event(const TaskFinished& event)
{
    const auto found = local_.find(event.service);
    if (found == local_.end() || found->second.task_id != event.task || !found->second.is_busy()) {
        return;  // a check that a stop overtook
    }
    LocalService& local = found->second;
    const TaskKind kind = std::exchange(local.task, TaskKind::none);
    const bool was_ended = std::exchange(local.task_is_ending, false);
    local.words = event.words;
    switch (kind) {
        case TaskKind::start:
            local.running = event.succeeded ? Running::yes : Running::unknown;
            local.start_failed = !event.succeeded;
            break;
        case TaskKind::stop: {
            const bool counts = event.succeeded || std::exchange(local.task_is_initial, false) ||
                                config_.knobs.mutant_failed_stop_is_stop;
            if (!event.succeeded) {
                log(LogLevel::error, event.service,
                    "#12: RG " + event.service + " failed to stop; intervention required");
            }
            local.running = counts ? Running::no : Running::stop_failed;
            local.stop_result = counts;
            if (is_unsafe(event.service)) {
                log(LogLevel::alert, event.service, unsafe_words(event.service));
            }
            break;
        }
        case TaskKind::check:
            local.check_failed = !event.succeeded;
            if (event.succeeded && local.running == Running::unknown) {
                local.running = Running::yes;
                local.is_doubted = false;
            }
            break;
        case TaskKind::migrate:
            if (event.succeeded) {
                local.running = Running::no;  // the hypervisor handed it over
                local.migrate_code = local.task_is_old ? std::nullopt : std::optional(0);
            } else if (was_ended || local.task_is_old) {
                local.running = Running::unknown;  // the killed agent's code says nothing
            } else {
                local.migrate_code = std::max(1, event.agent_code);
            }
            break;
        case TaskKind::expect:
            if (!local.task_is_old) {
                local.guest_is_noted = event.succeeded;
            }
            break;
        case TaskKind::update:
            local.check_failed = !event.succeeded;  // what could not be stopped is recovered whole
            break;
        case TaskKind::none:
            break;
    }
    save(false);
}

// ------------------------------------------------------------------------------------------- one
// step

void ServiceManager::drive()
{
    online_ = online();
    follow_active_document();
    if (!emergency_ends_) {
        join_when_ready();
        propose_facts();
    }
    if (!emergency_.empty()) {
        stop_everything();
        finish_when_stopped();
        return;
    }
    demand_fences_of_unwanted();
    demand_fences();
    if (can_decide()) {
        std::set<std::string> names;
        for (const auto& [name, row] : table_.state().rows) {
            names.insert(name);
        }
        for (const auto& [name, local] : local_) {
            names.insert(name);
        }
        for (const std::string& name : names) {
            advance(name);
        }
    }
    advance_requests();
    finish_when_stopped();
}

// ------------------------------------------------------------------------------------- state and
// times

void ServiceManager::save(bool at_once)
{
    save_now_ = save_now_ || at_once;
    if (!save_due_) {
        save_due_ = now_ + config_.knobs.save_delay;
    }
}

/// Before the initial stop is over: a file would tell the next process that nothing is left to
/// stop.
bool ServiceManager::knows_what_may_run() const
{
    if (joined_) {
        return true;
    }
    if (!started_ || !started_->is_first_of_life || started_->skip_initial_stop) {
        return started_ && (!run_root_unreadable_ || !documents_.empty());
    }
    return initial_stop_done_ && !any_task_runs();
}

/// For loss of quorum, frozen services too: no row tells of it, and who adopts a frozen service
/// does not look. Until it is looked for.
bool ServiceManager::may_have_stopped_frozen() const
{
    if (file_is_doubted_ && started_->is_run_root_doubted) {
        return true;
    }
    const auto& rows = known_table().rows;
    return std::any_of(local_.begin(), local_.end(), [&](const auto& entry) {
        const auto& [name, local] = entry;
        const auto row = rows.find(name);
        if (row == rows.end() || row->second.owner.life.node != config_.life.node ||
            !row->second.frozen || row->second.state != ServiceState::started) {
            return false;
        }
        return local.task == TaskKind::stop || (!emergency_.empty() && local.may_run()) ||
               (local.is_doubted && local.running == Running::unknown);
    });
}

protocol::MemberReport ServiceManager::report() const
{
    protocol::MemberReport report;
    report.node = config_.self;
    report.life = config_.life.node;
    report.table =
        group_.is_admitted() || saved_table_.rows.empty() ? table_.state() : saved_table_;
    for (const auto& [name, local] : local_) {
        if (local.running != Running::no) {
            report.held.push_back(
                {name, local.running == Running::stop_failed, local.config_version});
        }
    }
    report.left = left_;
    return report;
}

std::optional<TimePoint> ServiceManager::wake_at() const
{
    std::optional<TimePoint> earliest = group_.wake_at();
    const auto add = [&](TimePoint due) {
        if (due > now_) {  // what is overdue waits for an event: a settled view, its turn as the
                           // lowest member
            earliest = earliest ? std::min(*earliest, due) : due;
        }
    };
    if (save_due_) {
        add(*save_due_);
    }
    if (!emergency_.empty() && any_task_runs()) {
        add(emergency_since_ + quorum_stop_timeout());
    }
    for (const auto& [node, since] : returned_since_) {
        add(since + config_.knobs.returned_after);
    }
    for (const auto& [node, pending] : pending_) {
        add(pending.due);
    }
    for (const auto& [node, unwanted] : unwanted_) {
        add(unwanted.due);
    }
    for (const auto& [ticket, open] : requests_) {
        if (!open.is_running) {
            add(open.since + config_.knobs.request_wait);
        }
    }
    for (const auto& [name, local] : local_) {
        const ServiceRow* row = table_.find(name);
        const bool is_checked =
            row != nullptr && row->state == ServiceState::started && !row->frozen && is_mine(*row);
        const bool is_cleared_again = row != nullptr && has_unproven_end(*row) &&
                                      comes_here(*row) && local.running == Running::stop_failed;
        const bool is_due = is_cleared_again || (is_checked && local.running == Running::yes);
        if (is_due && !local.is_busy() && emergency_.empty()) {
            add(local.next_check);
        }
    }
    return earliest;
}

// -------------------------------------------------------------------------------------- small
// questions

bool ServiceManager::can_decide() const
{
    return started_ && !finished_ && emergency_.empty() && active_ != nullptr &&
           group_.is_admitted() && group_.is_settled() && quorate_;
}

bool ServiceManager::is_mine(const ServiceRow& row) const
{
    return row.owner.node == config_.self && row.owner.life == config_.life;
}

bool ServiceManager::is_online(const Owner& owner) const
{
    const auto member = group_.admitted().find(owner.node);
    return member != group_.admitted().end() && member->second.life == owner.life;
}

bool ServiceManager::is_driver() const
{
    const auto& members = group_.admitted();
    return !members.empty() && members.begin()->first == config_.self;
}

bool ServiceManager::owns_nothing() const
{
    const auto& rows = table_.state().rows;
    return std::none_of(rows.begin(), rows.end(), [this](const auto& entry) {
        return entry.second.owner.node == config_.self;
    });
}

bool ServiceManager::nothing_runs() const
{
    return std::all_of(local_.begin(), local_.end(), [](const auto& entry) {
        return entry.second.running == Running::no && !entry.second.is_busy();
    });
}

bool ServiceManager::any_task_runs() const
{
    return std::any_of(local_.begin(), local_.end(),
                       [](const auto& entry) { return entry.second.is_busy(); });
}

bool ServiceManager::is_unsafe(const std::string& service) const
{
    const auto local = local_.find(service);
    return !emergency_.empty() && local != local_.end() &&
           local->second.running == Running::stop_failed;
}

std::set<NodeId> ServiceManager::online() const
{
    std::set<NodeId> nodes;
    for (const auto& [node, member] : group_.admitted()) {
        nodes.insert(node);
    }
    return nodes;
}

view::Member ServiceManager::self() const
{
    const auto member = group_.admitted().find(config_.self);
    return member != group_.admitted().end()
               ? member->second
               : view::Member{config_.self, config_.life, AdmissionNumber{}};
}

std::int64_t ServiceManager::boot_s() const
{
    return std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch()).count();
}

std::int64_t ServiceManager::wall_s() const
{
    return wall_at_boot_s_ + boot_s();
}

const ServicesDocument* ServiceManager::document(std::uint64_t version) const
{
    const auto found = documents_.find(version);
    return found == documents_.end() ? nullptr : &found->second;
}

bool ServiceManager::is_configured(NodeId node) const
{
    return active_ == nullptr || active_->node_names.contains(node);
}

std::string ServiceManager::node_name(NodeId node) const
{
    return active_ != nullptr ? active_->node_name(node) : "node " + std::to_string(node.value);
}

}  // namespace ha::service
