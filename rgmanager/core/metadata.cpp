// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/metadata.hpp"

#include <algorithm>
#include <utility>

#include "rgmanager/core/values.hpp"

namespace ha::service {
namespace {

using model::Element;

constexpr std::size_t attributes_max = 1000;
constexpr std::size_t actions_max = 1000;
constexpr std::size_t children_max = 1000;

Error rejected(const std::string& type, const std::string& reason)
{
    return Error{ErrorCode::invalid_input, "Rule for " + type + " rejected: " + reason};
}

std::string text_of(const Element& element, std::string_view attribute)
{
    return std::string(element.attribute(attribute).value_or(""));
}

int integer_of(const Element& element, std::string_view attribute)
{
    return leading_integer(element.attribute(attribute).value_or(""));
}

/// The primary one goes to index 0, the former first to the end of the list so far. Of two
/// parameters with one name the first counts.
Status add_attribute(Rule& rule, AttributeRule attribute)
{
    if (attribute.inherit && (attribute.primary || attribute.unique || attribute.required)) {
        return rejected(rule.type, "parameter " + attribute.name +
                                       " is inherited and primary, unique or required");
    }
    if (rule.attribute(attribute.name) != nullptr) {
        return ok();
    }
    const bool primary = attribute.primary;
    if (primary && !rule.attributes.empty() && rule.attributes.front().primary) {
        return rejected(rule.type, "two primary parameters, " + rule.attributes.front().name +
                                       " and " + attribute.name);
    }
    rule.attributes.push_back(std::move(attribute));
    if (primary) {
        std::swap(rule.attributes.front(), rule.attributes.back());
    }
    return ok();
}

Status read_parameters(Rule& rule, const Element& parameters)
{
    for (const Element& parameter : parameters.children) {
        const std::string name = text_of(parameter, "name");
        if (parameter.name != "parameter" || name.empty()) {
            continue;
        }
        AttributeRule attribute;
        attribute.name = name;
        attribute.primary = is_metadata_flag_on(parameter.attribute("primary"));
        attribute.unique = is_metadata_flag_on(parameter.attribute("unique"));
        attribute.required = is_metadata_flag_on(parameter.attribute("required"));
        attribute.reconfig = is_metadata_flag_on(parameter.attribute("reconfig"));
        if (const auto inherit = parameter.attribute("inherit"); inherit && !inherit->empty()) {
            attribute.inherit = std::string(*inherit);
        }
        if (const Element* content = parameter.child("content")) {
            if (const auto value = content->attribute("default")) {
                attribute.default_value = std::string(*value);
            }
        }
        if (Status added = add_attribute(rule, std::move(attribute)); !added) {
            return added;
        }
        if (rule.attributes.size() > attributes_max) {
            return rejected(rule.type, "more than 1000 parameters");
        }
    }
    return ok();
}

bool has_depth(std::string_view action)
{
    return action == "status" || action == "monitor";
}

/// An interval that is given but below one second is one second; one that is not given is never.
std::chrono::seconds interval_of(const Element& action)
{
    const auto text = action.attribute("interval");
    return text ? std::max(std::chrono::seconds{1}, parse_time_value(*text))
                : std::chrono::seconds{0};
}

Status read_actions(Rule& rule, const Element& actions)
{
    for (const Element& action : actions.children) {
        ActionRule entry;
        entry.name = text_of(action, "name");
        if (action.name != "action" || entry.name.empty()) {
            continue;
        }
        entry.depth = has_depth(entry.name) ? std::max(0, integer_of(action, "depth")) : 0;
        entry.timeout = parse_time_value(action.attribute("timeout").value_or(""));
        entry.interval = interval_of(action);
        const auto same =
            std::find_if(rule.actions.begin(), rule.actions.end(), [&](const ActionRule& one) {
                return one.name == entry.name && one.depth == entry.depth;
            });
        if (same != rule.actions.end()) {
            *same = entry;
        } else if (rule.actions.size() < actions_max) {
            rule.actions.push_back(entry);
        } else {
            return rejected(rule.type, "more than 1000 actions");
        }
    }
    return ok();
}

Status read_child(Rule& rule, const Element& child)
{
    ChildRule entry;
    entry.type = text_of(child, "type");
    if (entry.type.empty()) {
        return ok();
    }
    entry.start_level = integer_of(child, "start");
    entry.stop_level = integer_of(child, "stop");
    entry.forbidden = integer_of(child, "forbid") != 0;
    const auto same = std::find_if(rule.children.begin(), rule.children.end(),
                                   [&](const ChildRule& one) { return one.type == entry.type; });
    if (same != rule.children.end()) {
        *same = entry;
    } else if (rule.children.size() < children_max) {
        rule.children.push_back(entry);
    } else {
        return rejected(rule.type, "more than 1000 child types");
    }
    return ok();
}

Status read_special(Rule& rule, const Element& special)
{
    for (const Element& one : special.children) {
        if (one.name == "attributes") {
            if (one.attribute("maxinstances")) {
                rule.max_instances = std::max(0, integer_of(one, "maxinstances"));
            }
            if (const auto flag = one.attribute("init_on_add")) {
                rule.init_on_add = is_metadata_flag_on(flag);
            }
            if (const auto flag = one.attribute("destroy_on_delete")) {
                rule.destroy_on_delete = is_metadata_flag_on(flag);
            }
        } else if (one.name == "child") {
            if (Status added = read_child(rule, one); !added) {
                return added;
            }
        }
    }
    return ok();
}

Status read_section(Rule& rule, const Element& section)
{
    if (section.name == "parameters") {
        return read_parameters(rule, section);
    }
    if (section.name == "actions") {
        return read_actions(rule, section);
    }
    if (section.name == "special" && section.attribute("tag") == "rgmanager") {
        return read_special(rule, section);
    }
    return ok();
}

}  // namespace

Result<Rule> rule_from_metadata(const Element& metadata, std::string agent)
{
    Rule rule;
    rule.type = text_of(metadata, "name");
    rule.agent = std::move(agent);
    if (metadata.name != "resource-agent" || rule.type.empty()) {
        return Error{ErrorCode::invalid_input, rule.agent + ": no <resource-agent name=...>"};
    }
    if (rule.type == "action") {
        return rejected(rule.type, "the type is reserved");
    }
    for (const Element& section : metadata.children) {
        if (Status read = read_section(rule, section); !read) {
            return read.error();
        }
    }
    if (rule.attributes.empty()) {
        return rejected(rule.type, "it has no parameter");
    }
    return rule;
}

}  // namespace ha::service
