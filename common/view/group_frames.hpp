// SPDX-License-Identifier: Apache-2.0
//
// Frames members of one cpg group exchange below their application's messages. Every frame carries
// where it comes from: daemon life, admission, and the ring and the change it was computed in; what
// is of another life, or computed in another ring or change, is void (DESIGN 2). Codec: binary,
// bounded (common/wire).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"

namespace ha::view {

/// Which daemon run sent a frame, as which member, in which ring and change.
struct FrameOrigin {
    DaemonLife life;
    AdmissionNumber admission;
    RingId ring;  ///< of the sender's group view
    ChangeNumber change;
    std::uint64_t attempt =
        0;  ///< how often the sender lost its membership and began anew: an older request is stale

    friend bool operator==(const FrameOrigin&, const FrameOrigin&) = default;
};

/// "I am in the group and hold no state." Sent in every ring, once group view and quorum view agree
/// on it, at every change of the group, and whenever its content changes.
struct JoinRequestFrame {
    FrameOrigin origin;
    std::uint64_t nonce = 0;  ///< names this request; a snapshot for another one is void
    std::uint16_t protocol_min = 1;
    std::uint16_t protocol_max = 1;
    bool quorate = false;
    ConfigId held;
    AdmissionNumber admission_floor;
    bool resync = false;  ///< a member whose state differs from the senior's; it stays a member
    std::string report;

    friend bool operator==(const JoinRequestFrame&, const JoinRequestFrame&) = default;
};

/// A piece of the state as it was at the delivery of the join request named by `to` and `nonce`.
struct SnapshotFrame {
    FrameOrigin origin;
    NodeId to;
    std::uint64_t nonce = 0;
    std::uint32_t index = 0;
    std::uint32_t count = 0;
    std::uint64_t checksum = 0;  ///< of the whole state (FNV-1a, 64 bit)
    std::string bytes;

    friend bool operator==(const SnapshotFrame&, const SnapshotFrame&) = default;
};

/// "I applied the snapshot and all that followed." Its delivery admits.
struct ReadyFrame {
    FrameOrigin origin;
    ConfigId config;
    AdmissionNumber admission_floor;  ///< its number will be above
    DaemonLife senior;  ///< of the table it was built on; void in another one of the same ring
    std::string report;

    friend bool operator==(const ReadyFrame&, const ReadyFrame&) = default;
};

/// A member's word on the view: group view and quorum view agree on the ring. The view is settled
/// when all members' words are equal.
struct AnnounceFrame {
    FrameOrigin origin;
    bool quorate = false;
    ConfigId active;
    ConfigId held;
    bool ripe = false;
    NodeId senior;             ///< of the sender's table: its member with the lowest admission
    std::uint64_t digest = 0;  ///< of all frames that changed the state before this ring
    bool refuses = false;  ///< a member sent what it cannot read: nobody settles beside that one

    friend bool operator==(const AnnounceFrame&, const AnnounceFrame&) = default;
};

struct AppFrame {
    FrameOrigin origin;
    std::uint64_t ticket = 0;
    std::string payload;

    friend bool operator==(const AppFrame&, const AppFrame&) = default;
};

/// Comes back only if neither a ring nor a change lies between an own delivered proposal and now.
struct BarrierFrame {
    FrameOrigin origin;
    std::uint64_t ticket = 0;

    friend bool operator==(const BarrierFrame&, const BarrierFrame&) = default;
};

struct GoodbyeFrame {
    FrameOrigin origin;
    bool empty = false;

    friend bool operator==(const GoodbyeFrame&, const GoodbyeFrame&) = default;
};

struct ActivateFrame {
    FrameOrigin origin;
    ConfigId config;

    friend bool operator==(const ActivateFrame&, const ActivateFrame&) = default;
};

/// Answer to a join request that gets no snapshot: for good, or (again) "what held you is over, ask
/// anew".
struct RefusalFrame {
    FrameOrigin origin;
    NodeId to;
    std::uint64_t nonce = 0;
    bool again = false;
    std::string reason;

    friend bool operator==(const RefusalFrame&, const RefusalFrame&) = default;
};

struct DieFrame {
    FrameOrigin origin;
    NodeId to;
    NodeLife life;
    std::string reason;

    friend bool operator==(const DieFrame&, const DieFrame&) = default;
};

using GroupFrame =
    std::variant<JoinRequestFrame, SnapshotFrame, ReadyFrame, AnnounceFrame, AppFrame, BarrierFrame,
                 GoodbyeFrame, ActivateFrame, RefusalFrame, DieFrame>;

/// One whole wire frame.
[[nodiscard]] std::string encode_group_frame(const GroupFrame& frame);

/// Errors: invalid_input for anything that is not exactly one well-formed group frame.
[[nodiscard]] Result<GroupFrame> decode_group_frame(std::string_view bytes);

/// Where a whole frame of our version comes from whose type we do not know; nothing for all else.
[[nodiscard]] std::optional<FrameOrigin> origin_of_unknown_type(std::string_view bytes);

/// FNV-1a, 64 bit: finds accidents, not enemies (the ring is authenticated by corosync).
[[nodiscard]] std::uint64_t checksum(std::string_view bytes);

/// The frame's name, for logs and traces.
[[nodiscard]] std::string_view name_of(const GroupFrame& frame);

[[nodiscard]] const FrameOrigin& origin_of(const GroupFrame& frame);

}  // namespace ha::view
