// SPDX-License-Identifier: Apache-2.0
//
// What `fence_tool ls` shows, from the facts: the classic numbers mean what scripts have always
// read from them (spec fenced 4.2), whatever the domain calls them now. Pure.
#pragma once

#include "common/model/model.hpp"
#include "common/protocol/fence.hpp"
#include "common/protocol/fence_tool.hpp"

namespace ha::fence {

/// `in_group`: the cpg group's newest view contains this node.
[[nodiscard]] protocol::DomainListing make_listing(const protocol::FenceFacts& facts,
                                                   const model::ClusterModel& model, bool in_group);

}  // namespace ha::fence
