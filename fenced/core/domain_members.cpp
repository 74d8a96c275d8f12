// SPDX-License-Identifier: Apache-2.0
// What Group says: views, members that come and go, strangers, snapshots, forming.
#include <algorithm>
#include <utility>

#include "fenced/core/domain_impl.hpp"

namespace ha::fence {

using protocol::FenceCause;
using protocol::FenceCopy;
using protocol::SettledHow;
using protocol::VictimRecord;

void FenceDomain::Impl::handle(const view::Send& output)
{
    actions_.push_back(SendFrame{output.bytes});
}

// ------------------------------------------------------- views

void FenceDomain::Impl::handle(const view::ViewSettled& output)
{
    if (!output.view.quorate) {
        quorate_since_.reset();
        clocks_.disarm_all();
        if (!config_.knobs.mutant_fence_while_inquorate) {
            end_own_rounds("this partition lost quorum");
        }
        return;
    }
    if (!quorate_since_) {
        quorate_since_ = now_;
        joined_or_gained_ = true;
    }
}

void FenceDomain::Impl::handle(const view::ViewUnsettled&)
{}

// ----------------------------------------------------- members

void FenceDomain::Impl::handle(const view::MemberLost& output)
{
    const view::Member& member = output.member;
    if (member.node == config_.self) {
        if (output.goodbye) {
            reply(leave_request_, true, "");
            decided(Decision::domain_left, config_.self, "it said goodbye");
            leave_domain();
            in_domain_ = std::exchange(wants_back_, false);  // joins when the leave is delivered
        }
        return;
    }
    if (output.goodbye && output.goodbye_empty) {
        std::erase_if(state_.groups, [&](const auto& group) { return group.node == member.node; });
        end_externals_by(state_, member.node);
        erase_clean(state_, member.node);
        state_.clean.push_back({member.node, member.life.node});
        decided(Decision::member_lost, member.node, name(member.node) + " left in good order");
        return;
    }
    if (output.goodbye) {
        name_victim(member.node, member.life.node, member.admission, FenceCause::partial_leave,
                    "it said goodbye while it still owned something");
        return;
    }
    if (output.reason == view::LeaveReason::node_down) {
        if (config_.knobs.mutant_forget_victim_of_lost_fencer) {
            std::erase_if(state_.victims, [&](const VictimRecord& victim) {
                const auto* round = find_round(state_, victim.node);
                return round != nullptr && round->by == member.node;
            });
        }
        if (config_.knobs.mutant_successor_does_not_wait) {
            std::erase_if(state_.rounds,
                          [&](const auto& round) { return round.by == member.node; });
        }
        name_victim(member.node, member.life.node, member.admission, FenceCause::node_down, "");
        return;
    }
    put_aside(output);
}

/// Its fenced is gone, its node is not: it may come back within restart_grace.
void FenceDomain::Impl::put_aside(const view::MemberLost& lost)
{
    const view::Member& member = lost.member;
    erase_pending(state_, member.node);
    state_.pending.push_back({member.node, member.life, member.admission, false, {}});
    const Duration grace =
        model() != nullptr ? Duration{model()->fence_daemon.restart_grace} : Duration{0};
    grace_ends_[member.node] = now_ + grace;
    decided(Decision::member_pending, member.node,
            "fenced of " + name(member.node) + " is gone; it may return within the grace");
}

void FenceDomain::Impl::handle(const view::MemberAdmitted& output)
{
    const view::Member& member = output.member;
    const FenceCopy copy = read_copy(output.report, member.life.node);
    joined_or_gained_ = true;
    if (member.node == config_.self) {
        wants_reset_ = false;
        // A goodbye that was void in the former ring is said again by the group: who wants back
        // does so after it.
        decided(Decision::domain_joined, config_.self,
                "admission " + std::to_string(member.admission.value));
        for (const std::string& group : open_groups_) {
            note_group({group, true, false});
        }
        report_lost_rounds();
    } else {
        decided(Decision::member_admitted, member.node,
                "admission " + std::to_string(member.admission.value));
    }
    // Its goodbye was delivered, but a ring came before it knew: it asks with the state of a
    // member.
    const bool has_left = left_clean(state_, member.node, member.life.node);
    erase_clean(state_, member.node);
    const protocol::PendingRecord* pending = find_pending(state_, member.node);
    const bool returned = pending != nullptr && pending->life.node == member.life.node;
    if (returned) {
        erase_pending(state_, member.node);
        grace_ends_.erase(member.node);
    } else if (pending != nullptr) {
        settle_pending(*pending, member.node);
    }
    settle_acknowledged(end_work_of_former_lives(state_, member.node, member.life.node));
    // Whoever told a former fenced there of a fence_node has no connection to this one.
    end_externals_by(state_, member.node);
    const bool is_known = returned || has_left || is_forming_;
    if (is_continuing(copy) && !is_known) {
        // It was a member of a domain that this one knows nothing of, in this very life, and did
        // not reset.
        keep_rounds_of(member, copy);
        name_victim(member.node, member.life.node, member.admission, FenceCause::returned,
                    "it runs on from a domain of before");
        return;
    }
    const VictimRecord* victim = find_victim(state_, member.node);
    if (victim != nullptr &&
        (victim->life != member.life.node || config_.knobs.mutant_same_life_returns)) {
        settle(member.node, SettledHow::member, member.node, "it is back in a new life",
               AdmissionNumber{member.admission.value - 1});
    }
    admit_victims_known_to(copy);
}

/// Agents of a node that runs on from another domain may fence still: nobody else begins with their
/// victims before it is settled (S6).
void FenceDomain::Impl::keep_rounds_of(const view::Member& member, const FenceCopy& copy)
{
    for (protocol::RoundRecord round : copy.state.rounds) {
        const bool is_its = round.by == member.node && round.by_life == member.life.node;
        const bool shoots_its_fencer =
            std::any_of(state_.rounds.begin(), state_.rounds.end(), [&](const auto& open) {
                return open.victim == member.node && open.by == round.victim;
            });
        if (is_its && is_configured(round.victim) && !shoots_its_fencer) {
            round.round = ++state_.last_round;
            state_.rounds.push_back(std::move(round));
        }
    }
}

/// A node that reset forgot its domain, but not the victims of it that are not here.
void FenceDomain::Impl::admit_victims_known_to(const FenceCopy& copy)
{
    if (!copy.reset || is_forming_) {
        return;
    }
    for (const VictimRecord& victim : copy.state.victims) {
        const bool is_known = group_.present().contains(victim.node) ||
                              find_victim(state_, victim.node) != nullptr ||
                              find_pending(state_, victim.node) != nullptr ||
                              is_settled_life(state_, victim.node, victim.life) ||
                              left_clean(state_, victim.node, victim.life);
        if (!victim.life.empty() && !is_known) {
            name_victim(victim.node, victim.life, victim.admission, victim.cause, victim.words);
        }
    }
}

void FenceDomain::Impl::handle(const view::MemberSilent& output)
{
    if (!is_owed_naming(output.member.node)) {
        owe(protocol::VictimNamed{output.member.node, output.member.life.node, FenceCause::silent,
                                  "it did not announce itself in the new view"});
    }
}

/// Somebody present is no member of ours: a victim or a settled life that speaks again, or another
/// domain.
void FenceDomain::Impl::handle(const view::StrangerSeen& output)
{
    Stranger& stranger = strangers_[output.node];
    if (stranger.life != output.life) {
        stranger = Stranger{output.life, output.barred, now_, false};
        decided(Decision::stranger_seen, output.node,
                output.barred
                    ? name(output.node) + " speaks again in a life that is a victim's or over"
                    : name(output.node) + " is a member of another fence domain");
    }
    stranger.barred = output.barred;
}

// ------------------------------------------------ other frames

void FenceDomain::Impl::handle(const view::Delivered& output)
{
    Result<GroupMessage> message = decode_message(output.payload);
    if (!message) {
        refuse_sender(output.sender, message.error().text);
        return;
    }
    if (output.sender.node == config_.self && output.ticket != 0) {
        for (const Owed& owed : owed_) {
            if (owed.ticket == output.ticket) {
                reply(owed.request, true, "");
            }
        }
        std::erase_if(owed_, [&](const Owed& owed) { return owed.ticket == output.ticket; });
    }
    if (const auto* started = std::get_if<protocol::FenceStarted>(&*message)) {
        apply(output.sender, *started, output.ticket);
        return;
    }
    std::visit(
        [&](const auto& alternative) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(alternative)>,
                                          protocol::FenceStarted>) {
                apply(output.sender, alternative);
            }
        },
        *message);
}

