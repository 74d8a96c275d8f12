// SPDX-License-Identifier: Apache-2.0
#include "common/view/group.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/common/view/bus.hpp"

namespace ha::view::test {

namespace {

std::vector<std::uint32_t> members_of(const Group& group)
{
    std::vector<std::uint32_t> ids;
    for (const auto& [node, member] : group.admitted()) {
        ids.push_back(node.value);
    }
    return ids;
}

TEST(Group, joiners_on_one_quorate_ring_form_a_table_and_settle)
{
    Bus bus = three_members();
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        const Group& group = bus.node(id).group;
        EXPECT_TRUE(group.is_admitted());
        EXPECT_TRUE(group.is_settled());
        EXPECT_THAT(members_of(group), testing::ElementsAre(1, 2, 3));
        EXPECT_EQ(group.view(), bus.node(1).group.view());
        EXPECT_TRUE(group.view().quorate);
        EXPECT_TRUE(group.view().has_majority);
    }
}

TEST(Group, a_join_request_that_arrives_after_the_table_was_formed_with_its_sender_is_stale)
{
    Bus bus(2, false);
    bus.create(1, "life1");
    bus.create(2, "life2");
    bus.ring(8, {1, 2}, true);
    bus.join(1);
    bus.join(2);
    // Node 1 asks once more (another report would do the same) before the table is formed.
    bus.node(1).group.set_report("news");
    bus.feed(NodeId{1},
             ConfigHeld{ConfigId{1, "hash"}, {{{NodeId{1}, 1}, {NodeId{2}, 1}}, 0, false}});
    bus.run();
    EXPECT_TRUE(bus.node(1).group.is_settled());
    EXPECT_TRUE(bus.node(2).all<MemberLost>().empty());
    EXPECT_TRUE(bus.node(1).all<MemberLost>().empty());
}

TEST(Group, a_joiner_that_saw_two_changes_where_another_saw_one_is_let_in_once)
{
    Bus bus(2, false);
    bus.create(1, "life1");
    bus.create(2, "life2");
    bus.ring(8, {1, 2}, true);
    bus.node(1).in_group = true;
    bus.node(2).in_group = true;
    bus.feed(NodeId{2}, GroupChanged{{NodeId{2}}, {}, {NodeId{2}}});
    bus.feed(NodeId{1}, GroupChanged{{NodeId{1}, NodeId{2}}, {}, {NodeId{1}, NodeId{2}}});
    bus.feed(NodeId{2}, GroupChanged{{NodeId{1}, NodeId{2}}, {}, {NodeId{1}}});
    bus.run();
    for (const std::uint32_t id : {1U, 2U}) {
        EXPECT_TRUE(bus.node(id).group.is_settled());
        EXPECT_TRUE(bus.node(id).all<MemberLost>().empty());
    }
}

TEST(Group, nobody_forms_a_table_without_quorum)
{
    Bus bus(3, false);
    bus.create(1, "life1");
    bus.ring(8, {1}, false);
    bus.join(1);
    bus.run();
    EXPECT_FALSE(bus.node(1).group.is_admitted());
}

TEST(Group, votes_of_admitted_members_alone_must_reach_quorum)
{
    // votequorum counts all three nodes in the ring as quorate, but two of them run no daemon.
    Bus bus(3, false);
    bus.create(1, "life1");
    bus.ring(8, {1}, true);
    bus.join(1);
    bus.run();
    EXPECT_FALSE(bus.node(1).group.is_admitted());
}

TEST(Group, a_two_node_cluster_settles_alone_but_without_majority)
{
    Bus bus(2, true);
    bus.create(2, "life2");
    bus.ring(4, {2}, true);
    bus.join(2);
    bus.run();
    ASSERT_TRUE(bus.node(2).group.is_settled());
    EXPECT_TRUE(bus.node(2).group.view().quorate);
    EXPECT_FALSE(bus.node(2).group.view().has_majority);
}

TEST(Group, a_view_needs_group_and_quorum_view_on_one_ring)
{
    Bus bus = three_members();
    bus.feed(NodeId{1}, RingChanged{RingId{NodeId{1}, 12}, {}});
    EXPECT_FALSE(bus.node(1).group.is_settled());
    bus.run();
    EXPECT_FALSE(bus.node(1).group.is_settled());
    bus.ring(12, {1, 2, 3}, true);
    bus.run();
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        EXPECT_TRUE(bus.node(id).group.is_settled());
        EXPECT_EQ(bus.node(id).group.view().ring.sequence, 12U);
    }
}

