// SPDX-License-Identifier: Apache-2.0
//
// Group: what every replicated daemon has in common, as a pure core (DESIGN sections 2 and 3).
// Intuition: two views, one ring. cpg says who is in the group, votequorum says who is quorate; by
// different roads. A Group turns both, plus the frames of its peers, into *settled views*, admits
// joiners with a snapshot, voids frames of other lives and changes, and confirms own frames through
// a barrier. It does not know what the application's frames mean, runs no agent, and reads no
// clock.
//
// The application (FenceDomain, ServiceManager) owns a Group, feeds it events and handles its
// outputs in order. All application state that must be equal on all members changes only in
// `Delivered`, `Member*`, `FormTable` and `LoadSnapshot` outputs: these come in the same order on
// all admitted members.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/view/group_events.hpp"
#include "common/view/group_frames.hpp"

namespace ha::view {

// ----------------------------------------------------------------------------------------------
// Group

/// Precondition of every call: outputs of the former call have been handled, in order.
class Group
{
public:
    struct Config {
        NodeId self;
        DaemonLife life;
        AdmissionNumber
            admission_floor{};  ///< highest number the run root knows; new ones are above it
        std::uint16_t protocol_min = 1;
        std::uint16_t protocol_max = 1;
        GroupKnobs knobs{};
    };

    explicit Group(Config config);

    [[nodiscard]] std::vector<GroupOutput> on(const GroupEvent& event, TimePoint now);

    /// Frames held back while joining, and the admissions of a forming table, come one at a time:
    /// what the application bars or expels for one of them counts for the next, as it did on the
    /// members. Once the outputs of on() are handled: while (has_replay()) handle(replay(now)).
    [[nodiscard]] bool has_replay() const { return !forming_.empty() || !replay_.empty(); }
    [[nodiscard]] std::vector<GroupOutput> replay(TimePoint now);

    /// When the group wants TimePassed at the latest.
    [[nodiscard]] std::optional<TimePoint> wake_at() const;

    /// Queues an application frame for all members. Appends the Send to `out`, returns its ticket.
    /// With `confirm`, `Confirmed` follows `Delivered` unless a change or a ring comes between.
    /// Precondition: is_admitted(), payload within wire::frame_payload_bytes_max less 1 KiB.
    std::uint64_t propose(std::string payload, bool confirm, std::vector<GroupOutput>& out);

    /// Between its Delivered and its Confirmed; false for good once a change or a ring came
    /// between.
    [[nodiscard]] bool awaits_confirmation(std::uint64_t ticket) const;

    /// Announces a clean leave; repeated by itself if a change voids it. Once the own
    /// MemberLost{goodbye} is output the shell calls cpg_leave. Precondition: is_admitted().
    void say_goodbye(bool empty, std::vector<GroupOutput>& out);

    /// Answer to SnapshotWanted, before anything else.
    void give_snapshot(const std::string& state, std::vector<GroupOutput>& out);

    /// Believed by `node` in `life`, whatever group state it has.
    void tell_to_die(NodeId node, const NodeLife& life, const std::string& reason,
                     std::vector<GroupOutput>& out);

    /// What our next JoinRequest and Ready carry. Set before joining and whenever it changes.
    void set_report(std::string report);

    // The next five change replicated state: call them at the same point of the order on all
    // members, that is while handling Delivered, Member*, FormTable or LoadSnapshot (the snapshot
    // itself carries their effect).

    /// This table counts as used from now on: it is never dropped for another one.
    void set_ripe();

    /// A node life that may never be (or stay) admitted: a victim's or a settled one.
    void bar(NodeId node, const NodeLife& life);
    void unbar(NodeId node, const NodeLife& life, std::vector<GroupOutput>& out);

    /// While held, no life of the node is admitted (its earlier admissions are not settled here
    /// yet).
    void hold(NodeId node);
    void release(NodeId node, std::vector<GroupOutput>& out);

    /// An admitted member is no member any more although it is still in the group (silent, a
    /// victim). No MemberLost is output for it, the caller knows.
    void expel(NodeId node, std::vector<GroupOutput>& out);

    /// A member sent what the application cannot read (for frames the group does this itself, see
    /// ForeignFrame): no view settles before it is no member any more, so nobody acts beside one
    /// that may act on more than we know. The caller sees to its fence. Only this node's word.
    void refuse(NodeId node, std::vector<GroupOutput>& out);

    /// Whether the admitted members but `node` have a quorum of votes, by the active document.
    [[nodiscard]] bool has_quorum_without(NodeId node) const;

    /// This member was called silent in the present change of the group, and still is.
    [[nodiscard]] bool is_silent(NodeId node) const;

