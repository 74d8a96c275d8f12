// SPDX-License-Identifier: Apache-2.0
#include "common/protocol/fence_group.hpp"

#include "common/protocol/codec_impl.hpp"

namespace ha::protocol {

HA_CONVERSATION(fence_group_conversation, "fence group", VictimNamed, FenceStarted, FenceFinished,
                VictimAcknowledged, ExternalStarted, ExternalFinished, GroupNoted, DomainCleared,
                Prepare, PrepareWithdrawn)

HA_PROTOCOL_STRUCTS(FenceState, FenceCopy)

}  // namespace ha::protocol
