// SPDX-License-Identifier: Apache-2.0
// What this node decides to propose, and its own rounds. Nothing here changes replicated state.
#include <algorithm>
#include <utility>

#include "fenced/core/domain_impl.hpp"

namespace ha::fence {

using protocol::FenceCause;
using protocol::RoundOutcome;
using protocol::VictimRecord;

void FenceDomain::Impl::decide()
{
    if (group_.is_admitted()) {
        name_overdue();
        decide_strangers();
        decide_reset();
        decide_leave();
    }
    if (group_.is_admitted()) {
        decide_fencing();
        decide_clear();
        pay();
    }
    decide_override();
}

void FenceDomain::Impl::want(TimePoint when)
{
    wake_at_ = wake_at_ ? std::min(*wake_at_, when) : when;
}

bool FenceDomain::Impl::is_quorate() const
{
    return group_.is_settled() && group_.view().quorate && has_quorum_;
}

// -------------------------------------------------------------------------------- naming the
// overdue

/// Grace that is over, and fencers that went silent: the lowest other member names them.
void FenceDomain::Impl::name_overdue()
{
    const auto is_mine_to_name = [this](NodeId accused) {
        for (const auto& [node, member] : group_.admitted()) {
            if (node != accused) {
                return node == config_.self && !is_owed_naming(accused);
            }
        }
        return false;
    };
    for (const protocol::PendingRecord& pending : state_.pending) {
        const auto ends = grace_ends_.find(pending.node);
        const bool is_over = ends == grace_ends_.end() || ends->second <= now_;
        const bool left_ring = !ring_.empty() && !ring_.contains(pending.node);
        if (!is_over && !left_ring) {
            want(ends->second);
        } else if (is_mine_to_name(pending.node)) {
            owe(protocol::VictimNamed{pending.node, pending.life.node,
                                      left_ring ? FenceCause::node_down : FenceCause::process_down,
                                      left_ring ? "" : "its fenced did not return in time"});
        }
    }
    for (const protocol::RoundRecord& round : state_.rounds) {
        const auto silent = round_silent_.find(round.round);
        const auto fencer = group_.admitted().find(round.by);
        if (silent == round_silent_.end() || fencer == group_.admitted().end() ||
            round.by == config_.self) {
            continue;
        }
        if (silent->second > now_) {
            want(silent->second);
        } else if (is_mine_to_name(round.by)) {
            owe(protocol::VictimNamed{round.by, fencer->second.life.node, FenceCause::silent,
                                      "its fence round is overdue and it says nothing"});
        }
    }
}

// ----------------------------------------------------------------------------------- fencing

bool FenceDomain::Impl::may_fence() const
{
    const DomainKnobs& knobs = config_.knobs;
    if (dead_ || leaving_ || !group_.is_settled() ||
        (!is_quorate() && !knobs.mutant_fence_while_inquorate)) {
        return false;
    }
    if (group_.view().lowest() != config_.self && !knobs.mutant_two_fencers) {
        return false;
    }
    return std::none_of(state_.pending.begin(), state_.pending.end(),
                        [](const auto& pending) { return pending.from_copy; });
}

bool FenceDomain::Impl::has_methods(NodeId node) const
{
    const model::ClusterModel* active = model();
    const model::Node* found = active != nullptr ? active->node(node) : nullptr;
    return found != nullptr &&
           !plan_operation(OperationKind::fence, *found, config_.knobs.limits).methods.empty();
}

/// A device that says "off" saves a shot. Not worth the time for a member that was alive a moment
/// ago.
bool FenceDomain::Impl::ask_first(const VictimRecord& victim) const
{
    const VictimClocks::Clock* clock = clocks_.find(victim.node);
    return victim.rounds > 0 || victim.life.empty() || (clock != nullptr && clock->was_delayed);
}

void FenceDomain::Impl::decide_fencing()
{
    if (is_quorate() && model() != nullptr) {
        const Duration delay = first_delay(model()->fence_daemon, joined_or_gained_);
        const bool is_post_join = joined_or_gained_;
        joined_or_gained_ = false;
        for (const VictimRecord& victim : state_.victims) {
            if (clocks_.arm(victim.node, delay, now_) && delay != Duration{0}) {
                decided(Decision::fence_delayed, victim.node,
                        name(victim.node) + (is_post_join ? " waits for post_join_delay"
                                                          : " waits for post_fail_delay"));
            }
        }
    }
    for (auto& [round, own] : own_rounds_) {
        if (own.stage == OwnRound::Stage::ready) {
            run_round(round, own);
        }
    }
    if (!may_fence()) {
        return;
    }
    for (const VictimRecord& victim : state_.victims) {
        consider_round(victim);
    }
}

void FenceDomain::Impl::consider_round(const VictimRecord& victim)
{
    const NodeId node = victim.node;
    const auto* round = find_round(state_, node);
    const bool is_taken =
        round != nullptr && (!config_.knobs.mutant_two_fencers || round->by == config_.self);
    if (is_taken || victim.acknowledged || victim.cause == FenceCause::clean_start ||
        has_open_external(state_, node) || proposed_rounds_.contains(node) || !has_methods(node)) {
        return;
    }
    const VictimClocks::Clock* clock = clocks_.find(node);
    if (!clocks_.is_due(node, now_)) {
        if (clock != nullptr && clock->due) {
            want(*clock->due);
        }
        return;
    }
    const auto stranger = strangers_.find(node);
    const bool speaks_as_victim = stranger != strangers_.end() && stranger->second.barred;
    if (group_.present().contains(node) && !speaks_as_victim && !group_.admitted().contains(node)) {
        // Its node is back and may be admitted in a new life any moment.
        const TimePoint since = returning_since_.try_emplace(node, now_).first->second;
        if (now_ < since + config_.knobs.return_patience) {
            want(since + config_.knobs.return_patience);
            return;
        }
    }
    if (yields_to(node)) {
        return;
    }
    begin_round(victim);
}

void FenceDomain::Impl::begin_round(const VictimRecord& victim)
{
    const model::Node& node = *model()->node(victim.node);
    const OperationPlan fence = plan_operation(OperationKind::fence, node, config_.knobs.limits);
    Duration deadline = longest_duration(fence);
    if (ask_first(victim)) {
        deadline +=
            longest_duration(plan_operation(OperationKind::query_off, node, config_.knobs.limits));
    }
    std::vector<view::GroupOutput> out;
    proposed_rounds_[victim.node] =
        group_.propose(encode_message(protocol::FenceStarted{victim.node, victim.life,
                                                             fence.methods.front().name, deadline}),
                       true, out);
    handle_outputs(std::move(out));
}

// --------------------------------------------------------------------------------------- own
// rounds

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
        case OwnRound::Stage::reported:
            break;
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
    for (const protocol::RoundRecord& round : state_.rounds) {
        const bool is_mine = round.by == config_.self && round.by_life == config_.life.node;
        if (is_mine && !own_rounds_.contains(round.round)) {
            OwnRound lost;
            lost.victim = round.victim;
            lost.life = round.life;
            own_rounds_[round.round] = lost;
            report_round(round.round, RoundOutcome::unknown, round.method,
                         "its result was lost with its parent", {});
        }
    }
}

