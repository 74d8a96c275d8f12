// SPDX-License-Identifier: Apache-2.0
// FenceDomains on one ring, and what becomes of a node whose cmand stays away (DESIGN 5).
#include <deque>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "fenced/core/domain.hpp"
#include "fenced/core/state.hpp"
#include "tests/unit/fenced/core/fence_builders.hpp"

namespace ha::fence {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Domains : public testing::Test
{
protected:
    explicit Domains(std::uint32_t count)
    {
        model_->quorum.two_node = count == 2;
        model_->fence_daemon.post_join_delay = seconds{6};
        for (std::uint32_t id = 1; id <= count; ++id) {
            present_.push_back(NodeId{id});
            model::Node node = test::node_with({{"power", {test::power_step("a", "off")}}});
            node.id = NodeId{id};
            node.name = "n" + std::to_string(id);
            model_->nodes.push_back(node);
            nodes_.emplace_back(FenceDomain::Config{
                node.id, DaemonLife{NodeLife{"life of " + node.name}, 1}, {}, {}});
        }
        for (const NodeId id : present_) {
            feed(id.value, ConfigChanged{ConfigId{1, "hash"}, model_});
            feed(id.value, Started{});
            feed(id.value, JoinRequested{1});
        }
        ring_changes(present_);
        for (auto last = present_.begin(); last != present_.end(); ++last) {
            group_changes(
                view::GroupChanged{std::vector<NodeId>(present_.begin(), last + 1), {}, {*last}});
        }
        deliver_all();
    }

    struct Node {
        explicit Node(FenceDomain::Config config) : domain(std::move(config)) {}

        FenceDomain domain;
        std::optional<TimePoint> wake_at;
        int said_cman_away = 0;
        int demands = 0;
        int rounds = 0;
    };

    Node& node(std::uint32_t id) { return nodes_[id - 1]; }

    void feed(std::uint32_t id, const Event& event)
    {
        Step step = node(id).domain.on(event, now_);
        node(id).wake_at = step.wake_at;
        for (const Action& action : step.actions) {
            if (const auto* frame = std::get_if<SendFrame>(&action)) {
                frames_.emplace_back(id, frame->bytes);
            } else if (const auto* decided = std::get_if<Decided>(&action)) {
                const bool is_about_cman = decided->decision == Decision::cman_away;
                const bool is_demand = decided->reason.find("demanded") != std::string::npos;
                node(id).said_cman_away += is_about_cman ? 1 : 0;
                node(id).demands += is_about_cman && is_demand ? 1 : 0;
            } else if (std::holds_alternative<LeaveGroup>(action)) {
                leavers_.push_back(id);
            } else if (std::holds_alternative<AskDevices>(action) ||
                       std::holds_alternative<RunRound>(action)) {
                ++node(id).rounds;
            }
        }
    }

    void group_changes(const view::GroupChanged& change)
    {
        for (const NodeId member : change.members) {
            feed(member.value, view::GroupEvent{change});
        }
    }

    void ring_changes(const std::vector<NodeId>& members)
    {
        ring_.sequence += 4;
        for (const NodeId member : members) {
            feed(member.value, view::GroupEvent{view::RingChanged{ring_, members}});
            feed(member.value, view::GroupEvent{view::QuorumChanged{ring_, true}});
        }
    }

    void deliver_all()
    {
        while (!frames_.empty() || !leavers_.empty()) {
            if (frames_.empty()) {
                const NodeId leaver{leavers_.front()};
                leavers_.pop_front();
                std::erase(present_, leaver);
                feed(leaver.value, left(leaver));
                group_changes(
                    std::get<view::GroupChanged>(std::get<view::GroupEvent>(left(leaver))));
                continue;
            }
            const auto [sender, bytes] = frames_.front();
            frames_.pop_front();
            for (const NodeId member : std::vector<NodeId>(present_)) {
                feed(member.value, view::GroupEvent{view::FrameDelivered{NodeId{sender}, bytes}});
            }
        }
    }

    Event left(NodeId leaver) const
    {
        return view::GroupEvent{
            view::GroupChanged{present_, {{leaver, view::LeaveReason::left}}, {}}};
    }

    /// Nobody wakes before he asked to.
    void pass(Duration time)
    {
        const TimePoint end = now_ + time;
        while (now_ < end) {
            now_ = std::min(end, now_ + Duration{milliseconds{100}});
            for (const NodeId id : std::vector<NodeId>(present_)) {
                if (node(id.value).wake_at && *node(id.value).wake_at <= now_) {
                    feed(id.value, view::GroupEvent{view::TimePassed{}});
                }
            }
            deliver_all();
        }
    }

    [[nodiscard]] bool is_member(std::uint32_t id)
    {
        return node(id).domain.group().is_admitted() && node(id).domain.group().is_settled();
    }

