// SPDX-License-Identifier: Apache-2.0
#include "common/view/voting.hpp"

namespace ha::view {

VotingRules voting_rules(const model::ClusterModel& model)
{
    VotingRules rules;
    for (const model::Node& node : model.nodes) {
        rules.votes[node.id] = node.votes;
    }
    rules.expected = model.quorum.two_node ? 0 : model.quorum.expected_votes.value_or(0);
    rules.two_node = model.quorum.two_node;
    return rules;
}

}  // namespace ha::view
