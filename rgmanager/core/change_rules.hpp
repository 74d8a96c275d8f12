// SPDX-License-Identifier: Apache-2.0
//
// Who may change a row of the service table, and how. The same answer on all members: it depends on
// the row and the delivered change alone.
// Source: DESIGN 4 (first delivered wins; the owner, the claimer, both ends of a migration).
#pragma once

#include <string>

#include "common/view/group_events.hpp"
#include "rgmanager/core/service.hpp"

namespace ha::service {

[[nodiscard]] bool is_owner(const Owner& owner, const view::Member& member);

/// "" if `sender` may make `change` of a row that is `before`; else why the change is void.
[[nodiscard]] std::string objection(const ServiceRow& before, const RowChange& change,
                                    const view::Member& sender);

}  // namespace ha::service
