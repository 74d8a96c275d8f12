// SPDX-License-Identifier: Apache-2.0
//
// ServiceManager: what runs where, as a pure core (DESIGN section 4, "Service manager").
// Intuition: one replicated table, no leader. Every member computes the same decisions from the
// same table and the same settled view; the node that a decision names proposes it as a change of a
// row, and acts only when its own change came back and the barrier confirmed it. What this node
// really runs is kept apart from the table (LocalService), and `advance` compares both after every
// event: it is the only place that starts anything. It runs no agent, reads no clock and knows no
// resource tree.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/view/group.hpp"
#include "rgmanager/core/events.hpp"
#include "rgmanager/core/local_service.hpp"
#include "rgmanager/core/placement.hpp"
#include "rgmanager/core/request.hpp"
#include "rgmanager/core/service_table.hpp"

namespace ha::service {

/// Times are knobs so that the simulator may bend them. Mutants undo one sentence of DESIGN each.
struct ServiceKnobs {
    Duration pending_timeout = std::chrono::seconds{30};  ///< an absent rgmanager becomes a victim
    Duration quorum_stop_timeout = std::chrono::seconds{60};  ///< while there is no document
    Duration request_wait = std::chrono::seconds{10};         ///< for a settled view; then EAGAIN
    Duration save_delay = std::chrono::milliseconds{100};  ///< of a table that only others changed
    Duration shutdown_stop_limit =
        std::chrono::minutes{10};                       ///< per service, when the daemon stops
    Duration returned_after = std::chrono::seconds{5};  ///< facts of the fence domain may lag
    view::GroupKnobs group{};
    bool mutant_skip_fence_wait =
        false;  ///< recover when the owner is lost, not when it is settled
    bool mutant_failed_stop_is_stop = false;        ///< S9
    bool mutant_claim_with_pending_victim = false;  ///< S10
    bool mutant_park_for_ever = false;  ///< L1: all decide anew on every settled view change
};

/// A service as tools show it.
struct ServiceStatus {
    ServiceRow row;
    bool owner_is_online = false;
    std::string
        waits_for;  ///< one sentence: what it waits for and the command that ends it; "" if nothing
};

class ServiceManager
{
public:
    struct Config {
        NodeId self;
        DaemonLife life;
        ServiceKnobs knobs{};
    };

    explicit ServiceManager(Config config);

    [[nodiscard]] Step on(const Event& event, TimePoint now);

    /// Every configured service and every row, by name.
    [[nodiscard]] std::vector<ServiceStatus> statuses() const;
    [[nodiscard]] ServiceStatus status(const std::string& service) const;
    [[nodiscard]] const protocol::TableState& table() const { return table_.state(); }
    [[nodiscard]] const view::Group& group() const { return group_; }
    /// Members whose rgmanager is admitted and present.
    [[nodiscard]] std::set<NodeId> online() const;
    [[nodiscard]] bool is_quorate() const { return quorate_; }
    [[nodiscard]] bool is_locked() const { return table_.state().locked; }
    /// Its stop failed or overran after loss of quorum: this node is unsafe and keeps its claim.
    [[nodiscard]] bool is_unsafe(const std::string& service) const;
    /// Why the cluster must not stop on this node now ("service web runs here"), or "".
    [[nodiscard]] std::string reason_to_stay() const;
    /// Documents that may be needed: the active one, newer ones, and those services run under.
    [[nodiscard]] std::set<std::uint64_t> needed_documents() const;
    /// The whole state as text, in the words of the glossary.
    [[nodiscard]] std::string describe() const;

private:
    static constexpr std::string_view group_name = "rgmanager";  ///< in the fence domain's records

