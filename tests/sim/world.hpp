// SPDX-License-Identifier: Apache-2.0
//
// World: nodes with power, their daemons and children, fence devices, and one network. Knows no
// core: daemons are made by factories. Fails loudly: the first violated rule ends the run.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/daemon.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/probes.hpp"
#include "tests/sim/scheduler.hpp"
#include "tests/sim/shell_mutants.hpp"

namespace ha::sim {

/// A rule of DESIGN 6 was broken; the text begins with its name: "S6: ...".
struct Violation : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class World;
class Machine;

/// A process, but no Daemon: who else runs on its node only sees it end and come back, and it hands
/// out the document.
inline constexpr const char* cman_name = "cmand";

/// What a line of the trace is: how the world goes on; what agents, daemons and machines really
/// did; what a core decided, with its reason.
enum class LineKind { detail, journal, decision };

/// Sees the world after every single event. Throws Violation through World::fail.
class Checker
{
public:
    virtual ~Checker() = default;
    virtual void after_event(World& world) = 0;
    /// What is not well yet, with its rule, or "". Looked at once faults are over; at the end
    /// everything must be well (L1).
    virtual std::string unwell(World&) { return ""; }
};

struct WorldOptions {
    std::uint64_t seed = 1;
    std::uint32_t nodes = 2;
    bool two_node = true;  ///< only looked at with two nodes
    bool trace = false;    ///< print at once; else only the last lines are kept
    NetworkDelays delays;
    Duration boot_time_min{std::chrono::seconds{4}};
    Duration boot_time_max{std::chrono::seconds{25}};
    Duration restart_delay_max{std::chrono::seconds{3}};  ///< supervisor
    Duration local_delay_max{std::chrono::milliseconds{5}};
    std::int64_t clock_skew_ppm_max = 0;  ///< clocks run fast or slow by up to this, per boot
    ShellMutants mutants;
};

/// How the fence devices of one victim behave. Looked at when an agent starts.
struct DeviceBehaviour {
    bool fails = false;
    bool hangs = false;
    bool lies = false;  ///< says success and does nothing: the safety promise is broken
    Duration shot_after{std::chrono::milliseconds{500}};  ///< the power goes off
    Duration takes{std::chrono::seconds{1}};              ///< the agent exits with 0
    bool boots_again = true;                              ///< reboot, not off
    Duration sticks{};  ///< how long an agent without parent bears SIGKILL (uninterruptible sleep)
};

/// A node as its owner sees it, the truth.
struct NodeStatus {
    NodeId id;
    bool powered = false;
    bool stack_runs = false;  ///< corosync
    bool stands_still = false;
    NodeLife life;  ///< of the present or last boot
    std::uint64_t boots = 0;
    bool cman_runs = false;
    Duration longest_without_cman{};  ///< in this life, with corosync running
};

/// Something bad that may happen; drawn by weight (faults.hpp).
struct Fault {
    std::string name;
    std::uint32_t weight = 1;
    std::function<void(World&, Random&)> happen;
};

class World
{
public:
    explicit World(WorldOptions options);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // Building. Daemons start on every boot in this order, the next one after a short while.
    void add_daemon(std::string name, DaemonFactory factory);
    void add_checker(std::unique_ptr<Checker> checker);
    void add_fault(Fault fault) { faults_.push_back(std::move(fault)); }
    void set_config(ActiveConfig config);
    /// "" if every cmand that should run can be asked whether it takes another document.
    [[nodiscard]] std::string why_no_reload() const;

    // Running.
    void run_until(TimePoint when);
    void run_for(Duration time) { run_until(scheduler_.now() + time); }
    /// Until `done` holds after an event; false if it does not by `latest`.
    bool run_until(const std::function<bool()>& done, TimePoint latest);
    void check_end();
    /// What some checker finds not well yet, or "".
    [[nodiscard]] std::string unwell();
    /// From now on nothing bad happens: workloads behave, too.
    void end_faults() { faults_are_over_ = true; }
    [[nodiscard]] bool faults_are_over() const { return faults_are_over_; }
    /// Something is done to the cluster from outside, and goes on until `until`: L1 counts from its
    /// end. What is seen of the machines (power, corosync) needs no such note.
    void disturb(TimePoint until) { disturbed_until_ = std::max(disturbed_until_, until); }
    void disturb() { disturb(now()); }
    [[nodiscard]] TimePoint disturbed_until() const { return disturbed_until_; }
    [[noreturn]] void fail(const std::string& rule);
    void trace(NodeId node, const std::string& what, LineKind kind = LineKind::detail);
    using Listener = std::function<void(LineKind kind, NodeId node, const std::string& what)>;
    /// Hears every line of the trace.
    void listen(Listener listener) { listener_ = std::move(listener); }

