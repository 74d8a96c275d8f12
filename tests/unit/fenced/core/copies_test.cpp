// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/copies.hpp"

#include <gtest/gtest.h>

#include "fenced/core/state.hpp"

namespace ha::fence {
namespace {

using protocol::FenceCause;
using protocol::FenceCopy;
using protocol::SettledHow;

model::ClusterModel three_nodes()
{
    model::ClusterModel model;
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        model::Node node;
        node.id = NodeId{id};
        node.name = "n" + std::to_string(id);
        node.methods.push_back({"power", {{"switch", "fence_x", {}, {}}}});
        model.nodes.push_back(node);
    }
    return model;
}

Joiner fresh(std::uint32_t id)
{
    return {NodeId{id}, DaemonLife{NodeLife{"life" + std::to_string(id)}, 1}, {}};
}

Joiner continuing(std::uint32_t id, const std::vector<std::uint32_t>& members)
{
    Joiner joiner = fresh(id);
    joiner.copy.life = joiner.life.node;
    joiner.copy.in_domain = true;
    joiner.copy.quorate = true;
    joiner.copy.state.formed = true;
    for (const std::uint32_t member : members) {
        joiner.copy.members.push_back(
            {NodeId{member}, fresh(member).life, AdmissionNumber{member}, false});
    }
    return joiner;
}

void add_victim_to(FenceCopy& copy, std::uint32_t id, const char* life)
{
    protocol::VictimRecord victim;
    victim.node = NodeId{id};
    victim.life = NodeLife{life};
    victim.admission = AdmissionNumber{id};
    add_victim(copy.state, victim);
}

TEST(FormState, makes_absent_nodes_startup_victims_of_a_new_domain)
{
    const Formed formed = form_state({fresh(1), fresh(2)}, three_nodes());
    ASSERT_EQ(formed.state.victims.size(), 1U);
    EXPECT_EQ(formed.state.victims[0].node, NodeId{3});
    EXPECT_EQ(formed.state.victims[0].cause, FenceCause::startup);
    EXPECT_TRUE(formed.state.victims[0].life.empty());
    EXPECT_FALSE(formed.continues);
}

TEST(FormState, clean_start_trusts_absent_nodes_but_not_the_two_node_peer)
{
    model::ClusterModel model = three_nodes();
    model.fence_daemon.clean_start = true;
    EXPECT_TRUE(form_state({fresh(1), fresh(2)}, model).state.victims.empty());
    model.nodes.pop_back();
    model.quorum.two_node = true;
    const Formed formed = form_state({fresh(1)}, model);
    ASSERT_EQ(formed.state.victims.size(), 1U);
    EXPECT_EQ(formed.state.victims[0].cause, FenceCause::clean_start);
}

TEST(FormState, skip_undefined_passes_over_nodes_without_methods)
{
    model::ClusterModel model = three_nodes();
    model.fence_daemon.skip_undefined = true;
    model.nodes[2].methods.clear();
    EXPECT_TRUE(form_state({fresh(1), fresh(2)}, model).state.victims.empty());
}

TEST(FormState, continues_with_its_victims_and_makes_no_startup_victims)
{
    Joiner first = continuing(1, {1, 2});
    add_victim_to(first.copy, 3, "life3");
    const Formed formed = form_state({first, continuing(2, {1, 2})}, three_nodes());
    EXPECT_TRUE(formed.continues);
    ASSERT_EQ(formed.state.victims.size(), 1U);
    EXPECT_EQ(formed.state.victims[0].life, NodeLife{"life3"});
}

TEST(FormState, waits_for_members_of_a_copy_that_did_not_come)
{
    const Formed formed = form_state({continuing(1, {1, 2})}, three_nodes());
    ASSERT_EQ(formed.state.pending.size(), 1U);
    EXPECT_EQ(formed.state.pending[0].node, NodeId{2});
    EXPECT_TRUE(formed.state.pending[0].from_copy);
    EXPECT_TRUE(formed.state.victims.empty());
}

TEST(FormState, a_result_in_one_copy_wins_over_a_victim_in_another)
{
    Joiner first = continuing(1, {1, 2});
    add_victim_to(first.copy, 3, "life3");
    Joiner second = continuing(2, {1, 2});
    keep_settled(second.copy.state, {NodeId{3}, NodeLife{"life3"}, AdmissionNumber{3},
                                     SettledHow::agent, NodeId{2}, ""});
    const Formed formed = form_state({first, second}, three_nodes());
    EXPECT_TRUE(formed.state.victims.empty());
    EXPECT_TRUE(is_settled_life(formed.state, NodeId{3}, NodeLife{"life3"}));
}

TEST(FormState, bars_a_joiner_whose_life_a_continuing_copy_fears)
{
    Joiner first = continuing(1, {1});
    add_victim_to(first.copy, 2, "life2");
    const Formed formed = form_state({first, continuing(2, {2})}, three_nodes());
    EXPECT_EQ(formed.barred, std::set<NodeId>{NodeId{2}});
}

TEST(FormState, takes_a_new_life_of_a_victim_for_its_proof)
{
    Joiner first = continuing(1, {1});
    add_victim_to(first.copy, 2, "life of before");
    const Formed formed = form_state({first, fresh(2)}, three_nodes());
    EXPECT_TRUE(formed.state.victims.empty());
    EXPECT_TRUE(formed.barred.empty());
    ASSERT_EQ(formed.state.settled.size(), 1U);
    EXPECT_EQ(formed.state.settled[0].how, SettledHow::member);
}

TEST(FormState, a_reset_node_forgets_victims_that_are_here_and_keeps_those_that_are_not)
{
    Joiner first = continuing(1, {1});
    first.copy.reset = true;
    first.copy.state.formed = false;
    add_victim_to(first.copy, 2, "life2");
    add_victim_to(first.copy, 3, "life3");
    const Formed formed = form_state({first, fresh(2)}, three_nodes());
    EXPECT_TRUE(formed.barred.empty());
    ASSERT_EQ(formed.state.victims.size(), 1U);
    EXPECT_EQ(formed.state.victims[0].node, NodeId{3});
    EXPECT_TRUE(formed.state.victims[0].life.empty()) << "it may have reset, too, and come late";
}

TEST(FormState, a_victim_of_a_continuing_domain_stays_one_in_this_life)
{
    Joiner first = continuing(1, {1});
    add_victim_to(first.copy, 3, "life3");
    Joiner second = continuing(2, {2});
    second.copy.reset = true;
    add_victim_to(second.copy, 3, "life3");
    const Formed formed = form_state({first, second}, three_nodes());
    ASSERT_EQ(formed.state.victims.size(), 1U);
    EXPECT_EQ(formed.state.victims[0].life, NodeLife{"life3"});
}

TEST(FormState, a_member_named_for_its_own_sake_stays_a_victim_though_its_accuser_reset)
{
    Joiner first = continuing(1, {1});
    first.copy.reset = true;
    add_victim_to(first.copy, 2, "life2");
    const Joiner second = continuing(2, {1, 2});
    first.copy.state.victims[0].cause = protocol::FenceCause::node_down;
    EXPECT_TRUE(form_state({first, second}, three_nodes()).barred.empty()) << "n1 was cut off";
    first.copy.state.victims[0].cause = protocol::FenceCause::process_down;
    EXPECT_TRUE(form_state({first, second}, three_nodes()).barred.contains(NodeId{2}));
}

TEST(FormState, a_reset_node_still_knows_that_an_absent_victim_may_shoot)
{
    Joiner first = continuing(1, {1});
    first.copy.reset = true;
    first.copy.state.formed = false;
    add_victim_to(first.copy, 2, "life2");
    protocol::RoundRecord round;
    round.round = 7;
    round.victim = NodeId{3};
    round.by = NodeId{2};
    round.by_life = NodeLife{"life2"};
    first.copy.state.rounds.push_back(round);
    EXPECT_EQ(form_state({first}, three_nodes()).state.rounds.size(), 1U);
    EXPECT_TRUE(form_state({first, fresh(2)}, three_nodes()).state.rounds.empty())
        << "it is here, and reaped its agents";
}

TEST(FormState, keeps_an_open_round_only_while_its_fencer_may_still_shoot)
{
    Joiner first = continuing(1, {1, 2});
    add_victim_to(first.copy, 3, "life3");
    protocol::RoundRecord round;
    round.round = 7;
    round.victim = NodeId{3};
    round.by = NodeId{2};
    round.by_life = NodeLife{"life2"};
    first.copy.state.rounds.push_back(round);
    EXPECT_EQ(form_state({first, continuing(2, {1, 2})}, three_nodes()).state.rounds.size(), 1U);
    Joiner rebooted = fresh(2);
    rebooted.life.node = NodeLife{"life of after"};
    EXPECT_TRUE(form_state({first, rebooted}, three_nodes()).state.rounds.empty());
}

TEST(ReadCopy, takes_nothing_from_a_copy_of_another_life_or_from_garbage)
{
    FenceCopy copy;
    copy.life = NodeLife{"old"};
    copy.in_domain = true;
    EXPECT_TRUE(read_copy(protocol::encode(copy), NodeLife{"old"}).in_domain);
    EXPECT_FALSE(read_copy(protocol::encode(copy), NodeLife{"new"}).in_domain);
    EXPECT_FALSE(read_copy("{\"life\": 3", NodeLife{"old"}).in_domain);
}

TEST(RecordSettled, drops_rounds_and_groups_of_the_dead_life_and_names_who_waited)
{
    protocol::FenceState state;
    protocol::VictimRecord victim;
    victim.node = NodeId{3};
    victim.life = NodeLife{"life3"};
    victim.acknowledged = true;
    add_victim(state, victim);
    protocol::RoundRecord round;
    round.victim = NodeId{3};
    round.by = NodeId{2};
    round.by_life = NodeLife{"life2"};
    state.rounds.push_back(round);
    state.groups.push_back({NodeId{2}, NodeLife{"life2"}, "rgmanager"});
    state.groups.push_back({NodeId{1}, NodeLife{"life1"}, "rgmanager"});
    const auto waited = record_settled(state, {NodeId{2}, NodeLife{"life2"}, AdmissionNumber{2},
                                               SettledHow::agent, NodeId{1}, ""});
    EXPECT_EQ(waited, std::vector<NodeId>{NodeId{3}});
    EXPECT_TRUE(state.rounds.empty());
    ASSERT_EQ(state.groups.size(), 1U);
    EXPECT_EQ(state.groups[0].node, NodeId{1});
}

TEST(Settling, a_member_in_a_new_life_leaves_nothing_open_of_its_former_ones)
{
    protocol::FenceState state;
    protocol::RoundRecord round;
    round.victim = NodeId{3};
    round.by = NodeId{2};
    round.by_life = NodeLife{"life1"};
    state.rounds.push_back(round);
    state.groups.push_back({NodeId{2}, NodeLife{"life1"}, "rgmanager"});
    state.groups.push_back({NodeId{2}, NodeLife{"life2"}, "rgmanager"});
    EXPECT_TRUE(end_work_of_former_lives(state, NodeId{2}, NodeLife{"life2"}).empty());
    EXPECT_TRUE(state.rounds.empty()) << "else its fencer would be called silent";
    ASSERT_EQ(state.groups.size(), 1U);
    EXPECT_EQ(state.groups[0].life, NodeLife{"life2"});
}

}  // namespace
}  // namespace ha::fence