TEST(Group, a_joiner_gets_the_state_and_what_followed_it)
{
    Bus bus = three_daemons();
    bus.join(1);
    bus.join(2);
    bus.run();
    bus.propose(1, "a", false);
    bus.run();
    bus.join(3);
    bus.run();
    bus.propose(2, "b", false);
    bus.run();
    EXPECT_EQ(bus.node(3).state, "ab");
    EXPECT_EQ(bus.node(1).state, "ab");
    EXPECT_TRUE(bus.node(3).group.is_admitted());
    EXPECT_EQ(bus.node(3).group.view(), bus.node(1).group.view());
}

TEST(Group, a_snapshot_in_many_chunks_arrives_whole)
{
    Bus bus = three_daemons();
    bus.join(1);
    bus.join(2);
    bus.run();
    const std::string large(900 * 1000, 'x');
    bus.propose(1, large, false);
    bus.run();
    bus.join(3);
    bus.run();
    EXPECT_EQ(bus.node(3).state, large);
}

TEST(Group, the_joiner_begins_again_when_the_sender_dies_before_the_snapshot_is_delivered)
{
    Bus bus = three_daemons();
    bus.join(1);
    bus.join(2);
    bus.run();
    bus.propose(2, "a", false);
    bus.run();
    bus.join(3);
    bus.leave(1, LeaveReason::process_down);  // its snapshot was never sent
    bus.run();
    EXPECT_TRUE(bus.node(3).group.is_admitted());
    EXPECT_EQ(bus.node(3).state, "a");
}

TEST(Group, a_lost_member_is_reported_once_with_its_admission)
{
    Bus bus = three_members();
    const Member lost = bus.node(1).group.admitted().at(NodeId{3});
    bus.leave(3, LeaveReason::node_down);
    bus.run();
    for (const std::uint32_t id : {1U, 2U}) {
        const auto losses = bus.node(id).all<MemberLost>();
        ASSERT_EQ(losses.size(), 1U);
        EXPECT_EQ(losses[0].member, lost);
        EXPECT_EQ(losses[0].reason, LeaveReason::node_down);
        EXPECT_FALSE(losses[0].goodbye);
        EXPECT_THAT(members_of(bus.node(id).group), testing::ElementsAre(1, 2));
    }
}

TEST(Group, goodbye_is_no_loss)
{
    Bus bus = three_members();
    std::vector<GroupOutput> out;
    bus.node(3).group.say_goodbye(true, out);
    bus.handle(NodeId{3}, out);
    bus.run();
    ASSERT_EQ(bus.node(3).all<MemberLost>().size(), 1U);
    bus.leave(3, LeaveReason::left);
    bus.run();
    const auto losses = bus.node(1).all<MemberLost>();
    ASSERT_EQ(losses.size(), 1U);
    EXPECT_TRUE(losses[0].goodbye);
    EXPECT_TRUE(losses[0].goodbye_empty);
    EXPECT_TRUE(bus.node(1).group.is_settled());
}

TEST(Group, a_proposal_is_confirmed_only_after_its_barrier)
{
    Bus bus = three_members();
    const std::uint64_t ticket = bus.propose(2, "claim", true);
    bus.deliver_one();
    EXPECT_TRUE(bus.node(2).all<Confirmed>().empty());
    bus.run();
    ASSERT_EQ(bus.node(2).all<Confirmed>().size(), 1U);
    EXPECT_EQ(bus.node(2).all<Confirmed>()[0].ticket, ticket);
    EXPECT_TRUE(bus.node(1).all<Confirmed>().empty());
}

TEST(Group, a_change_between_delivery_and_barrier_confirms_nothing)
{
    Bus bus = three_members();
    bus.propose(2, "claim", true);
    bus.deliver_one();
    bus.leave(3, LeaveReason::node_down);
    bus.run();
    EXPECT_TRUE(bus.node(2).all<Confirmed>().empty());
    EXPECT_EQ(bus.node(1).state, "claim");
}