void FenceDomain::Impl::handle(const view::Voided& output)
{
    std::erase_if(owed_, [&](const Owed& owed) {
        return owed.ticket == output.ticket && names_itself(owed.message);  // who else is here now?
    });
    for (Owed& owed : owed_) {
        if (owed.ticket == output.ticket) {
            owed.ticket.reset();
        }
    }
    std::erase_if(proposed_rounds_,
                  [&](const auto& entry) { return entry.second == output.ticket; });
}

void FenceDomain::Impl::handle(const view::Confirmed& output)
{
    for (auto& [round, own] : own_rounds_) {
        if (own.ticket == output.ticket && own.stage == OwnRound::Stage::unconfirmed) {
            act_on_confirmed(round, own);
            return;
        }
    }
}

/// What this node cannot read, the sender and others may act on: it cannot stay (DESIGN 2).
void FenceDomain::Impl::refuse_sender(const view::Member& sender, const std::string& what)
{
    decided(Decision::void_message, sender.node, what);
    group_.refuse(sender.node, more_);
    if (sender.node != config_.self && !is_owed_naming(sender.node)) {
        owe(protocol::VictimNamed{sender.node, sender.life.node, FenceCause::demanded,
                                  "it sent what this release does not know: " + what});
    }
}

void FenceDomain::Impl::handle(const view::ForeignFrame& output)
{
    refuse_sender(output.sender, output.reason);
}

