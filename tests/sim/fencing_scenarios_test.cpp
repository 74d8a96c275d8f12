// SPDX-License-Identifier: Apache-2.0
// The world by name: what a person who pulls plugs and cables would see. All checkers run along.
#include <gtest/gtest.h>

#include "fenced/core/state.hpp"
#include "tests/sim/fenced_daemon.hpp"
#include "tests/sim/fencing.hpp"

namespace ha::sim {
namespace {

using protocol::SettledHow;
using std::chrono::seconds;

class FencingScenario : public testing::Test
{
protected:
    /// All nodes boot together and form a domain.
    void boot(std::uint32_t nodes, seconds post_join_delay = seconds{6},
              const fence::DomainKnobs& knobs = {})
    {
        WorldOptions options;
        options.seed = 7;
        options.nodes = nodes;
        options.boot_time_min = options.boot_time_max = seconds{5};
        world_ = std::make_unique<World>(options);
        ActiveConfig config = draw_config(*world_);
        auto model = std::make_shared<model::ClusterModel>(*config.model);
        model->fence_daemon = {};
        model->fence_daemon.post_join_delay = post_join_delay;
        config.model = model;
        world_->set_config(config);
        install_fencing(*world_, knobs);
        for (const NodeId node : world_->node_ids()) {
            world_->power_on(node);
        }
        world_->run_for(seconds{30});
        for (const NodeId node : world_->node_ids()) {
            ASSERT_TRUE(fenced(node.value)->domain().facts().clear);
        }
    }

    FencedDaemon* fenced(std::uint32_t node)
    {
        return dynamic_cast<FencedDaemon*>(world_->daemon(NodeId{node}, fenced_name));
    }

    const protocol::FenceState& state(std::uint32_t node) { return fenced(node)->domain().state(); }

    std::uint64_t boots(std::uint32_t node) { return world_->status(NodeId{node}).boots; }

    bool was_settled(std::uint32_t by_view_of, std::uint32_t node, SettledHow how)
    {
        for (const auto& settled : state(by_view_of).settled) {
            if (settled.node == NodeId{node} && settled.how == how) {
                return true;
            }
        }
        return false;
    }

    std::unique_ptr<World> world_;
};

TEST_F(FencingScenario, a_lost_member_is_fenced_and_comes_back)
{
    boot(2);
    world_->device(NodeId{2}).boots_again = true;
    world_->power_off(NodeId{2}, "the test");
    world_->run_for(seconds{40});
    EXPECT_TRUE(was_settled(1, 2, SettledHow::agent));
    EXPECT_EQ(boots(2), 2U) << "powered on by its fencing";
    EXPECT_TRUE(fenced(1)->domain().group().admitted().contains(NodeId{2}));
    world_->check_end();
}

TEST_F(FencingScenario, a_failing_agent_leaves_the_victim_to_a_person)
{
    boot(2);
    world_->device(NodeId{2}).fails = true;
    world_->power_off(NodeId{2}, "the test");
    world_->run_for(seconds{90});
    ASSERT_EQ(fenced(1)->domain().facts().victims.size(), 1U);
    const protocol::FactVictim victim = fenced(1)->domain().facts().victims[0];
    EXPECT_GT(victim.failed_rounds, 2U);
    EXPECT_EQ(victim.acknowledge, "fence_ack_manual n2");
    EXPECT_NE(victim.awaiting.find("fence_ack_manual n2"), std::string::npos);
    EXPECT_FALSE(fenced(1)->domain().facts().clear);
    fenced(1)->acknowledge(NodeId{2});
    world_->run_for(seconds{15});
    EXPECT_TRUE(was_settled(1, 2, SettledHow::overridden));
    EXPECT_TRUE(fenced(1)->domain().facts().clear);
}

TEST_F(FencingScenario, a_clean_leaver_is_no_victim)
{
    boot(3);
    fenced(3)->leave_domain();
    world_->run_for(seconds{5});
    world_->power_off(NodeId{3}, "shut down");
    world_->run_for(seconds{60});
    EXPECT_TRUE(state(1).victims.empty());
    EXPECT_EQ(boots(3), 1U);
}

TEST_F(FencingScenario, a_fenced_that_returns_within_its_grace_costs_nothing)
{
    boot(3);
    world_->kill_daemon(NodeId{2}, fenced_name, true);
    world_->run_for(seconds{30});
    EXPECT_EQ(boots(2), 1U);
    EXPECT_EQ(fenced(1)->domain().group().admitted().size(), 3U);
    world_->check_end();
}

TEST_F(FencingScenario, fenced_waits_for_the_last_of_two_fence_nodes)
{
    boot(3);
    fenced(2)->begin_external(NodeId{3}, [](bool) {});
    fenced(2)->begin_external(NodeId{3}, [](bool) {});
    world_->run_for(seconds{1});
    fenced(2)->end_external(NodeId{3}, false);
    world_->power_off(NodeId{3}, "the test");
    world_->run_for(seconds{30});
    EXPECT_EQ(state(1).victims.size(), 1U);
    EXPECT_EQ(boots(3), 1U) << "nobody else has fenced it";
    fenced(2)->end_external(NodeId{3}, false);
    world_->run_for(seconds{40});
    EXPECT_TRUE(was_settled(1, 3, SettledHow::agent));
    world_->check_end();
}

TEST_F(FencingScenario, fenced_does_not_wait_for_a_fence_node_that_cannot_tell_its_end)
{
    boot(3);
    fenced(2)->begin_external(NodeId{3}, [](bool) {});
    world_->run_for(seconds{1});
    world_->kill_daemon(NodeId{2}, fenced_name, true);
    world_->run_for(seconds{10});
    world_->power_off(NodeId{3}, "the test");
    world_->run_for(seconds{40});
    EXPECT_TRUE(was_settled(1, 3, SettledHow::agent));
    world_->check_end();
}

/// n2's fence_node has switched n3 off, but tells so only when n3 is back in a new life.
class LateFenceNode : public FencingScenario
{
protected:
    void play_until_return()
    {
        boot(3);
        fenced(2)->begin_external(NodeId{3}, [](bool) {});
        world_->run_for(seconds{1});
        world_->power_off(NodeId{3}, "the fence_node of n2");
        world_->power_on(NodeId{3});
        world_->run_for(seconds{30});
        ASSERT_EQ(fenced(1)->domain().group().admitted().size(), 3U);
        ASSERT_EQ(boots(3), 2U);
    }

