// SPDX-License-Identifier: Apache-2.0
//
// One node: power, lives, the files of its run root, daemon processes with their supervisor,
// children, sockets. Everything it schedules is void once the process, or the life, it was meant
// for is over.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/daemon.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

class Machine
{
public:
    Machine(World& world, NodeId id, Random random);
    ~Machine();

    void power_on();
    void power_off(const std::string& why);
    void stop_stack(const std::string& why);
    void kill_daemon(const std::string& name, bool restart);
    void start_daemon_by_hand(const std::string& name);
    void kill_cman(bool restart);
    void start_cman();
    void hold_daemon(const std::string& name, Duration how_long);
    void pause();
    void resume();
    void set_disk_full(bool is_full) { disk_is_full_ = is_full; }
    void cut_files_in_half(const std::string& daemon);
    void stop_daemon(const std::string& name);
    void continue_daemon(const std::string& name);
    void deliver(const std::string& daemon, const view::GroupEvent& event);
    void config_changed();

    /// Now, or when it goes on; false if it does not run.
    bool call(const std::string& daemon, std::function<void(Daemon&)> what);
    [[nodiscard]] std::unique_ptr<ChildHost> open_shell(std::string program, Random random);

    [[nodiscard]] NodeStatus status() const;
    [[nodiscard]] Daemon* daemon(const std::string& name);
    [[nodiscard]] bool is_stopped(const std::string& name) const;
    [[nodiscard]] std::vector<ChildInfo> children() const;

private:
    class Process;
    class Shell;

    struct Child {
        ChildSpec spec;
        std::weak_ptr<Process> parent;
        bool is_being_killed = false;
        bool runs = false;  ///< its record is on disk
        bool is_of_shell = false;
    };

    void boot();
    void start_daemons(std::size_t index);
    /// One that holds no document gets its first from cmand, and waits for it.
    void start_daemon(const std::string& name, bool holds_document);
    void end_daemon(const std::string& name, const std::string& why, bool restart,
                    bool holds_document);
    void supervise(const std::string& name, bool holds_document);
    void stop_cman();
    void tell_of_cman(const std::shared_ptr<Process>& process);
    [[nodiscard]] Duration longest_without_cman() const;
    void tell_peers(const std::string& name, bool is_up);
    void send_local(const std::string& from, const std::string& to, LocalMessage message);
    ChildId spawn(const std::shared_ptr<Process>& parent, ChildSpec spec);
    void execute(ChildId child);
    void drop_unrecorded(const Process* parent);
    void child_ended(ChildId child, bool was_killed);
    void happen(ChildId child, std::size_t effect);
    /// Runs later, unless this life of the node is over by then.
    void later(Duration delay, std::function<void()> what);
    // Its clock counts from its boot, and a little fast or slow.
    [[nodiscard]] TimePoint local_time(TimePoint true_time) const;
    [[nodiscard]] TimePoint true_time(TimePoint local_time) const;

    World& world_;
    NodeId id_;
    Random random_;
    Random cman_random_;  ///< its own: a cmand that dies shifts no other draw
    bool powered_ = false;
    bool stack_runs_ = false;
    bool is_paused_ = false;
    bool disk_is_full_ = false;
    bool cman_runs_ = false;
    TimePoint cman_ended_at_{};
    Duration longest_without_cman_{};  ///< in this life, of the times that are over
    std::set<std::string> waits_for_cman_;
    std::vector<std::function<void()>> due_in_pause_;
    TimePoint booted_at_{};
    std::int64_t skew_ppm_ = 0;
    std::uint64_t boots_ = 0;
    NodeLife life_;
    std::map<std::string, std::string> files_;
    std::map<std::string, std::uint64_t> starts_;  ///< of each daemon in this life
    std::map<std::string, std::shared_ptr<Process>> processes_;
    std::map<std::pair<std::string, std::string>, TimePoint> socket_free_;
    ChildId last_child_ = 0;
    std::map<ChildId, Child> children_;
};

}  // namespace ha::sim
