// SPDX-License-Identifier: Apache-2.0
//
// build_configuration: resource list and trees from `<rm>` (spec 3.2, 3.3).
#include <algorithm>
#include <set>

#include "rgmanager/core/resource_tree.hpp"
#include "rgmanager/core/values.hpp"

namespace ha::service {
namespace {

using model::Element;

/// Where an element stands: the chain up to `<rm>`. A path is spelt only for a message.
struct Place {
    const Place* above = nullptr;       ///< nullptr: this is `<rm>`
    const Element* element = nullptr;   ///< the element itself
    std::optional<TreeNodeIndex> node;  ///< its tree node, once it has one
    int depth = 0;

    [[nodiscard]] std::optional<TreeNodeIndex> parent() const { return above->node; }
};

/// `NAME[n]`, n counted from 1 among the siblings of that name.
std::string position_of(const Element& parent, const Element& child)
{
    int position = 0;
    for (const Element& sibling : parent.children) {
        position += sibling.name == child.name ? 1 : 0;
        if (&sibling == &child) {
            break;
        }
    }
    return child.name + "[" + std::to_string(position) + "]";
}

/// XPath of the place.
std::string path_of(const Place& place)
{
    std::string path;
    for (const Place* at = &place; at->above != nullptr; at = at->above) {
        path.insert(0, "/" + position_of(*at->above->element, *at->element));
    }
    return "/cluster/rm" + path;
}

bool is_yes(std::string_view text)
{
    return equal_without_case(text, "yes");
}

Independence independence_of(const Element& element)
{
    const std::string_view text = element.attribute("__independent_subtree").value_or("");
    if (is_yes(text) || leading_integer(text) == 1) {
        return Independence::critical;
    }
    if (equal_without_case(text, "non-critical") || leading_integer(text) == 2) {
        return Independence::non_critical;
    }
    return Independence::none;
}

Threshold threshold_of(const Element& element, std::string_view count, std::string_view expire)
{
    Threshold threshold;
    threshold.count_max = std::max(0, leading_integer(element.attribute(count).value_or("")));
    threshold.expire = parse_time_value(element.attribute(expire).value_or(""));
    return threshold.in_use() ? threshold : Threshold{};
}

class Builder
{
public:
    explicit Builder(RuleSet rules) { configuration_.rules = std::move(rules); }

    std::pair<ResourceConfiguration, Notes> build(const Element& rm)
    {
        apply_resource_defaults(configuration_.rules, rm, notes_);
        load_resource_list(rm);
        build_children(nullptr, Place{nullptr, &rm, std::nullopt, 0});
        return {std::move(configuration_), std::move(notes_)};
    }

private:
    void note(NoteLevel level, std::string text) { notes_.push_back({level, std::move(text)}); }

    void load_resource_list(const Element& rm);
    void build_children(const Rule* parent_rule, const Place& place);
    void build_typed(const Rule& rule, const Place& place);
    void build_child(const Rule& rule, Place place);
    std::optional<ResourceIndex> resource_for(const Rule& rule, const Place& place);
    std::optional<ResourceIndex> referenced(const Rule& rule, std::string_view reference);
    bool may_occur_again(const Rule& rule, const Resource& resource);
    bool is_known_root(const Resource& resource);
    void add_node(const Rule& rule, ResourceIndex resource, Place& place);
    void read_generic_attributes(TreeNode& node, const Element& element);

