// SPDX-License-Identifier: Apache-2.0
#include "cman/core/membership.hpp"

#include <algorithm>
#include <utility>

#include "common/base/assert.hpp"

namespace ha::cman {

Membership::Membership(MembershipConfig config, const model::ClusterModel& model)
    : config_(std::move(config)),
      verdict_(config_.self, config_.config, config_.adopted)
{
    nodes_.configure(model);
}

Step Membership::on(const Event& event, TimePoint now)
{
    now_ = now;
    actions_.clear();
    std::visit([this](const auto& happened) { handle(happened); }, event);
    judge();
    become_member_if_due();
    establish_if_due();
    note_quorum();
    conclude_leave();
    serve_waiters();
    return Step{std::exchange(actions_, {}), wake_at()};
}

Membership::State Membership::state() const
{
    if (is_leaving_) {
        return State::leaving;
    }
    return became_member_ && nodes_.is_member(config_.self) ? State::member : State::joining;
}

bool Membership::is_quorate() const
{
    const bool runs_the_clusters =
        verdict_.state() == ConfigState::accepted || (catching_up_ && !noted_refusal_);
    return state() == State::member && votequorum_quorate_ && runs_the_clusters;
}

std::string Membership::verdict_text() const
{
    if (verdict_.state() != ConfigState::refused || catching_up_) {
        return {};
    }
    const auto reason = out_of_reach_.find(verdict_.winner());
    return verdict_.explain(nodes_.name(verdict_.against())) +
           (reason != out_of_reach_.end() ? " (it was not taken over: " + reason->second + ")"
                                          : "");
}

// ------------------------------------------------------------------------------ corosync's reports

void Membership::handle(const RingReported& event)
{
    ring_ = event.ring;
    const std::set<NodeId> announced = [&] {
        std::set<NodeId> nodes;
        for (const auto& [id, entry] : nodes_.entries()) {
            if (entry.is_leaving) {
                nodes.insert(id);
            }
        }
        return nodes;
    }();
    const NodeChanges changes =
        nodes_.apply_ring(event.ring, event.members, event.joined, event.wall_s);
    bool lower_expected = false;
    bool restore_expected = !changes.joined.empty();
    for (const NodeId node : changes.left) {
        actions_.emplace_back(NoteMember{node, false, announced.contains(node)});
        lower_expected = removed_.erase(node) > 0 || lower_expected;
        restore_expected = strangers_.erase(node) > 0 || restore_expected;
    }
    for (const NodeId node : changes.joined) {
        actions_.emplace_back(NoteMember{node, true, false});
    }
    const std::vector<NodeId> members = nodes_.members();
    if (!became_member_ || members.empty() || members.front() != config_.self) {
        return;  // one member speaks for all: the lowest
    }
    if (lower_expected) {
        actions_.emplace_back(LowerExpected{});
    } else if (restore_expected) {
        actions_.emplace_back(RestoreExpected{});
    }
}

void Membership::handle(const QuorumReported& event)
{
    votequorum_quorate_ = event.is_quorate;
}

// ----------------------------------------------------------------------------- the group of cmands

void Membership::handle(const PeersChanged& event)
{
    peers_ = std::set<NodeId>(event.members.begin(), event.members.end());
    std::erase_if(lives_, [&](const auto& known) { return !peers_.contains(known.first); });
    const bool is_alone = peers_.size() == 1 && nodes_.entries().size() > 1;
    if (!is_alone) {
        alone_since_.reset();
    } else if (!alone_since_) {
        alone_since_ = now_;
    }
    verdict_.set_present(peers_);
    if (event.somebody_joined) {
        out_of_reach_.clear();  // a new peer may have what the others could not give
    }
    if (event.somebody_joined && peers_.contains(config_.self)) {
        actions_.emplace_back(SendHello{verdict_.is_established()});
    }
}

void Membership::handle(const HelloDelivered& event)
{
    lives_[event.from] = event.life;
    verdict_.hear(event.from, event.said);
    if (event.said.config != config_.config) {
        strangers_.insert(event.from);
    } else {
        strangers_.erase(event.from);
    }
    for (const auto& [node, theirs] : event.addresses) {
        const auto ours = config_.addresses.find(node);
        if (ours != config_.addresses.end() && ours->second != theirs) {
            actions_.emplace_back(NoteAddresses{event.from, node, theirs, ours->second});
        }
    }
}

void Membership::handle(const LeavingDelivered& event)
{
    nodes_.mark_leaving(event.from);
    if (event.remove) {
        removed_.insert(event.from);
    }
    if (event.from == config_.self && is_leaving_) {
        actions_.emplace_back(StopCorosync{leave_is_clean_});
    }
}

void Membership::handle(const KillDelivered& event)
{
    const bool is_meant =
        event.victim == config_.self && (event.life == DaemonLife{} || event.life == config_.life);
    if (is_meant) {
        actions_.emplace_back(Die{event.from});
    } else if (event.from == config_.self) {
        actions_.emplace_back(KillThroughCorosync{event.victim});
    }
}

// ----------------------------------------------------------------------------------------- clients

void Membership::handle(const ClientSubscribed& event)
{
    subscribers_[event.subscriber.id] = event.subscriber.name;
    if (became_member_) {
        actions_.emplace_back(Publish{event.subscriber.id});
    }
}

void Membership::handle(const ClientClosed& event)
{
    subscribers_.erase(event.client);
    waiters_.erase(event.client);
    leave_.hang_up(event.client);
    if (leave_client_ == event.client) {
        leave_client_.reset();
    }
}

void Membership::handle(const LeaveRequested& event)
{
    if (leave_.state() != LeaveProcedure::State::idle) {
        actions_.emplace_back(
            AnswerClient{event.client, Answer::busy, "a leave is under way already"});
        return;
    }
    std::vector<Subscriber> subscribers;
    for (const auto& [id, name] : subscribers_) {
        subscribers.push_back({id, name});
    }
    leave_client_ = event.client;
    leave_is_clean_ = !event.force || subscribers.empty();
    leave_.begin(subscribers, event.force, event.remove, now_ + config_.shutdown_timeout);
    if (leave_.state() == LeaveProcedure::State::asking) {
        for (const Subscriber& subscriber : subscribers) {
            actions_.emplace_back(AskSubscriber{subscriber.id, leave_.number(), event.remove});
        }
    }
}

void Membership::handle(const LeaveAnswered& event)
{
    leave_.answer(event.client, event.number, event.may_leave, event.why);
}

void Membership::handle(const KillRequested& event)
{
    const NodeEntry* victim = nodes_.find(event.node);
    if (victim == nullptr) {
        actions_.emplace_back(
            AnswerClient{event.client, Answer::not_found, "no node " + event.node});
    } else if (!victim->is_member) {
        actions_.emplace_back(
            AnswerClient{event.client, Answer::not_member, event.node + " is not a member"});
    } else {
        const auto life = lives_.find(victim->id);
        actions_.emplace_back(
            SendKill{victim->id, life != lives_.end() ? life->second : DaemonLife{}});
        actions_.emplace_back(AnswerClient{event.client, Answer::accepted, {}});
    }
}

void Membership::handle(const WaitRequested& event)
{
    waiters_[event.client] = event.quorate;
}

void Membership::handle(const ConfigSwitched& event)
{
    config_.config = event.config;
    config_.addresses = event.addresses;
    config_.shutdown_timeout = event.model.shutdown_timeout;
    catching_up_.reset();
    out_of_reach_.clear();
    nodes_.configure(event.model);
    verdict_.replace_own(event.config);
    strangers_.clear();
    for (const auto& [peer, said] : verdict_.said()) {
        if (said.config != event.config) {
            strangers_.insert(peer);
        }
    }
    strangers_.erase(config_.self);
    actions_.emplace_back(SendHello{verdict_.is_established()});
    if (became_member_) {
        actions_.emplace_back(Publish{});
    }
}

void Membership::handle(const NotCaughtUp& event)
{
    out_of_reach_[event.config] = event.why;
    catching_up_.reset();
}

void Membership::handle(const TimePassed&)
{
    leave_.pass_time(now_);
}

// ------------------------------------------------------------------------------------ what follows

void Membership::judge()
{
    if (verdict_.state() != ConfigState::refused) {
        if (noted_refusal_ && verdict_.state() == ConfigState::accepted) {
            noted_refusal_ = false;
            actions_.emplace_back(NoteVerdict{});
            actions_.emplace_back(Publish{});
        }
        catching_up_.reset();
        return;
    }
    if (can_catch_up()) {
        if (catching_up_ != verdict_.winner()) {
            catching_up_ = verdict_.winner();
            actions_.emplace_back(CatchUp{*catching_up_});
        }
        return;
    }
    if (!verdict_.is_established() && !gave_up_) {
        gave_up_ = true;
        actions_.emplace_back(GiveUp{verdict_text()});
    } else if (!noted_refusal_ && !gave_up_) {
        noted_refusal_ = true;
        actions_.emplace_back(NoteVerdict{verdict_text()});
        actions_.emplace_back(Publish{});
    }
}

/// An older document is no fault of this node: it takes the cluster's.
bool Membership::can_catch_up() const
{
    return verdict_.own().version < verdict_.winner().version && !gave_up_ &&
           !out_of_reach_.contains(verdict_.winner());
}

bool Membership::is_waiting_alone() const
{
    return alone_since_ && !config_.adopted && now_ < *alone_since_ + config_.alone_patience;
}

void Membership::become_member_if_due()
{
    const bool is_due = verdict_.state() == ConfigState::accepted &&
                        nodes_.is_member(config_.self) && peers_.contains(config_.self) &&
                        !is_waiting_alone();
    if (became_member_ || gave_up_ || !is_due) {
        return;
    }
    became_member_ = true;
    member_since_ = now_;
    actions_.emplace_back(BecameMember{});
    actions_.emplace_back(Publish{});
}

void Membership::establish_if_due()
{
    const bool has_company = peers_.size() > 1 || nodes_.entries().size() == 1;
    if (!became_member_ || verdict_.is_established() || verdict_.state() != ConfigState::accepted) {
        return;
    }
    if (has_company || now_ >= *member_since_ + config_.newcomer_time) {
        verdict_.establish();
        actions_.emplace_back(SendHello{true});
    }
}

void Membership::note_quorum()
{
    if (!is_leaving_ && is_quorate() != noted_quorate_) {  // who leaves does not lose quorum
        noted_quorate_ = is_quorate();
        actions_.emplace_back(NoteQuorum{noted_quorate_});
    }
}

void Membership::conclude_leave()
{
    const bool agreed = leave_.state() == LeaveProcedure::State::agreed;
    const bool refused = leave_.state() == LeaveProcedure::State::refused;
    if (is_leaving_ || (!agreed && !refused)) {
        return;
    }
    if (leave_client_) {
        actions_.emplace_back(AnswerLeave{*leave_client_, agreed, leave_.objections()});
        leave_client_.reset();
    }
    if (refused) {
        leave_.reset();
        return;
    }
    is_leaving_ = true;
    if (peers_.contains(config_.self)) {
        actions_.emplace_back(
            SendLeaving{leave_.is_remove()});  // and StopCorosync when it is delivered
    } else {
        actions_.emplace_back(StopCorosync{leave_is_clean_});
    }
}

void Membership::serve_waiters()
{
    std::erase_if(waiters_, [&](const auto& waiter) {
        const bool is_served = waiter.second ? is_quorate() : state() == State::member;
        if (is_served) {
            actions_.emplace_back(AnswerClient{waiter.first, Answer::accepted, {}});
        }
        return is_served;
    });
}

std::optional<TimePoint> Membership::wake_at() const
{
    std::optional<TimePoint> due = leave_.deadline();
    const auto earlier = [&due](TimePoint candidate) {
        due = due ? std::min(*due, candidate) : candidate;
    };
    if (is_waiting_alone() && !became_member_) {
        earlier(*alone_since_ + config_.alone_patience);
    }
    if (became_member_ && !verdict_.is_established() &&
        now_ < *member_since_ + config_.newcomer_time) {
        earlier(*member_since_ + config_.newcomer_time);
    }
    return due;
}

std::string Membership::describe() const
{
    constexpr const char* states[] = {"joining", "member", "leaving"};
    constexpr const char* verdicts[] = {"undecided", "accepted", "refused"};
    std::string text = "cman state=" + std::string(states[static_cast<int>(state())]);
    text += " ring=" + std::to_string(ring_.representative.value) + "." +
            std::to_string(ring_.sequence);
    text += " votequorum=" + std::string(votequorum_quorate_ ? "quorate" : "inquorate");
    text += " configuration=" + std::string(verdicts[static_cast<int>(verdict_.state())]);
    text += " version=" + std::to_string(verdict_.own().version) + "\n";
    if (verdict_.state() == ConfigState::refused) {
        text += "verdict " + verdict_text() + "\n";
    }
    for (const auto& [id, entry] : nodes_.entries()) {
        text += "node " + std::to_string(id.value) + " name=" + entry.name;
        text += std::string(" state=") + (entry.is_leaving  ? "leaving"
                                          : entry.is_member ? "member"
                                                            : "dead");
        text += std::string(" cmand=") + (peers_.contains(id) ? "yes" : "no");
        text += " incarnation=" + std::to_string(entry.incarnation);
        text += " votes=" + std::to_string(entry.votes) + "\n";
    }
    for (const auto& [client, name] : subscribers_) {
        text += "subscriber " + std::to_string(client.value) + " name=" + name + "\n";
    }
    return text;
}

}  // namespace ha::cman
