// SPDX-License-Identifier: Apache-2.0
// The delivery gap of a ring change: what its sender alone saw is acted on by nobody and known to
// nobody.
#include <gtest/gtest.h>

#include "tests/unit/common/view/bus.hpp"

namespace ha::view::test {
namespace {

TEST(GroupAcrossAGap,
     an_own_frame_seen_across_the_gap_of_a_ring_change_leaves_all_members_with_one_state)
{
    for (const std::uint32_t proposer : {1U, 2U}) {
        Bus bus = three_members();
        bus.propose(1, "a", false);
        bus.run();
        bus.propose(proposer, "gap", true);
        bus.deliver_one_only_to_its_sender();
        bus.leave(3, LeaveReason::node_down);
        bus.ring(12, {1, 2}, true);
        bus.run();
        EXPECT_TRUE(bus.node(proposer).all<Confirmed>().empty());
        // Node 1 is the senior member: its state is the table's.
        EXPECT_EQ(bus.node(1).state, proposer == 1 ? "agap" : "a");
        EXPECT_EQ(bus.node(2).state, bus.node(1).state);
        EXPECT_TRUE(bus.node(1).group.is_settled());
        EXPECT_TRUE(bus.node(2).group.is_settled());
        EXPECT_EQ(bus.node(1).group.view(), bus.node(2).group.view());
        EXPECT_EQ(bus.node(1).all<MemberLost>().size(),
                  1U);  // node 3 only: nobody lost its membership
        bus.propose(2, "b", true);
        bus.run();
        EXPECT_EQ(bus.node(2).state, bus.node(1).state);
        EXPECT_EQ(bus.node(2).all<Confirmed>().size(), 1U);
    }
}

/// The node that left the ring ran no daemon of this group: no member is lost, no change begins.
TEST(GroupAcrossAGap, a_frame_in_the_gap_is_not_confirmed_although_the_group_lost_nobody)
{
    for (const std::uint32_t proposer : {1U, 2U}) {
        Bus bus = three_members();
        const ChangeNumber change = bus.node(1).group.change();
        bus.propose(proposer, "gap", true);
        bus.deliver_one_only_to_its_sender();
        bus.ring(12, {1, 2, 3}, true);
        bus.run();
        EXPECT_EQ(bus.node(1).group.change(), change);
        EXPECT_TRUE(bus.node(proposer).all<Confirmed>().empty());
        for (const std::uint32_t id : {1U, 2U, 3U}) {
            EXPECT_EQ(bus.node(id).state, proposer == 1 ? "gap" : "");
            EXPECT_TRUE(bus.node(id).group.is_settled());
            EXPECT_EQ(bus.node(id).group.admitted().size(), 3U);
        }
    }
}

TEST(GroupAcrossAGap, a_proposal_that_crosses_a_ring_change_is_void_on_all_members)
{
    Bus bus = three_members();
    const std::uint64_t ticket = bus.propose(2, "late", true);
    bus.ring(12, {1, 2, 3}, true);
    bus.run();
    ASSERT_EQ(bus.node(2).all<Voided>().size(), 1U);
    EXPECT_EQ(bus.node(2).all<Voided>()[0].ticket, ticket);
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        EXPECT_EQ(bus.node(id).state, "");
        EXPECT_TRUE(bus.node(id).group.is_settled());
    }
}

/// A joiner that alone saw its own Ready is no member for the others.
TEST(GroupAcrossAGap,
     a_joiner_whose_ready_fell_into_the_gap_asks_again_although_the_group_lost_nobody)
{
    Bus bus = three_members();
    bus.leave(2, LeaveReason::process_down);
    bus.run();
    bus.create(2, "life2", 2);
    bus.ring(8, {1, 2, 3}, true);
    bus.join(2);
    while (bus.node(2).all<LoadSnapshot>().empty() || bus.queued() > 1) {
        ASSERT_NE(bus.queued(), 0U);
        bus.deliver_one();
    }
    bus.deliver_one_only_to_its_sender();
    ASSERT_TRUE(bus.node(2).group.is_admitted());
    ASSERT_EQ(bus.node(1).group.admitted().size(), 2U);
    bus.ring(12, {1, 2, 3}, true);
    bus.run();
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        EXPECT_EQ(bus.node(id).group.admitted().size(), 3U);
        EXPECT_TRUE(bus.node(id).group.is_settled());
    }
    EXPECT_EQ(bus.node(1).group.view(), bus.node(2).group.view());
}

