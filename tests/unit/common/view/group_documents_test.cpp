// SPDX-License-Identifier: Apache-2.0
//
// Another document for a running group, and members that do not agree on quorum.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/common/view/bus.hpp"

namespace ha::view::test {
namespace {

VotingRules three_votes()
{
    VotingRules rules;
    rules.votes = {{NodeId{1}, 1}, {NodeId{2}, 1}, {NodeId{3}, 1}};
    return rules;
}

VotingRules two_votes()
{
    VotingRules rules;
    rules.votes = {{NodeId{1}, 1}, {NodeId{2}, 1}};
    rules.two_node = true;
    return rules;
}

TEST(GroupDocuments, all_members_switch_to_a_newer_document_at_one_point_once_all_hold_it)
{
    Bus bus = three_members();
    VotingRules rules;
    rules.votes = {{NodeId{1}, 1}, {NodeId{2}, 1}, {NodeId{3}, 1}};
    bus.feed(NodeId{1}, ConfigHeld{ConfigId{2, "newer"}, rules});
    bus.feed(NodeId{2}, ConfigHeld{ConfigId{2, "newer"}, rules});
    bus.run();
    EXPECT_EQ(bus.node(1).group.active_config().version, 1U);
    bus.feed(NodeId{3}, ConfigHeld{ConfigId{2, "newer"}, rules});
    bus.run();
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        EXPECT_EQ(bus.node(id).group.active_config().version, 2U);
        EXPECT_EQ(bus.node(id).all<ConfigActivated>().size(), 1U);
        EXPECT_TRUE(bus.node(id).group.is_settled());
    }
}

TEST(GroupDocuments, a_joiner_with_another_document_is_refused_in_words)
{
    Bus bus = three_daemons();
    bus.join(1);
    bus.join(2);
    bus.run();
    bus.feed(NodeId{3}, ConfigHeld{ConfigId{1, "other content"}, {}});
    bus.join(3);
    bus.run();
    ASSERT_EQ(bus.node(3).all<Refused>().size(), 1U);
    EXPECT_THAT(bus.node(3).all<Refused>()[0].reason, testing::HasSubstr("config_version 1"));
    EXPECT_FALSE(bus.node(3).group.is_admitted());
}

/// Nodes 1 and 2 are members with version 1; node 3 joins with version 7.
Bus two_members_and_one_ahead()
{
    Bus bus = three_daemons();
    bus.join(1);
    bus.join(2);
    bus.run();
    bus.feed(NodeId{3}, ConfigHeld{ConfigId{7, "newer"}, three_votes()});
    bus.join(3);
    bus.run();
    return bus;
}

TEST(GroupDocuments, a_joiner_whose_document_reached_it_before_the_members_waits_for_them)
{
    Bus bus = two_members_and_one_ahead();
    EXPECT_TRUE(bus.node(3).all<Refused>().empty()) << "their cmands are about to bring it";
    EXPECT_FALSE(bus.node(3).group.is_admitted());
    for (const std::uint32_t id : {1U, 2U}) {
        bus.feed(NodeId{id}, ConfigHeld{ConfigId{7, "newer"}, three_votes()});
    }
    bus.run();
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        EXPECT_TRUE(bus.node(id).group.is_admitted());
        EXPECT_TRUE(bus.node(id).group.is_settled());
        EXPECT_EQ(bus.node(id).group.active_config().version, 7U);
    }
}

TEST(GroupDocuments, a_joiner_whose_newer_document_nobody_brings_is_refused_in_words)
{
    Bus bus = two_members_and_one_ahead();
    ASSERT_TRUE(bus.node(1).group.wake_at());
    bus.now = *bus.node(1).group.wake_at();
    for (const std::uint32_t id : {1U, 2U}) {
        bus.feed(NodeId{id}, TimePassed{});
    }
    bus.run();
    ASSERT_EQ(bus.node(3).all<Refused>().size(), 1U);
    EXPECT_THAT(bus.node(3).all<Refused>()[0].reason, testing::HasSubstr("config_version 7"));
    EXPECT_FALSE(bus.node(3).group.is_admitted());
}

