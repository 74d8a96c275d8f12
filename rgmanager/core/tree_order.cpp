// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/tree_order.hpp"

#include <algorithm>
#include <tuple>

namespace ha::service {
namespace {

constexpr int level_max = 100;

struct RankedChild {
    TreeNodeIndex node;
    int level = 0;         ///< 0: none
    std::size_t rule = 0;  ///< position of its type in the parent's rule
};

RankedChild rank(const ResourceConfiguration& configuration, const Rule& parent,
                 TreeNodeIndex child, WalkDirection direction)
{
    const ChildRule* listed = parent.child(configuration.resource(child).type);
    if (listed == nullptr) {
        return {child, 0, 0};
    }
    const int level = direction == WalkDirection::start ? listed->start_level : listed->stop_level;
    if (level < 1 || level > level_max) {
        return {child, 0, 0};
    }
    return {child, level, static_cast<std::size_t>(listed - parent.children.data())};
}

/// Children in the order they are walked.
std::vector<RankedChild> ordered_children(const ResourceConfiguration& configuration,
                                          TreeNodeIndex node, WalkDirection direction)
{
    const Rule& rule = configuration.rule(node);
    std::vector<RankedChild> children;
    for (const TreeNodeIndex child : configuration.node(node).children) {
        children.push_back(rank(configuration, rule, child, direction));
    }
    const bool stopping = direction == WalkDirection::stop;
    if (stopping) {
        std::reverse(children.begin(), children.end());
    }
    const int without_level = stopping ? 0 : level_max + 1;
    const auto key = [&](const RankedChild& child) {
        return std::tuple(child.level == 0 ? without_level : child.level, child.rule);
    };
    std::stable_sort(children.begin(), children.end(),
                     [&](const RankedChild& a, const RankedChild& b) { return key(a) < key(b); });
    return children;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by tree_depth_max
void append(const ResourceConfiguration& configuration, TreeNodeIndex node, int level,
            WalkDirection direction, std::vector<Visit>& plan)
{
    const std::size_t entered = plan.size();
    plan.push_back({node, true, 0, level});
    for (const RankedChild& child : ordered_children(configuration, node, direction)) {
        append(configuration, child.node, child.level, direction, plan);
    }
    plan[entered].partner = plan.size();
    plan.push_back({node, false, entered, level});
}

}  // namespace

std::vector<Visit> plan_walk(const ResourceConfiguration& configuration, TreeNodeIndex root,
                             WalkDirection direction)
{
    std::vector<Visit> plan;
    append(configuration, root, 0, direction, plan);
    return plan;
}

}  // namespace ha::service
