// SPDX-License-Identifier: Apache-2.0
// Corosync's events and the settled view. Admission: group_join.cpp. Members' frames:
// group_handle.cpp.
#include "common/view/group.hpp"

#include <algorithm>
#include <utility>

#include "common/view/output_scope.hpp"

namespace ha::view {

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
    if (phase_ != Phase::admitted || settled_ ||
        now_ >= change_began_ + config_.knobs.announce_timeout) {
        return std::nullopt;
    }
    return change_began_ + config_.knobs.announce_timeout;
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
    digests_.clear();
    ++group_changes_;
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
        note_in_digest(lost.admission.value);
        out_->push_back(MemberLost{lost, reason, false, false});
    }
}

void Group::on_event(const RingChanged& event)
{
    if (ring_ == event.ring) {
        return;
    }
    ring_ = event.ring;
    unsettle();
    change_began_ = now_;
    speak();
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
        out_->push_back(GarbageSeen{event.sender, frame.error().text});
        return;
    }
    dispatch(event.sender, *frame);
}

void Group::on_event(const ConfigHeld& event)
{
    held_config_ = event.id;
    voting_[event.id] = event.voting;
    // Only the active one and the newest held ones matter.
    while (voting_.size() > 4) {
        auto oldest = voting_.begin();
        if (oldest->first == active_config_) {
            ++oldest;
        }
        voting_.erase(oldest);
    }
    speak();
}

void Group::on_event(const TimePassed&)
{
    if (phase_ != Phase::admitted || settled_ || !rings_agree() ||
        now_ < change_began_ + config_.knobs.announce_timeout) {
        return;
    }
    for (const auto& [node, member] : admitted_) {
        const auto heard = heard_.find(node);
        const bool silent = heard == heard_.end() || !heard->second.announce;
        if (silent && node != config_.self && called_silent_.insert(node).second) {
            out_->push_back(MemberSilent{member});
        }
    }
    update_settled();  // a present node that is no member is not waited for any longer
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
    digests_[change_] = digest_;
    change_began_ = now_;
    awaiting_barrier_.clear();
    called_silent_.clear();
    last_announce_.reset();
    activation_proposed_.reset();
    for (const auto& [node, member] : admitted_) {
        heard_[node].announce.reset();
    }
}

/// The members of the cpg group changed: everybody speaks again.
void Group::forget_what_was_heard()
{
    heard_.clear();
    strangers_.clear();
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
    frame.ring = *ring_;
    frame.quorate = quorum_says_quorate_;
    frame.active = active_config_;
    frame.held = *held_config_;
    frame.ripe = ripe_;
    frame.senior = senior();
    frame.group_changes = group_changes_;
    frame.digest = digests_.at(change_);
    if (last_announce_ == frame) {
        return;
    }
    last_announce_ = frame;
    send(frame);
}

bool Group::rings_agree() const
{
    return ring_ && quorum_ring_ && *ring_ == *quorum_ring_;
}

bool Group::has_state() const
{
    return phase_ == Phase::synced || phase_ == Phase::admitted;
}

/// Before a view settles everybody present has said whether it is a member here, a joiner, or a
/// member of another table; else an unripe table could act while a senior one is already in the
/// ring.
bool Group::all_present_were_heard() const
{
    if (now_ >= change_began_ + config_.knobs.announce_timeout) {
        return true;
    }
    return std::all_of(present_.begin(), present_.end(), [this](NodeId node) {
        return admitted_.contains(node) || departed_.contains(node) || heard_.contains(node);
    });
}

bool Group::all_members_announced_alike() const
{
    const AnnounceFrame* first = nullptr;
    for (const auto& [node, member] : admitted_) {
        const auto heard = heard_.find(node);
        if (heard == heard_.end() || !heard->second.announce) {
            return false;
        }
        const AnnounceFrame& word = *heard->second.announce;
        first = first == nullptr ? &word : first;
        if (word.ring != first->ring || word.quorate != first->quorate ||
            word.active != first->active) {
            return false;
        }
    }
    return first != nullptr && first->ring == *ring_ && first->active == active_config_ &&
           first->quorate == quorum_says_quorate_;
}

void Group::update_settled()
{
    const bool now_settled = phase_ == Phase::admitted && !own_goodbye_ && !resyncing_ &&
                             rings_agree() &&
                             ((all_present_were_heard() && all_members_announced_alike()) ||
                              config_.knobs.mutant_act_on_unsettled_view);
    if (!now_settled) {
        unsettle();
        return;
    }
    View view = make_view();
    if (!settled_ || view != view_) {
        settled_ = true;
        view_ = std::move(view);
        out_->push_back(ViewSettled{view_});
    }
    propose_activation();
}

View Group::make_view() const
{
    View view;
    view.ring = *ring_;
    view.change = change_;
    view.config = active_config_;
    const VotingRules* rules = voting(active_config_);
    std::uint32_t votes = 0;
    for (const auto& [node, member] : admitted_) {
        view.members.push_back(member);
        if (rules != nullptr) {
            const auto own = rules->votes.find(node);
            votes += own != rules->votes.end() ? own->second : 0;
        }
    }
    if (rules != nullptr) {
        view.quorate = quorum_says_quorate_ && votes >= rules->quorum();
        view.has_majority = view.quorate && 2 * votes > rules->total();
    }
    return view;
}

/// The lowest member proposes the switch once everybody holds the same newer document.
void Group::propose_activation()
{
    if (senior() != config_.self || !settled_) {
        return;
    }
    const ConfigId candidate = *held_config_;
    if (candidate.version <= active_config_.version || activation_proposed_ == candidate) {
        return;
    }
    for (const auto& [node, member] : admitted_) {
        const auto heard = heard_.find(node);
        if (heard == heard_.end() || !heard->second.announce ||
            heard->second.announce->held != candidate) {
            return;
        }
    }
    activation_proposed_ = candidate;
    send(ActivateFrame{origin(), candidate});
}

const VotingRules* Group::voting(const ConfigId& id) const
{
    const auto rules = voting_.find(id);
    return rules != voting_.end() ? &rules->second : nullptr;
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
    return FrameOrigin{config_.life, admission, has_state() ? change_ : ChangeNumber{}, attempt_};
}

void Group::send(const GroupFrame& frame)
{
    out_->push_back(Send{encode_group_frame(frame)});
}

bool Group::is_admitted() const
{
    return phase_ == Phase::admitted && !own_goodbye_;
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
