// SPDX-License-Identifier: Apache-2.0
// From corosync's callback arguments to events of common/view: pure.
#pragma once

#include <cstdint>
#include <span>

#include <corosync/cpg.h>

#include "common/view/group.hpp"

namespace ha::io {

/// Nodes once each, ascending (a node shows twice while a restarted daemon's old process is on its
/// way out).
[[nodiscard]] view::GroupChanged group_changed(std::span<const cpg_address> members,
                                               std::span<const cpg_address> left,
                                               std::span<const cpg_address> joined);

[[nodiscard]] view::RingChanged ring_changed(std::uint32_t representative, std::uint64_t sequence,
                                             std::span<const std::uint32_t> members);

/// The event says that `node` left by its own wish.
[[nodiscard]] bool has_left(const view::GroupEvent& event, NodeId node);

}  // namespace ha::io
