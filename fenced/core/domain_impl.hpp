// SPDX-License-Identifier: Apache-2.0
//
// Inside of FenceDomain; include domain.hpp instead. One method per event, output and message:
// - domain.cpp: construction, the one step, events of the shell
// - domain_owed.cpp: what is owed to the group, answers to tools, joining and leaving
// - domain_members.cpp: what Group says: members, views, strangers, snapshots, forming
// - domain_messages.cpp: delivered messages: only here victims, rounds and proofs change
// - domain_fencing.cpp: what this node decides to propose
// - domain_rounds.cpp: its own rounds
// - domain_sides.cpp: clear, strangers, reset, leave
// - domain_documents.cpp: the documents held, and the check of one that is to follow
// - domain_facts.cpp: facts, the run-root copy, text
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "fenced/core/copies.hpp"
#include "fenced/core/delay.hpp"
#include "fenced/core/domain.hpp"
#include "fenced/core/domain_codec.hpp"
#include "fenced/core/state.hpp"

namespace ha::fence {

/// Whether a node names itself for its cmand: that is about the moment in which it was said, and is
/// never said again of itself.
[[nodiscard]] bool names_itself(const GroupMessage& message);

class FenceDomain::Impl
{
public:
    explicit Impl(Config config);

    [[nodiscard]] Step on(const Event& event, TimePoint now);
    [[nodiscard]] std::string describe() const;
    /// The active one; null before the first.
    [[nodiscard]] const model::ClusterModel* model() const;

private:
    friend class FenceDomain;  // its questions read the state

    Config config_;
    view::Group group_;
    protocol::FenceState state_;  ///< replicated
    protocol::FenceFacts facts_;
    std::string why_not_restored_;
    bool in_domain_ = false;  ///< wanted: from fence_tool join until leave or death

    /// A message this node owes the group: proposed again until its own delivery is seen.
    struct Owed {
        GroupMessage message;
        RequestId request = 0;                ///< of a tool that waits for it, 0 if none
        std::optional<std::uint64_t> ticket;  ///< proposed and not voided
    };

    /// A round of this node, from the delivery of its FenceStarted to that of its FenceFinished.
    struct OwnRound {
        enum class Stage {
            unconfirmed,
            asking,
            ready,
            running,
            lost,  ///< of a former process, whose agents do not end
            reported
        } stage = Stage::unconfirmed;
        std::uint64_t ticket = 0;
        NodeId victim;
        NodeLife life;
        bool is_ending = false;
    };

    // domain.cpp
    void on_event(const Started& event);
    void on_event(const view::GroupEvent& event);
    void on_event(const JoinRequested& event);
    void on_event(const LeaveRequested& event);
    void on_event(const ClusterLost& event);
    void on_event(const Overslept& event);
    void on_event(const RoundFinished& event);
    void on_event(const DevicesAnswered& event);
    void on_event(const ExternalBegan& event);
    void on_event(const ExternalEnded& event);
    void on_event(const Acknowledged& event);
    void on_event(const FenceDemanded& event);
    void on_event(const LocalGroupJoined& event);
    void on_event(const LocalGroupGoodbye& event);
    void on_event(const LeftoverAgentsGone& event);
    void on_event(const CmanGone& event);
    void on_event(const CmanReturned& event);
    void abandon_group_if_wanted();
    void feed(const view::GroupEvent& event);

    // domain_documents.cpp
    void on_event(const ConfigChanged& event);
    void on_event(const PrepareAsked& event);
    void on_event(const PrepareDropped& event);
    void apply(const view::Member& sender, const protocol::Prepare& message);
    void apply(const view::Member& sender, const protocol::PrepareWithdrawn& message);
    void handle(const view::ConfigActivated& output);
    void answer_prepare(bool accepted, const std::string& why);
    void end_prepared();
    void forget_old_models();
    [[nodiscard]] std::string why_not_prepare(const protocol::Prepare& message) const;

