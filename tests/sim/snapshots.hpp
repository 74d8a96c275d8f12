// SPDX-License-Identifier: Apache-2.0
//
// Snapshots of a group's state in many pieces: how large one is in a seed, and who sees that one
// was not finished.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>

#include "common/view/group_events.hpp"
#include "tests/sim/network.hpp"

namespace ha::sim {

struct SnapshotPieces {
    std::size_t bytes = view::GroupKnobs{}.snapshot_chunk_bytes;
    std::size_t frames_per_token = NetworkDelays{}.frames_per_token;
};

/// From a stream of its own: no other draw of the seed is shifted. Half of the seeds keep the
/// default, with which a simulated table is one piece; in the others the cluster goes on while a
/// snapshot is on its way.
SnapshotPieces draw_snapshot_pieces(std::uint64_t seed);

/// What one process is told, in order.
class SnapshotWatch
{
public:
    /// The first piece of a snapshot for `self`, after only a part of the one before.
    bool is_begun_anew(NodeId self, const view::GroupEvent& event);

private:
    std::uint64_t nonce_ = 0;
    std::uint32_t count_ = 0;
    std::set<std::uint32_t> pieces_;
};

}  // namespace ha::sim
