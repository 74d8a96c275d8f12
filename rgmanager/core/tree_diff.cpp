// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/tree_diff.hpp"

#include <algorithm>
#include <map>

namespace ha::service {
namespace {

enum class Difference { none, reconfig_only, real };

/// Attributes by name, flags and inheritance included.
Difference compare(const Resource& before, const Resource& after)
{
    Difference difference = Difference::none;
    const auto differs = [&](const ResourceAttribute& attribute) {
        difference =
            attribute.reconfig ? std::max(difference, Difference::reconfig_only) : Difference::real;
    };
    for (const ResourceAttribute& old : before.attributes) {
        const ResourceAttribute* now = after.attribute(old.name);
        if (now == nullptr || old.reconfig != now->reconfig) {
            differs(old);
        } else if (!(old == *now)) {
            differs(*now);
        }
    }
    for (const ResourceAttribute& now : after.attributes) {
        if (before.attribute(now.name) == nullptr) {
            differs(now);
        }
    }
    return difference;
}

class Differ
{
public:
    Differ(const ResourceConfiguration& before, const ResourceConfiguration& after)
        : before_(before),
          after_(after)
    {
        diff_.old_resources.resize(before.resources.all().size());
        diff_.new_resources.resize(after.resources.all().size());
        diff_.old_nodes.resize(before.nodes.size());
        diff_.new_nodes.resize(after.nodes.size());
        diff_.old_partner.resize(after.nodes.size());
        same_resource_.resize(before.resources.all().size());
    }

    ConfigurationDiff run()
    {
        diff_resources();
        diff_siblings(before_.roots, after_.roots);
        return std::move(diff_);
    }

private:
    void diff_resources();
    void diff_siblings(const std::vector<TreeNodeIndex>& old_siblings,
                       const std::vector<TreeNodeIndex>& new_siblings);
    std::optional<TreeNodeIndex> partner_of(TreeNodeIndex old_node,
                                            const std::vector<TreeNodeIndex>& candidates) const;

    const ResourceConfiguration& before_;
    const ResourceConfiguration& after_;
    ConfigurationDiff diff_;
    std::vector<std::optional<ResourceIndex>> same_resource_;  ///< new one of an old one, if usable
};

void Differ::diff_resources()
{
    std::map<std::string, std::uint32_t> by_name;
    const auto& now = after_.resources.all();
    for (std::uint32_t i = 0; i < now.size(); ++i) {
        by_name.emplace(now[i].name(), i);
        diff_.new_resources[i].need_start = true;
    }
    const auto& old = before_.resources.all();
    for (std::uint32_t i = 0; i < old.size(); ++i) {
        const auto match = by_name.find(old[i].name());
        const Difference difference =
            match == by_name.end() ? Difference::real : compare(old[i], now[match->second]);
        if (difference == Difference::real) {
            diff_.old_resources[i].need_stop = true;
            continue;
        }
        ChangeFlags& matched = diff_.new_resources[match->second];
        same_resource_[i] = ResourceIndex{match->second};
        if (difference == Difference::reconfig_only) {
            matched.reconfigure = true;
        } else {
            matched = ChangeFlags{false, false, true, false};
            diff_.old_resources[i].common = true;
        }
    }
}

std::optional<TreeNodeIndex> Differ::partner_of(TreeNodeIndex old_node,
                                                const std::vector<TreeNodeIndex>& candidates) const
{
    const auto wanted = same_resource_[before_.node(old_node).resource.value];
    for (const TreeNodeIndex candidate : candidates) {
        if (wanted && after_.node(candidate).resource == *wanted &&
            !diff_.old_partner[candidate.value]) {
            return candidate;
        }
    }
    return std::nullopt;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by tree_depth_max
void Differ::diff_siblings(const std::vector<TreeNodeIndex>& old_siblings,
                           const std::vector<TreeNodeIndex>& new_siblings)
{
    for (const TreeNodeIndex old_node : old_siblings) {
        const auto partner = partner_of(old_node, new_siblings);
        if (!partner) {
            diff_.old_nodes[old_node.value].need_stop = true;
            continue;
        }
        diff_.old_partner[partner->value] = old_node;
        ChangeFlags& now = diff_.new_nodes[partner->value];
        now = diff_.new_resources[after_.node(*partner).resource.value];
        diff_.old_nodes[old_node.value].common = now.common;
        diff_siblings(before_.node(old_node).children, after_.node(*partner).children);
    }
    for (const TreeNodeIndex new_node : new_siblings) {
        if (!diff_.old_partner[new_node.value]) {
            diff_.new_nodes[new_node.value].need_start = true;
        }
    }
}

}  // namespace

ConfigurationDiff diff_configurations(const ResourceConfiguration& before,
                                      const ResourceConfiguration& after)
{
    return Differ(before, after).run();
}

RootChange change_of_old_root(const ConfigurationDiff& diff, const ResourceConfiguration& before,
                              const ResourceConfiguration& after, TreeNodeIndex root)
{
    if (!diff.old_nodes.at(root.value).need_stop) {
        return RootChange::unchanged;
    }
    return after.root(service_name(before.resource(root))) ? RootChange::replaced
                                                           : RootChange::removed;
}

RootChange change_of_new_root(const ConfigurationDiff& diff, const ResourceConfiguration& before,
                              const ResourceConfiguration& after, TreeNodeIndex root)
{
    if (diff.old_partner.at(root.value)) {
        return RootChange::unchanged;
    }
    return before.root(service_name(after.resource(root))) ? RootChange::replaced
                                                           : RootChange::added;
}

bool is_left_running(const ResourceConfiguration& before, TreeNodeIndex root)
{
    return is_migratory(before, root) && !before.rule(root).destroy_on_delete;
}

bool is_not_initialised(const ResourceConfiguration& after, TreeNodeIndex root)
{
    return is_migratory(after, root) && !after.rule(root).init_on_add;
}

void flag_old_tree(const ConfigurationDiff& diff, TreeState& state)
{
    for (std::uint32_t i = 0; i < state.all().size(); ++i) {
        const TreeNodeIndex node{state.root().value + i};
        if (diff.old_nodes.at(node.value).need_stop) {
            state.at(node).need_stop = true;
        }
    }
}

void flag_new_tree(const ConfigurationDiff& diff, TreeState& state)
{
    for (std::uint32_t i = 0; i < state.all().size(); ++i) {
        const TreeNodeIndex node{state.root().value + i};
        state.at(node).need_start = diff.new_nodes.at(node.value).need_start;
        state.at(node).reconfigure = diff.new_nodes.at(node.value).reconfigure;
    }
}

TreeState carry_over(const ConfigurationDiff& diff, const ResourceConfiguration& before,
                     TreeState& old_state, const ResourceConfiguration& after,
                     TreeNodeIndex new_root, LocalResources& resources)
{
    TreeState state(after, new_root);
    for (std::uint32_t i = 0; i < state.all().size(); ++i) {
        const TreeNodeIndex node{new_root.value + i};
        if (const auto partner = diff.old_partner.at(node.value)) {
            set_state(after, state, node, old_state.at(*partner).state, resources);
            state.at(node).last_status = old_state.at(*partner).last_status;
            state.at(node).started = old_state.at(*partner).started;
        }
    }
    flag_new_tree(diff, state);
    old_state.forget(before, resources);
    return state;
}

}  // namespace ha::service
