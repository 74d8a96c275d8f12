// SPDX-License-Identifier: Apache-2.0
//
// The seam between the simulator and a daemon: Daemon is a thin shell around a real core, Host is
// everything its node gives it. A daemon joins at most one cpg group, named like itself. A daemon
// object is one process: it dies by kill -9 (destroyed), by exit(), or with its node; the
// supervisor makes a new one, which finds the files of the same node life and the children that
// were left behind.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/random.hpp"
#include "common/base/time.hpp"
#include "common/model/model.hpp"
#include "common/protocol/fence.hpp"
#include "common/view/group_events.hpp"
#include "tests/sim/scheduler.hpp"

namespace ha::sim {

/// What daemons of one node send each other over unix sockets: in order, after a delay; gone if the
/// receiver is down. Peers learn that a connection broke by local_down.
using LocalMessage =
    std::variant<protocol::SubscribeFacts, protocol::FenceFacts, protocol::GroupJoined,
                 protocol::GroupGoodbye, protocol::DemandFence>;

/// cluster.conf as all nodes see it.
struct ActiveConfig {
    ConfigId id;
    std::shared_ptr<const model::ClusterModel> model;
    view::VotingRules voting;
};

/// A child process (an agent). It executes once its record is on disk; a daemon that dies before
/// that takes it along. After that it outlives its daemon, and dies with its node.
struct ChildSpec {
    struct Effect {
        Duration after{};
        std::function<void()>
            happen;  ///< on the machine; independent of the daemon; not after a kill
    };
    std::string subject;      ///< what the record in the run root says, e.g. "fence n2 7"
    std::string outcome;      ///< for the journal, when it ends by itself
    bool is_routine = false;  ///< not worth a line of the journal
    Duration takes{};         ///< until it ends by itself; max() hangs for ever
    std::vector<Effect> effects;
    std::function<void(bool was_killed)>
        ended;  ///< reaped; told to the daemon process that started it only
};

using ChildId = std::uint64_t;

struct ChildInfo {
    ChildId id = 0;
    std::string subject;
    bool runs = true;  ///< false: forked, its record not yet on disk, nothing executed
};

/// Where agents run: a daemon process, or a person's shell.
class ChildHost
{
public:
    virtual ~ChildHost() = default;

    /// Free timers; dropped when the process ends.
    virtual void after(Duration delay, std::function<void()> what) = 0;
    virtual ChildId spawn(ChildSpec spec) = 0;
    virtual void kill_child(ChildId child) = 0;  ///< reaped after a moment; then ended(true)
    /// One line of the trace.
    virtual void trace(const std::string& what) = 0;
    /// The same, of a core's decision with its reason.
    virtual void decided(const std::string& what) = 0;
};

/// The node of one daemon process. Calls of a process that ended are ignored.
class Host : public ChildHost
{
public:
    [[nodiscard]] virtual NodeId self() const = 0;
    [[nodiscard]] virtual DaemonLife life() const = 0;  ///< of this process
    [[nodiscard]] virtual TimePoint now() const = 0;
    [[nodiscard]] virtual Random& random() = 0;
    [[nodiscard]] virtual const ActiveConfig& config() const = 0;
    [[nodiscard]] virtual bool is_first_start() const = 0;  ///< of this daemon in this node life

    // cpg, group named like the daemon; agreed order.
    virtual void join_group() = 0;
    virtual void leave_group() = 0;
    virtual void multicast(std::string bytes) = 0;

    /// One timer; a new call replaces it, nullopt removes it. Ends in Daemon::on_time().
    virtual void wake_at(std::optional<TimePoint> when) = 0;

    virtual void send_local(const std::string& daemon, LocalMessage message) = 0;

    // Run root of this node life; survives the process, not the node life.
    // False: the disk is full, and the former content is kept.
    [[nodiscard]] virtual bool write_file(const std::string& name, std::string text) = 0;
    /// These need no room, and do nothing if there is no such file.
    virtual void rename_file(const std::string& from, const std::string& to) = 0;
    virtual void remove_file(const std::string& name) = 0;
    [[nodiscard]] virtual std::string read_file(
        const std::string& name) const = 0;  ///< "" if missing

    // Children.
    [[nodiscard]] virtual std::vector<ChildInfo> leftover_children()
        const = 0;                                  ///< of former processes
    virtual void reap_leftover(ChildId child) = 0;  ///< at once

    /// corosync_cfg_kill_node.
    virtual void kill_cluster_stack(NodeId node, const std::string& reason) = 0;
    /// This process ends; the supervisor starts a new one if `restart`.
    virtual void exit(const std::string& reason, bool restart) = 0;
};

class Daemon
{
public:
    virtual ~Daemon() = default;

    /// First call. corosync runs; leftover children are this process's to reap.
    virtual void start() = 0;
    /// GroupChanged, RingChanged, FrameDelivered, QuorumChanged (never ConfigHeld, TimePassed).
    virtual void on_cluster(const view::GroupEvent& event) = 0;
    virtual void on_time() = 0;
    virtual void on_local(const std::string& from, const LocalMessage& message) = 0;
    /// The connection to a daemon of this node broke, or can be made again.
    virtual void on_local_down(const std::string&) {}
    virtual void on_local_up(const std::string&) {}
    /// corosync of this node is gone; within 1 s. The process should end what it does and exit.
    virtual void on_cluster_lost() = 0;
    /// This process stood still for longer than the token (common/io/sleep_watch).
    virtual void on_overslept() {}
    /// cmand published another document.
    virtual void on_config() {}

    [[nodiscard]] virtual std::string describe() const = 0;
};

using DaemonFactory = std::function<std::unique_ptr<Daemon>(Host& host)>;

}  // namespace ha::sim
