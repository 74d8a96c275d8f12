// SPDX-License-Identifier: Apache-2.0
//
// What a configuration change means for the trees (spec 7): which nodes stop under the old
// document, which start under the new one, and whose state is carried over.
#pragma once

#include <optional>
#include <vector>

#include "rgmanager/core/resource_tree.hpp"
#include "rgmanager/core/tree_state.hpp"

namespace ha::service {

/// Of a resource or a tree node, in the old or the new configuration.
struct ChangeFlags {
    bool need_stop = false;    ///< old only
    bool need_start = false;   ///< new only
    bool common = false;       ///< unchanged
    bool reconfigure = false;  ///< new only, with need_start: only reconfig attributes differ

    friend bool operator==(const ChangeFlags&, const ChangeFlags&) = default;
};

/// Vectors are parallel to the resources and nodes of the two configurations.
struct ConfigurationDiff {
    std::vector<ChangeFlags> old_resources;
    std::vector<ChangeFlags> new_resources;
    std::vector<ChangeFlags> old_nodes;
    std::vector<ChangeFlags> new_nodes;
    std::vector<std::optional<TreeNodeIndex>> old_partner;  ///< of a new node
};

enum class RootChange {
    unchanged,  ///< the root itself; nodes below may be flagged
    removed,    ///< old only
    replaced,   ///< both: stopped under the old document, initialised under the new one
    added,      ///< new only
};

[[nodiscard]] ConfigurationDiff diff_configurations(const ResourceConfiguration& before,
                                                    const ResourceConfiguration& after);

[[nodiscard]] RootChange change_of_old_root(const ConfigurationDiff& diff,
                                            const ResourceConfiguration& before,
                                            const ResourceConfiguration& after, TreeNodeIndex root);
[[nodiscard]] RootChange change_of_new_root(const ConfigurationDiff& diff,
                                            const ResourceConfiguration& before,
                                            const ResourceConfiguration& after, TreeNodeIndex root);

/// Removed, yet not stopped: migratory and destroy_on_delete is off.
[[nodiscard]] bool is_left_running(const ResourceConfiguration& before, TreeNodeIndex root);

/// Added, yet not stopped first: migratory and init_on_add is off.
[[nodiscard]] bool is_not_initialised(const ResourceConfiguration& after, TreeNodeIndex root);

/// Sets need_stop in the state of an old tree: what a conditional stop acts on.
void flag_old_tree(const ConfigurationDiff& diff, TreeState& state);

/// Sets need_start and reconfigure in the state of a new tree: what a conditional start acts on.
void flag_new_tree(const ConfigurationDiff& diff, TreeState& state);

/// State of a new tree: taken from the old one where nodes are partners (counters and status timers
/// start afresh), with need_start and reconfigure set. The old state is given up. Precondition: the
/// old tree is of the same service, its conditional stop has ended.
[[nodiscard]] TreeState carry_over(const ConfigurationDiff& diff,
                                   const ResourceConfiguration& before, TreeState& old_state,
                                   const ResourceConfiguration& after, TreeNodeIndex new_root,
                                   LocalResources& resources);

}  // namespace ha::service