TEST(Group, a_goodbye_ends_although_a_joiner_is_admitted_before_its_barrier)
{
    Bus bus = three_members();
    bus.leave(2, LeaveReason::process_down);
    bus.run();
    bus.create(2, "life2", 2);
    bus.ring(8, {1, 2, 3}, true);
    bus.join(2);
    while (bus.node(1).all<SnapshotWanted>().empty()) {
        bus.deliver_one();
    }
    std::vector<GroupOutput> out;
    bus.node(3).group.say_goodbye(true, out);  // between the snapshot and the joiner's Ready
    bus.handle(NodeId{3}, out);
    bus.run();
    EXPECT_TRUE(bus.node(2).group.is_admitted());
    const auto own = bus.node(3).all<MemberLost>();
    ASSERT_FALSE(own.empty());
    EXPECT_EQ(own.back().member.node, NodeId{3});
    EXPECT_TRUE(own.back().goodbye);
}

TEST(Group, a_frame_computed_in_another_change_is_void_on_all_members)
{
    Bus bus = three_members();
    const std::uint64_t ticket = bus.propose(2, "late", true);
    bus.leave(3, LeaveReason::node_down);
    bus.run();
    EXPECT_EQ(bus.node(1).state, "");
    EXPECT_EQ(bus.node(2).state, "");
    ASSERT_EQ(bus.node(2).all<Voided>().size(), 1U);
    EXPECT_EQ(bus.node(2).all<Voided>()[0].ticket, ticket);
}

/// n3 asks in the life its two peers turn away.
void ask_in_vain(Bus& bus)
{
    bus.create(3, "life3", 2);
    bus.ring(12, {1, 2, 3}, true);
    bus.join(3);
    bus.run();
    EXPECT_FALSE(bus.node(3).group.is_admitted());
}

/// Both peers take back what kept n3 out; its request of before must not be lost.
void let_in(Bus& bus, const std::function<void(Group&, std::vector<GroupOutput>&)>& take_back)
{
    for (const std::uint32_t id : {1U, 2U}) {
        std::vector<GroupOutput> out;
        take_back(bus.node(id).group, out);
        bus.handle(NodeId{id}, out);
    }
    bus.run();
    EXPECT_TRUE(bus.node(3).group.is_admitted());
}

TEST(Group, a_barred_life_is_not_admitted_and_a_new_life_is)
{
    Bus bus = three_members();
    bus.leave(3, LeaveReason::node_down);
    for (const std::uint32_t id : {1U, 2U}) {
        bus.node(id).group.bar(NodeId{3}, NodeLife{"life3"});
    }
    ask_in_vain(bus);
    ASSERT_FALSE(bus.node(1).all<StrangerSeen>().empty());
    EXPECT_TRUE(bus.node(1).all<StrangerSeen>()[0].barred);
    EXPECT_TRUE(bus.node(1).group.is_settled());
    bus.leave(3, LeaveReason::process_down);
    bus.create(3, "another life", 3);
    bus.ring(16, {1, 2, 3}, true);
    bus.join(3);
    bus.run();
    EXPECT_TRUE(bus.node(3).group.is_admitted());
}

TEST(Group, a_held_node_is_admitted_after_its_release)
{
    Bus bus = three_members();
    bus.leave(3, LeaveReason::process_down);
    for (const std::uint32_t id : {1U, 2U}) {
        bus.node(id).group.hold(NodeId{3});
    }
    ask_in_vain(bus);
    let_in(bus, [](Group& group, std::vector<GroupOutput>& out) { group.release(NodeId{3}, out); });
}

TEST(Group, a_barred_life_that_asked_is_admitted_after_its_pardon)
{
    Bus bus = three_members();
    bus.leave(3, LeaveReason::process_down);
    for (const std::uint32_t id : {1U, 2U}) {
        bus.node(id).group.bar(NodeId{3}, NodeLife{"life3"});
    }
    ask_in_vain(bus);
    let_in(bus, [](Group& group, std::vector<GroupOutput>& out) {
        group.unbar(NodeId{3}, NodeLife{"life3"}, out);
    });
}

TEST(Group, two_unripe_tables_that_meet_become_the_senior_one)
{
    Bus bus = two_tables();
    ASSERT_TRUE(bus.node(1).group.is_settled());
    ASSERT_TRUE(bus.node(2).group.is_settled());
    let_meet(bus);
    bus.run();
    EXPECT_EQ(bus.node(2).all<TableDropped>().size(), 1U);
    EXPECT_TRUE(bus.node(1).all<TableDropped>().empty());
    EXPECT_THAT(members_of(bus.node(1).group), testing::ElementsAre(1, 2));
    EXPECT_THAT(members_of(bus.node(2).group), testing::ElementsAre(1, 2));
    EXPECT_TRUE(bus.node(2).group.is_settled());
}