    struct OpenRequest {
        Requested request;
        TimePoint since{};
        bool is_proposed = false;  ///< its change is under way
        bool is_running = false;   ///< its operation is in the row; else it waits to be judged
    };
    struct PendingMember {
        view::Member member;
        TimePoint due{};  ///< its fence is demanded then, and again until it is a victim
    };
    /// A member beside which no view settles: this node demands its fence, again until it is heard.
    struct UnwantedMember {
        view::Member member;
        std::string cause;
        bool is_refused = false;  ///< it sent what we cannot read: it counts until proven dead
        TimePoint due{};          ///< when to demand next
    };
    /// A proposal on its way: the rows it changes, and the versions they get.
    using InFlight = std::map<std::string, std::uint64_t>;

    // service_manager.cpp: events, life of the daemon
    void on_event(const Started& event);
    void on_event(const ServicesConfigured& event);
    void on_event(const FormerDocument& event);
    void on_event(const FactsChanged& event);
    void on_event(const WallClockSet& event);
    void on_event(const Requested& event);
    void on_event(const TaskFinished& event);
    void on_event(const ShutdownRequested& event);
    void on_event(const Overslept& event);
    void on_event(const CorosyncLost& event);
    void on_event(const TimePassed& event);
    void on_event(const view::GroupEvent& event);
    void feed_group(const view::GroupEvent& event);
    void drive();
    void follow_active_document();
    void join_when_ready();
    bool stop_what_no_row_reports();
    void finish_when_stopped();
    void reset_when_stopped();
    [[nodiscard]] Duration quorum_stop_timeout() const;
    [[nodiscard]] bool may_reset() const;
    [[nodiscard]] bool is_known_failed(const std::string& service) const;
    void begin_anew(const std::string& why);
    void say_goodbye_when_stopped();
    void finish(bool is_clean, std::string reason);
    void begin_emergency(std::string reason, bool is_final);
    [[nodiscard]] bool comes_here(const ServiceRow& row) const;
    [[nodiscard]] bool expects_guest() const;
    [[nodiscard]] const protocol::TableState& known_table() const;
    void expect_guests();
    void may_run_here(const ServiceRow& row);
    void doubt_old_file();
    [[nodiscard]] bool knows_what_may_run() const;
    [[nodiscard]] bool may_have_stopped_frozen() const;
    void set_left(bool left);
    void stop_everything();
    void save(bool at_once);
    [[nodiscard]] protocol::MemberReport report() const;
    [[nodiscard]] std::optional<TimePoint> wake_at() const;
    void act(Action action);
    void log(LogLevel level, const std::string& service, std::string text);

    // manager_group.cpp: the group's outputs, in order
    void handle(const std::vector<view::GroupOutput>& outputs);
    void on_output(const view::Send& output);
    void on_output(const view::ViewSettled& output);
    void on_output(const view::ViewUnsettled& output);
    void on_output(const view::MemberLost& output);
    void on_output(const view::MemberAdmitted& output);
    void on_output(const view::Delivered& output);
    void on_output(const view::Voided& output);
    void on_output(const view::Confirmed& output);
    void on_output(const view::SnapshotWanted& output);
    void on_output(const view::LoadSnapshot& output);
    void on_output(const view::FormTable& output);
    void on_output(const view::MemberSilent& output);
    void on_output(const view::StrangerSeen& output);
    void on_output(const view::TableDropped& output);
    void on_output(const view::Refused& output);
    void on_output(const view::ToldToDie& output);
    void on_output(const view::ForeignFrame& output);
    void on_output(const view::GarbageSeen& output);
    void cannot_read(const view::Member& sender, const std::string& what);
    void refuse_senders();
    void unwanted(const view::Member& member, const std::string& cause, bool is_refused);
    void demand_fences_of_unwanted();
    void end_refusal_of_former_life(const view::Member& member,
                                    const protocol::MemberReport& report);
    [[nodiscard]] std::string reason_of_refused() const;
    void on_output(const view::ConfigActivated& output);
    void apply(const RowChange& change, const view::Member& sender, std::uint64_t ticket);
    void end_proposal(const std::string& service, std::uint64_t ticket);
    void apply_victim(const protocol::VictimFact& fact);
    void apply_settled(const protocol::SettledFact& fact);
    void member_gone(const view::Member& member, view::LeaveReason reason, bool goodbye,
                     bool empty);
    [[nodiscard]] bool members_have_quorum() const;
    void rows_changed(const std::vector<Changed>& changes);
    void row_changed(const Changed& change, const std::optional<Outcome>& outcome);
    void forget_proposals();
    void judge_lost_requests_again();
    void mark_table_used();
    void propose(RowChange change);
    void flush_proposals();
    void propose_facts();
    void add_returned_members(protocol::TableMessage& message);
    [[nodiscard]] bool said_empty_goodbye(const protocol::FactMember& member) const;
    [[nodiscard]] bool says_nothing_runs(NodeId node, const NodeLife& life) const;
    [[nodiscard]] bool is_cut_off(const protocol::FactGroup& group) const;
    [[nodiscard]] bool is_missing(const protocol::FactGroup& group) const;
    void demand_fences();