    [[nodiscard]] bool is_admitted() const;
    [[nodiscard]] bool is_settled() const;
    [[nodiscard]] const View& view() const;  ///< the last settled one
    [[nodiscard]] const std::map<NodeId, Member>& admitted() const;
    [[nodiscard]] std::set<NodeId> present() const;  ///< nodes in the cpg group, admitted or not
    /// Present members of another table; both are used (ripe), so neither is dropped for the other.
    [[nodiscard]] const std::set<NodeId>& strangers() const;
    /// A present node that asks to be let in, and what it brings; as it said in this ring.
    [[nodiscard]] std::optional<FormTable::Joiner> joiner(NodeId node) const;
    /// For a joiner: members of a table that has no quorum of its own, whom it must wait for: it
    /// lets nobody in, and no other table is formed beside it. Empty while a quorate table is
    /// heard, or none.
    [[nodiscard]] std::set<NodeId> inquorate_holders() const;
    [[nodiscard]] ChangeNumber change() const;
    /// The last one given, equal on all who hold the state; without state the highest this node
    /// ever saw. The run root keeps the highest as the next floor.
    [[nodiscard]] AdmissionNumber last_admission() const;
    [[nodiscard]] const ConfigId& active_config() const;

    /// The whole state as text, in the words of the glossary.
    [[nodiscard]] std::string describe() const;

private:
    enum class Phase {
        outside,   ///< not in the cpg group
        joining,   ///< in the group, waits for a snapshot or for a table to be formed
        synced,    ///< holds the replicated state, its Ready is not delivered yet
        admitted,  ///< a member
    };

    /// No group ever gave so many: a file or a frame that says so is garbled.
    static constexpr std::uint64_t admission_floor_max = UINT64_MAX / 2;
    static constexpr std::uint64_t silence_ticket = ~std::uint64_t{0};  ///< of no proposal

    struct Heard {
        std::optional<JoinRequestFrame> join;  ///< latest of this ring and group
        std::optional<AnnounceFrame> announce;
    };

    // group.cpp: corosync's events; group_settle.cpp: the settled view
    void on_event(const GroupChanged& event);
    void on_event(const RingChanged& event);
    void on_event(const QuorumChanged& event);
    void on_event(const FrameDelivered& event);
    void on_event(const ConfigHeld& event);
    void on_event(const TimePassed& event);
    void begin_ring();
    void lose_member(NodeId node, LeaveReason reason);
    void compare_again_after(const Member& gone);
    void leave_everything();
    void bump_change();
    void forget_what_was_heard();
    void unsettle();
    void note_in_digest(std::uint64_t word);
    void update_settled();
    void speak();
    void announce();
    void propose_activation();
    void note_disagreement();
    void name_whom_we_wait_for();
    void name_the_silent();
    void name_the_inquorate();
    void refuse_overdue_documents();
    [[nodiscard]] bool rings_agree() const;
    [[nodiscard]] bool has_state() const;
    [[nodiscard]] bool all_present_were_heard() const;
    /// What this member announced in this ring and change, or null.
    [[nodiscard]] const AnnounceFrame* word_of(NodeId node) const;
    [[nodiscard]] bool all_members_announced_alike() const;
    [[nodiscard]] View make_view() const;
    [[nodiscard]] std::uint32_t admitted_votes(const VotingRules& rules) const;
    [[nodiscard]] const VotingRules* voting(const ConfigId& id) const;
    [[nodiscard]] NodeId senior() const;
    [[nodiscard]] const Member* sender_as_member(NodeId sender, const FrameOrigin& origin) const;

    // group_handle.cpp: frames of members
    void handle(NodeId sender, const JoinRequestFrame& frame);
    void handle(NodeId sender, const SnapshotFrame& frame);
    void handle(NodeId sender, const ReadyFrame& frame);
    void handle(NodeId sender, const AnnounceFrame& frame);
    void handle(NodeId sender, const AppFrame& frame);
    void handle(NodeId sender, const BarrierFrame& frame);
    void handle(NodeId sender, const GoodbyeFrame& frame);
    void handle(NodeId sender, const ActivateFrame& frame);
    void handle(NodeId sender, const RefusalFrame& frame);
    void handle(NodeId sender, const DieFrame& frame);
    void drop(const FrameDelivered& event, const std::string& reason);
    void mark_refused(const Member& member);
    [[nodiscard]] bool is_refused(const Member& member) const;
    [[nodiscard]] bool refuses_a_member() const;
    void dispatch(NodeId sender, const GroupFrame& frame);
    void void_own_ticket(NodeId sender, const GroupFrame& frame);
    void listen_as_joiner(NodeId sender, const GroupFrame& frame);
    [[nodiscard]] bool hold_back(NodeId sender, const GroupFrame& frame);
    void clear_held_back();
    [[nodiscard]] bool all_members_hold(const ConfigId& config) const;
    void confirm_goodbye();
    void meet_stranger(NodeId sender, const AnnounceFrame& frame);
    void drop_table();
    void compare_with_senior(const AnnounceFrame& frame);
    [[nodiscard]] bool is_senior_whom_we_alone_lost(NodeId sender,
                                                    const AnnounceFrame& frame) const;

