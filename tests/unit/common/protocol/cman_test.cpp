// SPDX-License-Identifier: Apache-2.0
#include "common/protocol/cman.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ha::protocol {
namespace {

TEST(CmanConversation, every_message_reads_an_empty_object_as_its_defaults)
{
    for (const MessageInfo& info : cman_conversation().messages) {
        EXPECT_TRUE(info.round_trip("{}")) << info.name;
    }
}

TEST(CmanConversation, the_document_with_its_passwords_is_never_printed)
{
    ActiveDocument active;
    active.document.bytes = "<cluster name=\"x\"><fencedevice passwd=\"geheim\"/></cluster>";
    active.local_name = "n1";
    EXPECT_THAT(print(active), testing::HasSubstr("local_name=\"n1\""));
    EXPECT_THAT(print(active), testing::Not(testing::HasSubstr("geheim")));
    const Result<ActiveDocument> back = decode<ActiveDocument>(encode(active));
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(*back, active);
}

TEST(CmanConversation, rows_carry_a_join_time_only_for_members)
{
    NodesReply reply;
    reply.nodes = {{NodeId{1}, "n1", NodeState::member, 20, 1287614411, {"10.0.0.1"}, 1, 1},
                   {NodeId{2}, "n2", NodeState::dead, 0, std::nullopt, {}, 1, 1}};
    const Result<NodesReply> back = decode<NodesReply>(encode(reply));
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(*back, reply);
}

}  // namespace
}  // namespace ha::protocol
