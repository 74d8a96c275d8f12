// SPDX-License-Identifier: Apache-2.0
// Who may act beside whom: clear (S10), strangers, reset, clean leave, and the FIFO for people.
#include <algorithm>
#include <utility>

#include "fenced/core/domain_impl.hpp"

namespace ha::fence {

using protocol::FenceCause;
using protocol::VictimRecord;

/// Rule S10, as far as the fence domain decides it; "" means clear.
std::string FenceDomain::Impl::why_not_clear() const
{
    if (!in_domain_) {
        return dead_ ? death_reason_ : "this node is not in the fence domain";
    }
    if (!group_.is_admitted() || !state_.formed) {
        const std::set<NodeId> holders = group_.inquorate_holders();
        if (holders.empty()) {
            return "waiting to become a member of the fence domain";
        }
        const std::string node = name(*holders.begin());
        return "waiting to become a member of the fence domain: " + node +
               " is still in one that lost quorum, because not everything is stopped there; "
               "a reset of " +
               node + " ends the wait";
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
            if (!is_owed_naming(node) && !group_.admitted().contains(node) && is_configured(node)) {
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
    if (!wants_reset_) {
        reset_due_.reset();
        return;
    }
    if (!everything_is_stopped()) {
        give_up_when_due();
        return;
    }
    if (started_over_ || !own_rounds_.empty() || !leftover_agents_.empty()) {
        return;
    }
    started_over_ = true;
    decided(Decision::domain_reset, config_.self,
            "quorum was lost, everything is proven stopped, and nodes of another side are here");
    make_reset_copy();
    save();
    actions_.push_back(StartOver{"reset after loss of quorum"});
}

bool FenceDomain::Impl::everything_is_stopped() const
{
    return std::includes(handed_over_.begin(), handed_over_.end(), open_groups_.begin(),
                         open_groups_.end());
}

/// It can neither go on nor reset, and while it stays in the group the others cannot form a domain.
/// Dead, it is absent there: they fence it first (docs/adr/0014).
void FenceDomain::Impl::give_up_when_due()
{
    if (!reset_due_) {
        reset_due_ = now_ + config_.knobs.reset_patience;
    }
    if (now_ < *reset_due_) {
        want(*reset_due_);
        return;
    }
    die("it lost quorum and could not stop everything in time");
}

/// Only victims, proofs and the rounds of victims stay; of the victims, those who are here when a
/// domain forms are forgotten then.
void FenceDomain::Impl::make_reset_copy()
{
    protocol::FenceState reset;
    reset.last_round = kept_.state.last_round;
    reset.victims = kept_.state.victims;
    reset.rounds = kept_.state.rounds;
    std::erase_if(reset.rounds, [&](const protocol::RoundRecord& round) {
        return !is_victim_life(reset, round.by, round.by_life);
    });
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
