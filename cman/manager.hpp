// SPDX-License-Identifier: Apache-2.0
//
// Manager: the shell of cmand. Turns sockets, corosync's services and timers into events of the
// core (cman/core/membership.hpp) and the core's actions into system calls.
//
//   start: render RUN/corosync.conf -> corosync -t -> corosync -f -> cpg, quorum -> core says
//   BecameMember: ready adopt: the same without the first three end:   corosync is gone;
//   subscribers were told; `on_end(code, why)` is the last thing
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "cman/configuration.hpp"
#include "cman/core/membership.hpp"
#include "cman/core/quorum.hpp"
#include "cman/core/reload.hpp"
#include "cman/corosync_process.hpp"
#include "cman/staged_files.hpp"
#include "cman/token_hold.hpp"
#include "common/base/exit_codes.hpp"
#include "common/io/cpg.hpp"
#include "common/io/loop.hpp"
#include "common/io/process.hpp"
#include "common/io/quorum.hpp"
#include "common/io/timer.hpp"
#include "common/io/unix_socket.hpp"
#include "common/protocol/cman.hpp"
#include "common/protocol/cman_group.hpp"
#include "common/wire/frame.hpp"

namespace ha::cman {

class Manager
{
public:
    struct Callbacks {
        std::function<void()> on_ready;
        std::function<void(ExitCode code, const std::string& why)> on_end;
        std::function<void()> on_stay;      ///< request_leave() met objections
        std::function<void()> on_switched;  ///< configuration() is another one now
    };

    Manager(io::Loop& loop, Roots roots, DaemonLife life, Callbacks callbacks);
    ~Manager();

    /// Reads the configuration (or the record of a former cmand) and starts. Everything later ends
    /// in on_end. Errors: invalid_input (configuration), already_exists (somebody else's corosync),
    /// system.
    [[nodiscard]] Status start(const JoinOverrides& overrides);

    /// SIGTERM: leaves the cluster if every subscriber agrees.
    void request_leave();

    [[nodiscard]] std::string describe() const;

    /// Precondition: start() succeeded.
    [[nodiscard]] const ActiveConfiguration& configuration() const { return *active_; }

private:
    struct Ending {
        ExitCode code = ExitCode::done;
        std::string why;
    };

    // ---- manager.cpp: life of corosync
    [[nodiscard]] Status prepare(ActiveConfiguration active, bool adopted);
    [[nodiscard]] Status start_fresh();
    void on_preflight(const io::ProcessResult& result);
    void connect_to_corosync();
    void on_corosync_death(const std::string& why);
    void on_corosync_lost(const std::string& why);
    void end(Ending ending);
    void finish();
    [[nodiscard]] RunRecord record_of(const ActiveConfiguration& configuration) const;
    void save_record();

    // ---- manager_actions.cpp: the core's wishes
    void feed(const Event& event);
    void perform(const SendHello& action);
    void perform(const SendLeaving& action);
    void perform(const SendKill& action);
    void perform(const KillThroughCorosync& action);
    void kill_through_corosync();
    void perform(const Publish& action);
    void perform(const AskSubscriber& action);
    void perform(const AnswerLeave& action);
    void perform(const AnswerClient& action);
    void perform(const BecameMember& action);
    void perform(const StopCorosync& action);
    void perform(const Die& action);
    void perform(const GiveUp& action);
    void perform(const CatchUp& action);
    void perform(const LowerExpected& action);
    void perform(const RestoreExpected& action);
    void set_expected(std::uint32_t expected, const std::string& why);
    void perform(const NoteMember& action);
    void perform(const NoteQuorum& action);
    void perform(const NoteVerdict& action);
    void perform(const NoteAddresses& action);
    void tell_stopping(bool clean, const std::string& reason);

