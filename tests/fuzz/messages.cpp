// SPDX-License-Identifier: Apache-2.0
//
// Any text under any message type of any conversation is a message or an error that names a field;
// a message survives encode and decode (MessageInfo::round_trip asserts that), and its printed form
// is one line. The input's first two bytes choose conversation and type.
#include <array>
#include <cstdint>
#include <string_view>

#include "common/base/assert.hpp"
#include "common/protocol/cman.hpp"
#include "common/protocol/cman_group.hpp"
#include "common/protocol/fence_group.hpp"
#include "common/protocol/fence_tool.hpp"
#include "common/protocol/service.hpp"
#include "common/protocol/service_tool.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ha::protocol;
    if (size < 2) {
        return 0;
    }
    const std::array conversations{&cman_conversation(),         &cman_group_conversation(),
                                   &fence_conversation(),        &fence_group_conversation(),
                                   &service_tool_conversation(), &service_group()};
    const Conversation& conversation = *conversations[data[0] % conversations.size()];
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    // Some numbers beyond the last one too: an unknown type is a line as well.
    const auto type = static_cast<std::uint16_t>(data[1] % (conversation.messages.size() + 3));
    const std::string line = conversation.print_frame(type, text);
    HA_ASSERT(!line.empty() && line.find('\n') == std::string::npos);
    return 0;
}
