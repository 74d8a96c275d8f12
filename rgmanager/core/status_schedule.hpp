// SPDX-License-Identifier: Apache-2.0
//
// Which status check of a node is due (spec 4.5): the deepest one whose interval has passed.
#pragma once

#include <cstddef>
#include <optional>

#include "common/base/time.hpp"
#include "rgmanager/core/resource.hpp"
#include "rgmanager/core/tree_state.hpp"

namespace ha::service {

/// Position in `resource.actions` of the check to run now, or nothing. Entries without an interval
/// are never polled. Only the timer of the entry that runs is reset, so a shallower one follows at
/// a later scan.
[[nodiscard]] std::optional<std::size_t> due_status_check(const Resource& resource,
                                                          const TreeNodeStatus& status,
                                                          TimePoint now);

}  // namespace ha::service
