// SPDX-License-Identifier: Apache-2.0
// One FenceDomain alone on its ring, frame by frame. More nodes, and time: tests/sim.
#include "fenced/core/domain.hpp"

#include <deque>

#include <gtest/gtest.h>

#include "fenced/core/domain_codec.hpp"
#include "tests/unit/fenced/core/fence_builders.hpp"

namespace ha::fence {
namespace {

/// Node 1 of a two_node cluster; node 2 was never seen and is a startup victim without delay.
class DomainAlone : public testing::Test
{
public:
    explicit DomainAlone(const std::string& saved_state = {}, const Started& started = {})
        : domain(config(saved_state))
    {
        auto model = std::make_shared<model::ClusterModel>();
        model->quorum.two_node = true;
        model->fence_daemon.post_join_delay = std::chrono::seconds{0};
        model->nodes.push_back(test::node_with({{"power", {test::power_step("a", "off")}}}));
        model->nodes.push_back(model->nodes.front());
        model->nodes.front().id = NodeId{1};
        model->nodes.front().name = "n1";
        feed(ConfigChanged{ConfigId{1, "hash"}, model});
        feed(started);
        feed(JoinRequested{1});
        feed(view::GroupEvent{view::RingChanged{ring, {NodeId{1}}}});
        feed(view::GroupEvent{view::QuorumChanged{ring, true}});
        feed(view::GroupEvent{view::GroupChanged{{NodeId{1}}, {}, {NodeId{1}}}});
    }

    static FenceDomain::Config config(const std::string& saved_state)
    {
        FenceDomain::Config config;
        config.self = NodeId{1};
        config.life = DaemonLife{NodeLife{"life1"}, 1};
        config.saved_state = saved_state;
        return config;
    }

    void feed(const Event& event)
    {
        for (Action& action : domain.on(event, now).actions) {
            if (const auto* frame = std::get_if<SendFrame>(&action)) {
                queue.push_back(frame->bytes);
            } else {
                joins += std::holds_alternative<JoinGroup>(action) ? 1 : 0;
                asked += std::holds_alternative<AskDevices>(action) ? 1 : 0;
                const auto* reply = std::get_if<Reply>(&action);
                refused += reply != nullptr && !reply->accepted ? 1 : 0;
            }
        }
    }

    void deliver_one()
    {
        const std::string bytes = queue.front();
        queue.pop_front();
        feed(view::GroupEvent{view::FrameDelivered{NodeId{1}, bytes}});
    }

    void deliver_until_a_round_is_open()
    {
        while (domain.state().rounds.empty()) {
            ASSERT_FALSE(queue.empty());
            deliver_one();
        }
    }

    void deliver_all()
    {
        while (!queue.empty()) {
            deliver_one();
        }
    }

    /// A node that was in the cpg group without being a member is gone.
    void members_change()
    {
        feed(view::GroupEvent{
            view::GroupChanged{{NodeId{1}}, {{NodeId{2}, view::LeaveReason::node_down}}, {}}});
    }

    const RingId ring{NodeId{1}, 4};
    TimePoint now{std::chrono::seconds{100}};
    FenceDomain domain;
    std::deque<std::string> queue;
    int asked = 0;
    int joins = 0;
    int refused = 0;
};

TEST_F(DomainAlone, begins_a_round_when_its_barrier_came_back)
{
    deliver_until_a_round_is_open();
    EXPECT_EQ(asked, 0) << "delivered, not confirmed";
    deliver_all();
    EXPECT_EQ(asked, 1);
}

TEST_F(DomainAlone, closes_a_round_that_a_new_ring_left_unconfirmed)
{
    deliver_until_a_round_is_open();
    const RingId next{NodeId{1}, 8};
    feed(view::GroupEvent{view::RingChanged{next, {NodeId{1}}}});
    feed(view::GroupEvent{view::QuorumChanged{next, true}});
    deliver_all();
    EXPECT_TRUE(domain.state().rounds.empty());
    EXPECT_EQ(asked, 0);
}

TEST_F(DomainAlone, closes_a_round_that_a_change_left_unconfirmed_and_begins_another_one)
{
    deliver_until_a_round_is_open();
    const std::uint64_t first = domain.state().rounds.front().round;
    members_change();
    deliver_all();
    EXPECT_TRUE(domain.state().rounds.empty());
    EXPECT_EQ(asked, 0);
    now += std::chrono::seconds{2};
    feed(view::GroupEvent{view::TimePassed{}});
    deliver_all();
    ASSERT_FALSE(domain.state().rounds.empty());
    EXPECT_GT(domain.state().rounds.front().round, first);
    EXPECT_EQ(asked, 1);
}

/// The former fenced of this node life died without quorum while rgmanager was in its group.
class DomainThatMustReset : public DomainAlone
{
protected:
    DomainThatMustReset() : DomainAlone(copy()) {}

    static std::string copy()
    {
        protocol::FenceCopy copy;
        copy.life = NodeLife{"life1"};
        copy.in_domain = true;
        copy.state.formed = true;
        copy.groups = {"rgmanager"};
        return protocol::encode(copy);
    }

