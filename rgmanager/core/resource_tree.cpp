// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/resource_tree.hpp"

#include "common/base/assert.hpp"

namespace ha::service {
namespace {

constexpr std::size_t service_name_max = 63;
constexpr std::size_t inherited_type_max = 31;

/// The node an inheritance expression looks at from `node`, and the attribute it means there.
struct Source {
    std::optional<TreeNodeIndex> node;
    std::string_view attribute;
};

Source source_of(const ResourceConfiguration& configuration, TreeNodeIndex node,
                 std::string_view expression)
{
    const std::size_t percent = expression.find('%');
    std::optional<TreeNodeIndex> at = configuration.node(node).parent;
    if (percent == std::string_view::npos) {
        return {at, expression};
    }
    const std::string_view type = expression.substr(0, percent);
    while (at && configuration.resource(*at).type != type) {
        at = configuration.node(*at).parent;
    }
    if (type.size() > inherited_type_max) {
        at.reset();
    }
    return {at, expression.substr(percent + 1)};
}

}  // namespace

const Rule& ResourceConfiguration::rule(TreeNodeIndex index) const
{
    const Rule* found = rules.find(resource(index).type);
    HA_ASSERT(found != nullptr);
    return *found;
}

std::optional<TreeNodeIndex> ResourceConfiguration::root(std::string_view name) const
{
    const std::string wanted = name.find(':') == std::string_view::npos
                                   ? "service:" + std::string(name)
                                   : std::string(name);
    for (const TreeNodeIndex index : roots) {
        if (service_name(resource(index)) == wanted) {
            return index;
        }
    }
    return std::nullopt;
}

std::string service_name(const Resource& root)
{
    return root.name().substr(0, service_name_max);
}

bool is_migratory(const ResourceConfiguration& configuration, TreeNodeIndex root)
{
    return configuration.node(root).children.empty() &&
           configuration.resource(root).action("migrate", 0) != nullptr;
}

std::optional<std::string> resolve_attribute(const ResourceConfiguration& configuration,
                                             TreeNodeIndex node, std::string_view attribute)
{
    // Each turn goes at least one level up, so this ends.
    std::optional<TreeNodeIndex> at = node;
    while (at) {
        const ResourceAttribute* found = configuration.resource(*at).attribute(attribute);
        if (found == nullptr) {
            return std::nullopt;
        }
        if (!found->inherited) {
            return found->value;
        }
        const Source next = source_of(configuration, *at, found->value);
        at = next.node;
        attribute = next.attribute;
    }
    return std::nullopt;
}

}  // namespace ha::service
