// SPDX-License-Identifier: Apache-2.0
//
// All service resources of a configuration: those of `<resources>` first, then inline ones in build
// order.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/ids.hpp"
#include "rgmanager/core/note.hpp"
#include "rgmanager/core/resource.hpp"

namespace ha::service {

/// Index in the resource list of one configuration.
using ResourceIndex = Id<struct ResourceIndexTag, std::uint32_t>;

class ResourceList
{
public:
    /// Appends, unless a primary or unique attribute equals the same-named one of a resource of its
    /// type; then nothing, and the collision is noted.
    std::optional<ResourceIndex> add(Resource resource, Notes& notes);

    /// What `ref=` means: the resource of the rule's type whose primary value is `reference`, else
    /// the first one that has it in an attribute both unique and required.
    [[nodiscard]] std::optional<ResourceIndex> find(const Rule& rule,
                                                    std::string_view reference) const;

    [[nodiscard]] const Resource& at(ResourceIndex index) const
    {
        return resources_.at(index.value);
    }
    [[nodiscard]] Resource& at(ResourceIndex index) { return resources_.at(index.value); }
    [[nodiscard]] const std::vector<Resource>& all() const noexcept { return resources_; }

    friend bool operator==(const ResourceList& a, const ResourceList& b)
    {
        return a.resources_ == b.resources_;
    }

private:
    [[nodiscard]] const ResourceAttribute* collision(const Resource& resource) const;
    void index_values(ResourceIndex index);

    std::vector<Resource> resources_;

    /// "type, attribute, value" of every primary or unique value to the first resource that has it.
    std::unordered_map<std::string, ResourceIndex> by_unique_value_;
};

}  // namespace ha::service