    void cut_n3_off()
    {
        world_->network().set_side(NodeId{3}, 1);
        world_->run_for(seconds{5});
    }

    void expect_it_shot_in_its_new_life()
    {
        world_->run_for(seconds{30});
        EXPECT_EQ(boots(3), 3U);
        EXPECT_TRUE(was_settled(1, 3, SettledHow::agent));
        EXPECT_FALSE(was_settled(1, 3, SettledHow::external));
        world_->network().heal();
        world_->run_for(seconds{30});
        world_->check_end();
    }
};

TEST_F(LateFenceNode, proves_nothing_of_a_later_life_that_is_lost_before_it_tells)
{
    play_until_return();
    cut_n3_off();
    ASSERT_NE(fence::find_victim(state(1), NodeId{3}), nullptr) << "fence_node is waited for";
    fenced(2)->end_external(NodeId{3}, true);
    expect_it_shot_in_its_new_life();
}

TEST_F(LateFenceNode, proves_nothing_of_a_later_life_that_is_lost_after_it_told)
{
    play_until_return();
    fenced(2)->end_external(NodeId{3}, true);
    world_->run_for(seconds{1});
    cut_n3_off();
    expect_it_shot_in_its_new_life();
}

TEST_F(FencingScenario, a_fenced_that_stays_away_makes_its_node_a_victim)
{
    boot(3);
    world_->kill_daemon(NodeId{2}, fenced_name, false);
    world_->run_for(seconds{60});
    EXPECT_TRUE(was_settled(1, 2, SettledHow::agent));
    EXPECT_EQ(boots(2), 2U);
    world_->check_end();
}

TEST_F(FencingScenario, a_node_that_boots_within_post_join_delay_is_not_shot)
{
    boot(2, seconds{60});
    world_->power_off(NodeId{1}, "power loss");
    world_->power_off(NodeId{2}, "power loss");
    world_->run_for(seconds{10});
    world_->power_on(NodeId{1});
    world_->run_for(seconds{20});
    EXPECT_EQ(state(1).victims.size(), 1U);
    EXPECT_FALSE(fenced(1)->domain().facts().clear) << "S10: its peer may still run";
    world_->power_on(NodeId{2});
    world_->run_for(seconds{20});
    EXPECT_TRUE(was_settled(1, 2, SettledHow::member));
    EXPECT_EQ(boots(2), 2U) << "power loss, and nothing else";
    world_->check_end();
}

TEST_F(FencingScenario, a_healed_two_node_split_kills_one_side_at_most)
{
    boot(2);
    world_->device(NodeId{1}).fails = true;
    world_->device(NodeId{2}).fails = true;
    world_->network().set_side(NodeId{2}, 1);
    world_->run_for(seconds{40});
    EXPECT_FALSE(fenced(1)->domain().facts().clear);
    EXPECT_FALSE(fenced(2)->domain().facts().clear);
    world_->network().heal();
    world_->run_for(seconds{3});
    world_->device(NodeId{1}) = world_->device(NodeId{2}) = DeviceBehaviour{};
    world_->run_for(seconds{120});
    EXPECT_EQ(boots(1), 1U) << "the lower id goes on";
    EXPECT_EQ(boots(2), 2U);
    world_->check_end();
}

/// n3 is shot at once, but its agent reports late: n3 is back by then, and cut off.
class LateResult : public FencingScenario
{
protected:
    void play(const fence::DomainKnobs& knobs)
    {
        boot(3, seconds{6}, knobs);
        world_->device(NodeId{3}).takes = seconds{32};
        world_->power_off(NodeId{3}, "the test");
        const TimePoint too_late = world_->now() + seconds{33};
        while (world_->now() < too_late && !(boots(3) == 2 && is_member(3))) {
            world_->run_for(std::chrono::milliseconds{100});
        }
        ASSERT_TRUE(is_member(3));
        ASSERT_NE(fence::find_round(state(1), NodeId{3}), nullptr) << "the agent still runs";
        world_->network().set_side(NodeId{3}, 1);
        world_->run_for(seconds{5});
        ASSERT_NE(fence::find_victim(state(1), NodeId{3}), nullptr);
        ASSERT_EQ(fence::find_round(state(1), NodeId{3})->life, (NodeLife{"n3.1"}));
        world_->device(NodeId{3}) = DeviceBehaviour{};
        world_->run_for(seconds{30});
    }

