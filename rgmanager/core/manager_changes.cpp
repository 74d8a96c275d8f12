// SPDX-License-Identifier: Apache-2.0
// Changes of the table: what this node proposes, and what the group delivers, applied at one point
// of its order.
#include <algorithm>
#include <utility>

#include "rgmanager/core/service_manager.hpp"

namespace ha::service {

namespace {

/// Keeps a frame well below corosync's limit of 1 MB.
constexpr std::size_t changes_per_frame = 300;

}  // namespace

// ----------------------------------------------------------------------------------------------
// frames

void ServiceManager::on_output(const view::Delivered& output)
{
    Result<protocol::TableMessage> message =
        protocol::decode<protocol::TableMessage>(output.payload);
    if (!message) {
        cannot_read(output.sender, message.error().text);
        return;
    }
    if (output.ticket != 0 && output.ticket == facts_ticket_) {
        facts_ticket_ = 0;
    }
    for (const protocol::VictimFact& fact : message->victims) {
        apply_victim(fact);
    }
    for (const protocol::VictimFact& fact : message->pardoned) {
        table_.pardon(fact.node, fact.life);
        std::vector<view::GroupOutput> outputs;
        group_.unbar(fact.node, fact.life, outputs);
        handle(outputs);
    }
    for (const protocol::SettledFact& fact : message->settled) {
        apply_settled(fact);
    }
    if (message->lock) {
        table_.set_locked(*message->lock);
        log(LogLevel::notice, "",
            *message->lock ? "Resource Groups Locked" : "Resource Groups Unlocked");
        table_changed_ = true;
        for (auto& [ticket, open] : requests_) {
            const bool asks_lock =
                open.request.verb == Verb::lock || open.request.verb == Verb::unlock;
            open.is_proposed = open.is_proposed && !asks_lock;  // judged again at once
        }
    }
    for (const RowChange& change : message->changes) {
        apply(change, output.sender, output.ticket);
    }
    for (const std::string& name : message->forgotten) {
        table_.forget(name);
        table_changed_ = true;
    }
    mark_table_used();
    save(false);
}

void ServiceManager::apply(const RowChange& change, const view::Member& sender,
                           std::uint64_t ticket)
{
    const std::string& name = change.row.name;
    const ServiceRow before = table_.row_or_new(name);
    const Operation& op = change.row.op;
    const bool target_left = change.input == ServiceInput::begin_operation &&
                             op.kind == OperationKind::migrate && !is_online(target_of(op));
    const Status applied = target_left ? Error{ErrorCode::busy, name + ": its target left"}
                                       : table_.apply(change, sender);
    if (applied) {
        row_changed(Changed{name, before, change.input}, change.outcome);
        return;
    }
    log(LogLevel::debug, name,
        "void change from " + node_name(sender.node) + ": " + applied.error().text);
    // Only a proposal that is still waited for: what was forgotten must not be taken for another
    // one.
    const auto flight = in_flight_.find(ticket);
    if (ticket != 0 && flight != in_flight_.end() && flight->second.erase(name) > 0) {
        end_proposal(name, ticket);
    }
}

void ServiceManager::end_proposal(const std::string& service, std::uint64_t ticket)
{
    LocalService& local = local_[service];
    if (local.proposed != ticket) {
        return;
    }
    local.proposed = 0;
    for (auto& [number, open] : requests_) {
        open.is_proposed = open.is_proposed && open.request.service != service;
    }
}

void ServiceManager::apply_victim(const protocol::VictimFact& fact)
{
    if (!is_configured(fact.node)) {
        return;
    }
    table_.bar(fact.node, fact.life);
    group_.bar(fact.node, fact.life);
    const auto found = group_.admitted().find(fact.node);
    if (found == group_.admitted().end() || found->second.life.node != fact.life) {
        return;
    }
    if (fact.node == config_.self) {
        begin_emergency("this node is a victim of the fence domain", true);
        return;
    }
    const view::Member member = found->second;
    std::vector<view::GroupOutput> outputs;
    group_.expel(fact.node, outputs);
    member_gone(member, view::LeaveReason::node_down, false, false);
    handle(outputs);
}

void ServiceManager::apply_settled(const protocol::SettledFact& fact)
{
    const bool ends_the_wait = table_.is_about_lost_life(fact);
    rows_changed(table_.settle(fact));
    log(LogLevel::notice, "", node_name(fact.node) + " is settled (" + fact.how + ")");
    if (fact.life.empty() && !group_.admitted().contains(fact.node)) {
        unwanted_.erase(fact.node);  // nothing that it claimed runs
    }
    if (!fact.life.empty()) {
        apply_victim(protocol::VictimFact{fact.node, fact.life});
    }
    if (ends_the_wait) {
        pending_.erase(fact.node);
        std::vector<view::GroupOutput> outputs;
        group_.release(fact.node, outputs);
        handle(outputs);
    }
    table_changed_ = true;
}

void ServiceManager::on_output(const view::Voided& output)
{
    if (facts_ticket_ == output.ticket) {
        facts_ticket_ = 0;
    }
    if (const auto flight = in_flight_.extract(output.ticket); !flight.empty()) {
        for (const auto& [name, version] : flight.mapped()) {
            end_proposal(name, output.ticket);
        }
    }
    for (auto& [number, open] : requests_) {
        open.is_proposed = open.is_proposed && !open.request.service.empty();  // not a lock's
    }
}

void ServiceManager::on_output(const view::Confirmed& output)
{
    const auto flight = in_flight_.extract(output.ticket);
    if (flight.empty()) {
        return;
    }
    for (const auto& [name, version] : flight.mapped()) {
        end_proposal(name, output.ticket);
        const ServiceRow* row = table_.find(name);
        if (row != nullptr && row->version == version) {
            local_[name].confirmed_version = version;
        }
    }
}

// ------------------------------------------------------------------------------ rows that changed

void ServiceManager::rows_changed(const std::vector<Changed>& changes)
{
    for (const Changed& change : changes) {
        row_changed(change, std::nullopt);
    }
}

void ServiceManager::row_changed(const Changed& change, const std::optional<Outcome>& outcome)
{
    table_changed_ = true;
    const ServiceRow& row = *table_.find(change.service);
    const bool may_be_here =
        change.input == ServiceInput::migrated || change.input == ServiceInput::adopted;
    if (may_be_here && is_arriving(row) && is_mine(row) &&
        local_[change.service].running != Running::stop_failed) {
        // The guest arrived here, or may have: asked before anything else is done with it.
        local_[change.service].running = Running::unknown;
        local_[change.service].config_version = row.config_version;
        save(true);
    }
    if (change.before.owner.node == config_.self && !is_mine(row)) {
        save(true);  // a file that still calls it this node's would outrank what others know
    }
    if (change.before.op != row.op) {
        LocalService& local = local_[change.service];
        local.migrate_code.reset();
        local.guest_is_noted.reset();
        local.task_is_old = local.task == TaskKind::migrate || local.task == TaskKind::expect;
        if (comes_here(row)) {
            save(true);  // who forgot it would say that nothing is left here
        }
        operation_changed(change.before.op, row, outcome);
    }
    if (change.before.state != row.state) {
        const bool own = row.owner.node == config_.self || change.before.owner.node == config_.self;
        log(own ? LogLevel::notice : LogLevel::debug, change.service,
            "Service " + change.service + " is " + std::string(state_text(row.state)) + ": " +
                row.reason);
        if (row.state == ServiceState::started && active_ != nullptr) {
            for (const auto& [name, config] : active_->services) {
                if (config.depend == change.service) {
                    table_.unpark(name);
                }
            }
        }
    }
    if (outcome && outcome->requester == config_.self && outcome->requester_life == config_.life) {
        reply(outcome->ticket, outcome->code, change.service, row.reason);
    }
}

void ServiceManager::mark_table_used()
{
    if (table_.state().used) {
        group_.set_ripe();
    }
}

void ServiceManager::forget_proposals()
{
    in_flight_.clear();
    changes_.clear();
    facts_ticket_ = 0;
    for (auto& [name, local] : local_) {
        local.proposed = 0;
        local.confirmed_version = 0;
        local.guest_is_noted.reset();
    }
    for (auto& [ticket, open] : requests_) {
        open.is_proposed = false;
    }
}

// -------------------------------------------------------------------------------------------
// proposals

/// At the end of this step. One change per row is under way at a time.
void ServiceManager::propose(RowChange change)
{
    HA_ASSERT(local_[change.row.name].proposed == 0);
    local_[change.row.name].proposed = 1;  // the ticket follows in flush_proposals()
    local_[change.row.name].claiming = false;
    changes_.push_back(std::move(change));
}

void ServiceManager::flush_proposals()
{
    std::vector<RowChange> changes = std::exchange(changes_, {});
    if (changes.empty() || !group_.is_admitted()) {
        return;
    }
    for (std::size_t begin = 0; begin < changes.size(); begin += changes_per_frame) {
        const std::size_t end = std::min(changes.size(), begin + changes_per_frame);
        protocol::TableMessage message;
        std::map<std::string, std::uint64_t> versions;
        for (std::size_t index = begin; index < end; ++index) {
            versions[changes[index].row.name] = changes[index].based_on + 1;
            message.changes.push_back(std::move(changes[index]));
        }
        std::vector<view::GroupOutput> outputs;
        const std::uint64_t ticket = group_.propose(protocol::encode(message), true, outputs);
        for (const auto& [name, version] : versions) {
            local_[name].proposed = ticket;
        }
        in_flight_.emplace(ticket, std::move(versions));
        handle(outputs);
    }
}

}  // namespace ha::service