    void join_cpg() { feed(view::GroupEvent{view::GroupChanged{{NodeId{1}}, {}, {NodeId{1}}}}); }
};

TEST_F(DomainThatMustReset, waits_until_its_groups_have_stopped)
{
    EXPECT_EQ(joins, 0);
    feed(LocalGroupGoodbye{"rgmanager", false, false});
    EXPECT_EQ(joins, 0) << "it stopped nothing";
    feed(LocalGroupGoodbye{"rgmanager", true, false});
    EXPECT_EQ(joins, 1);
    join_cpg();
    deliver_until_a_round_is_open();
    EXPECT_TRUE(domain.state().groups.empty());
}

TEST_F(DomainThatMustReset, gives_itself_up_when_its_groups_do_not_stop)
{
    now += std::chrono::seconds{74};
    feed(view::GroupEvent{view::TimePassed{}});
    EXPECT_FALSE(domain.facts().dead) << "they may still stop in time";
    now += std::chrono::seconds{2};
    feed(view::GroupEvent{view::TimePassed{}});
    EXPECT_TRUE(domain.facts().dead);
    EXPECT_EQ(joins, 0);
}

TEST_F(DomainThatMustReset, records_a_group_that_was_handed_over_in_the_new_domain)
{
    feed(LocalGroupGoodbye{"rgmanager", false, true});
    EXPECT_EQ(joins, 1);
    join_cpg();
    deliver_all();
    ASSERT_EQ(domain.state().groups.size(), 1U) << "nothing is claimed before it reported";
    EXPECT_EQ(domain.state().groups.front().group, "rgmanager");
}

/// The former fenced of this node life died in a round, and its agent does not end.
class DomainWithALeftoverAgent : public DomainAlone
{
protected:
    DomainWithALeftoverAgent() : DomainAlone(copy(), Started{{NodeId{2}}}) {}

    static std::string copy()
    {
        protocol::FenceCopy copy;
        copy.life = NodeLife{"life1"};
        copy.in_domain = true;
        copy.quorate = true;
        copy.members.push_back({NodeId{1}, {NodeLife{"life1"}, 1}, AdmissionNumber{1}, false});
        copy.state.formed = true;
        copy.state.last_round = lost_round;
        protocol::VictimRecord victim;
        victim.node = NodeId{2};
        copy.state.victims.push_back(victim);
        protocol::RoundRecord round;
        round.round = lost_round;
        round.victim = NodeId{2};
        round.by = NodeId{1};
        round.by_life = NodeLife{"life1"};
        copy.state.rounds.push_back(round);
        return protocol::encode(copy);
    }

    static constexpr std::uint64_t lost_round = 7;
};

TEST_F(DomainWithALeftoverAgent, begins_no_round_before_that_agent_is_gone)
{
    deliver_all();
    now += std::chrono::minutes{5};
    feed(view::GroupEvent{view::TimePassed{}});
    deliver_all();
    ASSERT_EQ(domain.state().rounds.size(), 1U);
    EXPECT_EQ(domain.state().rounds.front().round, lost_round);
    EXPECT_EQ(asked, 0);
    feed(LeftoverAgentsGone{NodeId{2}});
    deliver_all();
    now += std::chrono::seconds{2};
    feed(view::GroupEvent{view::TimePassed{}});
    deliver_all();
    ASSERT_EQ(domain.state().rounds.size(), 1U);
    EXPECT_GT(domain.state().rounds.front().round, lost_round);
    EXPECT_EQ(asked, 1);
}

/// The file of a former fenced was cut; nobody knows what this node life was.
class DomainWithAnUnreadableCopy : public DomainAlone
{
protected:
    DomainWithAnUnreadableCopy() : DomainAlone("{\"life\": \"li") {}
};

TEST_F(DomainWithAnUnreadableCopy, is_dead_and_joins_no_group)
{
    EXPECT_EQ(joins, 0);
    EXPECT_TRUE(domain.facts().dead) << "the other daemons of this node stop";
    EXPECT_FALSE(domain.is_in_domain());
    EXPECT_FALSE(domain.why_not_restored().empty());
}

/// The demand waited at a member since a domain before this one.
TEST_F(DomainAlone, settles_no_victim_because_another_life_of_it_is_demanded)
{
    deliver_all();
    feed(FenceDemanded{7, NodeId{2}, NodeLife{"life2"}, "somebody"});
    deliver_all();
    ASSERT_EQ(domain.state().victims.size(), 1U);
    ASSERT_EQ(domain.state().victims.front().life, NodeLife{"life2"});
    const std::size_t settled = domain.state().settled.size();
    feed(FenceDemanded{8, NodeId{2}, NodeLife{"life before"}, "somebody"});
    deliver_all();
    ASSERT_EQ(domain.state().victims.size(), 1U);
    EXPECT_EQ(domain.state().victims.front().life, NodeLife{"life2"});
    EXPECT_EQ(domain.state().settled.size(), settled);
}

TEST_F(DomainAlone, takes_no_victim_that_is_not_configured)
{
    deliver_all();
    feed(FenceDemanded{7, NodeId{9}, NodeLife{}, "somebody"});
    EXPECT_EQ(refused, 1);
    EXPECT_TRUE(queue.empty());
    feed(FenceDemanded{8, NodeId{2}, NodeLife{"life2"}, "somebody"});
    ASSERT_EQ(queue.size(), 1U);
    const std::string named = "\"node\":2";
    const std::size_t at = queue.front().find(named);
    ASSERT_NE(at, std::string::npos);
    queue.front().replace(at, named.size(), "\"node\":9");  // what a broken member might send
    deliver_all();
    ASSERT_EQ(domain.state().victims.size(), 1U);
    EXPECT_EQ(domain.state().victims.front().node, NodeId{2});
    feed(ExternalBegan{9, NodeId{9}});
    deliver_all();
    EXPECT_TRUE(domain.state().externals.empty());
}

}  // namespace
}  // namespace ha::fence