// ------------------------------------------------------------------------- clear, strangers,
// leaving

/// Rule S10, as far as the fence domain decides it; "" means clear.
std::string FenceDomain::Impl::why_not_clear() const
{
    if (!in_domain_) {
        return dead_ ? death_reason_ : "this node is not in the fence domain";
    }
    if (!group_.is_admitted() || !state_.formed) {
        return "waiting to become a member of the fence domain";
    }
    if (!group_.is_settled()) {
        return "a membership change is under way";
    }
    if (!is_quorate()) {
        return "this partition has no quorum";
    }
    if (group_.view().has_majority || config_.knobs.mutant_clear_with_victims) {
        return "";
    }
    if (!state_.victims.empty()) {
        return awaited(state_.victims.front());
    }
    if (!state_.pending.empty()) {
        // Across a split that only one side has seen, both would find the other pending, not lost.
        return "fenced of " + name(state_.pending.front().node) + " is gone and may return";
    }
    return "";
}

void FenceDomain::Impl::decide_clear()
{
    const bool is_owed = std::any_of(owed_.begin(), owed_.end(), [](const Owed& owed) {
        return std::holds_alternative<protocol::DomainCleared>(owed.message);
    });
    if (!state_.cleared && !is_owed && group_.is_settled() &&
        group_.view().lowest() == config_.self && why_not_clear().empty()) {
        owe(protocol::DomainCleared{});
    }
}

