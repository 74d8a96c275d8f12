// SPDX-License-Identifier: Apache-2.0
#include "common/protocol/service.hpp"

#include "common/protocol/codec_impl.hpp"

namespace ha::protocol {

HA_CONVERSATION(service_group, "rgmanager group", TableMessage, TableState, MemberReport)

}  // namespace ha::protocol
