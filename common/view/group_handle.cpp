// SPDX-License-Identifier: Apache-2.0
// Frames as they are delivered, in agreed order; who may say what, and what is void.
#include <algorithm>
#include <utility>

#include "common/view/group.hpp"
#include "common/view/output_scope.hpp"

namespace ha::view {

namespace {

/// A joiner that must hold back more than this asks for a newer snapshot instead.
constexpr std::size_t queued_frames_max = 100'000;
constexpr std::size_t queued_bytes_max = std::size_t{256} << 20;

/// A state in more pieces, or with more bytes, than this is none that a member sends.
constexpr std::uint32_t snapshot_chunks_max = 16 * 1024;
constexpr std::size_t snapshot_bytes_max = std::size_t{256} << 20;

/// About what a frame costs while it is held back.
std::size_t bytes_of(const GroupFrame& frame)
{
    const auto* app = std::get_if<AppFrame>(&frame);
    const auto* request = std::get_if<JoinRequestFrame>(&frame);
    const auto* ready = std::get_if<ReadyFrame>(&frame);
    return sizeof(GroupFrame) + (app != nullptr ? app->payload.size() : 0) +
           (request != nullptr ? request->report.size() : 0) +
           (ready != nullptr ? ready->report.size() : 0);
}

}  // namespace

void Group::dispatch(NodeId sender, const GroupFrame& frame)
{
    if (origin_of(frame).ring != ring_ && !std::holds_alternative<DieFrame>(frame)) {
        void_own_ticket(sender, frame);  // it crossed a ring change; its sender speaks again
        return;
    }
    if (phase_ == Phase::joining && !std::holds_alternative<DieFrame>(frame)) {
        listen_as_joiner(sender, frame);
        return;
    }
    if (resyncing_) {
        const auto* request = std::get_if<JoinRequestFrame>(&frame);
        if (request != nullptr && sender == config_.self && request->nonce == nonce_) {
            own_request_delivered_ = true;
        } else if (own_request_delivered_ && !std::holds_alternative<SnapshotFrame>(frame)) {
            if (!hold_back(sender, frame)) {
                ask_for_state_again();
            }
        }
    }
    std::visit([this, sender](const auto& alternative) { handle(sender, alternative); }, frame);
}

/// An own proposal that will never be applied; those of others have no ticket here.
void Group::void_own_ticket(NodeId sender, const GroupFrame& frame)
{
    const auto* app = std::get_if<AppFrame>(&frame);
    const bool is_own =
        app != nullptr && sender == config_.self && app->origin.life == config_.life;
    if (is_own && open_tickets_.erase(app->ticket) > 0) {
        out_->push_back(Voided{app->ticket});
    }
}

/// False if there is too much of it.
bool Group::hold_back(NodeId sender, const GroupFrame& frame)
{
    queued_.emplace_back(sender, frame);
    queued_bytes_ += bytes_of(frame);
    return queued_.size() <= queued_frames_max && queued_bytes_ <= queued_bytes_max;
}

void Group::clear_held_back()
{
    queued_.clear();
    queued_bytes_ = 0;
    chunks_.clear();
    chunk_bytes_ = 0;
}

/// Without state: answers to us, what others ask, and a queue of all that follows our own request.
void Group::listen_as_joiner(NodeId sender, const GroupFrame& frame)
{
    if (const auto* snapshot = std::get_if<SnapshotFrame>(&frame)) {
        handle(sender, *snapshot);
        return;
    }
    if (const auto* refusal = std::get_if<RefusalFrame>(&frame)) {
        handle(sender, *refusal);
        return;
    }
    if (own_request_delivered_) {
        if (!hold_back(sender, frame)) {
            start_join();
            return;
        }
    }
    if (const auto* announcement = std::get_if<AnnounceFrame>(&frame)) {
        heard_[sender].announce = *announcement;
    }
    if (const auto* request = std::get_if<JoinRequestFrame>(&frame)) {
        heard_[sender] = Heard{*request, std::nullopt};
        if (sender == config_.self && request->origin.life == config_.life &&
            request->nonce == nonce_) {
            own_request_delivered_ = true;
            clear_held_back();
        }
        form_table_if_all_asked();
    }
}

void Group::handle(NodeId sender, const JoinRequestFrame& frame)
{
    if (sender == config_.self) {
        return;  // an older request of ours, delivered after we got in
    }
    if (frame.resync && admitted_.contains(sender)) {
        answer_join_request(sender, frame);
        return;
    }
    if (const auto in = attempts_.find(sender);
        admitted_.contains(sender) && in != attempts_.end() && frame.origin.attempt <= in->second) {
        return;  // sent before the table was formed with it
    }
    if (admitted_.contains(sender)) {
        // It says itself that it holds no state any more.
        lose_member(sender, LeaveReason::process_down);
        bump_change();
        speak();
        invite_joiners();
    }
    heard_[sender] = Heard{frame, std::nullopt};
    strangers_.erase(sender);
    if (is_barred(sender, frame.origin.life.node)) {
        out_->push_back(StrangerSeen{sender, frame.origin.life, true});
    } else if (!held_nodes_.contains(sender)) {
        answer_join_request(sender, frame);
    }
    update_settled();
}

void Group::handle(NodeId, const SnapshotFrame& frame)
{
    const bool wanted = phase_ == Phase::joining || resyncing_;
    if (!wanted || frame.to != config_.self || frame.nonce != nonce_ ||
        frame.index >= frame.count || frame.count > snapshot_chunks_max) {
        return;
    }
    if (!chunks_.emplace(frame.index, frame.bytes).second) {
        return;  // said before
    }
    chunk_bytes_ += frame.bytes.size();
    if (chunk_bytes_ > snapshot_bytes_max) {
        start_join();
        return;
    }
    if (chunks_.size() < frame.count) {
        return;
    }
    std::string blob;
    for (const auto& [index, bytes] : chunks_) {
        blob += bytes;
    }
    chunks_.clear();
    chunk_bytes_ = 0;
    if (checksum(blob) != frame.checksum) {
        start_join();
        return;
    }
    load_snapshot(blob);
}

void Group::handle(NodeId sender, const ReadyFrame& frame)
{
    if (admitted_.contains(sender)) {
        return;
    }
    heard_[sender];  // it spoke in this change
    // Two tables of one ring may both have answered, and may count their changes alike.
    const auto senior_member = admitted_.find(senior());
    const bool is_ours =
        senior_member != admitted_.end() && senior_member->second.life == frame.senior;
    if (!is_ours || frame.origin.change != change_ || frame.config != active_config_ ||
        !may_be_admitted(sender, frame.origin.life)) {
        return;  // void; a joiner repeats it in the next change
    }
    admit(sender, frame.origin.life, frame.admission_floor, frame.origin.attempt, frame.report);
    note_in_digest(last_admission_.value);
    bump_change();
    speak();
}

void Group::handle(NodeId sender, const AnnounceFrame& frame)
{
    if (sender_as_member(sender, frame.origin) == nullptr) {
        heard_[sender].announce = frame;
        if (is_senior_whom_we_alone_lost(sender, frame)) {
            ask_for_state_again();
        } else {
            meet_stranger(sender, frame);
        }
        return;
    }
    if (sender == senior() && sender != config_.self) {
        compare_with_senior(frame);
        if (sender_as_member(sender, frame.origin) == nullptr) {
            return;
        }
    }
    heard_[sender].announce = frame;
    update_settled();
}

/// A ring change may deliver us our own frame across a gap that nobody else sees (DESIGN 2): then
/// our state is not the table's any more. Nothing was acted on (no barrier came back); take the
/// senior's state. So does who let a switch of the document pass, for it missed the words that
/// allow it (as a joiner that dropped a table of its own at that moment).
void Group::compare_with_senior(const AnnounceFrame& frame)
{
    const bool let_switch_pass = frame.active.version > active_config_.version;
    if (resyncing_ || own_goodbye_ || (frame.digest == ring_digest_ && !let_switch_pass) ||
        is_refused(admitted_.at(senior()))) {
        return;  // of a refused one nobody takes a state: all compare again once it is gone
    }
    if (phase_ == Phase::synced) {
        start_join();
    } else {
        ask_for_state_again();
    }
}

/// What took it out of our table came across the gap: to all others it still is the senior member.
/// Not one that was refused: it says what it likes.
bool Group::is_senior_whom_we_alone_lost(NodeId sender, const AnnounceFrame& frame) const
{
    const auto senior_member = admitted_.find(senior());
    const auto refused = refused_.find(sender);
    const bool was_refused = refused != refused_.end() && refused->second.life == frame.origin.life;
    return phase_ == Phase::admitted && !was_refused && !resyncing_ && !own_goodbye_ &&
           departed_.contains(sender) && frame.senior == sender && frame.digest != ring_digest_ &&
           senior_member != admitted_.end() &&
           frame.origin.admission < senior_member->second.admission;
}

/// An admitted member of another table is in our group: two rings healed into one.
void Group::meet_stranger(NodeId sender, const AnnounceFrame& frame)
{
    if (departed_.contains(sender) || admitted_.contains(frame.senior)) {
        return;  // gone, or one of ours whose admission we did not see: it will notice and ask for
                 // our state
    }
    if (is_barred(sender, frame.origin.life.node)) {
        out_->push_back(StrangerSeen{sender, frame.origin.life, true});
        update_settled();
        return;
    }
    const bool other_is_senior = frame.ripe || frame.senior < senior();
    if (!ripe_ && other_is_senior && frame.origin.admission.value != 0) {
        drop_table();
        return;
    }
    if (ripe_ && frame.ripe && strangers_.insert(sender).second) {
        out_->push_back(StrangerSeen{sender, frame.origin.life, false});
    }
    update_settled();
}

/// Nothing was acted on in our table, so nothing is lost: join the senior one.
void Group::drop_table()
{
    unsettle();
    out_->push_back(TableDropped{});
    start_join();
    speak();
}

void Group::handle(NodeId sender, const AppFrame& frame)
{
    const bool own = sender == config_.self && frame.origin.life == config_.life;
    const auto ticket =
        own ? open_tickets_.extract(frame.ticket) : decltype(open_tickets_)::node_type{};
    const Member* member = sender_as_member(sender, frame.origin);
    if (member == nullptr || frame.origin.change != change_) {
        if (!ticket.empty()) {
            out_->push_back(Voided{frame.ticket});
        }
        return;
    }
    note_in_digest(checksum(frame.payload) ^ member->admission.value);
    out_->push_back(Delivered{*member, frame.payload, own ? frame.ticket : 0});
    if (ticket.empty() || !ticket.mapped()) {
        return;
    }
    if (config_.knobs.mutant_skip_barrier) {
        out_->push_back(Confirmed{frame.ticket});
        return;
    }
    awaiting_barrier_.insert(frame.ticket);
    send(BarrierFrame{origin(), frame.ticket});
}

void Group::handle(NodeId sender, const BarrierFrame& frame)
{
    if (sender != config_.self || frame.origin.life != config_.life ||
        frame.origin.change != change_) {
        return;
    }
    if (frame.ticket == silence_ticket) {
        if (std::exchange(silence_probe_, std::nullopt) == ring_) {
            name_whom_we_wait_for();
        }
        return;
    }
    if (own_goodbye_ && frame.ticket == 0) {
        out_->push_back(*own_goodbye_);
        leave_everything();
        return;
    }
    if (awaiting_barrier_.erase(frame.ticket) > 0) {
        out_->push_back(Confirmed{frame.ticket});
    }
}

void Group::handle(NodeId sender, const GoodbyeFrame& frame)
{
    const Member* member = sender_as_member(sender, frame.origin);
    if (member == nullptr || frame.origin.change != change_) {
        return;
    }
    const Member gone = *member;
    admitted_.erase(sender);
    departed_.insert(sender);
    note_in_digest(gone.admission.value);
    compare_again_after(gone);
    unsettle();
    if (sender == config_.self) {
        // Others may have missed it across a gap; only the barrier proves that they know (else we
        // begin again).
        own_goodbye_ = MemberLost{gone, LeaveReason::left, true, frame.empty};
        bump_change();
        confirm_goodbye();
        return;
    }
    out_->push_back(MemberLost{gone, LeaveReason::left, true, frame.empty});
    bump_change();
    speak();
}

/// The own goodbye is delivered; its barrier is void when a joiner is admitted before it.
void Group::confirm_goodbye()
{
    if (goodbye_sent_in_ != change_) {
        goodbye_sent_in_ = change_;
        send(BarrierFrame{origin(), 0});
    }
}

/// Or a newer one: by what they announced in this change, the same on all members.
bool Group::all_members_hold(const ConfigId& config) const
{
    return std::all_of(admitted_.begin(), admitted_.end(), [&](const auto& entry) {
        const AnnounceFrame* word = word_of(entry.first);
        return word != nullptr && (word->held == config || word->held.version > config.version);
    });
}

void Group::handle(NodeId sender, const ActivateFrame& frame)
{
    if (sender_as_member(sender, frame.origin) == nullptr || frame.origin.change != change_ ||
        frame.config.version <= active_config_.version || !all_members_hold(frame.config)) {
        return;
    }
    unsettle();
    active_config_ = frame.config;
    note_in_digest(frame.config.version);
    out_->push_back(ConfigActivated{frame.config});
    speak();
}

void Group::handle(NodeId, const RefusalFrame& frame)
{
    const bool is_asking = phase_ == Phase::joining || resyncing_;
    if (!is_asking || frame.to != config_.self || frame.nonce != nonce_) {
        return;
    }
    if (frame.again) {
        resyncing_ ? ask_for_state_again() : start_join();
        return;
    }
    out_->push_back(Refused{frame.reason});
}

void Group::handle(NodeId sender, const DieFrame& frame)
{
    if (frame.to == config_.self && frame.life == config_.life.node) {
        out_->push_back(ToldToDie{sender, frame.reason});
    }
}

std::uint64_t Group::propose(std::string payload, bool confirm, std::vector<GroupOutput>& out)
{
    HA_ASSERT(is_admitted());
    const OutputScope scope(out_, out);
    const std::uint64_t ticket = ++last_ticket_;
    open_tickets_[ticket] = confirm;
    send(AppFrame{origin(), ticket, std::move(payload)});
    return ticket;
}

void Group::say_goodbye(bool empty, std::vector<GroupOutput>& out)
{
    HA_ASSERT(is_admitted());
    const OutputScope scope(out_, out);
    goodbye_empty_ = empty;
    goodbye_sent_in_ = change_;
    send(GoodbyeFrame{origin(), empty});
}

void Group::tell_to_die(NodeId node, const NodeLife& life, const std::string& reason,
                        std::vector<GroupOutput>& out)
{
    const OutputScope scope(out_, out);
    send(DieFrame{origin(), node, life, reason});
}

}  // namespace ha::view
