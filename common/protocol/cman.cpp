// SPDX-License-Identifier: Apache-2.0
#include "common/protocol/cman.hpp"

#include "common/protocol/cman_group.hpp"
#include "common/protocol/codec_impl.hpp"

namespace ha::protocol {

HA_CONVERSATION(cman_conversation, "cman", Subscribe, ActiveDocument, ClusterStopping,
                LeaveQuestion, LeaveAnswer, StatusRequest, StatusReply, NodesRequest, NodesReply,
                WaitRequest, LeaveRequest, LeaveReply, KillRequest, ExpectedRequest, VotesRequest,
                Accepted, Refused, ReloadRequest, PrepareQuestion, PrepareAnswer, PrepareDropped)

HA_CONVERSATION(cman_group_conversation, "cmand group", CmanHello, CmanLeaving, CmanKill, CmanOffer,
                CmanChunk, CmanVote, CmanCommit, CmanDrop, CmanWanted, CmanReloaded)

}  // namespace ha::protocol