    bool is_member(std::uint32_t node)
    {
        return fenced(1)->domain().group().admitted().contains(NodeId{node});
    }
};

TEST_F(LateResult, counts_for_no_later_life)
{
    play({});
    EXPECT_EQ(boots(3), 3U) << "it was shot again, in its new life";
}

TEST_F(LateResult, the_checkers_catch_a_core_that_settles_any_life)
{
    fence::DomainKnobs knobs;
    knobs.mutant_settle_any_life = true;
    EXPECT_THROW(play(knobs), Violation);
}

/// 1|1|1|1: one cannot stop a group, the others have reset and hold no domain.
TEST_F(FencingScenario, a_cut_off_node_that_cannot_stop_everything_is_given_up_and_fenced)
{
    boot(4);
    fenced(1)->on_local("rgmanager", protocol::GroupJoined{"rgmanager"});
    for (const NodeId node : world_->node_ids()) {
        world_->network().set_side(node, static_cast<int>(node.value));
    }
    world_->run_for(seconds{15});
    world_->network().heal();
    world_->run_for(seconds{60});
    EXPECT_EQ(boots(1), 1U) << "it may still stop in time";
    world_->run_for(seconds{60});
    EXPECT_EQ(boots(1), 2U);
    EXPECT_EQ(boots(2), 1U) << "it reset, and is no one's victim";
    world_->check_end();
}

TEST_F(FencingScenario, a_successor_waits_until_the_lost_fencer_is_settled)
{
    boot(5);
    world_->device(NodeId{5}).hangs = true;
    world_->device(NodeId{1}).fails = true;
    world_->power_off(NodeId{5}, "the test");
    world_->run_for(seconds{8});
    ASSERT_NE(fence::find_round(state(2), NodeId{5}), nullptr);
    EXPECT_EQ(fence::find_round(state(2), NodeId{5})->by, NodeId{1});
    world_->network().set_side(NodeId{1}, 1);
    world_->run_for(seconds{40});
    ASSERT_NE(fence::find_round(state(2), NodeId{5}), nullptr) << "n1 may still run its agent";
    EXPECT_EQ(fence::find_round(state(2), NodeId{5})->by, NodeId{1});
    world_->device(NodeId{1}) = world_->device(NodeId{5}) = DeviceBehaviour{};
    world_->run_for(seconds{60});
    EXPECT_TRUE(was_settled(2, 1, SettledHow::agent));
    EXPECT_EQ(fence::find_victim(state(2), NodeId{5}), nullptr);
    world_->network().heal();
    world_->run_for(seconds{60});
    world_->check_end();
}

}  // namespace
}  // namespace ha::sim