TEST(GroupDocuments,
     an_activation_that_overtakes_a_joiners_ready_voids_it_and_the_joiner_says_it_again)
{
    Bus bus = three_daemons();
    bus.join(1);
    bus.join(2);
    bus.run();
    for (const std::uint32_t id : {1U, 2U}) {
        bus.feed(NodeId{id}, ConfigHeld{ConfigId{7, "newer"}, three_votes()});
    }
    bus.join(3);  // all it hears and says is behind the announces of the new document
    bus.run();
    EXPECT_EQ(bus.node(1).group.active_config().version, 7U);
    EXPECT_FALSE(bus.node(3).group.is_admitted()) << "it holds version 1";
    bus.feed(NodeId{3}, ConfigHeld{ConfigId{7, "newer"}, three_votes()});
    bus.run();
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        EXPECT_TRUE(bus.node(id).group.is_admitted());
        EXPECT_EQ(bus.node(id).group.active_config().version, 7U);
    }
}

/// Node 2 was alone in a table of its own. What makes it drop that is the very word that lets the
/// others switch, and its request for their state comes after it: it cannot judge the switch.
TEST(GroupDocuments, a_switch_that_a_joiner_lets_pass_makes_it_ask_again)
{
    Bus bus = two_tables();
    bus.feed(NodeId{1}, ConfigHeld{ConfigId{7, "newer"}, two_votes()});
    let_meet(bus);
    bus.run();
    bus.feed(NodeId{2}, ConfigHeld{ConfigId{7, "newer"}, two_votes()});
    bus.run();
    EXPECT_EQ(bus.node(2).all<TableDropped>().size(), 1U);
    for (const std::uint32_t id : {1U, 2U}) {
        EXPECT_TRUE(bus.node(id).group.is_settled());
        EXPECT_EQ(bus.node(id).group.view().members.size(), 2U);
        EXPECT_EQ(bus.node(id).group.active_config().version, 7U);
    }
}

TEST(GroupDocuments, a_newer_document_held_meanwhile_does_not_take_the_votes_of_the_one_activated)
{
    Bus bus = three_members();
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        bus.feed(NodeId{id}, ConfigHeld{ConfigId{2, "newer"}, three_votes()});
    }
    for (std::uint64_t version = 3; version < 8; ++version) {
        bus.feed(NodeId{2}, ConfigHeld{ConfigId{version, "newest"}, {}});
    }
    bus.run();
    EXPECT_EQ(bus.node(2).group.active_config().version, 2U);
    EXPECT_TRUE(bus.node(2).group.view().quorate);
}

TEST(GroupDocuments, a_member_that_calls_a_quorate_ring_inquorate_for_long_is_named)
{
    Bus bus = three_members();
    bus.feed(NodeId{3}, QuorumChanged{RingId{NodeId{1}, 8}, false});
    bus.run();
    EXPECT_FALSE(bus.node(1).group.is_settled());
    ASSERT_TRUE(bus.node(1).group.wake_at());
    bus.now = *bus.node(1).group.wake_at();
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        bus.feed(NodeId{id}, TimePassed{});
    }
    bus.run();
    for (const std::uint32_t id : {1U, 2U}) {
        ASSERT_EQ(bus.node(id).all<MemberSilent>().size(), 1U);
        EXPECT_EQ(bus.node(id).all<MemberSilent>()[0].member.node, NodeId{3});
    }
    EXPECT_TRUE(bus.node(3).all<MemberSilent>().empty()) << "the one that differs accuses nobody";
}

TEST(GroupDocuments, quorum_that_reaches_the_members_one_after_the_other_accuses_nobody)
{
    Bus bus = three_members();
    bus.feed(NodeId{3}, QuorumChanged{RingId{NodeId{1}, 8}, false});
    bus.run();
    bus.now += std::chrono::seconds{9};
    bus.feed(NodeId{3}, QuorumChanged{RingId{NodeId{1}, 8}, true});
    bus.run();
    EXPECT_TRUE(bus.node(1).group.is_settled());
    bus.now += std::chrono::seconds{9};
    bus.feed(NodeId{1}, TimePassed{});
    bus.run();
    EXPECT_TRUE(bus.node(1).all<MemberSilent>().empty());
    EXPECT_FALSE(bus.node(1).group.wake_at());
}

}  // namespace
}  // namespace ha::view::test
