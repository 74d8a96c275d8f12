// SPDX-License-Identifier: Apache-2.0
//
// One daemon process on a Machine: the Host its Daemon sees. After end() nothing reaches the daemon
// any more and nothing it calls has an effect.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/machine.hpp"
#include "tests/sim/snapshots.hpp"

namespace ha::sim {

class Machine::Process : public Host, public std::enable_shared_from_this<Machine::Process>
{
public:
    using Call = std::function<void(Daemon&)>;

    Process(World& world, Machine& machine, std::string name, bool is_first, Random random);

    void begin(const DaemonFactory& factory);
    void end();
    /// Now, or when it is continued if it is held.
    void run(Call call);
    void deliver(const view::GroupEvent& event);
    void later(Duration delay, Call call);
    void hold(Duration how_long);
    void stop();  ///< counted: it goes on when every stop() had its go_on()
    void go_on();
    [[nodiscard]] bool is_stopped() const { return stops_ > 0; }
    [[nodiscard]] Daemon* daemon() { return ended_ ? nullptr : daemon_.get(); }

    [[nodiscard]] NodeId self() const override;
    [[nodiscard]] DaemonLife life() const override { return life_; }
    [[nodiscard]] TimePoint now() const override;
    [[nodiscard]] Random& random() override { return random_; }
    [[nodiscard]] const ActiveConfig& config() const override;
    [[nodiscard]] bool is_first_start() const override { return is_first_; }
    void join_group() override;
    void leave_group() override;
    void multicast(std::string bytes) override;
    void wake_at(std::optional<TimePoint> when) override;
    void after(Duration delay, std::function<void()> what) override;
    void send_local(const std::string& daemon, LocalMessage message) override;
    [[nodiscard]] bool write_file(const std::string& name, std::string text) override;
    void rename_file(const std::string& from, const std::string& to) override;
    void remove_file(const std::string& name) override;
    [[nodiscard]] std::string read_file(const std::string& name) const override;
    ChildId spawn(ChildSpec spec) override;
    void kill_child(ChildId child) override;
    [[nodiscard]] std::vector<ChildInfo> leftover_children() const override;
    void reap_leftover(ChildId child) override;
    void kill_cluster_stack(NodeId node, const std::string& reason) override;
    void exit(const std::string& reason, bool restart) override;
    void trace(const std::string& what) override;
    void decided(const std::string& what) override;

private:
    World& world_;
    Machine& machine_;
    std::string name_;
    bool is_first_;
    Random random_;
    DaemonLife life_;
    bool ended_ = false;
    bool exiting_ = false;
    int stops_ = 0;
    TimePoint stopped_at_{};
    std::deque<Call> backlog_;
    std::optional<TimerId> wake_;
    std::optional<TimePoint> wake_when_;
    SnapshotWatch snapshots_;
    std::unique_ptr<Daemon> daemon_;
};

}  // namespace ha::sim