/// A quorate side names strangers, and tells victims that speak again to die.
void FenceDomain::Impl::decide_strangers()
{
    if (!is_quorate() || group_.view().lowest() != config_.self) {
        return;
    }
    for (auto& [node, stranger] : strangers_) {
        const VictimRecord* victim = find_victim(state_, node);
        const bool is_named = victim != nullptr && victim->life == stranger.life.node;
        if (!is_named) {
            if (!is_owed_naming(node) && !group_.admitted().contains(node)) {
                owe(protocol::VictimNamed{node, stranger.life.node, FenceCause::returned,
                                          stranger.barred ? "a life that was over speaks again"
                                                          : "it is a member of another domain"});
            }
            continue;
        }
        const VictimClocks::Clock* clock = clocks_.find(node);
        const bool quorum_is_older =
            victim->cause == FenceCause::startup || victim->cause == FenceCause::returned ||
            (clock != nullptr && quorate_since_ && *quorate_since_ <= clock->since);
        if (stranger.was_told || !quorum_is_older || yields_to(node)) {
            continue;
        }
        stranger.was_told = true;
        const std::string reason = name(node) + " is a victim of the fence domain in this life";
        std::vector<view::GroupOutput> out;
        group_.tell_to_die(node, stranger.life.node, reason, out);
        handle_outputs(std::move(out));
        actions_.push_back(KillNode{node, reason});
    }
}

/// Without quorum, and members of other domains, or victims of ours, are here: nobody may go on as
/// he was.
void FenceDomain::Impl::decide_reset()
{
    if (!group_.is_settled()) {
        return;
    }
    wants_reset_ = !group_.view().quorate && !strangers_.empty();
    if (!wants_reset_ || !open_groups_.empty() || started_over_ || !own_rounds_.empty()) {
        return;
    }
    started_over_ = true;
    decided(Decision::domain_reset, config_.self,
            "quorum was lost, everything is proven stopped, and nodes of another side are here");
    make_reset_copy();
    save();
    actions_.push_back(StartOver{"reset after loss of quorum"});
}

/// Only victims and proofs stay; of the victims, those who are here when a domain forms are
/// forgotten then.
void FenceDomain::Impl::make_reset_copy()
{
    protocol::FenceState reset;
    reset.last_round = kept_.state.last_round;
    reset.victims = kept_.state.victims;
    reset.settled = kept_.state.settled;
    reset.clean = kept_.state.clean;
    kept_.state = std::move(reset);
    kept_.members.clear();
    kept_.reset = true;
    group_.set_report(protocol::encode(make_copy()));
}

void FenceDomain::Impl::decide_leave()
{
    if (!leaving_ || goodbye_said_) {
        return;
    }
    if (!own_rounds_.empty()) {
        end_own_rounds("this node leaves the fence domain");
        return;
    }
    if (owed_.empty()) {
        goodbye_said_ = true;
        std::vector<view::GroupOutput> out;
        group_.say_goodbye(true, out);
        handle_outputs(std::move(out));
    }
}

void FenceDomain::Impl::decide_override()
{
    std::set<NodeId> awaited_people;
    for (const VictimRecord& victim : state_.victims) {
        if (victim.rounds > 0 || victim.cause == FenceCause::clean_start ||
            !has_methods(victim.node)) {
            awaited_people.insert(victim.node);
        }
    }
    if (awaited_people == override_open_for_) {
        return;
    }
    override_open_for_ = awaited_people;
    if (awaited_people.empty()) {
        actions_.push_back(CloseOverride{});
    } else {
        actions_.push_back(
            OpenOverride{std::vector<NodeId>(awaited_people.begin(), awaited_people.end())});
    }
}

}  // namespace ha::fence
