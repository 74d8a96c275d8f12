// SPDX-License-Identifier: Apache-2.0
//
// The rules of FenceState: what naming and settling a victim does to the rest. Plain functions over
// the replicated struct; equal calls in equal order give equal states. They know no clock, no Group
// and no messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/protocol/fence_group.hpp"

namespace ha::fence {

/// Words for logs and tools; `override` is the classic name of an acknowledgement.
[[nodiscard]] std::string_view to_string(protocol::FenceCause cause);
[[nodiscard]] std::string_view to_string(protocol::SettledHow how);

[[nodiscard]] protocol::VictimRecord* find_victim(protocol::FenceState& state, NodeId node);
[[nodiscard]] const protocol::VictimRecord* find_victim(const protocol::FenceState& state,
                                                        NodeId node);

/// The open round against this node, whatever life it was begun for.
[[nodiscard]] const protocol::RoundRecord* find_round(const protocol::FenceState& state,
                                                      NodeId victim);
[[nodiscard]] const protocol::PendingRecord* find_pending(const protocol::FenceState& state,
                                                          NodeId node);
/// That life is a victim's, or the victim's life is unknown.
[[nodiscard]] bool is_victim_life(const protocol::FenceState& state, NodeId node,
                                  const NodeLife& life);
[[nodiscard]] bool is_settled_life(const protocol::FenceState& state, NodeId node,
                                   const NodeLife& life);
[[nodiscard]] bool left_clean(const protocol::FenceState& state, NodeId node, const NodeLife& life);
[[nodiscard]] bool has_open_external(const protocol::FenceState& state, NodeId node);
/// No fence_node that runs on this node is waited for any longer.
void end_externals_by(protocol::FenceState& state, NodeId node);

/// fence_node succeeded against this node, begun after `admission` was given.
[[nodiscard]] bool was_fenced_externally(const protocol::FenceState& state, NodeId node,
                                         AdmissionNumber admission);

void erase_pending(protocol::FenceState& state, NodeId node);
void erase_clean(protocol::FenceState& state, NodeId node);

/// Adds the victim, or completes the one there is (an unknown life becomes known). The node is
/// neither pending nor a clean leaver afterwards. Precondition: an existing victim of the node has
/// the same or an unknown life.
void add_victim(protocol::FenceState& state, protocol::VictimRecord victim);

/// Appends the proof and drops the oldest of that node beyond a bound.
void keep_settled(protocol::FenceState& state, protocol::SettledRecord settled);

/// Keeps a proof that this life is over, and drops what hung on it: its open rounds against others,
/// its fence_node runs, its groups. Returns the victims that were acknowledged and waited only for
/// one of those rounds: the caller settles them next.
std::vector<NodeId> record_settled(protocol::FenceState& state, protocol::SettledRecord settled);

/// A node is a member in this life: drops what hung on its former ones, whether their end was
/// recorded here or not. Returns the same.
std::vector<NodeId> end_work_of_former_lives(protocol::FenceState& state, NodeId node,
                                             const NodeLife& life);

/// Removes the victim and records the proof (see record_settled). Precondition: it is a victim.
std::vector<NodeId> settle_victim(protocol::FenceState& state, NodeId node,
                                  protocol::SettledHow how, NodeId by, const std::string& words);

}  // namespace ha::fence