void FenceDomain::Impl::handle(const view::GarbageSeen& output)
{
    decided(Decision::void_message, output.sender, output.reason);
}

// ----------------------------------------- joining and forming

void FenceDomain::Impl::handle(const view::SnapshotWanted&)
{
    group_.give_snapshot(protocol::encode(state_on_the_wire()), more_);
}

void FenceDomain::Impl::handle(const view::LoadSnapshot& output)
{
    Result<protocol::FenceState> state = protocol::decode<protocol::FenceState>(output.state);
    if (!state) {
        decided(Decision::refused, config_.self,
                "the snapshot cannot be read: " + state.error().text);
        leave_domain();
        return;
    }
    forget_domain();
    state_ = std::move(*state);
    start_clocks();
    // Own proposals that the snapshot does not know of were never seen by the others.
    nothing_is_on_its_way();
    report_lost_rounds();
}

void FenceDomain::Impl::handle(const view::FormTable& output)
{
    std::vector<Joiner> joiners;
    for (const auto& joiner : output.joiners) {
        joiners.push_back({joiner.node, joiner.life, read_copy(joiner.report, joiner.life.node)});
    }
    forget_domain();
    HA_ASSERT(model() != nullptr);
    Formed formed = form_state(joiners, *model());
    state_ = std::move(formed.state);
    for (VictimRecord& victim : state_.victims) {
        victim.waits = VictimClocks::not_armed;
    }
    for (protocol::PendingRecord& pending : state_.pending) {
        pending.waits = model()->fence_daemon.restart_grace;
    }
    for (const VictimRecord& victim : state_.victims) {
        if (!victim.life.empty()) {
            group_.bar(victim.node, victim.life);
        }
    }
    for (const auto& settled : state_.settled) {
        if (!settled.life.empty()) {
            group_.bar(settled.node, settled.life);
        }
    }
    if (state_.cleared || !state_.rounds.empty()) {
        group_.set_ripe();
    }
    start_clocks();
    is_forming_ = true;
    joined_or_gained_ = true;
    decided(Decision::domain_formed, config_.self,
            std::string(formed.continues ? "continued" : "new") + " with " +
                std::to_string(joiners.size()) + " nodes, " +
                std::to_string(state_.victims.size()) + " victims");
    if (formed.barred.contains(config_.self)) {
        die("the other nodes know this node life as a victim, or as settled");
    }
}

/// Local clocks over a state that was just taken over; what was left of them came with it.
void FenceDomain::Impl::start_clocks()
{
    clocks_.clear();
    grace_ends_.clear();
    round_silent_.clear();
    for (VictimRecord& victim : state_.victims) {
        clocks_.restore(victim.node, victim.waits, now_);
        victim.waits = {};
    }
    for (protocol::PendingRecord& pending : state_.pending) {
        grace_ends_[pending.node] = now_ + pending.waits;
        pending.waits = {};
    }
    for (const auto& round : state_.rounds) {
        round_silent_[round.round] = now_ + round.deadline + config_.knobs.silence_after_deadline;
    }
}

void FenceDomain::Impl::handle(const view::TableDropped&)
{
    decided(Decision::domain_left, config_.self,
            "another domain is senior and nothing was acted on here: joining that one");
    forget_domain();
    kept_.state = {};
    kept_.members.clear();
    lost_own_membership();
}

void FenceDomain::Impl::handle(const view::Refused& output)
{
    decided(Decision::refused, config_.self, output.reason);
    death_reason_ = output.reason;
    leave_domain();
}

void FenceDomain::Impl::handle(const view::ToldToDie& output)
{
    die("told to die by " + name(output.from) + ": " + output.reason);
}

/// Replicated state becomes nothing; what this node itself runs and owes stays.
void FenceDomain::Impl::forget_domain()
{
    state_ = {};
    clocks_.clear();
    grace_ends_.clear();
    round_silent_.clear();
    returning_since_.clear();
    proposed_rounds_.clear();
    is_forming_ = false;
}

/// What this node owes is said again, but for what was about the members of that moment; a
/// fence_node that began beside others proves nothing about those that are met next.
void FenceDomain::Impl::nothing_is_on_its_way()
{
    std::erase_if(owed_,
                  [](const Owed& owed) { return owed.ticket && names_itself(owed.message); });
    for (Owed& owed : owed_) {
        owed.ticket.reset();
        if (auto* external = std::get_if<protocol::ExternalStarted>(&owed.message)) {
            external->covers = {};
        }
    }
}

void FenceDomain::Impl::lost_own_membership()
{
    nothing_is_on_its_way();
    quorate_since_.reset();
    end_own_rounds("this node is no member any more");
}

}  // namespace ha::fence