    ResourceConfiguration configuration_;
    Notes notes_;
    std::set<std::string> root_names_;
};

void Builder::load_resource_list(const Element& rm)
{
    const Element* list = rm.child("resources");
    if (list == nullptr) {
        return;
    }
    for (const Rule& rule : configuration_.rules.all()) {
        for (const Element& element : list->children) {
            if (element.name != rule.type) {
                continue;
            }
            if (auto loaded = load_resource(rule, element, notes_)) {
                static_cast<void>(configuration_.resources.add(std::move(*loaded), notes_));
            } else {
                note(NoteLevel::error,
                     "No resource found @ /cluster/rm/resources/" + position_of(*list, element));
            }
        }
    }
}

/// Typed children in the order of the parent's rule, then the others in document order; with no
/// parent rule (the roots) all are others.
// NOLINTNEXTLINE(misc-no-recursion): bounded by tree_depth_max
void Builder::build_children(const Rule* parent_rule, const Place& place)
{
    if (parent_rule != nullptr) {
        for (const ChildRule& child : parent_rule->children) {
            const Rule* rule = configuration_.rules.find(child.type);
            if (rule != nullptr && !child.forbidden) {
                build_typed(*rule, place);
            }
        }
    }
    for (const Element& child : place.element->children) {
        const Rule* rule = configuration_.rules.find_without_case(child.name);
        const bool listed =
            parent_rule != nullptr && rule != nullptr && parent_rule->child(rule->type) != nullptr;
        if (rule != nullptr && !listed) {
            build_child(*rule, {&place, &child, std::nullopt, place.depth + 1});
        }
    }
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by tree_depth_max
void Builder::build_typed(const Rule& rule, const Place& place)
{
    for (const Element& child : place.element->children) {
        if (child.name == rule.type) {
            build_child(rule, {&place, &child, std::nullopt, place.depth + 1});
        }
    }
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by tree_depth_max
void Builder::build_child(const Rule& rule, Place place)
{
    if (place.depth > tree_depth_max || configuration_.nodes.size() >= tree_nodes_max) {
        note(NoteLevel::error,
             "Error: " + path_of(place) + " is beyond the limits of a resource tree");
        return;
    }
    const auto index = resource_for(rule, place);
    if (!index) {
        return;
    }
    const Resource& resource = configuration_.resources.at(*index);
    if (!may_occur_again(rule, resource) || (!place.parent() && is_known_root(resource))) {
        return;
    }
    add_node(rule, *index, place);
}

std::optional<ResourceIndex> Builder::resource_for(const Rule& rule, const Place& place)
{
    if (const auto reference = place.element->attribute("ref")) {
        return referenced(rule, *reference);
    }
    auto loaded = load_resource(rule, *place.element, notes_);
    if (!loaded) {
        note(NoteLevel::error, "No resource found @ " + path_of(place));
        return std::nullopt;
    }
    loaded->inlined = true;
    return configuration_.resources.add(std::move(*loaded), notes_);
}

std::optional<ResourceIndex> Builder::referenced(const Rule& rule, std::string_view reference)
{
    const auto index = configuration_.resources.find(rule, reference);
    const std::string what = std::string(reference) + " (type " + rule.type + ")";
    if (!index) {
        note(NoteLevel::error, "Error: Reference to nonexistent resource " + what);
        return std::nullopt;
    }
    if (configuration_.resources.at(*index).inlined) {
        note(NoteLevel::error, "Error: Reference to inlined resource " + what + " is illegal");
        return std::nullopt;
    }
    return index;
}

bool Builder::may_occur_again(const Rule& rule, const Resource& resource)
{
    if (rule.max_instances == 0 || resource.references < rule.max_instances) {
        return true;
    }
    note(NoteLevel::warning, "Warning: Max references exceeded for resource " + resource.key() +
                                 " (type " + rule.type + ")");
    return false;
}

bool Builder::is_known_root(const Resource& resource)
{
    const std::string name = service_name(resource);
    if (root_names_.insert(name).second) {
        return false;
    }
    note(NoteLevel::error, "Error: Service " + name + " is defined twice");
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by tree_depth_max
void Builder::add_node(const Rule& rule, ResourceIndex resource, Place& place)
{
    const TreeNodeIndex index{static_cast<std::uint32_t>(configuration_.nodes.size())};
    ++configuration_.resources.at(resource).references;
    TreeNode node;
    node.resource = resource;
    node.parent = place.parent();
    read_generic_attributes(node, *place.element);
    if (node.parent) {
        configuration_.nodes[node.parent->value].children.push_back(index);
    } else {
        configuration_.roots.push_back(index);
    }
    configuration_.nodes.push_back(std::move(node));
    place.node = index;
    build_children(&rule, place);
    configuration_.nodes[index.value].subtree_end =
        static_cast<std::uint32_t>(configuration_.nodes.size());
}

void Builder::read_generic_attributes(TreeNode& node, const Element& element)
{
    const std::string_view enforce = element.attribute("__enforce_timeouts").value_or("");
    node.enforce_timeouts = is_yes(enforce) || leading_integer(enforce) > 0;
    node.failures = threshold_of(element, "__max_failures", "__failure_expire_time");
    if (!node.parent) {
        return;
    }
    node.independence = independence_of(element);
    const Resource& resource = configuration_.resources.at(node.resource);
    if (node.independence == Independence::non_critical && resource.references > 1) {
        note(NoteLevel::warning, "Non-critical flag for " + resource.name() +
                                     " is being cleared due to multiple references.");
        node.independence = Independence::critical;
    }
    if (node.independence != Independence::none) {
        node.restarts = threshold_of(element, "__max_restarts", "__restart_expire_time");
    }
}

}  // namespace

std::pair<ResourceConfiguration, Notes> build_configuration(RuleSet rules, const Element& rm)
{
    return Builder(std::move(rules)).build(rm);
}

}  // namespace ha::service
