// SPDX-License-Identifier: Apache-2.0
// The group's outputs in order: the only place where the replicated table changes; and what this
// node proposes.
#include <algorithm>
#include <utility>

#include "rgmanager/core/service_manager.hpp"

namespace ha::service {

namespace {

/// Keeps a frame well below corosync's limit of 1 MB.
constexpr std::size_t changes_per_frame = 300;

std::string_view how_words(protocol::SettledHow how)
{
    switch (how) {
        case protocol::SettledHow::agent:
            return "fenced";
        case protocol::SettledHow::status:
            return "its device says it is off";
        case protocol::SettledHow::member:
            return "it is back in a new life";
        case protocol::SettledHow::overridden:
            return "acknowledged by a person";
        case protocol::SettledHow::external:
            return "fenced by fence_node";
    }
    return "settled";
}

}  // namespace

void ServiceManager::handle(const std::vector<view::GroupOutput>& outputs)
{
    for (const view::GroupOutput& output : outputs) {
        std::visit([this](const auto& alternative) { on_output(alternative); }, output);
    }
}

void ServiceManager::on_output(const view::Send& output)
{
    act(SendFrame{output.bytes});
}

void ServiceManager::on_output(const view::GarbageSeen& output)
{
    log(LogLevel::error, "",
        "unreadable frame from " + node_name(output.sender) + ": " + output.reason);
}

// ----------------------------------------------------------------------------------------------
// views

void ServiceManager::on_output(const view::ViewSettled& output)
{
    table_changed_ = true;
    if (!output.view.quorate) {
        quorate_ = false;
        begin_emergency("#1: Quorum Dissolved", false);
        return;
    }
    if (!quorate_) {
        log(LogLevel::notice, "", "Quorum Regained");
    }
    quorate_ = true;
    if (!emergency_ends_) {
        emergency_.clear();
    }
    if (told_empty_ && emergency_.empty()) {
        told_empty_ = false;
        act(ReportJoined{});  // it goes on in the same table
    }
}

void ServiceManager::on_output(const view::ViewUnsettled&)
{
    forget_proposals();
    table_changed_ = true;
}

void ServiceManager::on_output(const view::MemberLost& output)
{
    if (output.member.node == config_.self) {
        group_.set_report(protocol::encode(report()));
        return;  // our own goodbye came back; finish_when_stopped() does the rest
    }
    member_gone(output.member, output.reason, output.goodbye,
                output.goodbye && output.goodbye_empty);
}

void ServiceManager::member_gone(const view::Member& member, view::LeaveReason reason, bool goodbye,
                                 bool empty)
{
    const bool skips_fence = config_.knobs.mutant_skip_fence_wait && !goodbye;
    rows_changed(table_.member_lost(member, empty || skips_fence));
    log(LogLevel::notice, "",
        "Member " + node_name(member.node) + (goodbye ? " shutting down" : " is gone"));
    if (goodbye) {
        return;
    }
    const auto known = table_.state().settled.find(member.node);
    const bool is_settled =
        known != table_.state().settled.end() && known->second.life == member.life.node;
    if (reason == view::LeaveReason::node_down) {
        if (!is_settled) {
            group_.hold(member.node);
        }
        pending_.erase(member.node);
    } else if (!is_settled) {
        pending_[member.node] = PendingMember{member, now_ + config_.knobs.pending_timeout};
    }
}

void ServiceManager::on_output(const view::MemberAdmitted& output)
{
    Result<protocol::MemberReport> report = protocol::decode<protocol::MemberReport>(output.report);
    protocol::MemberReport held;
    if (report && report->life == output.member.life.node) {
        held = std::move(*report);
    }
    rows_changed(table_.member_admitted(output.member, held));
    mark_table_used();
    pending_.erase(output.member.node);
    table_changed_ = true;
    if (output.member.node == config_.self) {
        saved_table_ = {};
        return;
    }
    log(LogLevel::notice, "", "Member " + node_name(output.member.node) + " is online");
    for (auto& [name, local] : local_) {
        const ServiceRow* row = table_.find(name);
        if (row != nullptr && is_mine(*row)) {
            local.joiners.insert(output.member.node);
        }
    }
}

void ServiceManager::on_output(const view::SnapshotWanted&)
{
    std::vector<view::GroupOutput> outputs;
    group_.give_snapshot(protocol::encode(table_.state()), outputs);
    handle(outputs);
}

void ServiceManager::on_output(const view::LoadSnapshot& output)
{
    Result<protocol::TableState> state = protocol::decode<protocol::TableState>(output.state);
    HA_ASSERT(state);  // a member wrote it, its checksum was right, versions were agreed
    table_.load(std::move(*state));
    forget_proposals();
    table_changed_ = true;
    save(false);
}

void ServiceManager::on_output(const view::FormTable& output)
{
    std::vector<protocol::MemberReport> reports;
    for (const view::FormTable::Joiner& joiner : output.joiners) {
        Result<protocol::MemberReport> report =
            protocol::decode<protocol::MemberReport>(joiner.report);
        if (report && report->life == joiner.life.node) {
            reports.push_back(std::move(*report));
        }
    }
    table_.form(reports);
    mark_table_used();
    forget_proposals();
    table_changed_ = true;
    save(false);
}

void ServiceManager::on_output(const view::TableDropped&)
{
    table_.load({});
    forget_proposals();
    table_changed_ = true;
}

void ServiceManager::on_output(const view::MemberSilent& output)
{
    std::set<NodeId> others = online();
    others.erase(output.member.node);
    if (!others.empty() && *others.begin() == config_.self) {
        act(DemandFence{output.member.node, output.member.life.node, "rgmanager is silent"});
    }
}

void ServiceManager::on_output(const view::StrangerSeen& output)
{
    if (strangers_.emplace(output.node, output.life.node).second) {
        log(LogLevel::warning, "",
            node_name(output.node) + (output.barred
                                          ? " speaks in a life that must be fenced; it is ignored"
                                          : " belongs to another service table; it is ignored"));
    }
}

void ServiceManager::on_output(const view::Refused& output)
{
    begin_emergency("the group refused this node: " + output.reason, true);
}

void ServiceManager::on_output(const view::ToldToDie& output)
{
    begin_emergency(node_name(output.from) + " says that this node is a victim: " + output.reason,
                    true);
}

void ServiceManager::on_output(const view::ConfigActivated& output)
{
    const auto found = documents_.find(output.id.version);
    HA_ASSERT(found != documents_.end() && found->second.id == output.id);  // activated means held
    const ServicesDocument* former = std::exchange(active_, &found->second);
    table_changed_ = true;
    for (const auto& [name, service] : active_->services) {
        const bool is_new = former != nullptr && former != active_ && former->find(name) == nullptr;
        LocalService& local = local_[name];
        if (is_new && !service.leave_running_when_added && local.running == Running::no &&
            !local.is_busy()) {
            log(LogLevel::notice, name, "Initializing " + name);
            run_stop(name, local, StopPurpose::initial);
        }
    }
    // Documents that nobody stops with any more are forgotten.
    std::set<std::uint64_t> needed{active_->id.version, documents_.rbegin()->first};
    for (const auto& [name, row] : table_.state().rows) {
        needed.insert(row.config_version);
    }
    std::erase_if(documents_, [&](const auto& entry) { return !needed.contains(entry.first); });
}

// ----------------------------------------------------------------------------------------------
// frames

void ServiceManager::on_output(const view::Delivered& output)
{
    Result<protocol::TableMessage> message =
        protocol::decode<protocol::TableMessage>(output.payload);
    if (!message) {
        log(LogLevel::error, "",
            "unreadable change from " + node_name(output.sender.node) + ": " +
                message.error().text);
        return;  // the same bytes are unreadable to all members alike
    }
    if (output.ticket != 0 && output.ticket == facts_ticket_) {
        facts_ticket_ = 0;
    }
    for (const protocol::VictimFact& fact : message->victims) {
        apply_victim(fact);
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
        apply(change, output.sender);
    }
    for (const std::string& name : message->forgotten) {
        table_.forget(name);
        table_changed_ = true;
    }
    mark_table_used();
    save(false);
}

void ServiceManager::apply(const RowChange& change, const view::Member& sender)
{
    const std::string& name = change.row.name;
    const ServiceRow before = table_.row_or_new(name);
    const Status applied = table_.apply(change, sender);
    if (!applied) {
        if (sender.node == config_.self) {
            if (const auto local = local_.find(name); local != local_.end()) {
                local->second.proposed = 0;
            }
            for (auto& [ticket, open] : requests_) {
                open.is_proposed = open.is_proposed && open.request.service != name;
            }
        }
        log(LogLevel::debug, name,
            "void change from " + node_name(sender.node) + ": " + applied.error().text);
        return;
    }
    row_changed(Changed{name, before, change.input}, change.outcome);
}

void ServiceManager::apply_victim(const protocol::VictimFact& fact)
{
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
    if (!table_.is_news(fact)) {
        return;
    }
    rows_changed(table_.settle(fact));
    log(LogLevel::notice, "", node_name(fact.node) + " is settled (" + fact.how + ")");
    if (!fact.life.empty()) {
        apply_victim(protocol::VictimFact{fact.node, fact.life});
    }
    pending_.erase(fact.node);
    std::vector<view::GroupOutput> outputs;
    group_.release(fact.node, outputs);
    handle(outputs);
    table_changed_ = true;
}

void ServiceManager::on_output(const view::Voided& output)
{
    if (facts_ticket_ == output.ticket) {
        facts_ticket_ = 0;
    }
    if (const auto flight = in_flight_.extract(output.ticket); !flight.empty()) {
        for (const auto& [name, version] : flight.mapped()) {
            local_[name].proposed = 0;
        }
        for (auto& [ticket, open] : requests_) {
            open.is_proposed = false;
        }
    }
}

void ServiceManager::on_output(const view::Confirmed& output)
{
    const auto flight = in_flight_.extract(output.ticket);
    if (flight.empty()) {
        return;
    }
    for (const auto& [name, version] : flight.mapped()) {
        LocalService& local = local_[name];
        local.proposed = 0;
        const ServiceRow* row = table_.find(name);
        if (row != nullptr && row->version == version) {
            local.confirmed_version = version;
        }
    }
}

// ------------------------------------------------------------------------------------- rows that
// changed

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
    if (change.before.op != row.op) {
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

/// What fenced told this node becomes a fact of the group; the lowest member says it, once.
void ServiceManager::propose_facts()
{
    if (!facts_ || !can_decide() || !is_driver() || facts_ticket_ != 0) {
        return;
    }
    protocol::TableMessage message;
    for (const protocol::FactVictim& victim : facts_->victims) {
        if (!victim.life.empty() && !table_.is_barred(victim.node, victim.life)) {
            message.victims.push_back({victim.node, victim.life});
        }
    }
    for (const protocol::FactSettled& settled : facts_->settled_lives) {
        protocol::SettledFact fact{settled.node, settled.life, settled.admission,
                                   std::string(how_words(settled.how))};
        if (table_.is_news(fact)) {
            message.settled.push_back(std::move(fact));
        }
    }
    if (message.victims.empty() && message.settled.empty()) {
        return;
    }
    std::vector<view::GroupOutput> outputs;
    facts_ticket_ = group_.propose(protocol::encode(message), false, outputs);
    handle(outputs);
}

/// A node whose rgmanager is gone, but not the node, and that did not come back in time.
void ServiceManager::demand_fences()
{
    if (!can_decide() || !is_driver() || !facts_) {
        return;
    }
    for (auto& [node, pending] : pending_) {
        if (pending.due > now_) {
            continue;
        }
        pending.due = now_ + config_.knobs.pending_timeout;
        const bool in_domain = std::any_of(facts_->members.begin(), facts_->members.end(),
                                           [&](const protocol::FactMember& member) {
                                               return member.node == pending.member.node &&
                                                      member.life.node == pending.member.life.node;
                                           });
        if (in_domain) {
            log(LogLevel::warning, "",
                "rgmanager of " + node_name(node) + " did not come back: its fence is demanded");
            act(DemandFence{node, pending.member.life.node, "rgmanager"});
        }
    }
}

}  // namespace ha::service