TEST(Group, an_unripe_table_yields_to_a_ripe_one_and_two_ripe_ones_stay_strangers)
{
    for (const bool both_ripe : {false, true}) {
        Bus bus = two_tables();
        bus.node(2).group.set_ripe();
        if (both_ripe) {
            bus.node(1).group.set_ripe();
        }
        let_meet(bus);
        bus.run();
        EXPECT_EQ(bus.node(1).all<TableDropped>().size(), both_ripe ? 0U : 1U);
        EXPECT_TRUE(bus.node(2).all<TableDropped>().empty());
        EXPECT_EQ(bus.node(1).all<StrangerSeen>().size(), both_ripe ? 1U : 0U);
        EXPECT_EQ(members_of(bus.node(2).group).size(), both_ripe ? 1U : 2U);
    }
}

TEST(Group, a_silent_member_is_named_when_its_time_is_over)
{
    Bus bus = three_members();
    // Node 3 stays in the group but its frames stop: it never announces the new ring.
    for (const std::uint32_t id : {1U, 2U}) {
        bus.feed(NodeId{id}, RingChanged{RingId{NodeId{1}, 12}, {}});
        bus.feed(NodeId{id}, QuorumChanged{RingId{NodeId{1}, 12}, true});
    }
    bus.run();
    EXPECT_FALSE(bus.node(1).group.is_settled());
    ASSERT_TRUE(bus.node(1).group.wake_at());
    bus.now = *bus.node(1).group.wake_at();
    bus.feed(NodeId{1}, TimePassed{});
    EXPECT_TRUE(bus.node(1).all<MemberSilent>().empty()) << "does the ring deliver anything?";
    bus.run();
    ASSERT_EQ(bus.node(1).all<MemberSilent>().size(), 1U);
    EXPECT_EQ(bus.node(1).all<MemberSilent>()[0].member.node, NodeId{3});
}

/// token + consensus may be longer than a member's time: on 16 nodes they are 22 s.
TEST(Group, nobody_is_silent_while_the_token_is_lost)
{
    Bus bus = three_members();
    for (const std::uint32_t id : {1U, 2U}) {
        bus.feed(NodeId{id}, RingChanged{RingId{NodeId{1}, 12}, {}});
        bus.feed(NodeId{id}, QuorumChanged{RingId{NodeId{1}, 12}, true});
    }
    bus.run();
    bus.now = *bus.node(1).group.wake_at();
    bus.feed(NodeId{1}, TimePassed{});
    // What node 1 asked the ring comes back only in the next one; there node 3 has its time again.
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        bus.feed(NodeId{id}, RingChanged{RingId{NodeId{1}, 16}, {}});
        bus.feed(NodeId{id}, QuorumChanged{RingId{NodeId{1}, 16}, true});
    }
    bus.run();
    EXPECT_TRUE(bus.node(1).all<MemberSilent>().empty());
    EXPECT_TRUE(bus.node(1).group.is_settled());
}

TEST(Group, a_member_told_to_die_hears_it_whatever_it_is)
{
    Bus bus = three_members();
    std::vector<GroupOutput> out;
    bus.node(1).group.tell_to_die(NodeId{3}, NodeLife{"life3"}, "you were fenced", out);
    bus.node(1).group.tell_to_die(NodeId{2}, NodeLife{"an older life"}, "you were fenced", out);
    bus.handle(NodeId{1}, out);
    bus.run();
    EXPECT_EQ(bus.node(3).all<ToldToDie>().size(), 1U);
    EXPECT_TRUE(bus.node(2).all<ToldToDie>().empty());
}

TEST(Group, garbage_is_reported_and_changes_nothing)
{
    Bus bus = three_members();
    const std::string before = bus.node(1).group.describe();
    bus.feed(NodeId{1}, FrameDelivered{NodeId{2}, "not a frame"});
    bus.feed(NodeId{1}, FrameDelivered{NodeId{2}, encode_group_frame(AppFrame{}).substr(0, 20)});
    EXPECT_EQ(bus.node(1).all<GarbageSeen>().size(), 2U);
    EXPECT_EQ(bus.node(1).group.describe(), before);
}

}  // namespace

}  // namespace ha::view::test
