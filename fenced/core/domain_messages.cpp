// SPDX-License-Identifier: Apache-2.0
// Delivered messages: the only place, with Group's outputs, where victims, rounds and proofs
// change. Everything here happens on all members alike, at the same point of the order.
#include <algorithm>
#include <utility>

#include "fenced/core/domain_impl.hpp"

namespace ha::fence {

using protocol::FenceCause;
using protocol::RoundOutcome;
using protocol::RoundRecord;
using protocol::SettledHow;
using protocol::VictimRecord;

// ----------------------------------------------------- victims

void FenceDomain::Impl::apply(const view::Member& sender, const protocol::VictimNamed& message)
{
    const auto member = group_.admitted().find(message.node);
    const protocol::PendingRecord* pending = find_pending(state_, message.node);
    const bool is_member = member != group_.admitted().end();
    if (!is_member && pending == nullptr && !is_configured(message.node)) {
        decided(Decision::void_message, message.node,
                name(message.node) + " was named by " + name(sender.node) +
                    " and is not in the configuration");
        return;
    }
    NodeLife life = message.life;
    AdmissionNumber admission;
    if (is_member && (life.empty() || life == member->second.life.node)) {
        life = member->second.life.node;
        admission = member->second.admission;
    } else if (pending != nullptr && (life.empty() || life == pending->life.node)) {
        life = pending->life.node;
        admission = pending->admission;
    }
    const bool is_stale_life = is_member && life != member->second.life.node;
    // A demand may be older than this domain: nothing tells which of two absent lives came first.
    const VictimRecord* victim = find_victim(state_, message.node);
    const bool is_absent = !is_member && (pending == nullptr || pending->life.node != life);
    const bool is_doubtful = is_absent && victim != nullptr && !victim->life.empty() &&
                             victim->life != life && message.cause != FenceCause::returned;
    const bool is_over =
        is_settled_life(state_, message.node, life) && message.cause != FenceCause::returned;
    if (is_stale_life || is_doubtful || is_over) {
        decided(
            Decision::void_message, message.node,
            name(message.node) + " was named by " + name(sender.node) + " in a life that is over");
        return;
    }
    name_victim(message.node, life, admission, message.cause, message.words);
}

void FenceDomain::Impl::name_victim(NodeId node, const NodeLife& life, AdmissionNumber admission,
                                    FenceCause cause, const std::string& words)
{
    const VictimRecord* known = find_victim(state_, node);
    if (known != nullptr && (known->life == life || life.empty())) {
        return;
    }
    if (known != nullptr && !known->life.empty()) {
        settle(node, SettledHow::member, node, "it was back in a new life", known->admission);
    }
    if (cause == FenceCause::returned) {
        // It speaks in this life: what it did in those before is over.
        settle_acknowledged(end_work_of_former_lives(state_, node, life));
    }
    VictimRecord victim;
    victim.node = node;
    victim.life = life;
    victim.admission = admission;
    victim.cause = cause;
    victim.words = words;
    add_victim(state_, victim);
    grace_ends_.erase(node);
    if (!clocks_.find(node)) {
        clocks_.add(node, now_);
    }
    if (!life.empty() && !config_.knobs.mutant_same_life_returns) {
        group_.bar(node, life);
    }
    group_.set_ripe();
    decided(Decision::victim_named, node,
            name(node) + " must be fenced: " + std::string(to_string(cause)) +
                (words.empty() ? "" : ", " + words));
    if (was_fenced_externally(state_, node, admission) && admission.value != 0) {
        settle(node, SettledHow::external, node, "fence_node succeeded since it last joined",
               admission);
    }
    if (node == config_.self && life == config_.life.node) {
        group_.expel(node, more_);
        die("this node was named a victim: " + std::string(to_string(cause)) +
            (words.empty() ? "" : ", " + words));
        return;
    }
    group_.expel(node, more_);
}

void FenceDomain::Impl::settle(NodeId node, SettledHow how, NodeId by, const std::string& words,
                               AdmissionNumber up_to_if_life_unknown)
{
    settle_acknowledged(settle_one(node, how, by, words, up_to_if_life_unknown));
}

/// Returns whose acknowledgement waited for a round that is over with this.
std::vector<NodeId> FenceDomain::Impl::settle_one(NodeId node, SettledHow how, NodeId by,
                                                  const std::string& words,
                                                  AdmissionNumber up_to_if_life_unknown)
{
    VictimRecord* victim = find_victim(state_, node);
    HA_ASSERT(victim != nullptr);
    if (victim->life.empty()) {
        victim->admission = std::max(victim->admission, up_to_if_life_unknown);
    }
    decided(Decision::victim_settled, node,
            name(node) + " is settled: " + std::string(to_string(how)) + " by " + name(by) +
                (words.empty() ? "" : ", " + words));
    std::vector<NodeId> waited = settle_victim(state_, node, how, by, words);
    forget_clocks_of(node);
    if (how == SettledHow::member && model() != nullptr) {
        clocks_.restart_waiting(model()->fence_daemon.post_join_delay, now_);
    }
    return waited;
}

/// A member whose fenced died is back in a new node life: its old one is over.
void FenceDomain::Impl::settle_pending(const protocol::PendingRecord& pending, NodeId by)
{
    const protocol::PendingRecord gone = pending;
    erase_pending(state_, gone.node);
    grace_ends_.erase(gone.node);
    decided(Decision::victim_settled, gone.node, name(gone.node) + " is back in a new life");
    group_.bar(gone.node, gone.life.node);
    const std::vector<NodeId> waited =
        record_settled(state_, {gone.node, gone.life.node, gone.admission, SettledHow::member, by,
                                "it is back in a new life"});
    forget_clocks_of(gone.node);
    settle_acknowledged(waited);
}

/// A settled node's clocks, and those of rounds that are over with it.
void FenceDomain::Impl::forget_clocks_of(NodeId node)
{
    clocks_.remove(node);
    settled_at_[node] = now_;
    returning_since_.erase(node);
    std::erase_if(round_silent_, [this](const auto& entry) {
        return std::none_of(state_.rounds.begin(), state_.rounds.end(),
                            [&](const RoundRecord& round) { return round.round == entry.first; });
    });
}

/// Settles each of these victims that a person acknowledged and no round runs against (one of an
/// acknowledged fencer is over with it); settling one may end the wait of another.
void FenceDomain::Impl::settle_acknowledged(std::vector<NodeId> nodes)
{
    while (!nodes.empty()) {
        const NodeId node = nodes.front();
        nodes.erase(nodes.begin());
        const VictimRecord* victim = find_victim(state_, node);
        const RoundRecord* round = find_round(state_, node);
        const VictimRecord* fencer = round == nullptr ? nullptr : find_victim(state_, round->by);
        const bool is_fenced_still =
            round != nullptr && (fencer == nullptr || !fencer->acknowledged);
        if (victim != nullptr && victim->acknowledged && !is_fenced_still) {
            const std::vector<NodeId> waited =
                settle_one(node, SettledHow::overridden, NodeId{}, victim->acknowledged_words,
                           group_.last_admission());
            nodes.insert(nodes.end(), waited.begin(), waited.end());
        }
    }
}

// ------------------------------------------------------ rounds

std::string FenceDomain::Impl::why_void(const protocol::FenceStarted& message) const
{
    const VictimRecord* victim = find_victim(state_, message.victim);
    if (victim == nullptr || victim->life != message.life) {
        return "that life is no victim any more";
    }
    const bool is_open = find_round(state_, message.victim) != nullptr;
    if (is_open && !config_.knobs.mutant_two_fencers) {
        return "another round is open";
    }
    if (victim->acknowledged || has_open_external(state_, message.victim)) {
        return "a person took it over";
    }
    return "";
}

void FenceDomain::Impl::apply(const view::Member& sender, const protocol::FenceStarted& message,
                              std::uint64_t ticket)
{
    const bool is_own = sender.node == config_.self;
    if (is_own) {
        proposed_rounds_.erase(message.victim);
    }
    if (const std::string reason = why_void(message); !reason.empty()) {
        decided(Decision::fence_void, message.victim,
                "round of " + name(sender.node) + " against " + name(message.victim) +
                    " is void: " + reason);
        return;
    }
    std::erase_if(state_.rounds,
                  [&](const RoundRecord& round) { return round.victim == message.victim; });
    RoundRecord round;
    round.round = ++state_.last_round;
    round.victim = message.victim;
    round.life = message.life;
    round.admission = group_.last_admission();
    round.by = sender.node;
    round.by_life = sender.life.node;
    round.method = message.method;
    round.deadline = message.deadline;
    state_.rounds.push_back(round);
    round_silent_[round.round] = now_ + message.deadline + config_.knobs.silence_after_deadline;
    group_.set_ripe();
    if (!is_own) {
        decided(Decision::fence_deferred, message.victim,
                "fencing deferred to " + name(sender.node));
        return;
    }
    OwnRound own;
    own.ticket = ticket;
    own.victim = message.victim;
    own.life = message.life;
    own_rounds_[round.round] = own;
    if (ticket == 0) {
        // Replayed on a snapshot: the barrier that would have confirmed it went with our state.
        report_round(round.round, RoundOutcome::unknown, "", "not begun: not confirmed", {});
    }
}

void FenceDomain::Impl::apply(const view::Member& sender, const protocol::FenceFinished& message)
{
    const auto found =
        std::find_if(state_.rounds.begin(), state_.rounds.end(), [&](const RoundRecord& round) {
            return round.round == message.round && round.victim == message.victim;
        });
    if (sender.node == config_.self) {
        own_rounds_.erase(message.round);
    }
    if (found == state_.rounds.end() || found->by != sender.node) {
        decided(Decision::void_message, message.victim, "result of a round that is not open");
        return;
    }
    const RoundRecord round = *found;
    state_.rounds.erase(found);
    round_silent_.erase(round.round);
    VictimRecord* victim = find_victim(state_, message.victim);
    const bool counts =
        victim != nullptr && (victim->life == round.life || config_.knobs.mutant_settle_any_life);
    if (!counts) {
        decided(Decision::fence_void, message.victim,
                "result for a life of " + name(message.victim) + " that is no victim any more");
        return;
    }
    const bool settles =
        message.outcome == RoundOutcome::fenced || message.outcome == RoundOutcome::is_off ||
        (message.outcome == RoundOutcome::failed && config_.knobs.mutant_settle_on_failed_agent);
    if (settles) {
        const bool was_off = message.outcome == RoundOutcome::is_off;
        settle(message.victim, was_off ? SettledHow::status : SettledHow::agent, sender.node,
               message.words, round.admission);
        return;
    }
    if (message.outcome == RoundOutcome::failed) {
        ++victim->rounds;
        victim->last_words = message.words;
        const Duration pause =
            model() == nullptr
                ? config_.knobs.back_off_max
                : back_off(model()->fence_daemon, config_.knobs.back_off_max, victim->rounds);
        clocks_.pause(message.victim, pause, now_);
        decided(Decision::fence_failed, message.victim,
                "fence " + name(message.victim) + " failed: " + message.words);
    } else {
        clocks_.pause(message.victim, std::chrono::seconds{1}, now_);
    }
    settle_acknowledged({message.victim});
}

// ------------------------------------------------------ people

void FenceDomain::Impl::apply(const view::Member&, const protocol::VictimAcknowledged& message)
{
    VictimRecord* victim = find_victim(state_, message.node);
    if (victim == nullptr || victim->life != message.life) {
        decided(Decision::void_message, message.node, "acknowledged in a life that is no victim");
        return;
    }
    victim->acknowledged = true;
    victim->acknowledged_words = message.words;
    const RoundRecord* round = find_round(state_, message.node);
    const auto own = round == nullptr ? own_rounds_.end() : own_rounds_.find(round->round);
    if (own != own_rounds_.end()) {
        end_round(own->first, own->second, "a person acknowledged " + name(message.node));
    } else {
        settle_acknowledged({message.node});
    }
}

void FenceDomain::Impl::apply(const view::Member& sender, const protocol::ExternalStarted& message)
{
    if (!is_configured(message.node)) {
        decided(Decision::void_message, message.node,
                "fence_node against " + name(message.node) + ", which is not in the configuration");
        return;
    }
    if (config_.knobs.mutant_ignore_fence_node) {
        return;
    }
    std::erase_if(state_.externals, [&](const auto& external) {
        return external.node == message.node && !external.is_open;  // two may run on one node
    });
    const AdmissionNumber covers = std::min(message.covers, group_.last_admission());
    state_.externals.push_back({message.node, sender.node, sender.life.node, covers, false, true});
    decided(Decision::external_seen, message.node,
            "fence_node runs against " + name(message.node) + " on " + name(sender.node));
}

void FenceDomain::Impl::apply(const view::Member& sender, const protocol::ExternalFinished& message)
{
    const auto found =
        std::find_if(state_.externals.begin(), state_.externals.end(), [&](const auto& external) {
            return external.node == message.node && external.by == sender.node && external.is_open;
        });
    if (found == state_.externals.end()) {
        decided(Decision::void_message, message.node, "end of a fence_node that is not known");
        return;
    }
    found->is_open = false;
    found->succeeded = message.succeeded;
    const AdmissionNumber covered = found->admission;
    const VictimRecord* victim = find_victim(state_, message.node);
    const bool covers =
        victim != nullptr &&
        (victim->life.empty() || (victim->admission.value != 0 && victim->admission <= covered));
    if (message.succeeded && covers && find_round(state_, message.node) == nullptr) {
        settle(message.node, SettledHow::external, sender.node, "fence_node succeeded", covered);
    }
}

void FenceDomain::Impl::apply(const view::Member& sender, const protocol::GroupNoted& message)
{
    const protocol::FactGroup group{sender.node, sender.life.node, message.group};
    if (message.joined || message.empty) {
        std::erase(state_.groups, group);
    }
    if (message.joined) {
        state_.groups.push_back(group);
    }
}

void FenceDomain::Impl::apply(const view::Member&, const protocol::DomainCleared&)
{
    if (!state_.cleared) {
        state_.cleared = true;
        group_.set_ripe();
        decided(Decision::domain_clear, NodeId{}, "the fence domain is clear");
    }
}

}  // namespace ha::fence
