// SPDX-License-Identifier: Apache-2.0
//
// The trees of `<rm>`: which service resource stands below which. A configuration is a value that
// is built once and never changed; what runs on a node is kept apart (tree_state.hpp), so that a
// service can be stopped with the document it was started under.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/ids.hpp"
#include "common/model/element.hpp"
#include "rgmanager/core/note.hpp"
#include "rgmanager/core/resource_list.hpp"
#include "rgmanager/core/rule.hpp"

namespace ha::service {

/// Index of an occurrence of a resource in the trees of one configuration.
using TreeNodeIndex = Id<struct TreeNodeIndexTag, std::uint32_t>;

/// `__independent_subtree`: what a failed status below means for the service.
enum class Independence {
    none,          ///< the service failed
    critical,      ///< `1`: only this subtree is restarted
    non_critical,  ///< `2`: as before, and in the end switched off
};

/// So many times within so long; in use only if both are positive.
struct Threshold {
    int count_max = 0;
    std::chrono::seconds expire{0};

    [[nodiscard]] bool in_use() const noexcept { return count_max > 0 && expire.count() > 0; }
    friend bool operator==(const Threshold&, const Threshold&) = default;
};

/// Invariant: nodes stand in build order, so a subtree is the range [its node, subtree_end).
struct TreeNode {
    ResourceIndex resource;
    std::optional<TreeNodeIndex> parent;  ///< none: a root, that is a service
    std::vector<TreeNodeIndex> children;  ///< tree order
    std::uint32_t subtree_end = 0;
    Independence independence = Independence::none;
    bool enforce_timeouts = false;
    Threshold failures;  ///< failed status checks that are forgiven
    Threshold restarts;  ///< of an independent subtree

    friend bool operator==(const TreeNode&, const TreeNode&) = default;
};

inline constexpr int tree_depth_max = 64;
inline constexpr std::size_t tree_nodes_max = 1'000'000;

struct ResourceConfiguration {
    RuleSet rules;  ///< resource-defaults applied
    ResourceList resources;
    std::vector<TreeNode> nodes;
    std::vector<TreeNodeIndex> roots;  ///< document order

    [[nodiscard]] const TreeNode& node(TreeNodeIndex index) const { return nodes.at(index.value); }
    [[nodiscard]] const Resource& resource(TreeNodeIndex index) const
    {
        return resources.at(node(index).resource);
    }
    /// The rule of a node's resource; every resource of a configuration has one.
    [[nodiscard]] const Rule& rule(TreeNodeIndex index) const;

    /// A root by its service name; `name` without a colon means `service:name`.
    [[nodiscard]] std::optional<TreeNodeIndex> root(std::string_view name) const;

    friend bool operator==(const ResourceConfiguration&, const ResourceConfiguration&) = default;
};

/// `type:key`, at most 63 characters: the name of a service when the node is a root.
[[nodiscard]] std::string service_name(const Resource& root);

/// Defaults, resource list and trees of `<rm>`. A bad element is noted and left out with its
/// subtree; the others stay. Two roots of one name: the second is left out, since a name is one
/// unit of failover.
[[nodiscard]] std::pair<ResourceConfiguration, Notes> build_configuration(RuleSet rules,
                                                                          const model::Element& rm);

/// The root may be migrated: its rule declares `migrate` and it has no children.
[[nodiscard]] bool is_migratory(const ResourceConfiguration& configuration, TreeNodeIndex root);

/// Value of an attribute at a node with inheritance resolved (spec 3.4); nothing if it has none.
[[nodiscard]] std::optional<std::string> resolve_attribute(
    const ResourceConfiguration& configuration, TreeNodeIndex node, std::string_view attribute);

}  // namespace ha::service
