// SPDX-License-Identifier: Apache-2.0
// Construction, the one step, and the events of the shell.
#include "fenced/core/domain.hpp"

#include <algorithm>
#include <utility>

#include "fenced/core/domain_impl.hpp"

namespace ha::fence {

namespace {

view::Group::Config group_config(const FenceDomain::Config& config)
{
    view::Group::Config group;
    group.self = config.self;
    group.life = config.life;
    group.knobs = config.knobs.group;
    if (!config.saved_state.empty()) {
        // Admission numbers outlive a node life: they only ever grow.
        if (const auto copy = protocol::decode<protocol::FenceCopy>(config.saved_state)) {
            group.admission_floor = copy->last_admission;
        }
    }
    return group;
}

}  // namespace

// ------------------------------------------------ construction

FenceDomain::Impl::Impl(Config config) : config_(std::move(config)), group_(group_config(config_))
{
    if (config_.saved_state.empty()) {
        return;
    }
    const Result<protocol::FenceCopy> copy =
        protocol::decode<protocol::FenceCopy>(config_.saved_state);
    if (!copy) {
        // It may have been a member, and must not form a domain of its own: as if told to die.
        why_not_restored_ = "the run-root copy cannot be read: " + copy.error().text;
        dead_ = true;
        death_reason_ = "what fenced knew of this node life cannot be read";
        return;
    }
    if (copy->life != config_.life.node) {
        why_not_restored_ = "the run-root copy is of another node life";
        return;
    }
    dead_ = copy->dead;
    death_reason_ = dead_ ? "this node life was declared dead before fenced was restarted" : "";
    in_domain_ = copy->in_domain && !dead_;
    open_groups_.insert(copy->groups.begin(), copy->groups.end());
    kept_ = *copy;
    must_reset_ = in_domain_ && is_continuing(kept_) && !kept_.quorate;
    if (in_domain_) {
        group_.set_report(config_.saved_state);
    }
}

// ------------------------------------------------ the one step

Step FenceDomain::Impl::on(const Event& event, TimePoint now)
{
    now_ = now;
    actions_.clear();
    wake_at_.reset();
    std::visit([this](const auto& alternative) { on_event(alternative); }, event);
    abandon_group_if_wanted();
    reset_before_joining();
    decide();
    abandon_group_if_wanted();
    publish();
    save();
    if (const auto group_wakes = group_.wake_at()) {
        want(*group_wakes);
    }
    return Step{std::exchange(actions_, {}), wake_at_};
}

/// We left: what is still delivered is not for us.
void FenceDomain::Impl::abandon_group_if_wanted()
{
    if (std::exchange(abandons_group_, false)) {
        handle_outputs(group_.on(view::GroupChanged{}, now_));
        forget_domain();
    }
}

void FenceDomain::Impl::feed(const view::GroupEvent& event)
{
    handle_outputs(group_.on(event, now_));
    while (group_.has_replay()) {
        handle_outputs(group_.replay(now_));
    }
    is_forming_ = false;
}

void FenceDomain::Impl::handle_outputs(std::vector<view::GroupOutput> outputs)
{
    while (!outputs.empty()) {
        more_.clear();
        for (const view::GroupOutput& output : outputs) {
            if (!abandons_group_) {
                std::visit([this](const auto& alternative) { handle(alternative); }, output);
            }
        }
        outputs = std::exchange(more_, {});
    }
}

// ------------------------------------------------------ events

void FenceDomain::Impl::on_event(const Started& event)
{
    leftover_agents_ = event.leftover_agents;
    if (dead_) {
        decided(Decision::node_dead, config_.self, death_reason_);
    } else if (in_domain_) {
        join_group();
    }
}

void FenceDomain::Impl::on_event(const view::GroupEvent& event)
{
    if (const auto* ring = std::get_if<view::RingChanged>(&event)) {
        ring_ = std::set<NodeId>(ring->members.begin(), ring->members.end());
    } else if (const auto* quorum = std::get_if<view::QuorumChanged>(&event)) {
        has_quorum_ = quorum->quorate;
        if (!has_quorum_ && !config_.knobs.mutant_fence_while_inquorate) {
            end_own_rounds("this partition lost quorum");
        }
    } else if (const auto* change = std::get_if<view::GroupChanged>(&event)) {
        const bool is_inside = std::find(change->members.begin(), change->members.end(),
                                         config_.self) != change->members.end();
        if (leave_is_under_way_ && !is_inside) {
            leave_is_under_way_ = false;
            if (in_domain_) {
                join_group();
            }
            return;
        }
        strangers_.clear();
        std::erase_if(returning_since_, [&](const auto& entry) {
            return std::find(change->members.begin(), change->members.end(), entry.first) ==
                   change->members.end();
        });
    }
    const bool is_of_group = std::holds_alternative<view::GroupChanged>(event) ||
                             std::holds_alternative<view::FrameDelivered>(event);
    if (in_group_ || !is_of_group) {
        feed(event);
    }
}

void FenceDomain::Impl::on_event(const JoinRequested& event)
{
    if (dead_) {
        reply(event.request, false, death_reason_ + "; it must boot before it may join again");
        return;
    }
    wants_back_ = goodbye_said_;  // that cannot be taken back: join again once it is done
    leaving_ = false;
    in_domain_ = true;
    join_group();
    reply(event.request, true, "");
}

void FenceDomain::Impl::on_event(const LeaveRequested& event)
{
    if (!in_domain_) {
        reply(event.request, true, "");
        return;
    }
    if (!open_groups_.empty()) {
        reply(event.request, false,
              "group " + *open_groups_.begin() +
                  " of this node did not say that it stopped everything; stop it first");
        return;
    }
    if (!group_.is_admitted()) {
        leave_domain();
        reply(event.request, true, "");
        return;
    }
    leaving_ = true;
    wants_back_ = false;
    leave_request_ = event.request;
}

void FenceDomain::Impl::on_event(const ClusterLost&)
{
    end_own_rounds("corosync is gone");
    has_quorum_ = false;
    in_group_ = false;
    leave_is_under_way_ = false;
    abandons_group_ = true;
}

void FenceDomain::Impl::on_event(const Overslept&)
{
    end_own_rounds("fenced slept longer than the token");
    quorate_since_.reset();
    if (cman_due_) {
        cman_due_ = now_ + config_.knobs.cman_grace;  // it may have come back meanwhile
    }
}

void FenceDomain::Impl::on_event(const ExternalBegan& event)
{
    const AdmissionNumber known =
        group_.is_admitted() ? group_.last_admission() : AdmissionNumber{};
    owe(protocol::ExternalStarted{event.node, known}, event.request);
}

void FenceDomain::Impl::on_event(const ExternalEnded& event)
{
    owe(protocol::ExternalFinished{event.node, event.succeeded}, event.request);
}

void FenceDomain::Impl::on_event(const Acknowledged& event)
{
    const protocol::VictimRecord* victim = find_victim(state_, event.node);
    if (victim == nullptr) {
        reply(event.request, false, name(event.node) + " is no victim of the fence domain");
        return;
    }
    owe(protocol::VictimAcknowledged{event.node, victim->life, event.words}, event.request);
}

void FenceDomain::Impl::on_event(const FenceDemanded& event)
{
    if (!is_configured(event.node)) {
        reply(event.request, false, name(event.node) + " is not in the configuration");
        return;
    }
    owe(protocol::VictimNamed{event.node, event.life, protocol::FenceCause::demanded, event.words},
        event.request);
}

void FenceDomain::Impl::on_event(const CmanGone&)
{
    if (!cman_due_) {
        cman_due_ =
            now_ + (config_.knobs.mutant_no_cman_grace ? Duration{0} : config_.knobs.cman_grace);
    }
}

void FenceDomain::Impl::on_event(const CmanReturned&)
{
    cman_due_.reset();
    std::erase_if(owed_, [](const Owed& owed) { return names_itself(owed.message); });
}

void FenceDomain::Impl::on_event(const LocalGroupJoined& event)
{
    open_groups_.insert(event.group);
    handed_over_.erase(event.group);
    if (in_domain_) {
        note_group({event.group, true, false});
    }
}

void FenceDomain::Impl::on_event(const LocalGroupGoodbye& event)
{
    if (event.empty) {
        open_groups_.erase(event.group);
    } else if (event.handed_over) {
        handed_over_.insert(
            event.group);  // it stays recorded: nothing is claimed before it is back
    }
    if (in_domain_ && event.empty) {
        note_group({event.group, false, true});
    }
}

// ------------------------------------------------- FenceDomain

FenceDomain::FenceDomain(Config config) : impl_(std::make_unique<Impl>(std::move(config)))
{}

FenceDomain::~FenceDomain() = default;
FenceDomain::FenceDomain(FenceDomain&&) noexcept = default;
FenceDomain& FenceDomain::operator=(FenceDomain&&) noexcept = default;

Step FenceDomain::on(const Event& event, TimePoint now)
{
    return impl_->on(event, now);
}

const std::string& FenceDomain::why_not_restored() const
{
    return impl_->why_not_restored_;
}

const protocol::FenceFacts& FenceDomain::facts() const
{
    return impl_->facts_;
}

const protocol::FenceState& FenceDomain::state() const
{
    return impl_->state_;
}

const view::Group& FenceDomain::group() const
{
    return impl_->group_;
}

const model::ClusterModel* FenceDomain::active_model() const
{
    return impl_->model();
}

bool FenceDomain::is_in_domain() const
{
    return impl_->in_domain_;
}

std::string FenceDomain::describe() const
{
    return impl_->describe();
}

}  // namespace ha::fence
