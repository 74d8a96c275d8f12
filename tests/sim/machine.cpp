// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/machine.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/process.hpp"

namespace ha::sim {

Machine::Machine(World& world, NodeId id, Random random) : world_(world), id_(id), random_(random)
{}

Machine::~Machine() = default;

// ------------------------------------------------------- power

void Machine::power_on()
{
    if (powered_) {
        return;
    }
    powered_ = true;
    ++boots_;
    life_ = NodeLife{"n" + std::to_string(id_.value) + "." + std::to_string(boots_)};
    world_.trace(id_, "power on, life " + life_.value);
    const WorldOptions& options = world_.options();
    later(Duration{random_.between(options.boot_time_min.count(), options.boot_time_max.count())},
          [this] { boot(); });
}

void Machine::power_off(const std::string& why)
{
    if (!powered_) {
        return;
    }
    world_.trace(id_, "power off: " + why);
    powered_ = false;
    stack_runs_ = false;
    for (auto& [name, process] : processes_) {
        process->end();
    }
    processes_.clear();
    children_.clear();
    files_.clear();
    starts_.clear();
    socket_free_.clear();
    world_.network_->stop_node(id_);
}

void Machine::later(Duration delay, std::function<void()> what)
{
    const std::uint64_t boot = boots_;
    world_.scheduler_.after(delay, [this, boot, what = std::move(what)] {
        if (powered_ && boots_ == boot) {
            what();
        }
    });
}

void Machine::boot()
{
    stack_runs_ = true;
    world_.network_->start_node(id_);
    world_.trace(id_, "corosync runs");
    start_daemons(0);
}

void Machine::start_daemons(std::size_t index)
{
    if (index >= world_.factories_.size()) {
        return;
    }
    later(Duration{random_.between(100'000, 1'500'000)}, [this, index] {
        if (stack_runs_) {
            start_daemon(world_.factories_[index].first);
        }
        start_daemons(index + 1);
    });
}

void Machine::stop_stack(const std::string& why)
{
    if (!stack_runs_) {
        return;
    }
    world_.trace(id_, "corosync stops: " + why);
    stack_runs_ = false;
    world_.network_->stop_node(id_);
    for (const auto& [name, process] : processes_) {
        process->later(Duration{random_.between(1'000, 1'000'000)},
                       [](Daemon& daemon) { daemon.on_cluster_lost(); });
    }
}

// ----------------------------------------------------- daemons

void Machine::start_daemon(const std::string& name)
{
    if (processes_.contains(name)) {
        return;
    }
    const auto factory = std::find_if(world_.factories_.begin(), world_.factories_.end(),
                                      [&](const auto& entry) { return entry.first == name; });
    const bool is_first = ++starts_[name] == 1;
    auto process = std::make_shared<Process>(world_, *this, name, is_first, random_.fork());
    processes_[name] = process;
    world_.trace(id_, name + " starts");
    world_.network_->open_group(id_, name);
    process->begin(factory->second);
    tell_peers(name, true);
}

void Machine::end_daemon(const std::string& name, const std::string& why, bool restart)
{
    const auto found = processes_.find(name);
    if (found == processes_.end()) {
        return;
    }
    world_.trace(id_, name + " ends: " + why);
    found->second->end();
    processes_.erase(found);
    world_.network_->close_group(id_, name);
    tell_peers(name, false);
    if (restart) {
        supervise(name);
    }
}

void Machine::supervise(const std::string& name)
{
    later(Duration{random_.between(20'000, world_.options().restart_delay_max.count())},
          [this, name] {
              if (stack_runs_) {
                  start_daemon(name);
              }
          });
}

void Machine::kill_daemon(const std::string& name, bool restart)
{
    end_daemon(name, "kill -9", restart);
}

void Machine::hold_daemon(const std::string& name, Duration how_long)
{
    const auto found = processes_.find(name);
    if (found != processes_.end()) {
        world_.trace(id_, name + " is stopped for a while");
        found->second->hold(how_long);
    }
}

void Machine::deliver(const std::string& daemon, const view::GroupEvent& event)
{
    const auto found = processes_.find(daemon);
    if (found != processes_.end()) {
        found->second->run([event](Daemon& target) { target.on_cluster(event); });
    }
}

void Machine::config_changed()
{
    for (const auto& [name, process] : processes_) {
        process->later(Duration{random_.between(100, 200'000)},
                       [](Daemon& daemon) { daemon.on_config(); });
    }
}

// ----------------------------------------------------- sockets

void Machine::tell_peers(const std::string& name, bool is_up)
{
    for (const auto& [peer, process] : processes_) {
        if (peer == name) {
            continue;
        }
        const Duration delay{random_.between(50, world_.options().local_delay_max.count())};
        process->later(delay, [name, is_up](Daemon& daemon) {
            is_up ? daemon.on_local_up(name) : daemon.on_local_down(name);
        });
        if (is_up) {
            processes_.at(name)->later(delay,
                                       [peer = peer](Daemon& daemon) { daemon.on_local_up(peer); });
        }
    }
}

void Machine::send_local(const std::string& from, const std::string& to, LocalMessage message)
{
    const auto receiver = processes_.find(to);
    if (receiver == processes_.end()) {
        return;
    }
    TimePoint& free = socket_free_[{from, to}];
    const TimePoint now = world_.scheduler_.now();
    free = std::max(free,
                    now + Duration{random_.between(20, world_.options().local_delay_max.count())});
    receiver->second->later(free - now, [from, message = std::move(message)](Daemon& daemon) {
        daemon.on_local(from, message);
    });
}

// ---------------------------------------------------- children

ChildId Machine::spawn(const std::shared_ptr<Process>& parent, ChildSpec spec)
{
    const ChildId id = ++last_child_;
    world_.trace(id_, "child begins: " + spec.subject);
    for (std::size_t index = 0; index < spec.effects.size(); ++index) {
        later(spec.effects[index].after, [this, id, index] { happen(id, index); });
    }
    if (spec.takes != Duration::max()) {
        later(spec.takes, [this, id] { child_ended(id, false); });
    }
    children_[id] = Child{std::move(spec), parent, false};
    return id;
}

void Machine::happen(ChildId id, std::size_t effect)
{
    const auto child = children_.find(id);
    if (child != children_.end() && !child->second.is_being_killed) {
        const std::function<void()> what = child->second.spec.effects[effect].happen;
        what();
    }
}

void Machine::child_ended(ChildId id, bool was_killed)
{
    const auto child = children_.extract(id);
    if (child.empty()) {
        return;
    }
    world_.trace(id_,
                 "child ends: " + child.mapped().spec.subject + (was_killed ? " (killed)" : ""));
    const std::shared_ptr<Process> parent = child.mapped().parent.lock();
    if (parent && child.mapped().spec.ended) {
        parent->run(
            [ended = child.mapped().spec.ended, was_killed](Daemon&) { ended(was_killed); });
    }
}

// ------------------------------------------------------- truth

NodeStatus Machine::status() const
{
    return NodeStatus{id_, powered_, stack_runs_, life_, boots_};
}

Daemon* Machine::daemon(const std::string& name)
{
    const auto found = processes_.find(name);
    return found != processes_.end() ? found->second->daemon() : nullptr;
}

std::vector<ChildInfo> Machine::children() const
{
    std::vector<ChildInfo> infos;
    for (const auto& [id, child] : children_) {
        infos.push_back(ChildInfo{id, child.spec.subject});
    }
    return infos;
}

}  // namespace ha::sim
