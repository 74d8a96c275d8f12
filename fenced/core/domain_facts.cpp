// SPDX-License-Identifier: Apache-2.0
// What others see of the domain: facts for daemons, the run-root copy, text for people.
#include <algorithm>
#include <utility>

#include "fenced/core/domain_impl.hpp"

namespace ha::fence {

using protocol::FenceCause;
using protocol::FenceWait;
using protocol::VictimRecord;

namespace {

std::int64_t microseconds(TimePoint point)
{
    return point.time_since_epoch().count();
}

}  // namespace

// ------------------------------------------------------- facts

void FenceDomain::Impl::publish()
{
    protocol::FenceFacts facts = make_facts();
    if (!facts_published_ || facts != facts_) {
        facts_published_ = true;
        facts_ = std::move(facts);
        actions_.push_back(FactsChanged{facts_});
    }
}

protocol::FenceFacts FenceDomain::Impl::make_facts() const
{
    protocol::FenceFacts facts;
    facts.in_domain = in_domain_;
    facts.is_admitted = group_.is_admitted();
    facts.formed = state_.formed;
    facts.settled = group_.is_settled();
    facts.quorate = is_quorate();
    facts.dead = dead_;
    facts.must_stop = wants_reset_ || must_reset_;
    facts.self = config_.self;
    facts.life = config_.life;
    if (facts.settled) {
        facts.ring = group_.view().ring;
        facts.has_majority = group_.view().has_majority;
        facts.master = facts.quorate ? group_.view().lowest() : NodeId{};
    }
    facts.reason = why_not_clear();
    facts.clear = facts.reason.empty() && state_.cleared;
    if (facts.reason.empty() && !state_.cleared) {
        facts.reason = "the fence domain is being formed";
    }
    for (const auto& [node, member] : group_.admitted()) {
        facts.members.push_back({node, member.life, member.admission, false});
        if (node == config_.self) {
            facts.admission = member.admission;
        }
    }
    for (const auto& pending : state_.pending) {
        facts.members.push_back({pending.node, pending.life, pending.admission, true});
    }
    std::sort(facts.members.begin(), facts.members.end(),
              [](const auto& left, const auto& right) { return left.node < right.node; });
    for (const VictimRecord& victim : state_.victims) {
        facts.victims.push_back(make_fact(victim));
    }
    for (const auto& settled : state_.settled) {
        const auto at = settled_at_.find(settled.node);
        facts.settled_lives.push_back({settled.node, settled.life, settled.admission, settled.how,
                                       settled.by, settled.words,
                                       at != settled_at_.end() ? microseconds(at->second) : 0});
    }
    facts.groups = state_.groups;
    if (!in_domain_) {
        facts.wait = FenceWait::none;
    } else if (!has_quorum_) {
        facts.wait = FenceWait::quorum;  // settled or not: without quorum no domain forms
    } else if (!facts.settled) {
        facts.wait = FenceWait::messages;
    } else if (!facts.quorate) {
        facts.wait = FenceWait::quorum;
    } else if (!state_.victims.empty()) {
        facts.wait = FenceWait::fencing;
    }
    return facts;
}

protocol::FactVictim FenceDomain::Impl::make_fact(const VictimRecord& victim) const
{
    protocol::FactVictim fact;
    fact.node = victim.node;
    fact.name = name(victim.node);
    fact.life = victim.life;
    fact.admission = victim.admission;
    fact.cause = victim.cause;
    fact.words = victim.words;
    if (const VictimClocks::Clock* clock = clocks_.find(victim.node)) {
        fact.since_us = microseconds(clock->since);
    }
    if (const auto* round = find_round(state_, victim.node)) {
        fact.fencing_by = round->by;
        fact.method = round->method;
    }
    fact.failed_rounds = victim.rounds;
    fact.awaiting = awaited(victim);
    fact.acknowledge = "fence_ack_manual " + name(victim.node);
    return fact;
}

/// Every wait names its victim and the command that ends it (L1).
std::string FenceDomain::Impl::awaited(const VictimRecord& victim) const
{
    const std::string node = name(victim.node);
    const std::string ends = "; fence_ack_manual " + node + " ends the wait once it is surely off";
    if (victim.acknowledged) {
        return node + " was acknowledged; waiting for its running agent to end";
    }
    if (const auto* round = find_round(state_, victim.node)) {
        return node + " is being fenced by " + name(round->by);
    }
    if (victim.cause == FenceCause::clean_start) {
        return node + " was absent when the domain formed with clean_start" + ends;
    }
    if (!has_methods(victim.node)) {
        return node + " has no fence method and waits for a person" + ends;
    }
    if (victim.rounds > 0) {
        return "fencing of " + node + " failed " + std::to_string(victim.rounds) + " times (" +
               victim.last_words + ") and is repeated" + ends;
    }
    if (!is_quorate()) {
        return node + " must be fenced, and this partition has no quorum" + ends;
    }
    const VictimClocks::Clock* clock = clocks_.find(victim.node);
    if (clock != nullptr && clock->is_armed && !clock->due) {
        return node + " must be fenced, but the delay has no end" + ends;
    }
    return node + " is about to be fenced";
}

// ----------------------------------------------- run-root copy

void FenceDomain::Impl::save()
{
    protocol::FenceCopy copy = make_copy();
    if (last_saved_ == copy) {
        return;
    }
    const std::string text = protocol::encode(copy);
    last_saved_ = std::move(copy);
    group_.set_report(text);
    // Before what the same step starts: a process that dies in between must find it.
    actions_.insert(actions_.begin(), SaveState{text});
}

/// The domain as this node last knew it as a member; a joiner keeps what it came with.
protocol::FenceCopy FenceDomain::Impl::make_copy()
{
    if (group_.is_admitted() && !started_over_) {
        kept_.state = state_;
        kept_.reset = false;
        // A change under way is no loss of quorum: a fenced that dies in it continues.
        kept_.quorate = group_.is_settled() ? group_.view().quorate : kept_.quorate;
        kept_.members.clear();
        for (const auto& [node, member] : group_.admitted()) {
            kept_.members.push_back({node, member.life, member.admission, false});
        }
    }
    kept_.life = config_.life.node;
    kept_.in_domain = in_domain_;
    kept_.dead = dead_;
    kept_.groups.assign(open_groups_.begin(), open_groups_.end());
    kept_.last_admission = std::max(kept_.last_admission, group_.last_admission());
    return kept_;
}

protocol::FenceState FenceDomain::Impl::state_on_the_wire() const
{
    protocol::FenceState state = state_;
    for (VictimRecord& victim : state.victims) {
        victim.waits = clocks_.waits(victim.node, now_);
    }
    for (protocol::PendingRecord& pending : state.pending) {
        const auto ends = grace_ends_.find(pending.node);
        pending.waits =
            ends == grace_ends_.end() ? Duration{0} : std::max(Duration{0}, ends->second - now_);
    }
    return state;
}

// -------------------------------------------------------- text

std::string FenceDomain::Impl::describe() const
{
    const protocol::FenceFacts& facts = facts_;
    std::string text = "fence domain: ";
    text += facts.in_domain ? (facts.is_admitted ? "member" : "joining") : "outside";
    text += dead_ ? ", this life is dead (" + death_reason_ + ")" : "";
    text += facts.clear ? ", clear" : ", not clear: " + facts.reason;
    text += "\n";
    for (const auto& member : facts.members) {
        text += "  member " + name(member.node) + " life " + member.life.node.value +
                " admission " + std::to_string(member.admission.value) +
                (member.pending ? " pending" : "") + "\n";
    }
    for (const auto& victim : facts.victims) {
        text += "  victim " + victim.name + " life " +
                (victim.life.empty() ? "unknown" : victim.life.value) + ": " + victim.awaiting +
                "\n";
    }
    for (const auto& round : state_.rounds) {
        text += "  round " + std::to_string(round.round) + " against " + name(round.victim) +
                " by " + name(round.by) + "\n";
    }
    for (const auto& settled : state_.settled) {
        text += "  settled " + name(settled.node) + " life " +
                (settled.life.empty() ? "unknown" : settled.life.value) + " up to admission " +
                std::to_string(settled.admission.value) + ": " +
                std::string(to_string(settled.how)) + "\n";
    }
    for (const auto& clean : state_.clean) {
        text += "  left in good order: " + name(clean.node) + " life " + clean.life.value + "\n";
    }
    for (const auto& group : state_.groups) {
        text += "  group " + group.group + " on " + name(group.node) + "\n";
    }
    for (const Owed& owed : owed_) {
        text += std::string("  owes the group a message") +
                (owed.ticket ? ", proposed" : ", not proposed") + "\n";
    }
    return text + group_.describe();
}

}  // namespace ha::fence
