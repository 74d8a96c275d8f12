// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/should_run.hpp"

#include <algorithm>
#include <limits>

namespace ha::sim {

using service::RecoveryPolicy;
using service::ServiceConfig;
using service::ServiceRow;
using service::ServiceState;

namespace {

bool is_idle(const ServiceRow& row)
{
    return row.state == ServiceState::stopped && row.op.kind == service::OperationKind::none;
}

/// 1 is the best priority; who has none comes last.
int rank(const service::DomainNode& node)
{
    return node.priority == 0 ? std::numeric_limits<int>::max() : node.priority;
}

}  // namespace

void ShouldRun::note(const ServiceDaemon& daemon)
{
    Seen& seen = seen_[daemon.node()];
    if (seen.process != daemon.life()) {
        seen = Seen{daemon.life(), {}};
    }
    for (const auto& [name, row] : daemon.manager().table().rows) {
        if (is_idle(row) && seen.stopped[name].version != row.version) {
            seen.stopped[name] = Stopped{row.version, daemon.manager().group().admitted()};
        }
    }
}

std::string ShouldRun::why(const ServiceDaemon& daemon, const ServiceRow& row) const
{
    const ServiceConfig* config = lab_.document.find(row.name);
    if (config == nullptr || !config->autostart) {
        return "";
    }
    if (row.state == ServiceState::disabled) {
        const bool may_policy_disable = config->recovery == RecoveryPolicy::disable ||
                                        config->recovery == RecoveryPolicy::restart_disable;
        return may_policy_disable || lab_.hindrances.was_asked_to_disable(row.name)
                   ? ""
                   : "nobody and no policy disabled it";
    }
    const bool is_held_back = row.frozen || daemon.manager().is_locked() || !is_idle(row);
    const bool is_due =
        have_members_changed(daemon, row) || !lab_.hindrances.may_be_left_stopped(row.name);
    if (is_held_back || !is_due || !does_dependency_run(*config)) {
        return "";
    }
    std::set<NodeId> online;
    for (const auto& [node, member] : daemon.manager().group().admitted()) {
        online.insert(node);
    }
    for (const NodeId node : best_nodes(*config, online)) {
        if (!excludes_another(*config, node)) {
            return "node " + std::to_string(node.value) + " could run it";
        }
    }
    return "";
}

/// Then whatever left it stopped is over: it is placed anew (spec rgmanager 5.10).
bool ShouldRun::have_members_changed(const ServiceDaemon& daemon, const ServiceRow& row) const
{
    const auto seen = seen_.find(daemon.node());
    if (seen == seen_.end() || seen->second.process != daemon.life()) {
        return false;
    }
    const auto stopped = seen->second.stopped.find(row.name);
    return stopped != seen->second.stopped.end() && stopped->second.version == row.version &&
           stopped->second.members != daemon.manager().group().admitted();
}

/// Spec rgmanager 5.7: what stopped is started where its score is the best that there is.
std::set<NodeId> ShouldRun::best_nodes(const ServiceConfig& config,
                                       const std::set<NodeId>& online) const
{
    const auto domain =
        std::find_if(lab_.document.domains.begin(), lab_.document.domains.end(),
                     [&](const auto& candidate) { return candidate.name == config.domain; });
    if (domain == lab_.document.domains.end()) {
        return online;
    }
    int best = std::numeric_limits<int>::max();
    bool is_any_inside = false;
    for (const service::DomainNode& node : domain->nodes) {
        if (online.contains(node.node)) {
            is_any_inside = true;
            best = std::min(best, rank(node));
        }
    }
    if (!is_any_inside) {
        return domain->restricted ? std::set<NodeId>{} : online;
    }
    std::set<NodeId> nodes;
    for (const service::DomainNode& node : domain->nodes) {
        if (online.contains(node.node) && (!domain->ordered || rank(node) == best)) {
            nodes.insert(node.node);
        }
    }
    return nodes;
}

bool ShouldRun::does_dependency_run(const ServiceConfig& config) const
{
    if (config.depend.empty()) {
        return true;
    }
    const std::vector<Holder> holders = lab_.journal.living_holders(config.depend);
    return std::any_of(holders.begin(), holders.end(),
                       [](const Holder& holder) { return holder.runs && !holder.stop_failed; });
}

bool ShouldRun::excludes_another(const ServiceConfig& config, NodeId node) const
{
    for (const auto& [name, other] : lab_.document.services) {
        const bool cannot_share = name != config.name && (config.exclusive || other.exclusive);
        if (cannot_share && lab_.journal.holds(name, node)) {
            return true;
        }
    }
    return false;
}

}  // namespace ha::sim