    // What happens to nodes.
    void power_on(NodeId node);  ///< begins to boot; nothing if it is on
    void power_off(NodeId node, const std::string& why);
    void kill_daemon(NodeId node, const std::string& daemon, bool restart);  ///< kill -9
    void stop_stack(NodeId node, const std::string& why);  ///< corosync dies; noticed within 1 s
    /// An outlet of a fence device; the node has power while one of its outlets is on. Outlet "" is
    /// the only one of a node with a plain switch.
    void switch_outlet(NodeId node, const std::string& outlet, bool on);
    [[nodiscard]] bool has_power(NodeId node, const std::string& outlet) const;
    void set_power_supplies(NodeId node, std::uint32_t count) { power_supplies_[node] = count; }
    /// An agent said success of the present life of this node, and it was not true.
    void note_lie(NodeId node);
    [[nodiscard]] bool was_lied_about(NodeId node, const NodeLife& life) const
    {
        return lies_.contains({node, life});
    }
    [[nodiscard]] std::size_t lies() const { return lies_.size(); }
    void start_daemon(NodeId node, const std::string& daemon);  ///< nothing if it runs
    void hold_daemon(NodeId node, const std::string& daemon, Duration how_long);  ///< SIGSTOP
    void pause(NodeId node);  ///< the whole machine stands still, corosync too
    void resume(NodeId node);
    void set_disk_full(NodeId node, bool is_full);  ///< its run root cannot be written
    /// The next daemon of this name finds only half of each of its files.
    void cut_files_in_half(NodeId node, const std::string& daemon);
    /// A person's program on this node: its agents are nobody's leftovers, and end with the node.
    [[nodiscard]] std::unique_ptr<ChildHost> open_shell(NodeId node, std::string program,
                                                        Random random);
    /// A client asks a daemon: now, or when it goes on. False: nobody there.
    bool call(NodeId node, const std::string& daemon, std::function<void(Daemon&)> what);
    void stop_daemon(NodeId node, const std::string& daemon);      ///< SIGSTOP until continued
    void continue_daemon(NodeId node, const std::string& daemon);  ///< SIGCONT

    // Truth.
    [[nodiscard]] const WorldOptions& options() const { return options_; }
    [[nodiscard]] Scheduler& scheduler() { return scheduler_; }
    [[nodiscard]] TimePoint now() const { return scheduler_.now(); }
    [[nodiscard]] Network& network() { return *network_; }
    [[nodiscard]] Random& random() { return random_; }
    [[nodiscard]] Probes& probes() { return probes_; }
    [[nodiscard]] const ActiveConfig& config() const { return config_; }
    [[nodiscard]] const std::vector<Fault>& faults() const { return faults_; }
    [[nodiscard]] const std::vector<NodeId>& node_ids() const { return node_ids_; }
    [[nodiscard]] NodeStatus status(NodeId node) const;
    [[nodiscard]] bool life_is_over(NodeId node, const NodeLife& life) const;
    [[nodiscard]] bool is_installed(const std::string& daemon) const;
    [[nodiscard]] Daemon* daemon(NodeId node,
                                 const std::string& name);  ///< null if it does not run
    /// SIGSTOP, or its whole machine stands still.
    [[nodiscard]] bool is_stopped(NodeId node, const std::string& daemon) const;
    [[nodiscard]] DeviceBehaviour& device(NodeId victim) { return devices_[victim]; }
    [[nodiscard]] std::vector<ChildInfo> children(NodeId node) const;  ///< running now
    /// Counts what may change the children of some node.
    [[nodiscard]] std::uint64_t children_version() const { return children_version_; }
    [[nodiscard]] std::string describe();
    [[nodiscard]] const std::deque<std::string>& last_trace() const { return last_trace_; }

private:
    friend class Machine;
    [[nodiscard]] Machine& machine(NodeId node) const;

    WorldOptions options_;
    Random random_;
    Scheduler scheduler_;
    Probes probes_;
    ActiveConfig config_;
    std::vector<std::pair<std::string, DaemonFactory>> factories_;
    std::map<NodeId, DeviceBehaviour> devices_;
    std::map<NodeId, std::uint32_t> power_supplies_;  ///< 1 where not named
    std::map<NodeId, std::set<std::string>> outlets_off_;
    std::set<std::pair<NodeId, NodeLife>> lies_;
    std::uint64_t children_version_ = 0;
    std::vector<Fault> faults_;
    bool faults_are_over_ = false;
    TimePoint disturbed_until_{};
    std::vector<std::unique_ptr<Checker>> checkers_;
    std::deque<std::string> last_trace_;
    Listener listener_;
    std::unique_ptr<Network> network_;
    std::map<NodeId, std::unique_ptr<Machine>> machines_;
    std::vector<NodeId> node_ids_;
};

}  // namespace ha::sim
