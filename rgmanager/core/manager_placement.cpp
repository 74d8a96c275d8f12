// SPDX-License-Identifier: Apache-2.0
// Rows that nobody owns: who should claim them, whether anything may be claimed at all (S10), and
// what runs here although the table does not say so.
#include <algorithm>
#include <utility>

#include "rgmanager/core/operation.hpp"
#include "rgmanager/core/service_manager.hpp"

namespace ha::service {

void ServiceManager::advance_unowned(const ServiceRow& row, LocalService&)
{
    if (!reason_of_probation().empty()) {
        return;  // somebody may report that it runs this service
    }
    const bool in_no_document = active_->find(row.name) == nullptr;
    if (in_no_document && row.op.kind == OperationKind::none) {
        const bool can_be_forgotten = row.version != 0 && row.state != ServiceState::failed;
        if (can_be_forgotten && is_driver() && facts_ticket_ == 0) {
            protocol::TableMessage message;
            message.forgotten.push_back(row.name);
            std::vector<view::GroupOutput> outputs;
            facts_ticket_ = group_.propose(protocol::encode(message), false, outputs);
            handle(outputs);
        }
        return;
    }
    const bool startable = row.state == ServiceState::stopped ||
                           row.state == ServiceState::disabled ||
                           row.state == ServiceState::recovering;
    if (!startable) {
        return;
    }
    if (row.op.kind != OperationKind::none) {
        advance_operation(row);
    } else if (row.state == ServiceState::stopped) {
        advance_idle(row);
    }
}

/// A start, a relocation or a recovery between two owners.
void ServiceManager::advance_operation(const ServiceRow& row)
{
    const NextStep next = next_step(row, placement(), online_);
    const bool is_requester =
        row.op.requester == config_.self && row.op.requester_life == config_.life;
    if (next.claimer.value == 0) {
        if (!is_requester) {
            return;
        }
        RowChange change{row.version, next.ending, row, outcome_of(row.op, next.code)};
        const auto state = next_state(row.state, next.ending);
        HA_ASSERT(state);
        change.row.state = *state;
        change.row.op = {};
        change.row.parked_at =
            *state == ServiceState::stopped ? table_.state().membership_epoch : 0;
        change.row.reason = next.reason;
        propose(std::move(change));
        return;
    }
    if (next.claimer != config_.self || shutting_down_) {
        return;
    }
    // Its owner may restart what ran here before: nobody else can have started it meanwhile.
    const bool restarts_own =
        row.last_owner == config_.self && row.op.target == config_.self &&
        (row.op.kind == OperationKind::restart || row.op.kind == OperationKind::recover);
    const bool own_is_safe =
        restarts_own && facts_ && facts_->is_admitted && reason_of_refused().empty();
    if (own_is_safe || reason_not_to_claim().empty()) {
        claim(row, next.reason, next.going_home);
    }
}

/// Nothing was asked for: autostart, or placement after a member came or went.
void ServiceManager::advance_idle(const ServiceRow& row)
{
    const ServiceConfig* config = active_->find(row.name);
    if (row.frozen || table_.state().locked || is_parked(row)) {
        return;
    }
    if (row.transition_s == 0 && !config->autostart) {
        if (is_driver()) {
            RowChange change{row.version, ServiceInput::disable_idle, row, std::nullopt};
            change.row.state = ServiceState::disabled;
            change.row.reason = "autostart is off";
            propose(std::move(change));
        }
        return;
    }
    if (shutting_down_ || !reason_not_to_claim().empty()) {
        return;
    }
    const auto choice = plan().find(row.name);
    if (choice != plan().end() && choice->second.node == config_.self) {
        claim(row, choice->second.reason, false);
    }
}

/// Left stopped until the members change.
bool ServiceManager::is_parked(const ServiceRow& row) const
{
    return row.parked_at == table_.state().membership_epoch ||
           (config_.knobs.mutant_park_for_ever && row.parked_at != 0);
}

void ServiceManager::claim(const ServiceRow& row, std::string reason, bool going_home)
{
    RowChange change{row.version, ServiceInput::claim, row, std::nullopt};
    change.row.state = ServiceState::starting;
    change.row.owner = Owner{config_.self, config_.life, facts_->admission};
    change.row.transition_s = wall_s();
    change.row.config_version = active_->id.version;
    change.row.restarts = row.state == ServiceState::recovering ? row.restarts + 1 : 0;
    change.row.reason = std::move(reason);
    if (row.last_owner != config_.self) {
        change.row.restart_times_s.clear();
    }
    if (going_home) {
        change.row.op.going_home = true;
        std::erase(change.row.op.struck, config_.self);
    }
    propose(std::move(change));
    local_[row.name].claiming = true;
    placement_->add_load(config_.self, row.name);
}

/// Something of the service may run here, and the table does not say it is this node's.
void ServiceManager::settle_not_mine(const ServiceRow& row, LocalService& local)
{
    if (local.is_busy()) {
        return;
    }
    if (local.running != Running::stop_failed) {
        log(LogLevel::warning, row.name,
            row.name + " may run here but is not this node's; it is stopped");
        run_stop(row.name, local, StopPurpose::not_mine);
        return;
    }
    if (row.owner.is_somebody() || !facts_) {
        return;
    }
    RowChange change{row.version, ServiceInput::stop_failed, row,
                     outcome_of(row.op, ReturnCode::abort)};
    change.row.state = ServiceState::failed;
    change.row.owner = Owner{config_.self, config_.life, facts_->admission};
    change.row.last_owner = config_.self;
    change.row.op = has_unproven_end(row) ? row.op : Operation{};
    change.row.reason = "its stop on " + node_name(config_.self) + " failed";
    propose(std::move(change));
}

// ------------------------------------------------------------------------------------------------
// S10

/// "" if this node may claim a service now. The fence domain must have settled the very ring that
/// our view is of: facts of an older ring may not know the victim yet. (`clear` contains the rule
/// of the majority.)
std::string ServiceManager::reason_not_to_claim() const
{
    if (!facts_) {
        return "fenced does not answer on " + node_name(config_.self);
    }
    if (!facts_->is_admitted || facts_->admission.value == 0) {
        return node_name(config_.self) + " is not in the fence domain";
    }
    if (!facts_->settled || facts_->ring != group_.view().ring) {
        return "the fence domain has not settled the present ring";
    }
    if (std::string refused = reason_of_refused(); !refused.empty()) {
        return refused;
    }
    if (std::string probation = reason_of_probation(); !probation.empty()) {
        return probation;
    }
    if (std::string record = reason_of_records(); !record.empty()) {
        return record;
    }
    if (facts_->clear || config_.knobs.mutant_claim_with_pending_victim) {
        return {};
    }
    return facts_->victims.empty() ? "the fence domain is not clear: " + facts_->reason
                                   : words_of_victims();
}

/// What it claimed in words that this node cannot read, it may run.
std::string ServiceManager::reason_of_refused() const
{
    const auto refused = std::find_if(unwanted_.begin(), unwanted_.end(),
                                      [](const auto& entry) { return entry.second.is_refused; });
    return refused == unwanted_.end()
               ? ""
               : node_name(refused->first) +
                     " sent what this release does not know; waits until it is settled";
}

/// A table formed from nothing may not know what cut-off nodes run (DESIGN 3); nor does one whose
/// members were without quorum, while others may have gone on and been lost since.
std::string ServiceManager::reason_of_probation() const
{
    if (!table_.state().probation) {
        return {};
    }
    if (!facts_) {
        return "fenced does not answer on " + node_name(config_.self);
    }
    if (!facts_->victims.empty() && !config_.knobs.mutant_claim_with_pending_victim) {
        return words_of_victims();
    }
    for (const protocol::FactGroup& group : facts_->groups) {
        const auto member = group_.admitted().find(group.node);
        const bool reported =
            member != group_.admitted().end() && member->second.life.node == group.life;
        if (group.group == group_name && !reported) {
            return "rgmanager of " + node_name(group.node) + " has not reported what it runs";
        }
    }
    return {};
}

/// What the fence domain knows of the rgmanagers: that this one runs, so that nobody takes its
/// services for free; and of no other one that this table lost without proof.
std::string ServiceManager::reason_of_records() const
{
    const auto is_own = [this](const protocol::FactGroup& group) {
        return group.group == group_name && group.node == config_.self &&
               group.life == config_.life.node;
    };
    if (std::none_of(facts_->groups.begin(), facts_->groups.end(), is_own)) {
        return "the fence domain has not recorded rgmanager of " + node_name(config_.self) + " yet";
    }
    for (const protocol::FactGroup& group : facts_->groups) {
        if (is_cut_off(group) && !config_.knobs.mutant_claim_with_pending_victim) {
            return "rgmanager of " + node_name(group.node) +
                   " was cut off and may run services of another table";
        }
    }
    return {};
}

std::string ServiceManager::words_of_victims() const
{
    const protocol::FactVictim& victim = facts_->victims.front();
    const std::string name = victim.name.empty() ? node_name(victim.node) : victim.name;
    return "waits until " + name + " is settled" + what_it_awaits(victim);
}

/// ": what the fence domain says of it", with the command that ends the wait named once.
std::string ServiceManager::what_it_awaits(const protocol::FactVictim& victim) const
{
    const std::string command = victim.acknowledge.empty()
                                    ? "fence_ack_manual " + node_name(victim.node)
                                    : victim.acknowledge;
    std::string words = victim.awaiting.empty() ? std::string{} : ": " + victim.awaiting;
    if (words.find(command) == std::string::npos) {
        words += " (" + command + " ends the wait)";
    }
    return words;
}

const Placement& ServiceManager::placement()
{
    if (!placement_) {
        placement_.emplace(*active_, table_.state().rows, online_);
        for (const auto& [name, local] : local_) {
            const ServiceRow* row = table_.find(name);
            const bool counted = row != nullptr && is_held(row->state);
            if (local.proposed != 0 && local.claiming && !counted) {
                placement_->add_load(config_.self, name);
            }
        }
    }
    return *placement_;
}

const std::map<std::string, Choice>& ServiceManager::plan()
{
    if (!plan_) {
        plan_ = placement().plan(table_.state().membership_epoch);
    }
    return *plan_;
}

}  // namespace ha::service
