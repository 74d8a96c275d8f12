// SPDX-License-Identifier: Apache-2.0
// Resource trees and placement for many services.
#include <cstdio>
#include <memory>

#include <benchmark/benchmark.h>

#include "bench/cluster_text.hpp"
#include "common/config/load.hpp"
#include "rgmanager/agent_discovery.hpp"
#include "rgmanager/core/document.hpp"
#include "rgmanager/core/placement.hpp"

namespace {

using namespace ha::service;

std::string output_of(const std::string& command)
{
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    std::string text;
    char buffer[4096];
    for (std::size_t size = 0;
         pipe && (size = std::fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) {
        text.append(buffer, size);
    }
    return text;
}

/// The real rules: metadata of the agents we ship.
const RuleSet& rules()
{
    static const RuleSet set = [] {
        std::vector<MetadataOutput> outputs;
        for (const char* agent : {"service", "fs", "ip", "script", "vm"}) {
            const std::string path = std::string(HA_AGENT_SOURCE_DIR "/") + agent + ".sh";
            outputs.push_back({path, output_of(path + " meta-data")});
        }
        return rules_from_metadata(outputs).first;
    }();
    return set;
}

struct World {
    ha::model::ClusterModel model;
    ResourceConfiguration trees;
    ServicesDocument document;
    std::map<std::string, ServiceRow> rows;
    std::set<ha::NodeId> online;
};

World make_world(int nodes, int services)
{
    World world;
    world.model =
        ha::config::load(ha::bench::cluster_text(nodes, services), "cluster.conf").value().model;
    world.trees = build_configuration(rules(), world.model.rm).first;
    Notes notes;
    world.document = make_services_document(ha::ConfigId{1, ""}, world.model, world.trees, notes);
    for (const auto& [name, service] : world.document.services) {
        ServiceRow row;
        row.name = name;
        row.transition_s = 1;
        world.rows[name] = row;
    }
    for (const ha::model::Node& node : world.model.nodes) {
        world.online.insert(node.id);
    }
    return world;
}

void build_trees(benchmark::State& state)
{
    const World world = make_world(16, static_cast<int>(state.range(0)));
    for ([[maybe_unused]] auto _ : state) {
        benchmark::DoNotOptimize(build_configuration(rules(), world.model.rm));
    }
    state.counters["services"] = static_cast<double>(world.trees.roots.size());
}
BENCHMARK(build_trees)->Arg(10)->Arg(1000)->Unit(benchmark::kMillisecond);

/// The first start of everything: every service is stopped and every node is online.
void place_all_services(benchmark::State& state)
{
    const World world =
        make_world(static_cast<int>(state.range(1)), static_cast<int>(state.range(0)));
    std::size_t placed = 0;
    for ([[maybe_unused]] auto _ : state) {
        const Placement placement(world.document, world.rows, world.online);
        placed = placement.plan(1).size();
        benchmark::DoNotOptimize(placed);
    }
    state.counters["placed"] = static_cast<double>(placed);
}
BENCHMARK(place_all_services)->Args({1000, 16})->Args({100, 2})->Unit(benchmark::kMillisecond);

}  // namespace
