// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/tree_state.hpp"

#include <algorithm>

#include "common/base/assert.hpp"

namespace ha::service {
namespace {

bool is_held(TreeNodeState state)
{
    return state == TreeNodeState::started || state == TreeNodeState::failed;
}

}  // namespace

bool EventCounter::exceeded(const Threshold& threshold, TimePoint now)
{
    if (threshold.expire.count() > 0) {
        std::erase_if(times_, [&](TimePoint time) { return now - time >= threshold.expire; });
    }
    return times_.size() >= static_cast<std::size_t>(std::max(0, threshold.count_max));
}

void LocalResources::release(const std::string& resource)
{
    const auto held = held_.find(resource);
    HA_ASSERT(held != held_.end() && held->second > 0);
    if (--held->second == 0) {
        held_.erase(held);
    }
}

int LocalResources::holders(const std::string& resource) const
{
    const auto held = held_.find(resource);
    return held == held_.end() ? 0 : held->second;
}

TreeState::TreeState(const ResourceConfiguration& configuration, TreeNodeIndex root) : root_(root)
{
    const std::uint32_t end = configuration.node(root).subtree_end;
    nodes_.resize(end - root.value);
    for (std::uint32_t i = root.value; i < end; ++i) {
        at(TreeNodeIndex{i})
            .checked.resize(configuration.resource(TreeNodeIndex{i}).actions.size());
    }
}

void TreeState::assume_started(const ResourceConfiguration& configuration,
                               LocalResources& resources)
{
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        set_state(configuration, *this, TreeNodeIndex{root_.value + i}, TreeNodeState::started,
                  resources);
    }
}

void TreeState::forget(const ResourceConfiguration& configuration, LocalResources& resources)
{
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        set_state(configuration, *this, TreeNodeIndex{root_.value + i}, TreeNodeState::stopped,
                  resources);
    }
}

void set_state(const ResourceConfiguration& configuration, TreeState& tree, TreeNodeIndex node,
               TreeNodeState state, LocalResources& resources)
{
    TreeNodeStatus& status = tree.at(node);
    if (is_held(status.state) != is_held(state)) {
        const std::string name = configuration.resource(node).name();
        is_held(state) ? resources.hold(name) : resources.release(name);
    }
    status.state = state;
}

}  // namespace ha::service
