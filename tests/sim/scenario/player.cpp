// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/scenario/player.hpp"

#include "tests/sim/faults.hpp"

namespace ha::sim {

namespace {

constexpr Duration time_to_become_well = std::chrono::minutes{4};

}  // namespace

std::string name_of(NodeId node)
{
    return "n" + std::to_string(node.value);
}

std::string short_name(const std::string& service)
{
    const std::size_t colon = service.find(':');
    return colon == std::string::npos ? service : service.substr(colon + 1);
}

Player::Player(PlayOptions options) : options_(std::move(options))
{
    add_setup();
    add_power_and_links();
    add_daemons();
    add_devices_and_agents();
    add_people();
    add_running();
    add_conditions();
    add_prints();
}

PlayResult Player::play(const Story& story)
{
    PlayResult result;
    std::size_t line_number = 0;
    try {
        for (const StoryBlock& block : story.blocks) {
            output_.clear();
            for (const StoryLine& line : commands(block)) {
                line_number = line.number;
                commands_.run(split_words(line.text));
            }
            result.outputs.push_back(output_);
        }
        if (world_ == nullptr) {
            throw StoryError("no node was ever powered on");
        }
        end_well(*world_, time_to_become_well);
    } catch (const Violation& violation) {
        result.problem = violation.what();
    } catch (const StoryError& error) {
        result.problem = error.what();
    }
    if (!result.problem.empty()) {
        result.problem = options_.name + ":" + std::to_string(line_number) + ": " + result.problem;
        if (world_ != nullptr && !options_.trace) {
            for (const std::string& line : world_->last_trace()) {
                result.problem += "\n" + line;
            }
        }
        if (world_ != nullptr) {
            result.problem += "\n" + world_->describe();
        }
    }
    return result;
}

World& Player::world()
{
    if (world_ == nullptr) {
        build_world();
    }
    return *world_;
}

NodeId Player::known(NodeId node) const
{
    if (node.value == 0 || node.value > world_options_.nodes) {
        throw StoryError(name_of(node) + " is no node of this cluster; it has n1 to n" +
                         std::to_string(world_options_.nodes));
    }
    return node;
}

std::string Player::known_service(const std::string& name) const
{
    const std::string service = "service:" + name;
    if (document_.services.contains(service)) {
        return service;
    }
    std::string all;
    for (const auto& [known, config] : document_.services) {
        all += " " + short_name(known);
    }
    throw StoryError("'" + name + "' is no service; there are:" + all);
}

FencedDaemon* Player::fenced(NodeId node)
{
    return dynamic_cast<FencedDaemon*>(world().daemon(known(node), fenced_name));
}

FencedDaemon& Player::running_fenced(NodeId node)
{
    FencedDaemon* daemon = fenced(node);
    if (daemon == nullptr) {
        throw StoryError("fenced does not run on " + name_of(node));
    }
    return *daemon;
}

ServiceDaemon* Player::rgmanager(NodeId node)
{
    return dynamic_cast<ServiceDaemon*>(world().daemon(known(node), "rgmanager"));
}

ServiceDaemon& Player::running_rgmanager(NodeId node)
{
    ServiceDaemon* daemon = rgmanager(node);
    if (daemon == nullptr) {
        throw StoryError("rgmanager does not run on " + name_of(node));
    }
    return *daemon;
}

bool Player::is_running(NodeId node, const std::string& process)
{
    return process == cman_name ? world().status(known(node)).cman_runs
                                : world().daemon(known(node), process) != nullptr;
}

bool Player::has_child(NodeId node, const std::string& subject)
{
    for (const ChildInfo& child : world().children(known(node))) {
        const bool is_it = child.subject == subject || child.subject.starts_with(subject + " ");
        if (is_it && child.runs) {
            return true;
        }
    }
    return false;
}

bool Player::is_forked(NodeId node, const std::string& subject)
{
    for (const ChildInfo& child : world().children(known(node))) {
        if (child.subject == subject && !child.runs) {
            return true;
        }
    }
    return false;
}

}  // namespace ha::sim