    // ---- manager_reload.cpp: another document for the running cluster
    void tell_reload(ReloadEvent event);
    void perform(const SendOffer& action);
    void perform(const SendChunk& action);
    void perform(const SendVote& action);
    void perform(const SendCommit& action);
    void perform(const SendDrop& action);
    void perform(const SendWanted& action);
    void perform(const Load& action);
    void perform(const AskFence& action);
    void perform(const Forget& action);
    void perform(const Switch& action);
    void perform(const TellSwitched& action);
    void perform(const ReloadCorosync& action);
    void perform(const AnswerReload& action);
    void perform(const CatchUpFailed& action);
    void handle(io::ConnectionId from, const protocol::ReloadRequest& request);
    void handle(io::ConnectionId from, const protocol::PrepareAnswer& answer);
    void take_own_file(io::ConnectionId from);
    [[nodiscard]] std::string why_no_reload() const;
    [[nodiscard]] Result<ActiveConfiguration> load_candidate(const Load& action) const;
    [[nodiscard]] Status keep_ready(ActiveConfiguration candidate, bool is_carried);
    [[nodiscard]] std::string why_not_quorate(const ActiveConfiguration& candidate);
    void subscriber_gone(io::ConnectionId gone);

    // ---- manager_group.cpp: corosync's reports and the group of cmands
    void on_group_event(const view::GroupEvent& event);
    void on_group_frame(const view::FrameDelivered& frame);
    void on_hello(NodeId from, const protocol::CmanHello& hello);
    void on_nodes(const io::QuorumNodes& nodes);
    void refresh_votes();
    void refresh_old_votes();
    template <class Message>
    [[nodiscard]] Status send_to_group(const Message& message)
    {
        return cpg_.send(wire::encode_frame(protocol::cman_group_protocol_version,
                                            Message::message_type, protocol::encode(message)));
    }

    // ---- manager_requests.cpp: clients
    void on_frame(io::ConnectionId from, const io::SocketFrame& frame);
    bool handle_query(io::ConnectionId from, const io::SocketFrame& frame);
    void handle_command(io::ConnectionId from, const io::SocketFrame& frame);
    void handle(io::ConnectionId from, const protocol::WaitRequest& request);
    void handle(io::ConnectionId from, const protocol::Subscribe& request);
    void handle(io::ConnectionId from, const protocol::LeaveAnswer& request);
    void handle(io::ConnectionId from, const protocol::LeaveRequest& request);
    void handle(io::ConnectionId from, const protocol::KillRequest& request);
    void handle(io::ConnectionId from, const protocol::ExpectedRequest& request);
    void handle(io::ConnectionId from, const protocol::VotesRequest& request);
    template <class Message>
    void decode_and_handle(io::ConnectionId from, const io::SocketFrame& frame);
    template <class Message>
    void send(io::ConnectionId to, const Message& message)
    {
        server_.send(to, Message::message_type, protocol::encode(message));
    }
    [[nodiscard]] protocol::StatusReply status() const;
    [[nodiscard]] protocol::NodesReply nodes() const;
    [[nodiscard]] Ballot ballot() const;

    io::Loop& loop_;
    Roots roots_;
    DaemonLife life_;
    Callbacks callbacks_;
    std::optional<ActiveConfiguration> active_;
    std::unique_ptr<Membership> core_;
    std::unique_ptr<Reload> reload_;
    std::deque<ReloadEvent> reload_events_;
    bool is_reloading_ = false;                     ///< one of them is being handled
    std::optional<ActiveConfiguration> candidate_;  ///< kept ready
    StagedFiles staged_;                            ///< what its switch puts into place
    RunRecord staged_record_;
    std::optional<std::pair<io::ConnectionId, std::uint64_t>> asked_fence_;
    io::ProcessRunner runner_;
    CorosyncProcess corosync_;
    io::UnixServer server_;
    TokenHold token_hold_;
    io::Cpg cpg_;
    io::Quorum quorum_;
    io::Timer core_timer_;
    io::Timer reload_timer_;
    io::Timer votes_timer_;   ///< after a reload: votequorum's own messages follow ours
    io::Timer start_timer_;   ///< a corosync that never lets us in
    io::Timer lost_timer_;    ///< a corosync that lives and does not answer
    io::Timer kill_timer_;    ///< the victims' own cmands come first
    io::Timer finish_timer_;  ///< lets the last frames reach the clients
    std::optional<io::VoteInfo> votes_;
    std::set<NodeId> victims_;                          ///< of kill_timer_
    bool votes_are_old_ = true;                         ///< the membership changed since
    std::map<std::uint64_t, std::string> subscribers_;  ///< connection, name
    std::optional<Ending> ending_;
    bool is_member_ = false;
};

}  // namespace ha::cman
