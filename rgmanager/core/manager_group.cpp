// SPDX-License-Identifier: Apache-2.0
// The group's outputs in order: views, members, snapshots, documents.
#include <algorithm>
#include <utility>

#include "rgmanager/core/saved_table.hpp"
#include "rgmanager/core/service_manager.hpp"

namespace ha::service {

namespace {

constexpr const char* words_of_foreign = "rgmanager sent what another release does not know";

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
    other_table_seen_ = false;
    if (!emergency_ends_ && !(facts_ && facts_->must_stop)) {
        emergency_.clear();
        save_now_ = true;
    }
    if (told_empty_ && emergency_.empty()) {
        told_empty_ = false;
        set_left(false);
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
        goodbye_is_known_ = output.goodbye;
        group_.set_report(protocol::encode(report()));
        return;  // our own goodbye came back; finish_when_stopped() does the rest
    }
    member_gone(output.member, output.reason, output.goodbye,
                output.goodbye && output.goodbye_empty);
}

void ServiceManager::member_gone(const view::Member& member, view::LeaveReason reason, bool goodbye,
                                 bool empty)
{
    if (!members_have_quorum()) {
        table_.begin_probation();
    }
    const bool skips_fence = config_.knobs.mutant_skip_fence_wait && !goodbye;
    rows_changed(table_.member_lost(member, empty || skips_fence));
    log(LogLevel::notice, "",
        "Member " + node_name(member.node) + (goodbye ? " shutting down" : " is gone"));
    if (goodbye) {
        if (empty) {
            unwanted_.erase(member.node);
        }
        return;
    }
    const auto known = table_.state().settled.find(member.node);
    const bool is_settled =
        known != table_.state().settled.end() && known->second.life == member.life.node;
    if (reason == view::LeaveReason::node_down) {
        if (!is_settled) {
            group_.hold(member.node);
            table_.note_lost(member.node, member.life.node);
        }
        pending_.erase(member.node);
    } else if (!is_settled) {
        pending_[member.node] = PendingMember{member, now_ + config_.knobs.pending_timeout};
    }
}

/// From the order alone, so that all members say the same of it.
bool ServiceManager::members_have_quorum() const
{
    std::uint32_t votes = 0;
    for (const auto& [node, member] : group_.admitted()) {
        votes += active_->voting.votes_of(node);
    }
    return votes >= active_->voting.quorum();
}

void ServiceManager::on_output(const view::MemberAdmitted& output)
{
    Result<protocol::MemberReport> report = read_report(output.report, output.member.life.node);
    if (report) {
        end_refusal_of_former_life(output.member, *report);
    }
    const protocol::MemberReport held = report ? std::move(*report) : protocol::MemberReport{};
    rows_changed(table_.member_admitted(output.member, held, group_.admitted()));
    mark_table_used();
    pending_.erase(output.member.node);
    table_changed_ = true;
    if (output.member.node == config_.self) {
        doubt_old_file();
        saved_table_ = {};
        set_left(false);
        save(true);
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
    protocol::TableState state = table_.state();
    for (const auto& [node, entry] : unwanted_) {
        if (entry.is_refused) {
            state.refused.push_back({node, entry.member.life, entry.member.admission});
        }
    }
    std::vector<view::GroupOutput> outputs;
    group_.give_snapshot(protocol::encode(state), outputs);
    handle(outputs);
}

void ServiceManager::on_output(const view::LoadSnapshot& output)
{
    Result<protocol::TableState> state = read_table(output.state);
    if (!state) {
        begin_emergency("the group's state cannot be read: " + state.error().text, true);
        return;
    }
    const std::vector<protocol::Owner> refused = std::exchange(state->refused, {});
    table_.load(std::move(*state));
    for (const protocol::Owner& member : refused) {
        unwanted({member.node, member.life, member.admission}, words_of_foreign, true);
    }
    forget_proposals();
    judge_lost_requests_again();
    table_changed_ = true;
    save(false);
}

/// An operation of ours that only this node saw begin (the delivery gap), or that went with a
/// dropped table, is in no row any more.
void ServiceManager::judge_lost_requests_again()
{
    for (auto& [ticket, open] : requests_) {
        const ServiceRow* row = table_.find(open.request.service);
        const bool is_there =
            row != nullptr && is_own_operation(row->op) && row->op.ticket == ticket;
        open.is_running = open.is_running && is_there;
    }
}

void ServiceManager::on_output(const view::FormTable& output)
{
    std::vector<protocol::MemberReport> reports;
    for (const view::FormTable::Joiner& joiner : output.joiners) {
        Result<protocol::MemberReport> report = read_report(joiner.report, joiner.life.node);
        if (report) {
            reports.push_back(std::move(*report));
        }
    }
    table_.form(reports);
    mark_table_used();
    forget_proposals();
    judge_lost_requests_again();
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
        unwanted(output.member, "rgmanager is silent", false);
    }
}

void ServiceManager::on_output(const view::ForeignFrame& output)
{
    cannot_read(output.sender, output.reason);
}

/// What this node cannot read, its sender may act on: it cannot stay (DESIGN 2), and what it did is
/// unknown here until it is proven dead.
void ServiceManager::cannot_read(const view::Member& sender, const std::string& what)
{
    log(LogLevel::error, "", "unreadable change from " + node_name(sender.node) + ": " + what);
    if (sender.node == config_.self) {
        return;
    }
    if (group_.is_admitted()) {
        unwanted(sender, words_of_foreign, true);
    }
    to_refuse_.push_back(sender.node);
}

/// Once all that the group said is handled: a joiner's Ready may be among it, and this begins its
/// join anew.
void ServiceManager::refuse_senders()
{
    for (const NodeId node : std::exchange(to_refuse_, {})) {
        std::vector<view::GroupOutput> outputs;
        group_.refuse(node, outputs);
        handle(outputs);
    }
}

void ServiceManager::on_output(const view::StrangerSeen& output)
{
    other_table_seen_ = other_table_seen_ || !output.barred;
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
    if (found == documents_.end() || found->second.id != output.id) {
        HA_ASSERT(!group_.is_admitted());  // members activate what they hold
        return;                            // a joiner follows once its cmand brought the document
    }
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
    const std::set<std::uint64_t> needed = needed_documents();
    std::erase_if(documents_, [&](const auto& entry) { return !needed.contains(entry.first); });
}

/// What a service of this node was started under stays until it is stopped or taken over; a newer
/// document than the active one may be activated by a frame that is on its way.
std::set<std::uint64_t> ServiceManager::needed_documents() const
{
    std::set<std::uint64_t> needed;
    for (const auto& [version, document] : documents_) {
        if (active_ == nullptr || version >= active_->id.version) {
            needed.insert(version);
        }
    }
    for (const auto& [name, local] : local_) {
        if (local.running != Running::no || local.is_busy()) {
            needed.insert(local.config_version);
        }
    }
    for (const auto& [name, row] : table_.state().rows) {
        if (row.owner.is_somebody() || has_unproven_end(row)) {
            needed.insert(row.config_version);
        }
    }
    return needed;
}

}  // namespace ha::service
