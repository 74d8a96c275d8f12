// SPDX-License-Identifier: Apache-2.0
//
// The text of `fence_tool ls`: scripts, DRBD's rhcs_fence and fence_check read it, so every blank
// counts (spec fenced 4.2). Pure.
#pragma once

#include <string>

#include "common/protocol/fence_tool.hpp"

namespace ha::fence::tool {

/// Beyond the classic lines: one `waiting for` line per victim, saying what is awaited and what
/// ends the wait. Precondition: listing.in_domain. Ends with the empty line.
[[nodiscard]] std::string render_listing(const protocol::DomainListing& listing, bool with_nodes);

}  // namespace ha::fence::tool