    // manager_owned.cpp: rows this node owns
    void advance(const std::string& service);
    void advance_owned(const ServiceRow& row, LocalService& local);
    void advance_starting(const ServiceRow& row, LocalService& local);
    void advance_started(const ServiceRow& row, LocalService& local);
    void advance_stop(const ServiceRow& row, LocalService& local);
    void advance_failed(const ServiceRow& row, LocalService& local);
    void advance_migration(const ServiceRow& row, LocalService& local);
    void advance_arrival(const ServiceRow& row, LocalService& local);
    [[nodiscard]] bool is_being_asked(const ServiceRow& row, LocalService& local);
    void report_stopped(const ServiceRow& row, std::string reason);
    void expect_guest(const ServiceRow& row, LocalService& local);
    void clear_failed_migration(const ServiceRow& row, LocalService& local);
    void hand_over(const ServiceRow& row, LocalService& local);
    bool follow_configuration(const ServiceRow& row, LocalService& local);
    bool consider_failback(const ServiceRow& row, LocalService& local);
    void check_when_due(const ServiceRow& row, LocalService& local);
    void begin_stop(const ServiceRow& row, ServiceInput input, Operation op, std::string reason);
    void start_task(LocalService& local, TaskKind kind);
    void run_start(const ServiceRow& row, LocalService& local);
    void run_stop(const std::string& service, LocalService& local, StopPurpose purpose);

    // manager_placement.cpp: rows nobody owns
    void advance_unowned(const ServiceRow& row, LocalService& local);
    void advance_operation(const ServiceRow& row);
    void advance_idle(const ServiceRow& row);
    void claim(const ServiceRow& row, std::string reason, bool going_home);
    void settle_not_mine(const ServiceRow& row, LocalService& local);
    [[nodiscard]] std::string reason_not_to_claim() const;
    [[nodiscard]] std::string reason_of_probation() const;
    [[nodiscard]] std::string reason_of_records() const;
    [[nodiscard]] std::string words_of_victims() const;
    [[nodiscard]] std::string what_it_awaits(const protocol::FactVictim& victim) const;
    [[nodiscard]] const Placement& placement();
    [[nodiscard]] const std::map<std::string, Choice>& plan();

    // manager_requests.cpp
    void advance_requests();
    void begin_request(OpenRequest& open);
    void serve_lock(OpenRequest& open);
    void reply(std::uint64_t ticket, ReturnCode code, const std::string& service,
               std::string why = {});
    void answer_all_requests(ReturnCode code, const std::string& why);
    void operation_changed(const Operation& before, const ServiceRow& row,
                           const std::optional<Outcome>& outcome);
    [[nodiscard]] bool is_own_operation(const Operation& op) const;
    [[nodiscard]] RequestWorld request_world();

