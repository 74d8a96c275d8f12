// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "common/base/result.hpp"
#include "common/protocol/fence_group.hpp"

namespace ha::fence {

/// Everything the fence domain's members tell each other.
using GroupMessage =
    std::variant<protocol::VictimNamed, protocol::FenceStarted, protocol::FenceFinished,
                 protocol::VictimAcknowledged, protocol::ExternalStarted,
                 protocol::ExternalFinished, protocol::GroupNoted, protocol::DomainCleared,
                 protocol::Prepare, protocol::PrepareWithdrawn>;

/// One wire frame: the payload of a Group proposal.
[[nodiscard]] std::string encode_message(const GroupMessage& message);

/// Errors: invalid_input for anything else than one whole message of a known type.
[[nodiscard]] Result<GroupMessage> decode_message(std::string_view bytes);

}  // namespace ha::fence
