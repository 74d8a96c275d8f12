// SPDX-License-Identifier: Apache-2.0
//
// Rules, resources, trees, failover domains and event triggers as text, in the old suite's format:
// rg_test prints it, the daemon puts it into its dump (spec 6.3).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rgmanager/core/event_trigger.hpp"
#include "rgmanager/core/failover_domain.hpp"
#include "rgmanager/core/resource_tree.hpp"
#include "rgmanager/core/tree_diff.hpp"
#include "rgmanager/core/tree_state.hpp"

namespace ha::service {

/// What a tree shows of a node besides its configuration.
struct NodeView {
    ChangeFlags flags;
    TreeNodeState state = TreeNodeState::stopped;
};

/// `Resource Rules for "fs"` and so on, with the blank line that ends it.
[[nodiscard]] std::string describe_rule(const Rule& rule);

/// One block per resource, each ended by a blank line. `flags` is parallel to the resources.
[[nodiscard]] std::string describe_resources(const ResourceConfiguration& configuration,
                                             const std::vector<ChangeFlags>& flags);

[[nodiscard]] std::string describe_tree(const ResourceConfiguration& configuration,
                                        TreeNodeIndex root,
                                        const std::function<NodeView(TreeNodeIndex)>& view);

[[nodiscard]] std::string describe_domains(const std::vector<FailoverDomain>& domains);

/// Ordered by priority, one heading per level.
[[nodiscard]] std::string describe_events(const std::vector<EventTrigger>& events);

}  // namespace ha::service
