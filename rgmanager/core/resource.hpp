// SPDX-License-Identifier: Apache-2.0
//
// service::Resource: one configured object, a type with attribute values, from `<resources>` or
// inline in a tree. Its key is the value of its first attribute; `type:key` is how people and
// agents name it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/element.hpp"
#include "rgmanager/core/note.hpp"
#include "rgmanager/core/rule.hpp"

namespace ha::service {

struct ResourceAttribute {
    std::string name;
    std::string value;       ///< the expression, if inherited
    bool inherited = false;  ///< cluster.conf gave no value of its own
    bool primary = false;
    bool unique = false;
    bool required = false;
    bool reconfig = false;

    friend bool operator==(const ResourceAttribute&, const ResourceAttribute&) = default;
};

struct Resource {
    std::string type;
    std::vector<ResourceAttribute> attributes;  ///< rule order, absent ones left out; never empty
    std::vector<ActionRule> actions;            ///< the rule's, with `<action>` overrides
    bool inlined = false;                       ///< defined in a tree, so no `ref` may name it
    int references = 0;                         ///< occurrences in all trees

    [[nodiscard]] const ResourceAttribute* attribute(std::string_view name) const;
    [[nodiscard]] const ActionRule* action(std::string_view name, int depth) const;

    /// Value of the first attribute.
    [[nodiscard]] const std::string& key() const;

    /// `type:key`.
    [[nodiscard]] std::string name() const;

    friend bool operator==(const Resource&, const Resource&) = default;
};

/// Loads one definition, overrides included. Nothing if the element is not a resource: a required
/// attribute or the key is missing, or it has no attribute at all.
[[nodiscard]] std::optional<Resource> load_resource(const Rule& rule, const model::Element& element,
                                                    Notes& notes);

/// Applies the `<resource-defaults>` of `<rm>` in order of the rules; primary and unique attributes
/// keep theirs.
void apply_resource_defaults(RuleSet& rules, const model::Element& rm, Notes& notes);

}  // namespace ha::service
