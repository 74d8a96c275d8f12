// SPDX-License-Identifier: Apache-2.0
#include "common/protocol/fence_tool.hpp"

#include "common/protocol/codec_impl.hpp"

namespace ha::protocol {

HA_CONVERSATION(fence_conversation, "fenced", FenceFacts, SubscribeFacts, GroupJoined, GroupGoodbye,
                DemandFence, FenceAnswer, JoinDomain, LeaveDomain, ListDomain, DomainListing,
                DumpRequest, DumpReply, ExternalBegin, ExternalEnd, Acknowledge)

}  // namespace ha::protocol
