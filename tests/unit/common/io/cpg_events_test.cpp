// SPDX-License-Identifier: Apache-2.0
#include "common/io/detail/cpg_events.hpp"

#include <array>

#include <gmock/gmock.h>

namespace ha::io {
namespace {

using testing::ElementsAre;

TEST(CpgEvents, name_every_node_once_in_ascending_order)
{
    const std::array<cpg_address, 3> members{{{3, 100, 0}, {1, 50, 0}, {3, 101, 0}}};
    const std::array<cpg_address, 1> joined{{{3, 101, CPG_REASON_JOIN}}};
    const view::GroupChanged changed = group_changed(members, {}, joined);
    EXPECT_THAT(changed.members, ElementsAre(NodeId{1}, NodeId{3}));
    EXPECT_THAT(changed.joined, ElementsAre(NodeId{3}));
    EXPECT_TRUE(changed.left.empty());
}

TEST(CpgEvents, tell_why_a_member_left)
{
    const std::array<cpg_address, 4> left{{{4, 1, CPG_REASON_NODEDOWN},
                                           {2, 1, CPG_REASON_PROCDOWN},
                                           {1, 1, CPG_REASON_LEAVE},
                                           {3, 1, CPG_REASON_UNDEFINED}}};
    const view::GroupChanged changed = group_changed({}, left, {});
    ASSERT_EQ(changed.left.size(), 4U);
    EXPECT_EQ(changed.left[0].reason, view::LeaveReason::left);
    EXPECT_EQ(changed.left[1].reason, view::LeaveReason::process_down);
    EXPECT_EQ(changed.left[2].reason, view::LeaveReason::node_down) << "unknown counts as worst";
    EXPECT_EQ(changed.left[3].node, NodeId{4});
    EXPECT_EQ(changed.left[3].reason, view::LeaveReason::node_down);
}

TEST(CpgEvents, know_our_own_announced_leave_from_a_death)
{
    const std::array<cpg_address, 1> by_wish{{{2, 1, CPG_REASON_LEAVE}}};
    const std::array<cpg_address, 1> by_death{{{2, 1, CPG_REASON_PROCDOWN}}};
    EXPECT_TRUE(has_left(group_changed({}, by_wish, {}), NodeId{2}));
    EXPECT_FALSE(has_left(group_changed({}, by_wish, {}), NodeId{1}));
    EXPECT_FALSE(has_left(group_changed({}, by_death, {}), NodeId{2}));
    EXPECT_FALSE(has_left(view::FrameDelivered{NodeId{2}, "x"}, NodeId{2}));
}

TEST(CpgEvents, rings_carry_representative_and_sequence)
{
    const std::array<std::uint32_t, 3> members{2, 1, 2};
    const view::RingChanged changed = ring_changed(1, 1234567890123ULL, members);
    EXPECT_EQ(changed.ring, (RingId{NodeId{1}, 1234567890123ULL}));
    EXPECT_THAT(changed.members, ElementsAre(NodeId{1}, NodeId{2}));
}

}  // namespace
}  // namespace ha::io
