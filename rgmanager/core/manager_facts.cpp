// SPDX-License-Identifier: Apache-2.0
// Facts across groups: what fenced told this node becomes an ordered message of the rgmanagers'
// group; and demands the other way, for nodes whose rgmanager does not come back.
#include <algorithm>
#include <utility>

#include "rgmanager/core/saved_table.hpp"
#include "rgmanager/core/service_manager.hpp"

namespace ha::service {

namespace {

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

bool nothing_runs_by(const protocol::MemberReport& report)
{
    const auto& rows = report.table.rows;
    const bool guest_may_come = std::any_of(rows.begin(), rows.end(), [&](const auto& entry) {
        return is_migrating_to(entry.second, report.life);
    });
    return report.left || (report.held.empty() && !guest_may_come);
}

}  // namespace

/// What fenced told this node becomes a fact of the group; the lowest member says it, once.
void ServiceManager::propose_facts()
{
    const bool can_speak = facts_ && group_.is_admitted() && group_.is_settled();
    if (!can_speak || !is_driver() || facts_ticket_ != 0) {
        return;  // without quorum, too: facts are no decisions, and joiners wait for them
    }
    protocol::TableMessage message;
    for (const protocol::FactVictim& victim : facts_->victims) {
        if (!victim.life.empty() && is_configured(victim.node) &&
            !table_.is_barred(victim.node, victim.life)) {
            message.victims.push_back({victim.node, victim.life});
        }
    }
    for (const protocol::FactSettled& settled : facts_->settled_lives) {
        protocol::SettledFact fact{settled.node, settled.life, settled.admission,
                                   std::string(how_words(settled.how))};
        const auto lost = table_.state().lost.find(fact.node);
        const bool is_awaited =
            lost != table_.state().lost.end() && !fact.life.empty() && lost->second == fact.life;
        if (table_.is_news(fact) || is_awaited) {
            message.settled.push_back(std::move(fact));
        }
    }
    add_returned_members(message);
    if (message.victims.empty() && message.settled.empty() && message.pardoned.empty()) {
        return;
    }
    std::vector<view::GroupOutput> outputs;
    facts_ticket_ = group_.propose(protocol::encode(message), false, outputs);
    handle(outputs);
}

/// A node that this table lost or bars is a member of the fence domain all the same, for some time
/// now (facts may lag): it proved everything stopped and joined anew (reset), or it is back in a
/// new life.
void ServiceManager::add_returned_members(protocol::TableMessage& message)
{
    if (!facts_->settled || facts_->ring != group_.view().ring) {
        return;
    }
    for (const protocol::FactMember& member : facts_->members) {
        const auto lost = table_.state().lost.find(member.node);
        const bool is_lost = lost != table_.state().lost.end();
        const bool is_barred = table_.is_barred(member.node, member.life.node);
        const bool is_empty = said_empty_goodbye(member);
        if (member.pending || member.node == config_.self ||
            (!is_lost && !is_barred && !is_empty)) {
            returned_since_.erase(member.node);
            continue;
        }
        const TimePoint since = returned_since_.try_emplace(member.node, now_).first->second;
        if (since + config_.knobs.returned_after > now_) {
            continue;
        }
        returned_since_.erase(member.node);
        if (is_barred) {
            message.pardoned.push_back({member.node, member.life.node});
        }
        if (!is_lost && !is_empty) {
            continue;  // it is a member here, or will report what it runs: nothing is proven
                       // stopped
        }
        const bool is_new_life = is_lost && lost->second != member.life.node;
        if (!is_empty && !is_new_life && !says_nothing_runs(member.node, member.life.node)) {
            continue;  // cut off from this table only: it may run what it ran
        }
        // Without rgmanager there the present admission is free, too; a join would void this frame.
        const std::uint64_t admission = member.admission.value - (is_empty ? 0 : 1);
        message.settled.push_back(
            {member.node, is_new_life ? lost->second : NodeLife{}, AdmissionNumber{admission},
             is_new_life ? "it is back in a new life" : "nothing runs there any more"});
    }
}

/// Its rgmanager asks to join, so it claims nothing, and nothing may run there: it says so itself,
/// or no table let it in since fenced was told that nothing is left.
bool ServiceManager::says_nothing_runs(NodeId node, const NodeLife& life) const
{
    const auto joiner = group_.joiner(node);
    if (!joiner || joiner->life.node != life) {
        return false;
    }
    const Result<protocol::MemberReport> report = read_report(joiner->report, joiner->life.node);
    if (!report) {
        return false;
    }
    return nothing_runs_by(*report);
}

/// It owns rows of this table, runs no rgmanager, and its last rgmanager told the fence domain that
/// nothing runs.
bool ServiceManager::said_empty_goodbye(const protocol::FactMember& member) const
{
    const auto& rows = table_.state().rows;
    const bool owns = std::any_of(rows.begin(), rows.end(), [&](const auto& entry) {
        return entry.second.owner.node == member.node &&
               entry.second.state != ServiceState::failed &&
               entry.second.owner.life.node == member.life.node;
    });
    const bool recorded = std::any_of(
        facts_->groups.begin(), facts_->groups.end(),
        [&](const auto& group) { return group.node == member.node && group.group == group_name; });
    return owns && !recorded && !group_.present().contains(member.node);
}

/// This table lost it with its node and nobody proved it dead, yet fenced calls it a member: the
/// ring flapped before the fence domain made it a victim. What it runs and claims is not known.
bool ServiceManager::is_cut_off(const protocol::FactGroup& group) const
{
    const auto lost = table_.state().lost.find(group.node);
    const bool is_member = std::any_of(
        facts_->members.begin(), facts_->members.end(), [&](const protocol::FactMember& member) {
            return member.node == group.node && member.life.node == group.life;
        });
    return group.group == group_name && is_member && lost != table_.state().lost.end() &&
           lost->second == group.life && !group_.admitted().contains(group.node) &&
           !says_nothing_runs(group.node, group.life);
}

/// Recorded in the fence domain without goodbye, and not in this table: it died before the table
/// was formed, or it was cut off and now serves another one. Not one that asks to be let in.
bool ServiceManager::is_missing(const protocol::FactGroup& group) const
{
    return group.group == group_name && group.node != config_.self &&
           (!group_.present().contains(group.node) || group_.strangers().contains(group.node) ||
            is_cut_off(group));
}

/// Each node speaks for itself: others may know what a refused member said.
void ServiceManager::unwanted(const view::Member& member, const std::string& cause, bool is_refused)
{
    UnwantedMember& entry = unwanted_[member.node];
    entry.is_refused = is_refused || (entry.is_refused && entry.member.life == member.life);
    entry.member = member;
    entry.cause = cause;
    entry.due = now_;
    demand_fences_of_unwanted();
}

void ServiceManager::demand_fences_of_unwanted()
{
    std::erase_if(unwanted_, [this](const auto& entry) {
        const auto& [node, unwanted] = entry;
        const auto member = group_.admitted().find(node);
        const bool is_member = member != group_.admitted().end();
        if (!unwanted.is_refused) {
            return !is_member || member->second != unwanted.member || !group_.is_silent(node);
        }
        const bool is_back = is_member && member->second.life.node != unwanted.member.life.node;
        const auto settled = table_.state().settled.find(node);
        return is_back || (settled != table_.state().settled.end() &&
                           settled->second.life == unwanted.member.life.node);
    });
    for (auto& [node, unwanted] : unwanted_) {
        if (unwanted.due <= now_ && group_.admitted().contains(node)) {
            unwanted.due = now_ + config_.knobs.pending_timeout;
            act(DemandFence{node, unwanted.member.life.node, unwanted.cause});
        }
    }
}

/// It came back as another daemon. Of what the former one did in words that nobody could read no
/// row tells, so only one that runs nothing is free of it; else its node must be proven dead.
void ServiceManager::end_refusal_of_former_life(const view::Member& member,
                                                const protocol::MemberReport& report)
{
    const auto refused = unwanted_.find(member.node);
    if (refused == unwanted_.end() || refused->second.member.life == member.life) {
        return;
    }
    const bool is_other_boot = refused->second.member.life.node != member.life.node;
    if (is_other_boot || nothing_runs_by(report)) {
        unwanted_.erase(refused);
    }
}

/// A node whose rgmanager is gone, but not the node, and that did not come back in time.
void ServiceManager::demand_fences()
{
    if (!can_decide() || !is_driver() || !facts_) {
        return;
    }
    for (const protocol::FactGroup& group : facts_->groups) {
        if (is_missing(group) && !pending_.contains(group.node)) {
            const view::Member member{group.node, DaemonLife{group.life, 0}, AdmissionNumber{}};
            pending_[group.node] = PendingMember{member, now_ + config_.knobs.pending_timeout};
        }
    }
    for (auto entry = pending_.begin(); entry != pending_.end();) {
        PendingMember& pending = entry->second;
        const view::Member member = pending.member;
        const auto is_it = [&](const protocol::FactGroup& group) {
            return group.node == member.node && group.life == member.life.node && is_missing(group);
        };
        if (pending.due > now_) {
            ++entry;
        } else if (std::none_of(facts_->groups.begin(), facts_->groups.end(), is_it)) {
            entry = pending_.erase(entry);  // it said goodbye, asks to be let in, or is gone
        } else {
            pending.due = now_ + config_.knobs.pending_timeout;
            log(LogLevel::warning, "",
                "rgmanager of " + node_name(member.node) +
                    " did not come back: its fence is demanded");
            act(DemandFence{member.node, member.life.node, std::string(group_name)});
            ++entry;
        }
    }
}

}  // namespace ha::service
