// SPDX-License-Identifier: Apache-2.0
//
// What an agent prints for `meta-data` becomes a rule or a note; a rule can be shown, and a
// resource that gives every attribute loads under it.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/assert.hpp"
#include "rgmanager/agent_discovery.hpp"
#include "rgmanager/core/configuration_text.hpp"
#include "rgmanager/core/resource.hpp"

namespace {

using namespace ha::service;

/// Every attribute with a value, every action overridden.
ha::model::Element full_element(const Rule& rule)
{
    ha::model::Element element;
    element.name = rule.type;
    for (const AttributeRule& attribute : rule.attributes) {
        element.attributes.push_back({attribute.name, "value", 0});
    }
    for (const ActionRule& action : rule.actions) {
        ha::model::Element child;
        child.name = "action";
        child.attributes = {{"name", action.name, 0}, {"timeout", "1", 0}, {"interval", "1m", 0}};
        element.children.push_back(child);
    }
    return element;
}

void check_rule(const Rule& rule)
{
    HA_ASSERT(!rule.type.empty() && rule.type != "action" && !rule.attributes.empty());
    HA_ASSERT(rule.max_instances >= 0);
    for (std::size_t i = 1; i < rule.attributes.size(); ++i) {
        HA_ASSERT(!rule.attributes[i].primary);
    }
    for (const ActionRule& action : rule.actions) {
        HA_ASSERT(action.depth >= 0 && action.interval.count() >= 0 && action.timeout.count() >= 0);
        HA_ASSERT(rule.action(action.name, action.depth) == &action);  // one entry per depth
    }
    Notes notes;
    const auto resource = load_resource(rule, full_element(rule), notes);
    HA_ASSERT(resource.has_value());
    HA_ASSERT(resource->attributes.size() == rule.attributes.size());
    HA_ASSERT(resource->key() == "value");
    HA_ASSERT(!describe_rule(rule).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto [rules, notes] = rules_from_metadata({{"/agents/x.sh", text}});
    HA_ASSERT(rules.all().size() <= 1);
    for (const Rule& rule : rules.all()) {
        check_rule(rule);
    }
    return 0;
}
