// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/resource.hpp"

#include <algorithm>
#include <utility>

#include "common/base/assert.hpp"
#include "rgmanager/core/action_override.hpp"

namespace ha::service {
namespace {

using model::Element;

ResourceAttribute with_flags_of(const AttributeRule& rule, std::string value, bool inherited)
{
    ResourceAttribute attribute;
    attribute.name = rule.name;
    attribute.value = std::move(value);
    attribute.inherited = inherited;
    attribute.primary = rule.primary;
    attribute.unique = rule.unique;
    attribute.required = rule.required;
    attribute.reconfig = rule.reconfig;
    return attribute;
}

/// From cluster.conf, else inherited, else the default; required and primary ones come from
/// cluster.conf only.
std::optional<ResourceAttribute> load_attribute(const AttributeRule& rule, const Element& element)
{
    if (const auto value = element.attribute(rule.name)) {
        return with_flags_of(rule, std::string(*value), false);
    }
    if (rule.required || rule.primary) {
        return std::nullopt;
    }
    if (rule.inherit) {
        return with_flags_of(rule, *rule.inherit, true);
    }
    if (rule.default_value) {
        return with_flags_of(rule, *rule.default_value, false);
    }
    return std::nullopt;
}

void change_default(const std::string& type, AttributeRule& attribute, std::string_view value,
                    Notes& notes)
{
    const std::string wanted(value);
    const std::optional<std::string>& old =
        attribute.inherit ? attribute.inherit : attribute.default_value;
    const std::string subject = " default for " + type + " attr " + attribute.name;
    notes.push_back({NoteLevel::info, old ? "changing" + subject + " from " + *old + " to " + wanted
                                          : "setting" + subject + " to " + wanted});
    attribute.inherit.reset();
    attribute.default_value = wanted;
}

}  // namespace

const ResourceAttribute* Resource::attribute(std::string_view name) const
{
    const auto found = std::find_if(attributes.begin(), attributes.end(),
                                    [&](const ResourceAttribute& one) { return one.name == name; });
    return found == attributes.end() ? nullptr : &*found;
}

const ActionRule* Resource::action(std::string_view name, int depth) const
{
    const auto found = std::find_if(actions.begin(), actions.end(), [&](const ActionRule& one) {
        return one.name == name && one.depth == depth;
    });
    return found == actions.end() ? nullptr : &*found;
}

const std::string& Resource::key() const
{
    HA_ASSERT(!attributes.empty());
    return attributes.front().value;
}

std::string Resource::name() const
{
    return type + ":" + key();
}

std::optional<Resource> load_resource(const Rule& rule, const Element& element, Notes& notes)
{
    Resource resource;
    resource.type = rule.type;
    for (const AttributeRule& attribute : rule.attributes) {
        if (auto loaded = load_attribute(attribute, element)) {
            resource.attributes.push_back(std::move(*loaded));
        } else if (attribute.required || attribute.primary || resource.attributes.empty()) {
            return std::nullopt;  // the first attribute is the key, primary or not
        }
    }
    if (resource.attributes.empty()) {
        return std::nullopt;
    }
    resource.actions = rule.actions;
    override_actions(resource.actions, element, notes);
    return resource;
}

void apply_resource_defaults(RuleSet& rules, const Element& rm, Notes& notes)
{
    const Element* defaults = rm.child("resource-defaults");
    if (defaults == nullptr) {
        return;
    }
    for (const Rule& known : rules.all()) {
        const Element* element = defaults->child(known.type);  // at most one per type: the first
        if (element == nullptr) {
            continue;
        }
        for (AttributeRule& attribute : rules.find_to_change(known.type)->attributes) {
            const auto value = element->attribute(attribute.name);
            if (value && !attribute.primary && !attribute.unique) {
                change_default(known.type, attribute, *value, notes);
            }
        }
    }
}

}  // namespace ha::service
