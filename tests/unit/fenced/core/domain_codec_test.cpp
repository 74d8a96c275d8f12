// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/domain_codec.hpp"

#include <gtest/gtest.h>

#include "common/wire/frame.hpp"

namespace ha::fence {
namespace {

TEST(DomainCodec, brings_every_message_back)
{
    const std::vector<GroupMessage> messages{
        protocol::VictimNamed{NodeId{2}, NodeLife{"life"}, protocol::FenceCause::demanded, "why"},
        protocol::FenceStarted{NodeId{2}, NodeLife{"life"}, "ipmi", std::chrono::seconds{120}},
        protocol::FenceFinished{NodeId{2}, 7, protocol::RoundOutcome::failed, "ipmi", "no answer",
                                std::chrono::milliseconds{1500}},
        protocol::VictimAcknowledged{NodeId{2}, NodeLife{}, "root"},
        protocol::ExternalStarted{NodeId{2}, AdmissionNumber{5}},
        protocol::ExternalFinished{NodeId{2}, true},
        protocol::GroupNoted{"rgmanager", true, false},
        protocol::DomainCleared{},
    };
    for (const GroupMessage& message : messages) {
        const Result<GroupMessage> back = decode_message(encode_message(message));
        ASSERT_TRUE(back.has_value());
        EXPECT_EQ(*back, message);
    }
}

TEST(DomainCodec, refuses_what_is_no_message_of_ours)
{
    EXPECT_FALSE(decode_message("").has_value());
    EXPECT_FALSE(decode_message("garbage that is longer than a header").has_value());
    EXPECT_FALSE(decode_message(wire::encode_frame(1, 99, "{}")).has_value());
    EXPECT_FALSE(decode_message(wire::encode_frame(2, 1, "{}")).has_value());
    EXPECT_FALSE(decode_message(wire::encode_frame(1, 1, "{\"node\": \"two\"}")).has_value());
}

}  // namespace
}  // namespace ha::fence
