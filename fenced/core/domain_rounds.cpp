// SPDX-License-Identifier: Apache-2.0
// Rounds of this node: from the confirmed FenceStarted to the reported result.
#include <algorithm>
#include <utility>

#include "fenced/core/domain_impl.hpp"

namespace ha::fence {

using protocol::RoundOutcome;
using protocol::VictimRecord;

void FenceDomain::Impl::act_on_confirmed(std::uint64_t round, OwnRound& own)
{
    const VictimRecord* victim = find_victim(state_, own.victim);
    if (victim == nullptr || victim->life != own.life || victim->acknowledged) {
        report_round(round, RoundOutcome::unknown, "", "not begun: no victim any more", {});
        return;
    }
    own.stage = OwnRound::Stage::ready;
    if (ask_first(*victim) && is_quorate()) {
        own.stage = OwnRound::Stage::asking;
        actions_.push_back(AskDevices{round, own.victim});
        return;
    }
    run_round(round, own);
}

/// Precondition: confirmed, no agent of this round runs. Waits for a settled view if there is none
/// now.
void FenceDomain::Impl::run_round(std::uint64_t round, OwnRound& own)
{
    const VictimRecord* victim = find_victim(state_, own.victim);
    if (victim == nullptr || victim->life != own.life || victim->acknowledged) {
        report_round(round, RoundOutcome::unknown, "", "no shot: no victim any more", {});
        return;
    }
    const bool is_fenced_by_another = std::any_of(
        state_.rounds.begin(), state_.rounds.end(),
        [&](const auto& open) { return open.victim == own.victim && open.round != round; });
    if (is_fenced_by_another) {  // it came to light while this round asked the devices (S6)
        report_round(round, RoundOutcome::unknown, "", "no shot: another node's agent may run", {});
        return;
    }
    const bool lost_quorum = !has_quorum_ || (group_.is_settled() && !group_.view().quorate);
    if (lost_quorum && !config_.knobs.mutant_fence_while_inquorate) {
        report_round(round, RoundOutcome::unknown, "", "no shot: this partition lost quorum", {});
        return;
    }
    if (!group_.is_settled() || yields_to(own.victim)) {
        return;
    }
    own.stage = OwnRound::Stage::running;
    decided(Decision::fence_started, own.victim, "fencing node " + name(own.victim));
    actions_.push_back(RunRound{round, own.victim, own.life});
    if (ring_.contains(own.victim) && !model()->quorum.two_node) {
        actions_.push_back(KillNode{own.victim, "it is being fenced"});
    }
}

/// A healed two_node split: the higher id holds its fire, so that not both die. Source: spec 1.6.
bool FenceDomain::Impl::yields_to(NodeId victim)
{
    const auto stranger = strangers_.find(victim);
    if (stranger == strangers_.end() || !model()->quorum.two_node || config_.self < victim) {
        return false;
    }
    const TimePoint ends = stranger->second.since + config_.knobs.die_delay;
    if (now_ < ends) {
        want(ends);
        return true;
    }
    return false;
}

void FenceDomain::Impl::on_event(const DevicesAnswered& event)
{
    const auto found = own_rounds_.find(event.round);
    if (found == own_rounds_.end() || found->second.stage != OwnRound::Stage::asking) {
        return;
    }
    OwnRound& own = found->second;
    if (own.is_ending) {
        report_round(event.round, RoundOutcome::unknown, event.method, "ended while asking", {});
    } else if (event.is_off) {
        report_round(event.round, RoundOutcome::is_off, event.method, event.words, {});
    } else {
        own.stage = OwnRound::Stage::ready;  // decide() runs it
    }
}

void FenceDomain::Impl::on_event(const RoundFinished& event)
{
    const auto found = own_rounds_.find(event.round);
    if (found != own_rounds_.end() && found->second.stage == OwnRound::Stage::running) {
        report_round(event.round, event.outcome, event.method, event.words, event.took);
    }
}

/// Only now the lost round is over.
void FenceDomain::Impl::on_event(const LeftoverAgentsGone& event)
{
    leftover_agents_.erase(event.victim);
    for (const auto& [round, own] : own_rounds_) {
        if (own.victim == event.victim && own.stage == OwnRound::Stage::lost) {
            report_round(round, RoundOutcome::unknown, "", "its result was lost with its parent",
                         {});
        }
    }
}

void FenceDomain::Impl::report_round(std::uint64_t round, RoundOutcome outcome,
                                     const std::string& method, const std::string& words,
                                     Duration took)
{
    OwnRound& own = own_rounds_.at(round);
    own.stage = OwnRound::Stage::reported;
    owe(protocol::FenceFinished{own.victim, round, outcome, method, words, took});
}

void FenceDomain::Impl::end_own_rounds(const std::string& reason)
{
    for (auto& [round, own] : own_rounds_) {
        end_round(round, own, reason);
    }
}

void FenceDomain::Impl::end_round(std::uint64_t round, OwnRound& own, const std::string& reason)
{
    switch (own.stage) {
        case OwnRound::Stage::unconfirmed:
        case OwnRound::Stage::ready:
            report_round(round, RoundOutcome::unknown, "", "no shot: " + reason, {});
            break;
        case OwnRound::Stage::asking:
        case OwnRound::Stage::running:
            if (!own.is_ending) {
                own.is_ending = true;
                decided(Decision::fence_ended, own.victim, reason);
                actions_.push_back(EndRound{round, reason});
            }
            break;
        case OwnRound::Stage::lost:
        case OwnRound::Stage::reported:
            break;
    }
}

/// A change or a ring came between FenceStarted and its barrier: all know the round, and it never
/// begins.
void FenceDomain::Impl::give_up_unconfirmed_rounds()
{
    for (const auto& [round, own] : own_rounds_) {
        if (own.stage == OwnRound::Stage::unconfirmed && !group_.awaits_confirmation(own.ticket)) {
            report_round(round, RoundOutcome::unknown, "",
                         "not begun: the members changed before it was confirmed", {});
        }
    }
}

/// The table holds rounds of this node life that no agent of this process runs: a former process
/// began them (its agents are reaped), or they were never confirmed. And it may lack rounds that
/// only we saw begin.
void FenceDomain::Impl::report_lost_rounds()
{
    std::erase_if(own_rounds_, [this](const auto& entry) {
        const auto& [number, own] = entry;
        const auto* open = find_round(state_, own.victim);
        return own.stage == OwnRound::Stage::unconfirmed &&
               (open == nullptr || open->round != number || open->by != config_.self);
    });
    for (const auto& [number, own] : own_rounds_) {
        if (own.stage == OwnRound::Stage::unconfirmed) {
            report_round(number, RoundOutcome::unknown, "", "not begun: not confirmed", {});
        }
    }
    for (const protocol::RoundRecord& round : state_.rounds) {
        const bool is_mine = round.by == config_.self && round.by_life == config_.life.node;
        if (is_mine && !own_rounds_.contains(round.round)) {
            OwnRound lost;
            lost.victim = round.victim;
            lost.life = round.life;
            lost.stage = OwnRound::Stage::lost;
            own_rounds_[round.round] = lost;
            if (leftover_agents_.contains(round.victim)) {
                decided(Decision::fence_ended, round.victim,
                        "a former fenced's agent against " + name(round.victim) +
                            " does not end: no round begins before it is gone");
                continue;
            }
            report_round(round.round, RoundOutcome::unknown, round.method,
                         "its result was lost with its parent", {});
        }
    }
}

}  // namespace ha::fence