/// n3 formed the table in the gap; for the others nothing happened, and they ask again.
TEST(GroupAcrossAGap, a_table_that_one_node_alone_saw_forming_takes_the_others_in)
{
    Bus bus = three_daemons();
    bus.join(1);
    bus.join(2);
    bus.join(3);
    while (bus.queued() > 1) {
        bus.deliver_one();
    }
    bus.deliver_one_only_to_its_sender();
    ASSERT_TRUE(bus.node(3).group.is_admitted());
    ASSERT_FALSE(bus.node(1).group.is_admitted());
    bus.ring(12, {1, 2, 3}, true);
    bus.run();
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        EXPECT_EQ(bus.node(id).group.admitted().size(), 3U);
        EXPECT_TRUE(bus.node(id).group.is_settled());
        EXPECT_TRUE(bus.node(id).all<MemberSilent>().empty());
    }
}

/// n2 alone saw that n1, the senior member, was expelled.
TEST(GroupAcrossAGap, who_alone_lost_the_senior_member_takes_its_state_again)
{
    Bus bus = three_members();
    std::vector<GroupOutput> out;
    bus.propose(2, "expel n1", false);
    bus.deliver_one_only_to_its_sender();
    bus.node(2).group.expel(NodeId{1}, out);
    bus.handle(NodeId{2}, out);
    bus.ring(12, {1, 2, 3}, true);
    bus.run();
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        EXPECT_EQ(bus.node(id).group.admitted().size(), 3U);
        EXPECT_EQ(bus.node(id).state, "");
        EXPECT_TRUE(bus.node(id).group.is_settled());
    }
}

TEST(GroupAcrossAGap, a_goodbye_seen_only_by_its_sender_is_said_again)
{
    Bus bus = three_members();
    std::vector<GroupOutput> out;
    bus.node(2).group.say_goodbye(true, out);
    bus.handle(NodeId{2}, out);
    bus.deliver_one_only_to_its_sender();
    EXPECT_TRUE(bus.node(2).all<MemberLost>().empty());  // not gone before the barrier
    bus.leave(3, LeaveReason::node_down);
    bus.ring(12, {1, 2}, true);
    bus.run();
    const auto own = bus.node(2).all<MemberLost>();
    ASSERT_FALSE(own.empty());
    EXPECT_TRUE(own.back().goodbye);
    const auto seen = bus.node(1).all<MemberLost>();
    EXPECT_TRUE(seen.back().goodbye);
    EXPECT_EQ(seen.back().member.node, NodeId{2});
}

TEST(GroupAcrossAGap, an_admission_seen_only_by_the_joiner_is_repeated)
{
    Bus bus = three_daemons();
    bus.join(2);
    bus.join(3);
    bus.run();
    bus.node(2).group.set_ripe();
    bus.node(3).group.set_ripe();
    bus.join(1);
    while (bus.node(1).all<LoadSnapshot>().empty()) {
        bus.deliver_one();
    }
    while (!bus.node(1).group.is_admitted()) {
        bus.deliver_one_only_to_its_sender();
    }
    bus.leave(3, LeaveReason::node_down);
    bus.ring(12, {1, 2}, true);
    bus.run();
    EXPECT_TRUE(bus.node(1).group.is_admitted());
    EXPECT_TRUE(bus.node(2).all<StrangerSeen>().empty());
    EXPECT_EQ(bus.node(1).group.view(), bus.node(2).group.view());
    EXPECT_TRUE(bus.node(1).group.is_settled());
}

}  // namespace
}  // namespace ha::view::test