    void handle_outputs(std::vector<view::GroupOutput> outputs);
    void owe(GroupMessage message, RequestId request = 0);
    void note_group(protocol::GroupNoted note);
    void pay();
    [[nodiscard]] bool is_owed_naming(NodeId node) const;
    void reply(RequestId request, bool accepted, std::string text);
    void decided(Decision decision, NodeId node, std::string reason);
    void die(const std::string& reason);
    void join_group();
    void reset_before_joining();
    void make_reset_copy();
    void leave_domain();
    [[nodiscard]] std::string name(NodeId node) const;
    /// In the active document; everybody is before there is one.
    [[nodiscard]] bool is_configured(NodeId node) const;

    // domain_members.cpp
    void handle(const view::Send& output);
    void handle(const view::ViewSettled& output);
    void handle(const view::ViewUnsettled& output);
    void handle(const view::MemberLost& output);
    void handle(const view::MemberAdmitted& output);
    void handle(const view::Delivered& output);
    void handle(const view::Voided& output);
    void handle(const view::Confirmed& output);
    void handle(const view::SnapshotWanted& output);
    void handle(const view::LoadSnapshot& output);
    void handle(const view::FormTable& output);
    void handle(const view::MemberSilent& output);
    void handle(const view::StrangerSeen& output);
    void handle(const view::TableDropped& output);
    void handle(const view::Refused& output);
    void handle(const view::ToldToDie& output);
    void handle(const view::ForeignFrame& output);
    void handle(const view::GarbageSeen& output);
    void refuse_sender(const view::Member& sender, const std::string& what);
    void forget_domain();
    void nothing_is_on_its_way();
    void lost_own_membership();
    void start_clocks();
    void keep_rounds_of(const view::Member& member, const protocol::FenceCopy& copy);
    void admit_victims_known_to(const protocol::FenceCopy& copy);
    void put_aside(const view::MemberLost& lost);

    // domain_messages.cpp
    void apply(const view::Member& sender, const protocol::VictimNamed& message);
    void apply(const view::Member& sender, const protocol::FenceStarted& message,
               std::uint64_t ticket);
    void apply(const view::Member& sender, const protocol::FenceFinished& message);
    void apply(const view::Member& sender, const protocol::VictimAcknowledged& message);
    void apply(const view::Member& sender, const protocol::ExternalStarted& message);
    void apply(const view::Member& sender, const protocol::ExternalFinished& message);
    void apply(const view::Member& sender, const protocol::GroupNoted& message);
    void apply(const view::Member& sender, const protocol::DomainCleared& message);
    void name_victim(NodeId node, const NodeLife& life, AdmissionNumber admission,
                     protocol::FenceCause cause, const std::string& words);
    void settle(NodeId node, protocol::SettledHow how, NodeId by, const std::string& words,
                AdmissionNumber up_to_if_life_unknown);
    void settle_pending(const protocol::PendingRecord& pending, NodeId by);
    [[nodiscard]] std::vector<NodeId> settle_one(NodeId node, protocol::SettledHow how, NodeId by,
                                                 const std::string& words,
                                                 AdmissionNumber up_to_if_life_unknown);
    void settle_acknowledged(std::vector<NodeId> nodes);
    void forget_clocks_of(NodeId node);
    [[nodiscard]] std::string why_void(const protocol::FenceStarted& message) const;

    // domain_fencing.cpp
    void decide();
    void name_overdue();
    void decide_own_cman();
    void decide_fencing();
    void consider_round(const protocol::VictimRecord& victim);
    void begin_round(const protocol::VictimRecord& victim);
    void act_on_confirmed(std::uint64_t round, OwnRound& own);
    void run_round(std::uint64_t round, OwnRound& own);
    void report_round(std::uint64_t round, protocol::RoundOutcome outcome,
                      const std::string& method, const std::string& words, Duration took);
    void end_own_rounds(const std::string& reason);
    void end_round(std::uint64_t round, OwnRound& own, const std::string& reason);
    void report_lost_rounds();
    void give_up_unconfirmed_rounds();
    void decide_clear();
    void decide_strangers();
    void decide_reset();
    void give_up_when_due();
    [[nodiscard]] bool everything_is_stopped() const;
    void decide_leave();
    void decide_override();
    [[nodiscard]] bool may_fence() const;
    [[nodiscard]] bool yields_to(NodeId victim);
    [[nodiscard]] bool is_quorate() const;
    [[nodiscard]] bool has_methods(NodeId node) const;
    [[nodiscard]] bool ask_first(const protocol::VictimRecord& victim) const;
    [[nodiscard]] std::string why_not_clear() const;
    void want(TimePoint when);