    std::shared_ptr<model::ClusterModel> model_ = std::make_shared<model::ClusterModel>();
    TimePoint now_{seconds{100}};
    RingId ring_{NodeId{1}, 4};
    std::vector<NodeId> present_;
    std::vector<Node> nodes_;
    std::deque<std::pair<std::uint32_t, std::string>> frames_;
    std::deque<std::uint32_t> leavers_;
};

class TwoDomains : public Domains
{
protected:
    TwoDomains() : Domains(2) {}
};

class ThreeDomains : public Domains
{
protected:
    ThreeDomains() : Domains(3) {}
};

TEST_F(TwoDomains, a_cmand_that_is_back_within_its_grace_changes_nothing)
{
    ASSERT_TRUE(is_member(1) && is_member(2));
    feed(1, CmanGone{});
    pass(seconds{29});
    feed(1, CmanReturned{});
    pass(seconds{60});
    EXPECT_EQ(node(1).said_cman_away, 0);
    EXPECT_TRUE(is_member(1) && is_member(2));
    EXPECT_TRUE(node(2).domain.state().victims.empty());
}

TEST_F(TwoDomains, a_node_whose_cmand_stays_away_names_itself_and_the_other_one_fences_it)
{
    feed(1, CmanGone{});
    pass(seconds{10});
    feed(1, CmanGone{});  // its grace counts on
    pass(seconds{19});
    EXPECT_EQ(node(1).said_cman_away, 0);
    pass(seconds{2});
    EXPECT_EQ(node(1).said_cman_away, 1);
    EXPECT_TRUE(node(1).domain.facts().dead);
    const protocol::VictimRecord* victim = find_victim(node(2).domain.state(), NodeId{1});
    ASSERT_NE(victim, nullptr);
    EXPECT_EQ(victim->life, NodeLife{"life of n1"});
    EXPECT_EQ(victim->cause, protocol::FenceCause::cman);
    EXPECT_EQ(node(2).rounds, 1);
    pass(seconds{60});
    EXPECT_EQ(node(1).said_cman_away, 1) << "a dead node demands nothing";
}

TEST_F(TwoDomains, without_quorum_it_is_demanded_after_another_grace)
{
    feed(1, CmanGone{});
    pass(seconds{25});
    for (std::uint32_t id : {1U, 2U}) {
        feed(id, view::GroupEvent{view::QuorumChanged{ring_, false}});
    }
    pass(seconds{10});
    EXPECT_EQ(node(1).said_cman_away, 0);
    for (std::uint32_t id : {1U, 2U}) {
        feed(id, view::GroupEvent{view::QuorumChanged{ring_, true}});
    }
    pass(seconds{24});
    EXPECT_EQ(node(1).said_cman_away, 0) << "the second grace is not over";
    pass(seconds{2});
    EXPECT_EQ(node(1).said_cman_away, 1);
}

TEST_F(TwoDomains, nobody_demands_the_fence_of_the_only_member)
{
    feed(1, LeaveRequested{2});
    deliver_all();
    ASSERT_EQ(present_, std::vector<NodeId>{NodeId{2}});
    feed(2, CmanGone{});
    feed(1, CmanGone{});  // outside of the domain
    pass(seconds{100});
    EXPECT_EQ(node(1).said_cman_away, 0);
    EXPECT_EQ(node(2).demands, 0);
    EXPECT_TRUE(is_member(2));
}

TEST_F(TwoDomains, a_fenced_that_slept_gives_a_whole_grace_again)
{
    feed(1, CmanGone{});
    now_ += seconds{40};
    feed(1, Overslept{});
    feed(1, CmanReturned{});  // it was in the socket all the time
    pass(seconds{40});
    EXPECT_EQ(node(1).said_cman_away, 0);
}

TEST_F(TwoDomains, of_two_demands_that_cross_only_one_counts)
{
    feed(1, CmanGone{});
    feed(2, CmanGone{});
    pass(seconds{31});
    const bool is_dead_1 = node(1).domain.facts().dead;
    const bool is_dead_2 = node(2).domain.facts().dead;
    EXPECT_NE(is_dead_1, is_dead_2) << "somebody must be left who fences";
    EXPECT_EQ(node(1).rounds + node(2).rounds, 1);
}

TEST_F(TwoDomains, a_demand_that_was_voided_is_not_said_again_when_cmand_is_back)
{
    feed(1, CmanGone{});
    now_ += seconds{31};
    feed(1, view::GroupEvent{view::TimePassed{}});
    EXPECT_EQ(node(1).said_cman_away, 1);
    ring_changes(present_);  // what is on its way is of the former ring
    feed(1, CmanReturned{});
    deliver_all();
    pass(seconds{40});
    EXPECT_TRUE(is_member(1) && is_member(2));
    EXPECT_TRUE(node(2).domain.state().victims.empty());
}

TEST_F(ThreeDomains, a_node_whose_cmand_stays_away_is_fenced_while_the_others_are_a_quorum)
{
    feed(1, CmanGone{});
    pass(seconds{31});
    EXPECT_TRUE(node(1).domain.facts().dead);
    EXPECT_EQ(node(2).rounds + node(3).rounds, 1);
}

TEST_F(ThreeDomains, a_node_that_the_others_need_for_quorum_stays_without_its_cmand)
{
    feed(3, LeaveRequested{2});
    deliver_all();
    feed(1, CmanGone{});
    pass(seconds{65});
    EXPECT_EQ(node(1).said_cman_away, 2) << "each time it says that it stays";
    EXPECT_EQ(node(1).demands, 0);
    EXPECT_TRUE(is_member(1) && is_member(2));
    EXPECT_TRUE(node(2).domain.state().victims.empty());
}

TEST_F(ThreeDomains, of_three_demands_that_cross_one_counts_as_two_nodes_are_a_quorum)
{
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        feed(id, CmanGone{});
    }
    pass(seconds{100});
    int dead = 0;
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        dead += node(id).domain.facts().dead ? 1 : 0;
    }
    EXPECT_EQ(dead, 1);
}

}  // namespace
}  // namespace ha::fence
