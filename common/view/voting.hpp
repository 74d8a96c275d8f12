// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/model/model.hpp"
#include "common/view/group_events.hpp"

namespace ha::view {

/// The votes of a document. With two_node the written expected_votes (1) is a switch and no count.
[[nodiscard]] VotingRules voting_rules(const model::ClusterModel& model);

}  // namespace ha::view