    // manager_status.cpp
    [[nodiscard]] std::string wait_of(const ServiceRow& row) const;
    [[nodiscard]] std::string wait_for_owner(const ServiceRow& row) const;
    [[nodiscard]] std::string unsafe_words(const std::string& service) const;

    // small questions
    [[nodiscard]] bool is_parked(const ServiceRow& row) const;
    [[nodiscard]] bool can_decide() const;
    [[nodiscard]] bool is_mine(const ServiceRow& row) const;
    [[nodiscard]] bool is_online(const Owner& owner) const;
    [[nodiscard]] bool is_driver() const;  ///< the lowest admitted member: does what needs no owner
    [[nodiscard]] bool owns_nothing() const;
    [[nodiscard]] bool nothing_runs() const;
    [[nodiscard]] bool any_task_runs() const;
    [[nodiscard]] view::Member self() const;
    [[nodiscard]] std::int64_t wall_s() const;
    [[nodiscard]] std::int64_t boot_s() const;
    [[nodiscard]] const ServicesDocument* document(std::uint64_t version) const;
    [[nodiscard]] std::string node_name(NodeId node) const;
    /// In the active document; everybody is before there is one.
    [[nodiscard]] bool is_configured(NodeId node) const;

    Config config_;
    view::Group group_;
    ServiceTable table_;
    std::map<std::string, LocalService> local_;
    std::map<std::uint64_t, ServicesDocument>
        documents_;  ///< by version; the active one and those rows run under
    const ServicesDocument* active_ = nullptr;  ///< of this point of the group's order
    std::optional<protocol::FenceFacts> facts_;
    std::optional<Started> started_;
    protocol::TableState saved_table_;  ///< of the run root, until a group gives us its own
    bool file_is_doubted_ = false;      ///< it was read, and not yet compared with the group's

    bool initial_stop_done_ = false;
    bool run_root_unreadable_ = false;
    bool joined_ = false;
    bool quorate_ = false;
    bool shutting_down_ = false;
    bool said_goodbye_ = false;
    bool goodbye_is_known_ = false;  ///< its barrier came back
    bool goodbye_was_empty_ = false;
    bool told_empty_ = false;         ///< fenced heard after loss of quorum that nothing runs here
    bool left_ = false;               ///< of the report: nothing of this node's services is left
    bool other_table_seen_ = false;   ///< since the last quorate view
    DaemonLife told_to_;              ///< that fenced
    AdmissionNumber told_admission_;  ///< which had this one; 0: it was no member yet
    std::map<NodeId, TimePoint>
        returned_since_;  ///< lost or barred here, members of the fence domain
    bool finished_ = false;
    std::string emergency_;  ///< why everything must stop here, or ""
    TimePoint emergency_since_{};
    bool emergency_ends_ = false;  ///< and the daemon after it (no return by quorum)

    std::map<std::uint64_t, OpenRequest> requests_;
    std::map<NodeId, PendingMember> pending_;
    std::map<NodeId, UnwantedMember> unwanted_;
    std::vector<NodeId> to_refuse_;  ///< within one step
    std::set<std::pair<NodeId, NodeLife>> strangers_;
    std::map<std::uint64_t, InFlight> in_flight_;  ///< by the group's ticket
    std::vector<RowChange> changes_;               ///< to be proposed at the end of this step
    protocol::TableMessage facts_to_propose_;
    std::uint64_t facts_ticket_ = 0;  ///< facts are on their way
    std::uint64_t next_task_ = 0;
    std::int64_t wall_at_boot_s_ = 0;
    std::optional<TimePoint> save_due_;
    std::string saved_bytes_;

    // Of the current step.
    TimePoint now_{};
    std::vector<Action>* actions_ = nullptr;
    bool table_changed_ = false;
    bool save_now_ = false;
    std::set<NodeId> online_;
    std::optional<Placement> placement_;
    std::optional<std::map<std::string, Choice>> plan_;
};

}  // namespace ha::service
