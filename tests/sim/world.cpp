// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/world.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "common/base/assert.hpp"
#include "tests/sim/decision_probes.hpp"
#include "tests/sim/machine.hpp"

namespace ha::sim {

namespace {

constexpr std::size_t trace_lines_kept = 400;

}  // namespace

World::World(WorldOptions options) : options_(options), random_(options.seed)
{
    const auto deliver = [this](NodeId node, const std::string& group,
                                const view::GroupEvent& event) {
        machine(node).deliver(group, event);
    };
    const auto tell = [this](NodeId node, const std::string& what) { trace(node, what); };
    network_ =
        std::make_unique<Network>(scheduler_, random_.fork(), options_.delays, deliver, tell);
    for (std::uint32_t id = 1; id <= options_.nodes; ++id) {
        machines_[NodeId{id}] = std::make_unique<Machine>(*this, NodeId{id}, random_.fork());
        node_ids_.push_back(NodeId{id});
    }
}

World::~World() = default;

Machine& World::machine(NodeId node) const
{
    return *machines_.at(node);
}

void World::add_daemon(std::string name, DaemonFactory factory)
{
    factories_.emplace_back(std::move(name), std::move(factory));
}

void World::add_checker(std::unique_ptr<Checker> checker)
{
    checkers_.push_back(std::move(checker));
}

void World::set_config(ActiveConfig config)
{
    config_ = std::move(config);
    network_->configure(config_.voting);
    for (const auto& [node, machine] : machines_) {
        machine->config_changed();
    }
}

std::string World::why_no_reload() const
{
    std::string without;
    for (const auto& [node, machine] : machines_) {
        const NodeStatus now = machine->status();
        if (now.stack_runs && !now.cman_runs) {
            without += (without.empty() ? "n" : ", n") + std::to_string(node.value);
        }
    }
    return without.empty() ? "" : "cmand does not run on " + without;
}

void World::run_until(TimePoint when)
{
    run_until([] { return false; }, when);
}

bool World::run_until(const std::function<bool()>& done, TimePoint latest)
{
    while (!done() && scheduler_.next_time() && *scheduler_.next_time() <= latest) {
        scheduler_.step();
        for (const auto& checker : checkers_) {
            checker->after_event(*this);
        }
    }
    if (done()) {
        return true;
    }
    // Time passes although nothing happens.
    scheduler_.at(latest, [] {});
    scheduler_.step();
    return false;
}

void World::check_end()
{
    if (network_->gaps() > 0) {
        probes_.reached("network: a message reached its sender alone");
    }
    if (const std::string why = unwell(); !why.empty()) {
        fail(why);
    }
}

std::string World::unwell()
{
    for (const auto& checker : checkers_) {
        if (std::string why = checker->unwell(*this); !why.empty()) {
            return why;
        }
    }
    return "";
}

void World::fail(const std::string& rule)
{
    trace(NodeId{}, "VIOLATION " + rule);
    throw Violation(rule);
}

void World::trace(NodeId node, const std::string& what, LineKind kind)
{
    if (listener_) {
        listener_(kind, node, what);
    }
    if (kind == LineKind::decision) {
        note_decision(probes_, what);
    }
    const std::int64_t now_us = scheduler_.now().time_since_epoch().count();
    char head[64];
    std::snprintf(head, sizeof head, "%10.6f n%u ", static_cast<double>(now_us) / 1e6, node.value);
    std::string line = head + what;
    if (options_.trace) {
        std::printf("%s\n", line.c_str());
    }
    last_trace_.push_back(std::move(line));
    if (last_trace_.size() > trace_lines_kept) {
        last_trace_.pop_front();
    }
}

void World::switch_outlet(NodeId node, const std::string& outlet, bool on)
{
    std::set<std::string>& off = outlets_off_[node];
    const bool had_power = off.size() < std::max<std::uint32_t>(1, power_supplies_[node]);
    on ? static_cast<void>(off.erase(outlet)) : static_cast<void>(off.insert(outlet));
    const bool has_power_now = off.size() < std::max<std::uint32_t>(1, power_supplies_[node]);
    if (had_power && !has_power_now) {
        machine(node).power_off("fenced");
    } else if (on) {
        machine(node).power_on();
    }
}

bool World::has_power(NodeId node, const std::string& outlet) const
{
    const auto off = outlets_off_.find(node);
    const bool is_off = off != outlets_off_.end() && off->second.contains(outlet);
    return outlet.empty() ? machine(node).status().powered : !is_off;
}

void World::note_lie(NodeId node)
{
    const NodeStatus now = status(node);
    if (now.powered) {
        trace(node, "a fence agent lies about life " + now.life.value, LineKind::journal);
        lies_.emplace(node, now.life);
    }
}

void World::power_on(NodeId node)
{
    outlets_off_.erase(node);  // somebody plugs it in
    machine(node).power_on();
}

void World::power_off(NodeId node, const std::string& why)
{
    machine(node).power_off(why);
}

void World::kill_daemon(NodeId node, const std::string& daemon, bool restart)
{
    disturb();
    machine(node).kill_daemon(daemon, restart);
}

void World::stop_stack(NodeId node, const std::string& why)
{
    machine(node).stop_stack(why);
}

void World::start_daemon(NodeId node, const std::string& daemon)
{
    if (machine(node).daemon(daemon) == nullptr) {
        disturb();
    }
    machine(node).start_daemon_by_hand(daemon);
}

void World::pause(NodeId node)
{
    machine(node).pause();
}

void World::resume(NodeId node)
{
    machine(node).resume();
}

void World::set_disk_full(NodeId node, bool is_full)
{
    disturb();
    machine(node).set_disk_full(is_full);
}

void World::cut_files_in_half(NodeId node, const std::string& daemon)
{
    machine(node).cut_files_in_half(daemon);
}

std::unique_ptr<ChildHost> World::open_shell(NodeId node, std::string program, Random random)
{
    return machine(node).open_shell(std::move(program), random);
}

bool World::call(NodeId node, const std::string& daemon, std::function<void(Daemon&)> what)
{
    return machine(node).call(daemon, std::move(what));
}

void World::stop_daemon(NodeId node, const std::string& daemon)
{
    disturb();
    machine(node).stop_daemon(daemon);
}

void World::continue_daemon(NodeId node, const std::string& daemon)
{
    disturb();
    machine(node).continue_daemon(daemon);
}

void World::hold_daemon(NodeId node, const std::string& daemon, Duration how_long)
{
    disturb(now() + how_long);
    machine(node).hold_daemon(daemon, how_long);
}

NodeStatus World::status(NodeId node) const
{
    return machine(node).status();
}

bool World::life_is_over(NodeId node, const NodeLife& life) const
{
    const NodeStatus now = status(node);
    return !now.powered || now.life != life;
}

bool World::is_installed(const std::string& daemon) const
{
    return std::any_of(factories_.begin(), factories_.end(),
                       [&](const auto& factory) { return factory.first == daemon; });
}

Daemon* World::daemon(NodeId node, const std::string& name)
{
    return machine(node).daemon(name);
}

bool World::is_stopped(NodeId node, const std::string& daemon) const
{
    return machine(node).is_stopped(daemon);
}

std::vector<ChildInfo> World::children(NodeId node) const
{
    return machine(node).children();
}

std::string World::describe()
{
    std::string text;
    for (const auto& [node, machine] : machines_) {
        const NodeStatus now = machine->status();
        text += "node " + std::to_string(node.value) + ": life " + now.life.value +
                (now.powered ? ", powered" : ", off") + (now.stack_runs ? ", corosync runs" : "") +
                "\n";
        for (const auto& [name, factory] : factories_) {
            if (Daemon* running = machine->daemon(name)) {
                text += name + ": " + running->describe() + "\n";
            }
        }
    }
    return text;
}

}  // namespace ha::sim