    // domain_facts.cpp
    void publish();
    void save();
    [[nodiscard]] protocol::FenceFacts make_facts() const;
    [[nodiscard]] protocol::FactVictim make_fact(const protocol::VictimRecord& victim) const;
    [[nodiscard]] std::string awaited(const protocol::VictimRecord& victim) const;
    [[nodiscard]] protocol::FenceCopy make_copy();
    [[nodiscard]] protocol::FenceState state_on_the_wire() const;

    // Of the call under way.
    TimePoint now_{};
    std::vector<Action> actions_;
    std::vector<view::GroupOutput> more_;  ///< what calls into Group add while outputs are handled
    std::optional<TimePoint> wake_at_;

    // This node.
    std::map<ConfigId, std::shared_ptr<const model::ClusterModel>> models_;
    ConfigId newest_config_;
    std::optional<std::pair<std::uint64_t, ConfigId>> prepare_question_;  ///< of cmand, unanswered
    bool dead_ = false;
    std::string death_reason_;
    bool in_group_ = false;  ///< JoinGroup was the last word
    bool leave_is_under_way_ = false;
    bool abandons_group_ = false;  ///< Group is told at the end of the step
    bool leaving_ = false;
    bool goodbye_said_ = false;
    bool wants_back_ = false;  ///< fence_tool join came after the goodbye
    RequestId leave_request_ = 0;
    std::set<std::string>
        open_groups_;  ///< of this node life, joined without an empty goodbye since
    std::set<std::string> handed_over_;   ///< open, but what is left of them hinders no reset
    std::optional<TimePoint> reset_due_;  ///< until then everything is stopped, or this node dies
    bool is_reset_ = false;               ///< restored from a reset copy, no member since
    bool wants_reset_ = false;
    bool must_reset_ = false;  ///< before this process may join: its copy lost quorum
    bool started_over_ = false;
    bool is_forming_ = false;           ///< FormTable was handled, its admissions follow
    std::set<NodeId> leftover_agents_;  ///< victims against which a dead process's agents still run
    std::vector<Owed> owed_;
    std::map<std::uint64_t, OwnRound> own_rounds_;
    std::map<NodeId, std::uint64_t>
        proposed_rounds_;  ///< victim: ticket of a FenceStarted under way

    // Clocks of this node over replicated state.
    VictimClocks clocks_;
    std::map<NodeId, TimePoint> grace_ends_;           ///< of pending members
    std::map<std::uint64_t, TimePoint> round_silent_;  ///< when a round's fencer counts as silent
    std::map<NodeId, TimePoint> returning_since_;      ///< a victim's node is back in the group
    std::map<NodeId, TimePoint> settled_at_;
    std::optional<TimePoint> cman_due_;  ///< cmand is gone; this node names itself then
    std::optional<TimePoint> quorate_since_;
    bool has_quorum_ = false;        ///< what the last quorum callback said
    bool joined_or_gained_ = false;  ///< since victims were armed last
    std::set<NodeId> ring_;          ///< nodes in the ring, by totem's callback
    struct Stranger {
        DaemonLife life;
        bool barred = false;
        TimePoint since{};
        bool was_told = false;
    };
    std::map<NodeId, Stranger> strangers_;  ///< seen in this group view
    std::set<NodeId> override_open_for_;
    protocol::FenceCopy kept_;  ///< the domain as this node last knew it as a member
    std::optional<protocol::FenceCopy> last_saved_;
    bool facts_published_ = false;
};

}  // namespace ha::fence