    // group_join.cpp: admission, snapshots, forming
    void start_join();
    void reset_replicated_state();
    void send_join_request();
    void ask_for_state_again();
    void send_ready();
    void answer_join_request(NodeId joiner, const JoinRequestFrame& frame);
    void invite(NodeId node);
    void invite_joiners();
    [[nodiscard]] std::optional<std::string> reason_to_refuse(const JoinRequestFrame& frame) const;
    [[nodiscard]] std::string words_of_refused_document(const ConfigId& held) const;
    void form_table_if_all_asked();
    void load_snapshot(const std::string& blob);
    void admit_next_founder();
    void admit(NodeId node, const DaemonLife& life, AdmissionNumber floor, std::uint64_t attempt,
               const std::string& report);
    [[nodiscard]] bool may_be_admitted(NodeId node, const DaemonLife& life) const;
    [[nodiscard]] bool is_barred(NodeId node, const NodeLife& life) const;

    // group_state.cpp: the replicated state as bytes
    [[nodiscard]] std::string serialize_state(const std::string& app_state) const;
    [[nodiscard]] bool parse_state(const std::string& blob, std::string& app_state);
    [[nodiscard]] bool is_sound() const;

    [[nodiscard]] FrameOrigin origin() const;
    void send(const GroupFrame& frame);

    Config config_;
    Phase phase_ = Phase::outside;
    TimePoint now_{};
    std::vector<GroupOutput>* out_ =
        nullptr;  ///< where the current call's outputs go; null between calls

    // What corosync and cmand told this node.
    std::set<NodeId> present_;
    std::optional<RingId> ring_;
    std::optional<RingId> quorum_ring_;
    bool quorum_says_quorate_ = false;
    std::optional<ConfigId> held_config_;
    std::map<ConfigId, VotingRules>
        voting_;  ///< of the active document and those held that may become it

    // Joining.
    std::uint64_t nonce_ = 0;    ///< counts our join requests
    std::uint64_t attempt_ = 0;  ///< counts how often we lost a membership and began anew
    std::optional<JoinRequestFrame>
        last_request_;  ///< of this attempt; repeated only when its content changes
    std::optional<ReadyFrame> last_ready_;
    bool resyncing_ =
        false;  ///< we are a member, but our state differs from the senior's; its snapshot comes
    bool own_request_delivered_ = false;  ///< from there on frames are queued for the replay
    std::vector<std::pair<NodeId, GroupFrame>> queued_;
    std::size_t queued_bytes_ = 0;
    std::map<std::uint32_t, std::string> chunks_;
    std::size_t chunk_bytes_ = 0;
    std::deque<std::pair<NodeId, GroupFrame>> replay_;  ///< followed the snapshot just loaded
    std::deque<FormTable::Joiner> forming_;  ///< of the table just formed, not admitted yet
    AdmissionNumber forming_floor_;
    std::string report_;
    AdmissionNumber admission_floor_;  ///< highest number this node ever saw
    std::optional<std::pair<NodeId, std::uint64_t>>
        snapshot_for_;  ///< joiner and nonce, between wanted and given

    // Replicated: equal on all members at the same point of the order.
    ChangeNumber change_;
    std::uint64_t digest_ = 0;       ///< of the members' frames that changed the state
    std::uint64_t ring_digest_ = 0;  ///< the same as this ring began, or the table, if later
    AdmissionNumber last_admission_;
    std::map<NodeId, Member> admitted_;
    std::map<NodeId, std::uint64_t>
        attempts_;  ///< of each member let in since this ring began, the one that did
    ConfigId active_config_;
    bool ripe_ = false;
    std::vector<std::pair<NodeId, NodeLife>> barred_;  ///< oldest first, the last few of each node
    std::set<NodeId> held_nodes_;
    std::set<NodeId>
        departed_;  ///< still in the group, but said goodbye or were expelled: not waited for
    std::uint16_t protocol_ = 1;

    // Of this ring and change, from delivered frames.
    std::map<NodeId, Heard> heard_;
    std::set<NodeId> strangers_;  ///< ripe members of another table, ignored
    TimePoint change_began_{};
    std::set<NodeId> called_silent_;
    /// While the token is lost nobody is heard, and nobody is to blame: who owes a word is named
    /// only when a frame of ours, sent in this ring after the time was over, came back before that
    /// word.
    std::optional<RingId> silence_probe_;
    /// Members of one ring differ in whether it is quorate since then; no view settles meanwhile.
    std::optional<TimePoint> disagreement_since_;
    std::map<NodeId, TimePoint>
        ahead_since_;  ///< joiners with a newer document than we hold: it may be on its way to us

    bool settled_ = false;
    View view_;
    std::uint64_t last_ticket_ = 0;
    std::map<std::uint64_t, bool>
        open_tickets_;  ///< own undelivered proposals: ticket, wants confirmation
    std::set<std::uint64_t> awaiting_barrier_;
    std::optional<bool> goodbye_empty_;            ///< we are leaving; repeated after a change
    std::optional<ChangeNumber> goodbye_sent_in_;  ///< once it is delivered: its barrier
    std::optional<MemberLost> own_goodbye_;  ///< delivered; we leave when its barrier comes back
    std::optional<ConfigId> activation_proposed_;
    std::optional<AnnounceFrame> last_announce_;
    std::map<NodeId, Member> refused_;  ///< members that sent what we do not know
};

}  // namespace ha::view
