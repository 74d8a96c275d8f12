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
protected:
    explicit DomainAlone(const std::string& saved_state = {}) : domain(config(saved_state))
    {
        auto model = std::make_shared<model::ClusterModel>();
        model->quorum.two_node = true;
        model->fence_daemon.post_join_delay = std::chrono::seconds{0};
        model->nodes.push_back(test::node_with({{"power", {test::power_step("a", "off")}}}));
        model->nodes.push_back(model->nodes.front());
        model->nodes.front().id = NodeId{1};
        model->nodes.front().name = "n1";
        feed(ConfigChanged{ConfigId{1, "hash"}, model});
        feed(Started{});
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
};

TEST_F(DomainAlone, begins_a_round_when_its_barrier_came_back)
{
    deliver_until_a_round_is_open();
    EXPECT_EQ(asked, 0) << "delivered, not confirmed";
    deliver_all();
    EXPECT_EQ(asked, 1);
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

TEST_F(DomainThatMustReset, records_a_group_that_was_handed_over_in_the_new_domain)
{
    feed(LocalGroupGoodbye{"rgmanager", false, true});
    EXPECT_EQ(joins, 1);
    join_cpg();
    deliver_all();
    ASSERT_EQ(domain.state().groups.size(), 1U) << "nothing is claimed before it reported";
    EXPECT_EQ(domain.state().groups.front().group, "rgmanager");
}

}  // namespace
}  // namespace ha::fence
