// SPDX-License-Identifier: Apache-2.0
#include "fenced/event_text.hpp"

#include <gtest/gtest.h>

namespace ha::fence {
namespace {

TEST(FenceEventText, holds_what_is_needed_to_feed_it_again)
{
    EXPECT_EQ(
        event_text(view::GroupEvent{view::FrameDelivered{NodeId{2}, std::string("\x00\xff", 2)}}),
        "frame_delivered 2 00ff");
    EXPECT_EQ(
        event_text(view::GroupEvent{view::RingChanged{{NodeId{1}, 8}, {NodeId{1}, NodeId{2}}}}),
        "ring_changed ring 1:8 members 1 2");
    EXPECT_EQ(event_text(view::GroupEvent{view::GroupChanged{
                  {NodeId{1}}, {{NodeId{2}, view::LeaveReason::process_down}}, {}}}),
              "group_changed members 1 process_down 2");
    EXPECT_EQ(event_text(view::GroupEvent{view::QuorumChanged{{NodeId{1}, 8}, true}}),
              "quorum_changed ring 1:8 quorate");
    EXPECT_EQ(event_text(CmanGone{}), "cman_gone");
    EXPECT_EQ(event_text(Acknowledged{7, NodeId{2}, "fifo"}), "acknowledged 2 fifo");
}

}  // namespace
}  // namespace ha::fence
