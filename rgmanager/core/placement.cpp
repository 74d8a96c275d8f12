// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/placement.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include "common/base/random.hpp"

namespace ha::service {

namespace {

/// The same on every machine and in every build, unlike std::hash.
std::uint64_t spread(const std::string& service, NodeId node, std::uint64_t version)
{
    std::uint64_t seed = 0xcbf29ce484222325ULL;  // FNV-1a
    for (const char character : service) {
        seed = (seed ^ static_cast<unsigned char>(character)) * 0x100000001b3ULL;
    }
    return Random(seed ^ (version << 32U) ^ node.value).next();
}

std::string_view score_words(Score score)
{
    switch (score) {
        case Score::illegal:
            return "not allowed";
        case Score::good:
            return "outside its failover domain";
        case Score::better:
            return "in its failover domain, not the best there";
        case Score::best:
            return "the best choice";
    }
    return "";
}

}  // namespace

Placement::Placement(const ServicesDocument& document,
                     const std::map<std::string, ServiceRow>& rows, const std::set<NodeId>& online)
    : document_(document),
      rows_(rows),
      online_(online)
{
    for (const auto& [name, row] : rows_) {
        if (is_held(row.state)) {
            add_load(row.owner.node, name);
        }
    }
}

void Placement::add_load(NodeId node, const std::string& service)
{
    Load& load = loads_[node];
    load.services.insert(service);
    const ServiceConfig* config = document_.find(service);
    if (config != nullptr && config->exclusive) {
        load.exclusive.insert(service);
    }
}

std::size_t Placement::load(NodeId node) const
{
    const auto found = loads_.find(node);
    return found == loads_.end() ? 0 : found->second.services.size();
}

const FailoverDomain* Placement::domain_of(const std::string& service) const
{
    const ServiceConfig* config = document_.find(service);
    return config == nullptr ? nullptr : document_.domain_of(*config);
}

bool Placement::allows(const std::string& service, NodeId node) const
{
    return is_allowed(domain_of(service), node);
}

Score Placement::score_of(const ServiceRow& row, NodeId node) const
{
    return score(domain_of(row.name), node, online_, Holder{row.state, row.owner.node});
}

std::string Placement::exclusive_conflict(const std::string& service, NodeId node) const
{
    const auto found = loads_.find(node);
    if (found == loads_.end()) {
        return {};
    }
    const auto other_than = [&](const std::set<std::string>& names) {
        const auto other = std::find_if(names.begin(), names.end(),
                                        [&](const std::string& name) { return name != service; });
        return other == names.end() ? std::string{} : *other;
    };
    if (const std::string other = other_than(found->second.exclusive); !other.empty()) {
        return "exclusive service " + other + " runs on " + document_.node_name(node);
    }
    const ServiceConfig* config = document_.find(service);
    if (config != nullptr && config->exclusive) {
        if (const std::string other = other_than(found->second.services); !other.empty()) {
            return "it is exclusive and " + other + " runs on " + document_.node_name(node);
        }
    }
    return {};
}

std::string Placement::missing_dependency(const std::string& service) const
{
    const ServiceConfig* config = document_.find(service);
    if (config == nullptr || config->depend.empty()) {
        return {};
    }
    const auto found = rows_.find(config->depend);
    if (found != rows_.end() && found->second.state == ServiceState::started) {
        return {};
    }
    return "it depends on " + config->depend + ", which is " +
           std::string(found == rows_.end() ? "not configured" : state_text(found->second.state));
}

std::string Placement::unavailable_domain(const std::string& service) const
{
    const FailoverDomain* domain = domain_of(service);
    if (domain == nullptr || !domain->restricted) {
        return {};
    }
    const bool any =
        std::any_of(domain->nodes.begin(), domain->nodes.end(),
                    [&](const DomainNode& node) { return online_.contains(node.node); });
    return any ? std::string{}
               : "no member of its restricted failover domain " + domain->name + " is online";
}

Choice Placement::consider_start(const ServiceRow& row) const
{
    if (row.frozen) {
        return {NodeId{}, "it is frozen"};
    }
    if (std::string missing = missing_dependency(row.name); !missing.empty()) {
        return {NodeId{}, std::move(missing)};
    }
    if (std::string reason = unavailable_domain(row.name); !reason.empty()) {
        return {NodeId{}, std::move(reason)};
    }
    std::string obstacle = "no node is online";
    std::optional<std::tuple<std::size_t, std::uint64_t, NodeId>> best;
    for (const NodeId node : online_) {
        if (score_of(row, node) != Score::best) {
            continue;
        }
        if (std::string conflict = exclusive_conflict(row.name, node); !conflict.empty()) {
            obstacle = std::move(conflict);
            continue;
        }
        const std::tuple candidate{load(node), spread(row.name, node, row.version), node};
        if (!best || candidate < *best) {
            best = candidate;
        }
    }
    if (!best) {
        return {NodeId{}, std::move(obstacle)};
    }
    const NodeId node = std::get<NodeId>(*best);
    const FailoverDomain* domain = domain_of(row.name);
    return {node,
            document_.node_name(node) +
                (domain == nullptr ? std::string{" runs the fewest services"}
                                   : " is the best choice in failover domain " + domain->name)};
}

Choice Placement::best_node(const ServiceRow& row, const std::set<NodeId>& excluded) const
{
    std::string obstacle = "no other node is online";
    std::optional<std::tuple<Score, std::uint64_t, NodeId>> best;
    for (const NodeId node : online_) {
        if (excluded.contains(node)) {
            continue;
        }
        const Score suits = score_of(row, node);
        if (suits == Score::illegal) {
            obstacle = "its failover domain allows no other node";
            continue;
        }
        if (std::string conflict = exclusive_conflict(row.name, node); !conflict.empty()) {
            obstacle = std::move(conflict);
            continue;
        }
        const std::tuple candidate{suits, spread(row.name, node, row.version), node};
        if (!best || candidate > *best) {
            best = candidate;
        }
    }
    if (!best) {
        return {NodeId{}, std::move(obstacle)};
    }
    const NodeId node = std::get<NodeId>(*best);
    return {node,
            document_.node_name(node) + " is " + std::string(score_words(std::get<Score>(*best)))};
}

std::string Placement::failed_starts(const std::vector<NodeId>& nodes) const
{
    std::string words = "its start failed on ";
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const bool is_last = i + 1 == nodes.size();
        words += (i == 0 ? "" : is_last ? " and " : ", ") + document_.node_name(nodes[i]);
    }
    return words;
}

bool Placement::is_better(const ServiceRow& row, NodeId joiner) const
{
    return score_of(row, joiner) > score_of(row, row.owner.node) &&
           exclusive_conflict(row.name, joiner).empty();
}

std::map<std::string, Choice> Placement::plan(std::uint64_t membership_epoch) const
{
    std::map<std::string, Choice> choices;
    Placement world = *this;  // loads grow as the plan does
    ServiceRow untouched;
    for (const auto& [name, config] : document_.services) {
        const auto found = rows_.find(name);
        untouched.name = name;
        const ServiceRow& row = found == rows_.end() ? untouched : found->second;
        if (row.state != ServiceState::stopped || row.op.kind != OperationKind::none ||
            row.parked_at == membership_epoch || (row.transition_s == 0 && !config.autostart)) {
            continue;
        }
        Choice choice = world.consider_start(row);
        if (choice.node.value != 0) {
            world.add_load(choice.node, name);
        }
        choices.emplace(name, std::move(choice));
    }
    return choices;
}

}  // namespace ha::service
