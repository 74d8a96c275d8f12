// SPDX-License-Identifier: Apache-2.0
#include "common/base/assert.hpp"
#include "common/config/schema_table.hpp"

namespace ha::config {

const AttributeRule* ElementRule::attribute(std::string_view attribute_name) const
{
    for (const AttributeRule& rule : attributes) {
        if (rule.name == attribute_name) {
            return &rule;
        }
    }
    return nullptr;
}

const ChildRule* ElementRule::child(std::string_view child_name) const
{
    const ChildRule* wildcard = nullptr;
    for (const ChildRule& child : children) {
        if (child.rule->name == child_name) {
            return &child;
        }
        if (child.rule->name == "*" && !contains_word(child.rule->excluded, child_name)) {
            wildcard = &child;
        }
    }
    return wildcard;
}

const ElementRule& rule_at(std::string_view path)
{
    const ElementRule* rule = &cluster_rule();
    while (!path.empty()) {
        const std::size_t end = path.find('/');
        const ChildRule* child = rule->child(path.substr(0, end));
        HA_ASSERT(child != nullptr);
        rule = child->rule;
        path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
    }
    return *rule;
}

bool contains_word(std::string_view words, std::string_view word)
{
    bool found = false;
    for_each_word(words, [&](std::string_view candidate) { found = found || candidate == word; });
    return found;
}

}  // namespace ha::config
