// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/rule.hpp"

#include <algorithm>

#include "rgmanager/core/values.hpp"

namespace ha::service {
namespace {

template <class Range, class Predicate>
auto* first_where(Range& range, Predicate predicate)
{
    const auto found = std::find_if(range.begin(), range.end(), predicate);
    return found == range.end() ? nullptr : &*found;
}

}  // namespace

const AttributeRule* Rule::attribute(std::string_view name) const
{
    return first_where(attributes, [&](const AttributeRule& one) { return one.name == name; });
}

const ActionRule* Rule::action(std::string_view name, int depth) const
{
    return first_where(
        actions, [&](const ActionRule& one) { return one.name == name && one.depth == depth; });
}

const ChildRule* Rule::child(std::string_view child_type) const
{
    return first_where(children, [&](const ChildRule& one) { return one.type == child_type; });
}

Status RuleSet::add(Rule rule)
{
    if (find_without_case(rule.type) != nullptr) {
        return Error{ErrorCode::already_exists, "Error storing " + rule.type + ": Duplicate"};
    }
    const auto place = std::upper_bound(
        rules_.begin(), rules_.end(), rule,
        [](const Rule& a, const Rule& b) { return less_without_case(a.type, b.type); });
    rules_.insert(place, std::move(rule));
    return ok();
}

const Rule* RuleSet::find(std::string_view type) const
{
    return first_where(rules_, [&](const Rule& one) { return one.type == type; });
}

const Rule* RuleSet::find_without_case(std::string_view type) const
{
    return first_where(rules_, [&](const Rule& one) { return equal_without_case(one.type, type); });
}

Rule* RuleSet::find_to_change(std::string_view type)
{
    return first_where(rules_, [&](const Rule& one) { return one.type == type; });
}

}  // namespace ha::service
