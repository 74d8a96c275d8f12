// SPDX-License-Identifier: Apache-2.0
// What this node decides to propose. Nothing here changes replicated state.
#include <algorithm>
#include <utility>

#include "fenced/core/domain_impl.hpp"

namespace ha::fence {

using protocol::FenceCause;
using protocol::VictimRecord;

void FenceDomain::Impl::decide()
{
    decide_own_cman();
    if (group_.is_admitted()) {
        name_overdue();
        decide_strangers();
        decide_reset();
        decide_leave();
    }
    if (group_.is_admitted() && !dead_) {
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

// ------------------------------------------ naming the overdue

/// A node without its cmand can neither be told of a configuration nor leave the cluster; it names
/// itself, as long as the others can fence it and go on without it (DESIGN 5, "cmand dies").
void FenceDomain::Impl::decide_own_cman()
{
    if (!cman_due_) {
        return;
    }
    const bool is_over = *cman_due_ <= now_;
    if (is_over) {
        cman_due_ = now_ + config_.knobs.cman_grace;
    }
    want(*cman_due_);
    if (!is_over || !in_domain_ || !is_quorate() || is_owed_naming(config_.self)) {
        return;
    }
    if (!group_.has_quorum_without(config_.self)) {
        decided(Decision::cman_away, config_.self,
                "cmand of this node did not come back; this node stays, as the others have no "
                "quorum without it");
        return;
    }
    decided(Decision::cman_away, config_.self,
            "cmand of this node did not come back: the fence of this node is demanded");
    owe(protocol::VictimNamed{config_.self, config_.life.node, FenceCause::cman, ""});
}

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

// ----------------------------------------------------- fencing

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
    give_up_unconfirmed_rounds();
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
        has_open_external(state_, node) || proposed_rounds_.contains(node) || !has_methods(node) ||
        leftover_agents_.contains(node)) {
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

}  // namespace ha::fence
