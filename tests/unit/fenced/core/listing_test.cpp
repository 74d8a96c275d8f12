// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/listing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ha::fence {
namespace {

using protocol::FactMember;
using protocol::FactVictim;
using protocol::FenceCause;
using protocol::FenceFacts;
using testing::ElementsAre;

model::ClusterModel three_nodes()
{
    model::ClusterModel model;
    for (const std::uint32_t id : {3U, 1U, 2U}) {
        model::Node node;
        node.id = NodeId{id};
        node.name = "n" + std::to_string(id);
        model.nodes.push_back(node);
    }
    return model;
}

/// Node 1 has lost node 2, which was a member.
FenceFacts lost_peer()
{
    FenceFacts facts;
    facts.in_domain = true;
    facts.is_admitted = true;
    facts.quorate = true;
    facts.master = NodeId{1};
    facts.members = {FactMember{
        .node = NodeId{1}, .life = {}, .admission = AdmissionNumber{1}, .pending = false}};
    FactVictim victim;
    victim.node = NodeId{2};
    victim.name = "n2";
    victim.admission = AdmissionNumber{2};
    victim.awaiting = "fencing failed 1 time";
    victim.acknowledge = "fence_ack_manual n2";
    facts.victims = {victim};
    return facts;
}

TEST(DomainListing, keeps_a_victim_among_the_members_until_it_is_settled)
{
    FenceFacts facts = lost_peer();
    auto listing = make_listing(facts, three_nodes(), true);
    EXPECT_EQ(listing.member_count, 1U);
    EXPECT_EQ(listing.victim_count, 1U);
    EXPECT_THAT(listing.members, ElementsAre(NodeId{1}, NodeId{2}));

    facts.victims.clear();
    facts.settled_lives = {{.node = NodeId{2},
                            .life = {},
                            .admission = AdmissionNumber{2},
                            .how = protocol::SettledHow::status,
                            .by = NodeId{1},
                            .words = "",
                            .at_us = 0}};
    listing = make_listing(facts, three_nodes(), true);
    EXPECT_THAT(listing.members, ElementsAre(NodeId{1}));
    EXPECT_EQ(listing.nodes.at(1).how, protocol::ClassicHow::agent);
    EXPECT_EQ(listing.nodes.at(1).last_master, NodeId{1});
}

TEST(DomainListing, does_not_list_a_startup_victim_as_member)
{
    FenceFacts facts = lost_peer();
    facts.victims[0].admission = AdmissionNumber{0};
    EXPECT_THAT(make_listing(facts, three_nodes(), true).members, ElementsAre(NodeId{1}));
}

TEST(DomainListing, shows_the_victim_being_fenced_also_between_its_rounds)
{
    FenceFacts facts = lost_peer();
    EXPECT_EQ(make_listing(facts, three_nodes(), true).victim_now, NodeId{0});
    facts.victims[0].fencing_by = NodeId{1};
    EXPECT_EQ(make_listing(facts, three_nodes(), true).victim_now, NodeId{2});
    facts.victims[0].fencing_by = NodeId{0};
    facts.victims[0].failed_rounds = 1;
    EXPECT_EQ(make_listing(facts, three_nodes(), true).victim_now, NodeId{2});
}

TEST(DomainListing, names_the_command_that_ends_the_wait)
{
    const auto listing = make_listing(lost_peer(), three_nodes(), true);
    EXPECT_EQ(listing.nodes.at(1).waiting,
              "fencing failed 1 time; if it is surely off: fence_ack_manual n2");
    EXPECT_EQ(listing.nodes.at(0).waiting, "");
}

TEST(DomainListing, counts_no_victim_with_clean_start_but_says_what_waits)
{
    FenceFacts facts = lost_peer();
    facts.victims[0].cause = FenceCause::clean_start;
    facts.victims[0].admission = AdmissionNumber{0};
    const auto listing = make_listing(facts, three_nodes(), true);
    EXPECT_EQ(listing.victim_count, 0U);
    EXPECT_FALSE(listing.nodes.at(1).waiting.empty());
}

TEST(DomainListing, calls_this_node_a_member_only_when_the_group_contains_it)
{
    FenceFacts facts = lost_peer();
    EXPECT_FALSE(make_listing(facts, three_nodes(), false).is_member);
    EXPECT_TRUE(make_listing(facts, three_nodes(), true).is_member);
    facts.is_admitted = false;
    EXPECT_FALSE(make_listing(facts, three_nodes(), true).is_member);
    facts.quorate = false;
    EXPECT_TRUE(make_listing(facts, three_nodes(), true).is_member);
}

}  // namespace
}  // namespace ha::fence
