// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/world.hpp"

#include <cstdio>
#include <utility>

#include "common/base/assert.hpp"
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

void World::run_until(TimePoint when)
{
    while (scheduler_.next_time() && *scheduler_.next_time() <= when) {
        scheduler_.step();
        for (const auto& checker : checkers_) {
            checker->after_event(*this);
        }
    }
    // Time passes although nothing happens.
    scheduler_.at(when, [] {});
    scheduler_.step();
}

void World::check_end()
{
    for (const auto& checker : checkers_) {
        checker->at_end(*this);
    }
}

void World::fail(const std::string& rule)
{
    trace(NodeId{}, "VIOLATION " + rule);
    throw Violation(rule);
}

void World::trace(NodeId node, const std::string& what)
{
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

void World::power_on(NodeId node)
{
    machine(node).power_on();
}

void World::power_off(NodeId node, const std::string& why)
{
    machine(node).power_off(why);
}

void World::kill_daemon(NodeId node, const std::string& daemon, bool restart)
{
    machine(node).kill_daemon(daemon, restart);
}

void World::stop_stack(NodeId node, const std::string& why)
{
    machine(node).stop_stack(why);
}

void World::hold_daemon(NodeId node, const std::string& daemon, Duration how_long)
{
    machine(node).hold_daemon(daemon, how_long);
}

std::vector<NodeId> World::node_ids() const
{
    std::vector<NodeId> ids;
    for (const auto& [node, machine] : machines_) {
        ids.push_back(node);
    }
    return ids;
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

Daemon* World::daemon(NodeId node, const std::string& name)
{
    return machine(node).daemon(name);
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
