// SPDX-License-Identifier: Apache-2.0
//
// The order in which a tree is walked (spec 4.1), the heart of compatibility: children by the start
// or stop levels of their parent's rule, those without a level last when starting and first when
// stopping.
#pragma once

#include <cstddef>
#include <vector>

#include "rgmanager/core/resource_tree.hpp"

namespace ha::service {

enum class WalkDirection {
    start,  ///< a node before its children; also status
    stop,   ///< a node after its children
};

/// A step of a walk. Every node is entered and left once; what lies between is its subtree.
struct Visit {
    TreeNodeIndex node;
    bool enter = false;
    std::size_t partner = 0;  ///< position of the other visit of this node
    int level = 0;            ///< of this node below its parent, 0: without level

    friend bool operator==(const Visit&, const Visit&) = default;
};

/// A type listed with only the other direction's level has no level in this one.
[[nodiscard]] std::vector<Visit> plan_walk(const ResourceConfiguration& configuration,
                                           TreeNodeIndex root, WalkDirection direction);

}  // namespace ha::service
