// SPDX-License-Identifier: Apache-2.0
// From corosync's callback arguments to events of common/view: pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include <corosync/cpg.h>

#include "common/view/group.hpp"

namespace ha::io {

/// The processes of a cpg group, as corosync lists them. A node is in the group by one of them: the
/// one that was there first. Another one (a restarted daemon before the old process is gone, or
/// somebody who has no business there) counts for nothing until that one left. All members see the
/// same changes, so they all agree.
class GroupProcesses
{
public:
    /// Nodes once each, ascending; nothing if only processes that do not count came or went.
    [[nodiscard]] std::optional<view::GroupChanged> changed(std::span<const cpg_address> members,
                                                            std::span<const cpg_address> left,
                                                            std::span<const cpg_address> joined);

    /// A frame of this process is one of its node's.
    [[nodiscard]] bool counts(NodeId node, std::uint32_t pid) const;

private:
    std::map<NodeId, std::uint32_t> speakers_;  ///< pid of the process that counts
};

[[nodiscard]] view::RingChanged ring_changed(std::uint32_t representative, std::uint64_t sequence,
                                             std::span<const std::uint32_t> members);

/// This process left by its own wish.
[[nodiscard]] bool has_left(std::span<const cpg_address> left, NodeId node, std::uint32_t pid);

}  // namespace ha::io
