// SPDX-License-Identifier: Apache-2.0
//
// Fenced: the shell around the fence domain. Sockets, corosync, children, files and the clock
// become events of FenceDomain, and its actions become system calls, in the order the domain gave
// them. It decides nothing.
//
//   cmand.sk --document--> |         | --frames--> cpg group `fenced`
//   corosync --views-----> | domain  | --agents--> OperationRunner
//   fenced.sk --requests-> |         | --facts---> rgmanager, clvm-lockd
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "common/base/result.hpp"
#include "common/daemon/cman_link.hpp"
#include "common/daemon/skeleton.hpp"
#include "common/io/cpg.hpp"
#include "common/io/process.hpp"
#include "common/io/quorum.hpp"
#include "common/io/recorder.hpp"
#include "common/io/sleep_watch.hpp"
#include "common/io/timer.hpp"
#include "fenced/control.hpp"
#include "fenced/core/domain.hpp"
#include "fenced/journal.hpp"
#include "fenced/local_requests.hpp"
#include "fenced/options.hpp"
#include "fenced/override_fifo.hpp"
#include "fenced/rounds.hpp"

namespace ha::fence {

class Fenced
{
public:
    /// Precondition: skeleton.start() succeeded; it outlives this.
    Fenced(daemon::Skeleton& skeleton, DaemonOptions options);

    /// Reaps what a former fenced left, checks that this node is clean, and connects to cmand;
    /// ready() is announced once the first document is there and the socket is open. Errors:
    /// system; already_exists when entries of an earlier life are found (the text names one).
    [[nodiscard]] Status start();

    /// SIGTERM: ends the daemon unless this node is in the domain.
    void terminate();

    [[nodiscard]] std::string describe() const;

private:
    // ---- fenced.cpp: the daemon's life
    [[nodiscard]] Status check_clean();
    void reap_leftovers();
    void look_at_leftovers();
    [[nodiscard]] std::set<NodeId> leftover_victims() const;
    void document_came(const protocol::ActiveDocument& document);
    void begin(const protocol::ActiveDocument& document);
    void prepare_came(const protocol::PrepareQuestion& question);
    void cluster_lost(const std::string& reason);
    void give_up(const std::string& reason);
    void start_over(const std::string& reason);
    void leave_group();
    void group_left();
    void go_on_in_new_life();
    void check_sleep(TimePoint now);
    void quorum_came(const view::QuorumChanged& event);
    [[nodiscard]] bool is_in_domain() const { return domain_ && domain_->is_in_domain(); }

    // ---- fenced_actions.cpp: events in, actions out
    void feed(const Event& event);
    void take_step(const Event& event);
    void perform(const SendFrame& action);
    void perform(const JoinGroup& action);
    void perform(const LeaveGroup& action);
    void perform(const RunRound& action);
    void perform(const AskDevices& action);
    void perform(const EndRound& action);
    void perform(const FactsChanged& action);
    void perform(const SaveState& action);
    void perform(const KillNode& action);
    void perform(const OpenOverride& action);
    void perform(const CloseOverride& action);
    void perform(const StartOver& action);
    void perform(const Reply& action);
    void perform(const AnswerPrepare& action);
    void perform(const Decided& action);
    void name_written(const std::string& name);
    [[nodiscard]] model::Node victim_node(NodeId id) const;
    [[nodiscard]] std::string node_name(NodeId id) const;
    [[nodiscard]] std::optional<NodeId> node_named(const std::string& name) const;

    daemon::Skeleton& skeleton_;
    DaemonOptions options_;
    Journal journal_;
    io::ProcessRunner children_;
    Rounds rounds_;
    io::Cpg cpg_;
    io::Quorum quorum_;
    daemon::CmanLink cman_;
    Control control_;
    OverrideFifo fifo_;
    io::Timer wake_;      ///< the domain's
    io::Timer watch_;     ///< ticks, so that a long sleep is noticed
    io::Timer patience_;  ///< for the first document
    io::Timer leftover_;  ///< while agents of a former fenced do not end
    io::Recorder recorder_;

    std::unique_ptr<FenceDomain> domain_;  ///< from the first document on
    std::shared_ptr<const model::ClusterModel> model_;
    ConfigId config_id_;
    NodeId self_;
    bool config_accepted_ = true;
    bool is_cman_gone_ = false;
    std::string saved_state_;
    std::vector<io::RecordedChild> leftovers_;  ///< got SIGKILL, not gone yet
    std::vector<NodeId> override_victims_;
    std::set<NodeId> deferred_;  ///< victims that others fence, as logged already
    std::optional<view::QuorumChanged> last_quorum_;  ///< as votequorum said it
    io::SleepWatch sleep_;
    std::deque<Event> queue_;  ///< events that came while one was handled
    LocalRequests requests_;   ///< while it starts over
    bool is_handling_ = false;
    bool is_leaving_ = false;  ///< cpg_leave was called, its end is not announced yet
    bool joins_after_leaving_ = false;
    bool is_starting_over_ = false;  ///< until the group is left and every agent is reaped
    bool is_ending_ = false;
};

}  // namespace ha::fence
