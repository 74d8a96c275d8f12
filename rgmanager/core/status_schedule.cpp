// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/status_schedule.hpp"

#include "common/base/assert.hpp"

namespace ha::service {

std::optional<std::size_t> due_status_check(const Resource& resource, const TreeNodeStatus& status,
                                            TimePoint now)
{
    HA_ASSERT(status.checked.size() == resource.actions.size());
    std::optional<std::size_t> deepest;
    for (std::size_t i = 0; i < resource.actions.size(); ++i) {
        const ActionRule& action = resource.actions[i];
        if (action.name != "status" || action.interval.count() <= 0) {
            continue;
        }
        const bool due = !status.checked[i] || now - *status.checked[i] >= action.interval;
        if (due && (!deepest || action.depth > resource.actions[*deepest].depth)) {
            deepest = i;
        }
    }
    return deepest;
}

}  // namespace ha::service
