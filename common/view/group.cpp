// SPDX-License-Identifier: Apache-2.0
// Corosync's events. The settled view: group_settle.cpp. Admission: group_join.cpp. Members'
// frames: group_handle.cpp.
#include "common/view/group.hpp"

#include <algorithm>
#include <utility>

#include "common/view/output_scope.hpp"

namespace ha::view {

namespace {

constexpr std::size_t documents_max = 8;

}  // namespace

// ------------------------------------------------------------------------------------------ small
// values

std::uint32_t VotingRules::total() const
{
    std::uint32_t sum = 0;
    for (const auto& [node, count] : votes) {
        sum += count;
    }
    return sum;
}

std::uint32_t VotingRules::votes_of(NodeId node) const
{
    const auto own = votes.find(node);
    return own != votes.end() ? own->second : 0;
}

std::uint32_t VotingRules::quorum() const
{
    if (two_node) {
        return 1;
    }
    const std::uint32_t base = expected != 0 ? expected : total();
    return (base + 2) / 2;
}

bool View::contains(NodeId node) const
{
    return std::any_of(members.begin(), members.end(),
                       [node](const Member& member) { return member.node == node; });
}

NodeId View::lowest() const
{
    return members.empty() ? NodeId{} : members.front().node;
}

// ------------------------------------------------------------------------------------------------
// Group

Group::Group(Config config) : config_(std::move(config)), admission_floor_(config_.admission_floor)
{
    HA_ASSERT(config_.self.value != 0);
    HA_ASSERT(!config_.life.node.empty());
}

std::vector<GroupOutput> Group::on(const GroupEvent& event, TimePoint now)
{
    std::vector<GroupOutput> out;
    HA_ASSERT(!snapshot_for_ && !has_replay());
    now_ = now;
    const OutputScope scope(out_, out);
    std::visit([this](const auto& alternative) { on_event(alternative); }, event);
    return out;
}

std::optional<TimePoint> Group::wake_at() const
{
    std::optional<TimePoint> due;
    const auto add = [&](TimePoint since) {
        const TimePoint ends = since + config_.knobs.announce_timeout;
        if (now_ < ends) {
            due = due ? std::min(*due, ends) : ends;
        }
    };
    if (phase_ != Phase::admitted) {
        return due;
    }
    if (!settled_) {
        add(change_began_);
    }
    if (disagreement_since_) {
        add(*disagreement_since_);
    }
    for (const auto& [node, since] : ahead_since_) {
        add(since);
    }
    return due;
}

void Group::on_event(const GroupChanged& event)
{
    present_ = std::set<NodeId>(event.members.begin(), event.members.end());
    if (!present_.contains(config_.self)) {
        leave_everything();
        return;
    }
    if (!has_state()) {
        start_join();
        return;
    }
    for (const LeftMember& left : event.left) {
        lose_member(left.node, left.reason);
        departed_.erase(left.node);
    }
    for (const NodeId node : event.joined) {
        lose_member(
            node,
            LeaveReason::process_down);  // its leave went unseen; it is a new process all the same
    }
    forget_what_was_heard();
    resyncing_ = false;
    bump_change();
    if (phase_ == Phase::synced || own_goodbye_) {
        own_goodbye_.reset();
        start_join();  // the snapshot was built in another change; begin again (DESIGN 3)
        return;
    }
    speak();
}

/// Without goodbye: the application decides whether the node is a victim.
void Group::lose_member(NodeId node, LeaveReason reason)
{
    const auto member = admitted_.find(node);
    if (member != admitted_.end()) {
        const Member lost = member->second;
        admitted_.erase(member);
        compare_again_after(lost);
        out_->push_back(MemberLost{lost, reason, false, false});
    }
}

/// Who could not read what it sent lacks that; a joiner that was given its state does not. They
/// differ within one ring, so all compare what they hold as at the beginning of one.
void Group::compare_again_after(const Member& gone)
{
    if (is_refused(gone)) {
        ring_digest_ = digest_;
    }
}

void Group::on_event(const RingChanged& event)
{
    if (ring_ == event.ring) {
        return;
    }
    ring_ = event.ring;
    silence_probe_.reset();
    unsettle();
    change_began_ = now_;
    begin_ring();
    speak();
}

/// Between the frames of two rings, at the same place on all nodes that stay together. A sender may
/// have seen own frames of the old one that nobody else did (the delivery gap), even if the group
/// lost nobody: some node without a daemon of it left. So all that waits for its confirmation is
/// void, everybody speaks again, and the members compare what they hold.
void Group::begin_ring()
{
    if (phase_ == Phase::outside) {
        return;
    }
    if (phase_ != Phase::admitted || own_goodbye_) {
        own_goodbye_.reset();
        start_join();  // the snapshot, or the goodbye, was built in another ring; begin again
        return;
    }
    forget_what_was_heard();
    resyncing_ = false;
    ring_digest_ = digest_;
    // Requests of rings before are void: who asks in this one has lost its state.
    attempts_.clear();
    awaiting_barrier_.clear();
    called_silent_.clear();
    goodbye_sent_in_.reset();
    activation_proposed_.reset();
}

void Group::on_event(const QuorumChanged& event)
{
    if (quorum_ring_ == event.ring && quorum_says_quorate_ == event.quorate) {
        return;
    }
    quorum_ring_ = event.ring;
    quorum_says_quorate_ = event.quorate;
    change_began_ = now_;
    if (!rings_agree() || (last_announce_ && last_announce_->quorate != event.quorate)) {
        unsettle();
    }
    speak();
}

void Group::on_event(const FrameDelivered& event)
{
    if (phase_ == Phase::outside || !present_.contains(event.sender)) {
        return;
    }
    Result<GroupFrame> frame = decode_group_frame(event.bytes);
    if (!frame) {
        drop(event, frame.error().text);
        return;
    }
    dispatch(event.sender, *frame);
}

/// What cannot be read. Its sender may act on it, as may others: no member stays beside one whose
/// messages it does not know, and no joiner takes over a state that lacks them.
void Group::drop(const FrameDelivered& event, const std::string& reason)
{
    const auto origin = origin_of_unknown_type(event.bytes);
    const Member* sender = origin ? sender_as_member(event.sender, *origin) : nullptr;
    if (phase_ == Phase::admitted && sender != nullptr && event.sender != config_.self) {
        out_->push_back(ForeignFrame{*sender, reason});
        mark_refused(*sender);
        return;
    }
    out_->push_back(GarbageSeen{event.sender, reason});
    const bool is_missed = (phase_ == Phase::joining && origin && own_request_delivered_) ||
                           (phase_ == Phase::synced && sender != nullptr);
    if (is_missed) {
        start_join();
    }
}

void Group::on_event(const ConfigHeld& event)
{
    held_config_ = event.id;
    voting_[event.id] = event.voting;
    std::erase_if(voting_, [this](const auto& entry) {
        return entry.first.version < active_config_.version && entry.first != *held_config_;
    });
    if (voting_.size() > documents_max) {  // nobody activates what is so far behind
        voting_.erase(std::find_if(voting_.begin(), voting_.end(), [this](const auto& entry) {
            return entry.first != active_config_;
        }));
    }
    for (auto joiner = ahead_since_.begin(); joiner != ahead_since_.end();) {
        const auto heard = heard_.find(joiner->first);
        const bool is_here = heard != heard_.end() && heard->second.join &&
                             heard->second.join->held.version <= event.id.version;
        if (is_here) {
            send(RefusalFrame{origin(), joiner->first, heard->second.join->nonce, true, {}});
        }
        joiner = is_here ? ahead_since_.erase(joiner) : std::next(joiner);
    }
    speak();
}

void Group::on_event(const TimePassed&)
{
    if (phase_ != Phase::admitted) {
        return;
    }
    refuse_overdue_documents();
    if (settled_ || !rings_agree()) {
        return;
    }
    const bool disagree_for_long =
        disagreement_since_ && now_ >= *disagreement_since_ + config_.knobs.announce_timeout;
    const bool is_overdue = now_ >= change_began_ + config_.knobs.announce_timeout;
    if ((disagree_for_long || is_overdue) && !silence_probe_) {
        silence_probe_ = ring_;
        send(BarrierFrame{origin(), silence_ticket});
    }
    if (is_overdue) {
        update_settled();  // a present node that is no member is not waited for any longer
    }
}

void Group::leave_everything()
{
    unsettle();
    phase_ = Phase::outside;
    replay_.clear();
    forming_.clear();
    reset_replicated_state();
    open_tickets_.clear();
    goodbye_empty_.reset();
    goodbye_sent_in_.reset();
    own_goodbye_.reset();
    forget_what_was_heard();
}

/// Everything computed before is void from here on, on all members alike. Joiners and members of
/// other tables need not speak again: what they said is not about our change.
void Group::bump_change()
{
    unsettle();
    ++change_.value;
    change_began_ = now_;
    awaiting_barrier_.clear();
    called_silent_.clear();
    silence_probe_.reset();
    last_announce_.reset();
    activation_proposed_.reset();
    if (resyncing_) {
        ask_for_state_again();  // the senior may have had a reason not to answer that is gone now
    }
}

/// The members of the cpg group changed: everybody speaks again.
void Group::forget_what_was_heard()
{
    heard_.clear();
    strangers_.clear();
    ahead_since_.clear();
}

void Group::note_in_digest(std::uint64_t word)
{
    digest_ = (digest_ ^ word) * 0x100000001B3ULL;
    digest_ ^= digest_ >> 29;
}

void Group::unsettle()
{
    if (settled_) {
        settled_ = false;
        out_->push_back(ViewUnsettled{});
    }
}

/// Says what this node owes the group in its phase: nothing until both views are on one ring.
void Group::speak()
{
    if (!rings_agree() || !held_config_) {
        return;
    }
    switch (phase_) {
        case Phase::outside:
            break;
        case Phase::joining:
            send_join_request();
            break;
        case Phase::synced:
            send_ready();
            break;
        case Phase::admitted:
            if (own_goodbye_) {
                confirm_goodbye();
                break;
            }
            announce();
            if (goodbye_empty_ && goodbye_sent_in_ != change_) {
                goodbye_sent_in_ = change_;
                send(GoodbyeFrame{origin(), *goodbye_empty_});
            }
            update_settled();
            break;
    }
}

void Group::announce()
{
    AnnounceFrame frame;
    frame.origin = origin();
    frame.quorate = quorum_says_quorate_;
    frame.active = active_config_;
    frame.held = *held_config_;
    frame.ripe = ripe_;
    frame.senior = senior();
    frame.digest = ring_digest_;
    frame.refuses = refuses_a_member();
    if (last_announce_ == frame) {
        return;
    }
    last_announce_ = frame;
    send(frame);
}

/// The member with the lowest admission: it gives snapshots, proposes switches, and its state is
/// the table's. A member that just got in by a Ready the others never saw is never it.
NodeId Group::senior() const
{
    const auto first = std::min_element(admitted_.begin(), admitted_.end(),
                                        [](const auto& left, const auto& right) {
                                            return left.second.admission < right.second.admission;
                                        });
    return first != admitted_.end() ? first->first : NodeId{};
}

const Member* Group::sender_as_member(NodeId sender, const FrameOrigin& origin) const
{
    const auto member = admitted_.find(sender);
    if (member == admitted_.end() || member->second.life != origin.life ||
        member->second.admission != origin.admission) {
        return nullptr;
    }
    return &member->second;
}

FrameOrigin Group::origin() const
{
    const auto self = admitted_.find(config_.self);
    const AdmissionNumber admission = phase_ == Phase::admitted && self != admitted_.end()
                                          ? self->second.admission
                                          : AdmissionNumber{};
    return FrameOrigin{config_.life, admission, ring_.value_or(RingId{}),
                       has_state() ? change_ : ChangeNumber{}, attempt_};
}

void Group::send(const GroupFrame& frame)
{
    out_->push_back(Send{encode_group_frame(frame)});
}

bool Group::is_admitted() const
{
    return phase_ == Phase::admitted && !own_goodbye_;
}

bool Group::awaits_confirmation(std::uint64_t ticket) const
{
    return awaiting_barrier_.contains(ticket);
}

bool Group::is_settled() const
{
    return settled_;
}

const View& Group::view() const
{
    return view_;
}

const std::map<NodeId, Member>& Group::admitted() const
{
    return admitted_;
}

std::set<NodeId> Group::present() const
{
    return present_;
}

const std::set<NodeId>& Group::strangers() const
{
    return strangers_;
}

std::optional<FormTable::Joiner> Group::joiner(NodeId node) const
{
    const auto heard = heard_.find(node);
    if (heard == heard_.end() || !heard->second.join || heard->second.announce ||
        heard->second.join->resync || admitted_.contains(node)) {
        return std::nullopt;
    }
    const JoinRequestFrame& request = *heard->second.join;
    return FormTable::Joiner{node, request.origin.life, request.report};
}

ChangeNumber Group::change() const
{
    return change_;
}

AdmissionNumber Group::last_admission() const
{
    return has_state() ? last_admission_ : admission_floor_;
}

const ConfigId& Group::active_config() const
{
    return active_config_;
}

}  // namespace ha::view
