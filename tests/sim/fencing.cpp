// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/fencing.hpp"

#include <map>
#include <memory>

#include "tests/sim/cman_deaths.hpp"
#include "tests/sim/fence_round.hpp"
#include "tests/sim/fenced_daemon.hpp"
#include "tests/sim/group_mutants.hpp"

namespace ha::sim {

namespace {

using Knob = bool fence::DomainKnobs::*;

const std::map<std::string, Knob>& domain_mutants()
{
    using fence::DomainKnobs;
    static const std::map<std::string, Knob> mutants{
        {"settle_on_failed_agent", &DomainKnobs::mutant_settle_on_failed_agent},
        {"fence_while_inquorate", &DomainKnobs::mutant_fence_while_inquorate},
        {"two_fencers", &DomainKnobs::mutant_two_fencers},
        {"settle_any_life", &DomainKnobs::mutant_settle_any_life},
        {"same_life_returns", &DomainKnobs::mutant_same_life_returns},
        {"successor_does_not_wait", &DomainKnobs::mutant_successor_does_not_wait},
        {"clear_with_victims", &DomainKnobs::mutant_clear_with_victims},
        {"no_cman_grace", &DomainKnobs::mutant_no_cman_grace},
        {"ignore_fence_node", &DomainKnobs::mutant_ignore_fence_node},
        {"forget_victim_of_lost_fencer", &DomainKnobs::mutant_forget_victim_of_lost_fencer},
    };
    return mutants;
}

}  // namespace

const std::vector<std::string>& fencing_mutants()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& [name, knob] : group_mutants()) {
            all.push_back(name);
        }
        for (const auto& [name, knob] : domain_mutants()) {
            all.push_back(name);
        }
        return all;
    }();
    return names;
}

bool set_fencing_mutant(fence::DomainKnobs& knobs, const std::string& mutant)
{
    if (const auto group = group_mutants().find(mutant); group != group_mutants().end()) {
        knobs.group.*(group->second) = true;
        return true;
    }
    const auto found = domain_mutants().find(mutant);
    if (found == domain_mutants().end()) {
        return false;
    }
    knobs.*(found->second) = true;
    return true;
}

ActiveConfig draw_config(World& world)
{
    Random& random = world.random();
    auto model = std::make_shared<model::ClusterModel>();
    model->name = "sim";
    model->config_version = 1;
    model->quorum.two_node = world.options().nodes == 2 && world.options().two_node;
    for (const NodeId id : world.node_ids()) {
        model::Node node;
        node.id = id;
        node.name = "n" + std::to_string(id.value);
        const std::uint32_t supplies = random.chance(250) ? 2 : 1;
        world.set_power_supplies(id, supplies);
        node.methods.push_back(fence_method(supplies));
        model->nodes.push_back(node);
    }
    // Two nodes that are quorate alone and wait less than their rings take to merge shoot each
    // other at every boot, as they were told to; L1 counts anew from each of these victims.
    const int shortest_delay_s = model->quorum.two_node ? 2 : 0;
    model->fence_daemon.post_join_delay = std::chrono::seconds{random.between(shortest_delay_s, 8)};
    model->fence_daemon.post_fail_delay =
        std::chrono::seconds{random.chance(700) ? 0 : random.between(1, 20)};
    model->fence_daemon.restart_grace = std::chrono::seconds{random.between(2, 10)};
    ActiveConfig config;
    config.id = ConfigId{1, "sim"};
    for (const model::Node& node : model->nodes) {
        config.voting.votes[node.id] = node.votes;
    }
    config.voting.two_node = model->quorum.two_node;
    config.model = std::move(model);
    return config;
}

void install_fencing(World& world, const fence::DomainKnobs& knobs)
{
    fence::DomainKnobs bent = knobs;
    bent.limits.agent_deadline = std::chrono::seconds{45};
    world.add_daemon(fenced_name, [&world, bent](Host& host) {
        return std::make_unique<FencedDaemon>(world, host, bent);
    });
    add_fencing_checkers(world);
    add_cman_checker(world);
    add_fencing_faults(world);
}

}  // namespace ha::sim
