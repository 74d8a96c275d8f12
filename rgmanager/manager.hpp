// SPDX-License-Identifier: Apache-2.0
//
// Manager: the shell of rgmanager. Feeds the service manager's core with what corosync, cmand,
// fenced, clients and agents say, and makes its actions true. Events are queued and handled one at
// a time, in order.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/roots.hpp"
#include "common/daemon/cman_link.hpp"
#include "common/daemon/skeleton.hpp"
#include "common/io/cpg.hpp"
#include "common/io/process.hpp"
#include "common/io/quorum.hpp"
#include "common/io/sleep_watch.hpp"
#include "common/io/timer.hpp"
#include "common/io/unix_socket.hpp"
#include "common/protocol/service_tool.hpp"
#include "rgmanager/core/service_manager.hpp"
#include "rgmanager/fence_link.hpp"
#include "rgmanager/metadata_run.hpp"
#include "rgmanager/service_runner.hpp"

namespace ha::service {

class Manager
{
public:
    Manager(daemon::Skeleton& skeleton, bool skip_initial_stop);
    ~Manager();
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    /// Opens the socket and connects; `on_ready` once requests are answered.
    /// Errors: already_exists, system.
    [[nodiscard]] Status start(std::function<void()> on_ready);

    /// SIGTERM: stops own services, leaves, ends the skeleton.
    void shut_down();

    /// SIGHUP: reads the agents' rules anew; cluster.conf itself is cmand's.
    void reload();

    [[nodiscard]] std::string describe() const;

private:
    // manager_documents.cpp: from cmand's document to resource trees
    void document_came(const protocol::ActiveDocument& document);
    void load_next_document();
    void rules_came(const RuleSet& rules, const Notes& notes);
    void keep_document(const protocol::ActiveDocument& document);
    void load_kept_documents(const RuleSet& rules);
    void drop_kept_documents();

    // manager.cpp: the core's life, its events
    void create_core();
    void enqueue(Event event);
    void drain();
    void quorum_came(const view::QuorumChanged& quorum);
    void cluster_lost(const std::string& why);
    void tell_wall_clock();
    void check_sleep();
    void leave_group();
    void left_group();

    // manager_actions.cpp: what the core wants
    void handle(const Action& action);
    void act(const JoinGroup& action);
    void act(const LeaveGroup& action);
    void act(const SendFrame& action);
    void act(const StartService& action);
    void act(const StopService& action) { runner_.stop(action); }
    void act(const CheckService& action) { runner_.check(action); }
    void act(const MigrateService& action);
    void act(const NoteGuest& action);
    void refuse(const std::string& service, std::uint64_t task, const std::string& what,
                int agent_code = 0);
    void act(const UpdateService& action) { runner_.update(action); }
    void act(const EndStart& action) { runner_.end_start(action); }
    void act(const SaveState& action);
    void act(const Reply& action);
    void act(const TableChanged& action);
    void act(const LogDecision& action);
    void act(const ReportJoined& action);
    void act(const ReportGoodbye& action);
    void act(const DemandFence& action);
    void act(const BeginAnew& action);
    void act(const Finished& action);

    // manager_clients.cpp: clustat and clusvcadm
    void frame_came(io::ConnectionId from, const io::SocketFrame& frame);
    void client_closed(io::ConnectionId connection);
    void answer_status(io::ConnectionId to);
    void request_came(io::ConnectionId from, const io::SocketFrame& frame);
    void reply(io::ConnectionId to, const protocol::ServiceReply& message);

    daemon::Skeleton& skeleton_;
    Roots roots_;
    bool skip_initial_stop_;
    bool is_first_of_life_ = true;
    DaemonLife life_;
    std::function<void()> on_ready_;

    std::unique_ptr<ServiceManager> core_;  ///< once cmand told who this node is
    std::deque<Event> events_;
    bool is_draining_ = false;
    bool is_shutting_down_ = false;
    bool is_leaving_ = false;           ///< cpg_leave is under way; left_group() follows
    bool begins_anew_ = false;          ///< after the group is left: a new core
    bool is_cluster_lost_ = false;      ///< and meanwhile corosync went away: exit instead
    std::optional<Finished> finished_;  ///< after the group is left: exit
    std::string saved_state_;
    bool is_saved_state_doubted_ = false;
    bool is_state_kept_ = true;  ///< the last SaveState reached the run root

    NodeId self_;
    bool config_accepted_ = true;
    std::optional<view::QuorumChanged> quorum_seen_;
    std::optional<std::optional<protocol::FenceFacts>>
        facts_;  ///< the last that came, for a new core
    std::optional<ServicesDocument> newest_;
    std::vector<ServicesDocument> former_;    ///< kept by a former rgmanager of this node life
    std::set<std::uint64_t> kept_documents_;  ///< versions in the run root
    std::optional<protocol::ActiveDocument> last_document_;
    std::optional<protocol::ActiveDocument> next_document_;
    std::optional<protocol::ActiveDocument> loading_;
    std::unique_ptr<MetadataRun> metadata_run_;

    io::ProcessRunner children_;
    ServiceRunner runner_;
    daemon::CmanLink cman_;
    FenceLink fence_;
    io::Cpg cpg_;
    io::Quorum quorum_;
    io::UnixServer server_;
    io::Timer wake_;
    io::Timer wall_clock_;
    io::Timer watch_;
    io::SleepWatch sleep_;
    Duration token_{};  ///< of the newest document; zero: not known yet
    std::map<std::uint64_t, io::ConnectionId> requests_;  ///< open ones, by ticket
    std::uint64_t last_ticket_ = 0;
};

}  // namespace ha::service
