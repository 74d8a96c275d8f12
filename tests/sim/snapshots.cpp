// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/snapshots.hpp"

#include <type_traits>
#include <variant>

#include "common/base/random.hpp"
#include "common/view/group_frames.hpp"

namespace ha::sim {

namespace {

using view::GroupFrame;
using view::SnapshotFrame;

constexpr std::uint64_t pieces_stream = 0xC4D2E7;
constexpr std::size_t smallest_piece = 64;

// Most frames are none: looked at before they are decoded.
constexpr std::size_t frame_type_offset = 6;  // common/wire/frame.hpp
constexpr char snapshot_type = 2;
static_assert(
    std::is_same_v<std::variant_alternative_t<snapshot_type - 1, GroupFrame>, SnapshotFrame>);

}  // namespace

SnapshotPieces draw_snapshot_pieces(std::uint64_t seed)
{
    SnapshotPieces pieces;
    Random random(seed ^ pieces_stream);
    if (random.chance(500)) {
        return pieces;
    }
    const std::size_t largest = pieces.bytes;
    pieces.bytes = smallest_piece;
    while (pieces.bytes < largest && random.chance(600)) {
        pieces.bytes *= 2;
    }
    pieces.frames_per_token = static_cast<std::size_t>(random.between(1, 8));
    return pieces;
}

bool SnapshotWatch::is_begun_anew(NodeId self, const view::GroupEvent& event)
{
    const auto* delivered = std::get_if<view::FrameDelivered>(&event);
    if (delivered == nullptr || delivered->bytes.size() <= frame_type_offset ||
        delivered->bytes[frame_type_offset] != snapshot_type) {
        return false;
    }
    const Result<GroupFrame> frame = view::decode_group_frame(delivered->bytes);
    const auto* piece = frame ? std::get_if<SnapshotFrame>(&*frame) : nullptr;
    if (piece == nullptr || piece->to != self || piece->nonce < nonce_) {
        return false;
    }
    const bool is_next = piece->nonce != nonce_;
    const bool was_torn = is_next && pieces_.size() < count_;
    if (is_next) {
        nonce_ = piece->nonce;
        count_ = piece->count;
        pieces_.clear();
    }
    pieces_.insert(piece->index);
    return was_torn;
}

}  // namespace ha::sim
