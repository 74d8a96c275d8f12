// SPDX-License-Identifier: Apache-2.0
// What members of a group say to each other belongs to a protocol version (docs/adr/0009).
#include <gtest/gtest.h>

#include "common/io/file.hpp"
#include "common/protocol/cman_group.hpp"
#include "common/protocol/fence_group.hpp"
#include "common/protocol/service.hpp"

namespace ha::protocol {
namespace {

std::string listing_of(const Conversation& conversation)
{
    std::string text = std::string(conversation.name) + "\n";
    for (const MessageInfo& message : conversation.messages) {
        text += "\n" + std::to_string(message.type) + " " + std::string(message.name) + "\n" +
                message.fields();
    }
    return text;
}

class Frozen : public testing::TestWithParam<std::pair<const char*, const Conversation& (*)()>>
{};

TEST_P(Frozen, is_what_members_of_protocol_version_1_say)
{
    const auto& [file, conversation] = GetParam();
    const auto frozen =
        io::read_file(std::string(HA_SOURCE_DIR "/tests/golden/protocol/") + file, 64 * 1024);
    ASSERT_TRUE(frozen) << frozen.error().text;
    EXPECT_EQ(listing_of(conversation()), *frozen)
        << "members of other releases in the same group do not know what changed: it needs a "
           "protocol version of its own, spoken once all members have it (docs/adr/0009)";
}

INSTANTIATE_TEST_SUITE_P(Groups, Frozen,
                         testing::Values(std::pair{"cmand_1.txt", &cman_group_conversation},
                                         std::pair{"fenced_1.txt", &fence_group_conversation},
                                         std::pair{"rgmanager_1.txt", &service_group}));

}  // namespace
}  // namespace ha::protocol
