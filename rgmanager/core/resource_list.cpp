// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/resource_list.hpp"

namespace ha::service {
namespace {

/// NUL cannot occur in XML, so the three parts cannot run into each other.
std::string unique_value_key(std::string_view type, std::string_view attribute,
                             std::string_view value)
{
    std::string key(type);
    key += '\0';
    key += attribute;
    key += '\0';
    key += value;
    return key;
}

bool must_be_unique(const ResourceAttribute& attribute)
{
    return (attribute.primary || attribute.unique) && !attribute.inherited;
}

}  // namespace

const ResourceAttribute* ResourceList::collision(const Resource& resource) const
{
    for (const ResourceAttribute& attribute : resource.attributes) {
        if (must_be_unique(attribute) &&
            by_unique_value_.count(
                unique_value_key(resource.type, attribute.name, attribute.value)) != 0) {
            return &attribute;
        }
    }
    return nullptr;
}

void ResourceList::index_values(ResourceIndex index)
{
    const Resource& resource = at(index);
    for (const ResourceAttribute& attribute : resource.attributes) {
        if (must_be_unique(attribute)) {
            by_unique_value_.emplace(
                unique_value_key(resource.type, attribute.name, attribute.value), index);
        }
    }
}

std::optional<ResourceIndex> ResourceList::add(Resource resource, Notes& notes)
{
    if (const ResourceAttribute* clash = collision(resource)) {
        notes.push_back({NoteLevel::error, std::string("Error: ") +
                                               (clash->primary ? "Primary" : "Unique") +
                                               " attribute collision. type=" + resource.type +
                                               " attr=" + clash->name + " value=" + clash->value});
        notes.push_back({NoteLevel::error, "Error storing " + resource.type + " resource"});
        return std::nullopt;
    }
    const ResourceIndex index{static_cast<std::uint32_t>(resources_.size())};
    resources_.push_back(std::move(resource));
    index_values(index);
    return index;
}

std::optional<ResourceIndex> ResourceList::find(const Rule& rule, std::string_view reference) const
{
    std::optional<ResourceIndex> by_other;
    for (const AttributeRule& attribute : rule.attributes) {
        if (!attribute.primary && !(attribute.unique && attribute.required)) {
            continue;
        }
        const auto found =
            by_unique_value_.find(unique_value_key(rule.type, attribute.name, reference));
        if (found == by_unique_value_.end()) {
            continue;
        }
        if (attribute.primary) {
            return found->second;
        }
        if (!by_other || found->second < *by_other) {
            by_other = found->second;
        }
    }
    return by_other;
}

}  // namespace ha::service
