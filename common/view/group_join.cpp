// SPDX-License-Identifier: Apache-2.0
//
// How a node gets into a group (DESIGN 3).
//
//   joiner                      lowest admitted member            everybody
//   JoinRequest(nonce) ------------------------------------------> ordered point P
//   queues what follows         state as of P --Snapshot(nonce)-->
//   applies it, replays queue
//   Ready(change) -----------------------------------------------> admits it, same number
//   everywhere
//
// A change of the cpg group, or a new ring, between any two steps voids them and the joiner begins
// again. Nobody admitted: when all present have asked on one quorate ring with one document, they
// form a table together.
#include <algorithm>
#include <iterator>
#include <utility>

#include "common/view/group.hpp"
#include "common/view/output_scope.hpp"

namespace ha::view {

namespace {

/// Lives of one node that stay barred. Older ones cannot speak: the node booted often since.
constexpr std::ptrdiff_t barred_per_node_max = 16;

std::string words_of_refused_protocol(std::uint16_t spoken, std::uint16_t min, std::uint16_t max)
{
    return "the group speaks protocol version " + std::to_string(spoken) + ", this node versions " +
           std::to_string(min) + " to " + std::to_string(max) +
           "; install the release the other nodes run";
}

}  // namespace

void Group::start_join()
{
    unsettle();
    // Only who was let in, or is by a Ready that is on its way, can lose its state.
    attempt_ += phase_ == Phase::admitted || last_ready_ ? 1 : 0;
    phase_ = Phase::joining;
    resyncing_ = false;
    own_goodbye_.reset();
    goodbye_sent_in_.reset();
    reset_replicated_state();
    forget_what_was_heard();
    last_request_.reset();
    ++nonce_;  // what is on its way for the former request is void
    own_request_delivered_ = false;
    clear_held_back();
    replay_.clear();
    speak();
}

void Group::reset_replicated_state()
{
    admission_floor_ = std::max(admission_floor_, last_admission_);
    last_admission_ = AdmissionNumber{};
    change_ = ChangeNumber{};
    digest_ = 0;
    ring_digest_ = 0;
    admitted_.clear();
    attempts_.clear();
    active_config_ = ConfigId{};
    ripe_ = false;
    barred_.clear();
    held_nodes_.clear();
    departed_.clear();
    awaiting_barrier_.clear();
    last_announce_.reset();
    last_ready_.reset();
    activation_proposed_.reset();
    called_silent_.clear();
}

void Group::send_join_request()
{
    JoinRequestFrame frame;
    frame.origin = origin();
    frame.protocol_min = config_.protocol_min;
    frame.protocol_max = config_.protocol_max;
    frame.quorate = quorum_says_quorate_;
    frame.held = *held_config_;
    frame.admission_floor = admission_floor_;
    frame.report = report_;
    frame.nonce = nonce_;
    if (last_request_ == frame) {
        return;
    }
    frame.nonce = ++nonce_;
    last_request_ = frame;
    own_request_delivered_ = false;
    clear_held_back();
    send(frame);
}

/// As a member: the next snapshot replaces our state, frames from our request on are replayed on
/// it.
void Group::ask_for_state_again()
{
    unsettle();
    resyncing_ = true;
    own_request_delivered_ = false;
    clear_held_back();
    JoinRequestFrame frame;
    frame.origin = origin();
    frame.protocol_min = config_.protocol_min;
    frame.protocol_max = config_.protocol_max;
    frame.nonce = ++nonce_;
    frame.held = held_config_.value_or(ConfigId{});
    frame.admission_floor = admission_floor_;
    frame.resync = true;
    frame.report = report_;
    send(frame);
}

void Group::send_ready()
{
    if (*held_config_ != active_config_) {
        return;  // cmand must bring the active document first
    }
    const auto senior_member = admitted_.find(senior());
    if (senior_member == admitted_.end()) {
        start_join();  // everybody whose state we hold dropped it
        return;
    }
    ReadyFrame frame{origin(), active_config_, admission_floor_, senior_member->second.life,
                     report_};
    if (last_ready_ == frame) {
        return;
    }
    last_ready_ = frame;
    send(frame);
}

void Group::answer_join_request(NodeId joiner, const JoinRequestFrame& frame)
{
    if (phase_ != Phase::admitted || senior() != config_.self) {
        return;
    }
    if (refuses_a_member()) {
        return;  // our state lacks what it sent; joiners are invited again once it is no member
    }
    const bool is_ahead = frame.held.version > active_config_.version &&
                          !(held_config_ && *held_config_ == frame.held);
    if (is_ahead && !frame.resync &&
        (!held_config_ || held_config_->version < frame.held.version)) {
        // The members of the cluster switch at one point, their cmands tell their daemons one by
        // one: ours may be about to.
        ahead_since_.try_emplace(joiner, now_);
        return;
    }
    if (const auto reason = frame.resync ? std::nullopt : reason_to_refuse(frame)) {
        send(RefusalFrame{origin(), joiner, frame.nonce, false, *reason});
        return;
    }
    snapshot_for_ = {joiner, frame.nonce};
    out_->push_back(SnapshotWanted{});
}

std::optional<std::string> Group::reason_to_refuse(const JoinRequestFrame& frame) const
{
    if (frame.protocol_max < protocol_ || frame.protocol_min > protocol_) {
        return words_of_refused_protocol(protocol_, frame.protocol_min, frame.protocol_max);
    }
    if (frame.held.version > active_config_.version ||
        (frame.held.version == active_config_.version && frame.held != active_config_)) {
        const bool newer_is_on_its_way = held_config_ && *held_config_ == frame.held;
        if (newer_is_on_its_way) {
            return std::nullopt;  // we switch soon; its Ready waits for that
        }
        return words_of_refused_document(frame.held);
    }
    return std::nullopt;
}

std::string Group::words_of_refused_document(const ConfigId& held) const
{
    return "this node's cluster.conf (config_version " + std::to_string(held.version) +
           ") is not the running one (config_version " + std::to_string(active_config_.version) +
           "); copy the file of a running node, or load the newer one there with cman_tool version "
           "-r";
}

void Group::give_snapshot(const std::string& state, std::vector<GroupOutput>& out)
{
    HA_ASSERT(snapshot_for_);
    const auto [joiner, nonce] = *std::exchange(snapshot_for_, std::nullopt);
    const OutputScope scope(out_, out);
    const std::string blob = serialize_state(state);
    const std::size_t piece = std::max<std::size_t>(1, config_.knobs.snapshot_chunk_bytes);
    const auto count = static_cast<std::uint32_t>((blob.size() + piece - 1) / piece);
    for (std::uint32_t index = 0; index < count; ++index) {
        send(SnapshotFrame{origin(), joiner, nonce, index, count, checksum(blob),
                           blob.substr(index * piece, piece)});
    }
}

void Group::set_report(std::string report)
{
    report_ = std::move(report);
}

void Group::load_snapshot(const std::string& blob)
{
    std::string app_state;
    if (!parse_state(blob, app_state)) {
        start_join();
        return;
    }
    const auto self = admitted_.find(config_.self);
    const bool is_member =
        resyncing_ && self != admitted_.end() && self->second.life == config_.life;
    phase_ = is_member ? Phase::admitted : Phase::synced;
    resyncing_ = false;
    change_began_ = now_;
    out_->push_back(LoadSnapshot{std::move(app_state)});
    replay_.assign(std::make_move_iterator(queued_.begin()),
                   std::make_move_iterator(queued_.end()));
    clear_held_back();
    if (replay_.empty()) {
        speak();
    }
}

std::vector<GroupOutput> Group::replay(TimePoint now)
{
    HA_ASSERT(has_replay() && !snapshot_for_);
    std::vector<GroupOutput> out;
    now_ = now;
    const OutputScope scope(out_, out);
    if (!forming_.empty()) {
        admit_next_founder();
        return out;
    }
    const auto [sender, frame] = std::move(replay_.front());
    replay_.pop_front();
    dispatch(sender, frame);
    if (replay_.empty() && has_state()) {
        speak();
    }
    return out;
}

void Group::admit(NodeId node, const DaemonLife& life, AdmissionNumber floor, std::uint64_t attempt,
                  const std::string& report)
{
    if (floor.value <= admission_floor_max) {
        last_admission_ = std::max(last_admission_, floor);
    }
    ++last_admission_.value;
    const Member member{node, life, last_admission_};
    admitted_[node] = member;
    attempts_[node] = attempt;
    departed_.erase(node);
    if (node == config_.self) {
        phase_ = Phase::admitted;
    }
    out_->push_back(MemberAdmitted{member, report});
}

bool Group::may_be_admitted(NodeId node, const DaemonLife& life) const
{
    return present_.contains(node) && !held_nodes_.contains(node) && !is_barred(node, life.node);
}

/// Decided from delivered requests alone, so that all joiners decide the same at the same point.
void Group::form_table_if_all_asked()
{
    std::uint32_t votes = 0;
    const JoinRequestFrame* first = nullptr;
    AdmissionNumber floor;
    std::uint16_t protocol = config_.protocol_max;
    std::uint16_t protocol_needed = config_.protocol_min;
    const VotingRules* rules = nullptr;
    for (const NodeId node : present_) {
        const auto heard = heard_.find(node);
        if (heard == heard_.end() || !heard->second.join || heard->second.announce) {
            return;
        }
        const JoinRequestFrame& request = *heard->second.join;
        first = first == nullptr ? &request : first;
        if (!request.quorate || request.held != first->held) {
            return;
        }
        rules = voting(request.held);
        if (rules == nullptr) {
            return;
        }
        votes += rules->votes_of(node);
        floor = std::max(floor, request.admission_floor);
        protocol = std::min(protocol, request.protocol_max);
        protocol_needed = std::max(protocol_needed, request.protocol_min);
    }
    if (first == nullptr || rules == nullptr || votes < rules->quorum()) {
        return;
    }
    if (protocol_needed > protocol) {
        if (config_.protocol_min > protocol) {
            out_->push_back(Refused{
                words_of_refused_protocol(protocol, config_.protocol_min, config_.protocol_max)});
        }
        return;  // once those are gone that speak newer versions only
    }
    FormTable form;
    for (const NodeId node : present_) {
        const JoinRequestFrame& request = *heard_.at(node).join;
        form.joiners.push_back({node, request.origin.life, request.report});
    }
    const ConfigId config = first->held;
    reset_replicated_state();
    active_config_ = config;
    protocol_ = protocol;
    clear_held_back();
    forming_.assign(form.joiners.begin(), form.joiners.end());
    forming_floor_ = floor;
    out_->push_back(std::move(form));
}

void Group::admit_next_founder()
{
    const FormTable::Joiner joiner = std::move(forming_.front());
    forming_.pop_front();
    if (may_be_admitted(joiner.node, joiner.life)) {
        const std::uint64_t attempt = heard_.at(joiner.node).join->origin.attempt;
        admit(joiner.node, joiner.life, forming_floor_, attempt, joiner.report);
    }
    if (!forming_.empty()) {
        return;
    }
    if (phase_ != Phase::admitted) {
        start_join();  // we are barred: a victim or settled life in what the others reported
        return;
    }
    forget_what_was_heard();
    bump_change();
    speak();
}

// ------------------------------------------------------------- what the application decides, in
// order

void Group::set_ripe()
{
    ripe_ = true;
}

void Group::bar(NodeId node, const NodeLife& life)
{
    if (is_barred(node, life)) {
        return;
    }
    barred_.push_back({node, life});
    const auto is_of_node = [node](const auto& entry) { return entry.first == node; };
    if (std::count_if(barred_.begin(), barred_.end(), is_of_node) > barred_per_node_max) {
        barred_.erase(std::find_if(barred_.begin(), barred_.end(), is_of_node));
    }
}

bool Group::is_barred(NodeId node, const NodeLife& life) const
{
    return std::find(barred_.begin(), barred_.end(), std::pair(node, life)) != barred_.end();
}

void Group::unbar(NodeId node, const NodeLife& life, std::vector<GroupOutput>& out)
{
    const OutputScope scope(out_, out);
    if (std::erase(barred_, std::pair(node, life)) == 0) {
        return;
    }
    invite(node);
    const auto heard = heard_.find(node);
    if (phase_ == Phase::admitted && heard != heard_.end() && heard->second.announce) {
        const AnnounceFrame word = *heard->second.announce;  // ignored until now
        meet_stranger(node, word);
    }
}

void Group::hold(NodeId node)
{
    held_nodes_.insert(node);
}

void Group::release(NodeId node, std::vector<GroupOutput>& out)
{
    const OutputScope scope(out_, out);
    if (held_nodes_.erase(node) > 0) {
        invite(node);
    }
}

/// Whose request was left without an answer asks again. The answer is not given from here: the
/// joiner's queue began at its request, the snapshot must be of that point.
void Group::invite(NodeId node)
{
    if (phase_ != Phase::admitted || senior() != config_.self) {
        return;
    }
    const auto heard = heard_.find(node);
    if (heard != heard_.end() && heard->second.join) {
        send(RefusalFrame{origin(), node, heard->second.join->nonce, true, {}});
    }
}

/// Who became the senior member between two changes of the group has requests before it that the
/// former one was to answer.
void Group::invite_joiners()
{
    for (const auto& [node, heard] : heard_) {
        if (!admitted_.contains(node)) {
            invite(node);
        }
    }
}

void Group::expel(NodeId node, std::vector<GroupOutput>& out)
{
    const auto member = admitted_.find(node);
    if (member == admitted_.end()) {
        return;
    }
    compare_again_after(member->second);
    admitted_.erase(member);
    const OutputScope scope(out_, out);
    departed_.insert(node);
    if (node == config_.self) {
        leave_everything();
        return;
    }
    bump_change();
    speak();
    invite_joiners();
}

}  // namespace ha::view
