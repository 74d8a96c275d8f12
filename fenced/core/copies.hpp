// SPDX-License-Identifier: Apache-2.0
//
// A domain is formed when nobody is a member: by fresh nodes, or by nodes whose fenced returned and
// which still hold run-root copies of the domain they were in (DESIGN 3 and 4). Pure: reports in,
// FenceState out.
//
// - A *continuing* copy (same node life, domain formed, no reset) is believed whole: the domain
// goes on, and a
//   member of it that is not here is pending. Union of victims, rounds and results; a result wins.
// - A *reset* copy is believed about victims that are not here, and about nothing else.
// - With no continuing copy the domain is new: every absent configured node is a startup victim.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/model/model.hpp"
#include "common/protocol/fence_group.hpp"

namespace ha::fence {

struct Joiner {
    NodeId node;
    DaemonLife life;
    protocol::FenceCopy copy;
};

/// A joiner's report. What cannot be read, or is of another node life, is an empty copy.
[[nodiscard]] protocol::FenceCopy read_copy(const std::string& text, const NodeLife& life);

/// It was a member of a formed domain in this node life and did not reset since.
[[nodiscard]] bool is_continuing(const protocol::FenceCopy& copy);

struct Formed {
    protocol::FenceState state;
    /// Joiners whose life is a victim's or settled: they stay outside.
    std::set<NodeId> barred;
    bool continues = false;
};

/// Joiners ascending by node id. With clean_start an absent two_node peer stays unproven (S10).
[[nodiscard]] Formed form_state(const std::vector<Joiner>& joiners,
                                const model::ClusterModel& model);

}  // namespace ha::fence
