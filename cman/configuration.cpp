// SPDX-License-Identifier: Apache-2.0
#include "cman/configuration.hpp"

#include <algorithm>
#include <utility>

#include "cman/corosync/render.hpp"
#include "cman/local_facts.hpp"
#include "common/config/load.hpp"
#include "common/io/file.hpp"

namespace ha::cman {

namespace {

/// cman_tool join's command line beats the file (spec/cman.md 1.1, precedence).
void apply(const JoinOverrides& overrides, ActiveConfiguration& active)
{
    model::ClusterModel& model = active.model;
    const auto local =
        std::find_if(model.nodes.begin(), model.nodes.end(),
                     [&](const model::Node& node) { return node.id == active.local; });
    if (overrides.cluster_name) {
        model.name = *overrides.cluster_name;
    }
    if (overrides.port) {
        model.totem.port = *overrides.port;
    }
    if (overrides.keyfile) {
        model.totem.keyfile = *overrides.keyfile;
    }
    if (overrides.two_node) {
        model.quorum.two_node = true;
        model.quorum.expected_votes = 1;
        local->votes = 1;
    }
    if (overrides.expected) {
        model.quorum.expected_votes = *overrides.expected;
    }
    if (overrides.votes) {
        local->votes = *overrides.votes;
    }
}

}  // namespace

const model::NodeAddress* ActiveConfiguration::address(NodeId node) const
{
    const auto found =
        std::find_if(addresses.begin(), addresses.end(),
                     [&](const model::NodeAddress& candidate) { return candidate.node == node; });
    return found != addresses.end() ? &*found : nullptr;
}

Result<ActiveConfiguration> load_configuration(const Roots& roots, std::string document,
                                               const std::string& filename,
                                               const JoinOverrides& overrides,
                                               const RunningCluster* running)
{
    config::Facts facts = local_facts(roots, overrides.node_name);
    if (running != nullptr) {
        facts.running = &running->written;
        facts.members = running->members;
    }
    Result<config::Loaded> loaded = config::load(document, filename, facts);
    if (!loaded) {
        return loaded.error();
    }
    ActiveConfiguration active;
    std::string refusals;
    for (const config::Problem& problem : loaded->problems) {
        const std::string line = config::describe(problem, filename);
        if (problem.consequence == config::Consequence::refuse) {
            refusals += (refusals.empty() ? "" : "\n") + line;
        } else {
            active.complaints.push_back(line);
        }
    }
    if (!refusals.empty() || !loaded->local) {
        return Error{ErrorCode::invalid_input,
                     refusals.empty() ? "Cannot find node name in cluster.conf" : refusals};
    }
    active.id = loaded->id;
    active.document = std::move(document);
    active.filename = filename;
    active.overrides = overrides;
    active.model = std::move(loaded->model);
    active.written = active.model;
    active.addresses = std::move(loaded->addresses);
    active.local = *loaded->local;
    active.local_name = active.model.node(active.local)->name;
    if (overrides.node_id && *overrides.node_id != active.local.value) {
        return Error{ErrorCode::invalid_input, "node id " + std::to_string(*overrides.node_id) +
                                                   " was asked for, but cluster.conf gives " +
                                                   active.local_name + " the id " +
                                                   std::to_string(active.local.value)};
    }
    apply(overrides, active);
    return active;
}

Result<ActiveConfiguration> read_configuration(const Roots& roots, const JoinOverrides& overrides)
{
    Result<std::string> document = io::read_file(roots.cluster_conf);
    if (!document) {
        return document.error();
    }
    return load_configuration(roots, *std::move(document), roots.cluster_conf, overrides);
}

std::string corosync_conf(const ActiveConfiguration& configuration, const Roots& roots)
{
    RenderOptions options;
    options.logfile = roots.log + "/corosync.log";
    options.realtime = configuration.overrides.realtime;
    return render(configuration.model, configuration.addresses, options);
}

std::map<NodeId, std::vector<std::string>> table_of(const ActiveConfiguration& configuration)
{
    std::map<NodeId, std::vector<std::string>> table;
    for (const model::NodeAddress& address : configuration.addresses) {
        table[address.node] = links_of(address);
    }
    return table;
}

std::map<NodeId, std::string> names_of(const model::ClusterModel& model)
{
    std::map<NodeId, std::string> names;
    for (const model::Node& node : model.nodes) {
        names[node.id] = node.name;
    }
    return names;
}

std::vector<std::string> links_of(const model::NodeAddress& address)
{
    return address.link1.empty() ? std::vector{address.link0}
                                 : std::vector{address.link0, address.link1};
}

}  // namespace ha::cman
