// SPDX-License-Identifier: Apache-2.0
#include "cman/core/membership.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ha::cman {
namespace {

constexpr NodeId n1{1};
constexpr NodeId n2{2};
constexpr NodeId n3{3};
const ConfigId version_1{1, "aaaa"};
const ConfigId version_2{2, "bbbb"};
const DaemonLife life_1{{"life-1"}, 1};
const DaemonLife life_2{{"life-2"}, 1};
constexpr ClientId tool{7};
constexpr ClientId fenced{8};

model::ClusterModel nodes(std::uint32_t count)
{
    model::ClusterModel model;
    for (std::uint32_t id = 1; id <= count; ++id) {
        model::Node node;
        node.id = NodeId{id};
        node.name = "n" + std::to_string(id);
        model.nodes.push_back(node);
    }
    return model;
}

/// n1's core with a clock and the actions of the last event.
class World
{
public:
    explicit World(std::uint32_t count = 2, bool adopted = false)
        : core({.self = n1,
                .life = life_1,
                .config = version_1,
                .addresses = {},
                .adopted = adopted},
               nodes(count))
    {}

    Step tell(const Event& event)
    {
        Step step = core.on(event, now);
        actions = step.actions;
        wake_at = step.wake_at;
        return step;
    }

    void wait(Duration time)
    {
        now += time;
        tell(TimePassed{});
    }

    /// Ring, group and Hellos of these nodes, all with version 1 and established unless it is n1.
    void gather(const std::vector<NodeId>& members, std::uint64_t sequence = 4)
    {
        tell(RingReported{{members.front(), sequence}, members, {}, 1000});
        tell(PeersChanged{members, true});
        for (const NodeId member : members) {
            hello(member, version_1, member != n1 || core.is_established());
        }
    }

    void hello(NodeId from, const ConfigId& config, bool established)
    {
        tell(HelloDelivered{from, from == n1 ? life_1 : life_2, {config, established}, {}});
    }

    template <class T>
    [[nodiscard]] std::vector<T> all() const
    {
        std::vector<T> found;
        for (const Action& action : actions) {
            if (const T* wanted = std::get_if<T>(&action)) {
                found.push_back(*wanted);
            }
        }
        return found;
    }

    template <class T>
    [[nodiscard]] bool has() const
    {
        return !all<T>().empty();
    }

    Membership core;
    TimePoint now{std::chrono::seconds{100}};
    std::vector<Action> actions;
    std::optional<TimePoint> wake_at;
};

TEST(Membership, is_joining_until_ring_group_and_hellos_agree)
{
    World world;
    EXPECT_EQ(world.core.state(), Membership::State::joining);
    world.tell(RingReported{{n1, 4}, {n1, n2}, {}, 1000});
    world.tell(PeersChanged{{n1, n2}, true});
    EXPECT_TRUE(world.has<SendHello>());
    world.hello(n1, version_1, false);
    EXPECT_EQ(world.core.state(), Membership::State::joining);
    world.hello(n2, version_1, true);
    EXPECT_TRUE(world.has<BecameMember>());
    EXPECT_TRUE(world.has<Publish>());
    EXPECT_EQ(world.core.state(), Membership::State::member);
    EXPECT_TRUE(world.core.is_established());
}

TEST(Membership, a_lone_newcomer_waits_for_peers_before_it_is_ready)
{
    World world;
    world.gather({n1});
    EXPECT_FALSE(world.has<BecameMember>());
    ASSERT_TRUE(world.wake_at);
    EXPECT_EQ(*world.wake_at, world.now + std::chrono::seconds{3});
    world.wait(std::chrono::seconds{3});
    EXPECT_TRUE(world.has<BecameMember>());
    EXPECT_FALSE(world.core.is_established());
    world.wait(std::chrono::seconds{10});
    EXPECT_TRUE(world.core.is_established());
}

TEST(Membership, the_only_configured_node_does_not_wait)
{
    World world(1);
    world.gather({n1});
    EXPECT_TRUE(world.has<BecameMember>());
}

TEST(Membership, quorum_is_votequorums_word_and_an_accepted_configuration)
{
    World world;
    world.gather({n1, n2});
    EXPECT_FALSE(world.core.is_quorate());
    world.tell(QuorumReported{true});
    EXPECT_TRUE(world.core.is_quorate());
    ASSERT_EQ(world.all<NoteQuorum>().size(), 1U);
    world.hello(n2, version_2, true);
    world.tell(NotCaughtUp{version_2, "no node sent it"});
    EXPECT_FALSE(world.core.is_quorate());
    EXPECT_TRUE(world.has<NoteVerdict>());
    EXPECT_TRUE(world.has<Publish>());
}

TEST(Membership, a_newcomer_with_another_configuration_gives_up_once)
{
    World world;
    world.tell(RingReported{{n1, 4}, {n1, n2}, {}, 1000});
    world.tell(PeersChanged{{n1, n2}, true});
    world.hello(n1, version_1, false);
    world.hello(n2, ConfigId{1, "other content"}, true);
    ASSERT_TRUE(world.has<GiveUp>());
    EXPECT_THAT(world.all<GiveUp>()[0].why, testing::HasSubstr("copy cluster.conf from n2"));
    world.tell(TimePassed{});
    EXPECT_FALSE(world.has<GiveUp>());
    EXPECT_FALSE(world.has<BecameMember>());
}

TEST(Membership, an_adopting_cmand_never_gives_up)
{
    World world(2, true);
    world.gather({n1, n2});
    EXPECT_EQ(world.core.state(), Membership::State::member);
    world.hello(n2, version_2, true);
    world.tell(NotCaughtUp{version_2, "no node sent it"});
    EXPECT_FALSE(world.has<GiveUp>());
    EXPECT_TRUE(world.has<NoteVerdict>());
}

TEST(Membership, incarnation_is_the_ring_in_which_a_node_joined_and_survives_its_death)
{
    World world;
    world.gather({n1, n2}, 20);
    world.tell(RingReported{{n1, 24}, {n1}, {}, 1005});
    const NodeEntry& dead = world.core.nodes().entries().at(n2);
    EXPECT_FALSE(dead.is_member);
    EXPECT_EQ(dead.incarnation, 20U);
    EXPECT_EQ(dead.joined_s, std::nullopt);
    EXPECT_EQ(world.core.nodes().entries().at(n1).incarnation, 20U);
    world.tell(RingReported{{n1, 28}, {n1, n2}, {}, 1010});
    EXPECT_EQ(world.core.nodes().entries().at(n2).incarnation, 28U);
    EXPECT_EQ(world.core.nodes().entries().at(n2).joined_s, 1010);
}

TEST(Membership, a_node_that_left_and_came_back_in_one_report_joined_anew)
{
    World world;
    world.gather({n1, n2}, 20);
    world.tell(RingReported{{n1, 28}, {n1, n2}, {n2}, 1010});
    EXPECT_EQ(world.core.nodes().entries().at(n2).incarnation, 28U);
    EXPECT_EQ(world.all<NoteMember>().size(), 2U);
}

TEST(Membership, a_member_without_configuration_is_listed_by_its_number)
{
    World world;
    world.tell(RingReported{{n1, 4}, {n1, n3}, {}, 1000});
    EXPECT_EQ(world.core.nodes().name(n3), "Node3");
}

TEST(Membership, leave_asks_subscribers_and_announces_before_it_stops)
{
    World world;
    world.gather({n1, n2});
    world.tell(ClientSubscribed{{fenced, "fenced"}});
    EXPECT_EQ(world.all<Publish>()[0].only, fenced);
    world.tell(LeaveRequested{tool, false, true});
    ASSERT_TRUE(world.has<AskSubscriber>());
    const std::uint64_t number = world.all<AskSubscriber>()[0].number;
    world.tell(LeaveAnswered{fenced, number, true, ""});
    ASSERT_TRUE(world.has<SendLeaving>());
    EXPECT_TRUE(world.all<SendLeaving>()[0].remove);
    EXPECT_TRUE(world.all<AnswerLeave>()[0].leaving);
    EXPECT_EQ(world.core.state(), Membership::State::leaving);
    EXPECT_FALSE(world.has<StopCorosync>());
    world.tell(LeavingDelivered{n1, true});
    ASSERT_TRUE(world.has<StopCorosync>());
    EXPECT_TRUE(world.all<StopCorosync>()[0].clean);
}

TEST(Membership, a_refused_leave_changes_nothing)
{
    World world;
    world.gather({n1, n2});
    world.tell(ClientSubscribed{{fenced, "fenced"}});
    world.tell(LeaveRequested{tool, false, false});
    world.tell(
        LeaveAnswered{fenced, world.all<AskSubscriber>()[0].number, false, "in the fence domain"});
    ASSERT_TRUE(world.has<AnswerLeave>());
    EXPECT_FALSE(world.all<AnswerLeave>()[0].leaving);
    EXPECT_THAT(world.all<AnswerLeave>()[0].objections,
                testing::ElementsAre("fenced: in the fence domain"));
    EXPECT_EQ(world.core.state(), Membership::State::member);
    world.tell(LeaveRequested{tool, false, false});
    EXPECT_TRUE(world.has<AskSubscriber>());
}

TEST(Membership, silence_refuses_a_leave_in_shutdown_timeout)
{
    World world;
    world.gather({n1, n2});
    world.tell(ClientSubscribed{{fenced, "fenced"}});
    world.tell(LeaveRequested{tool, false, false});
    EXPECT_EQ(world.wake_at, world.now + std::chrono::seconds{5});
    world.wait(std::chrono::seconds{5});
    EXPECT_FALSE(world.all<AnswerLeave>().at(0).leaving);
}

TEST(Membership, a_second_leave_while_one_is_pending_is_busy)
{
    World world;
    world.gather({n1, n2});
    world.tell(ClientSubscribed{{fenced, "fenced"}});
    world.tell(LeaveRequested{tool, false, false});
    world.tell(LeaveRequested{ClientId{9}, true, false});
    EXPECT_EQ(world.all<AnswerClient>().at(0).answer, Answer::busy);
}

TEST(Membership, force_asks_nobody_and_is_not_clean)
{
    World world;
    world.gather({n1, n2});
    world.tell(ClientSubscribed{{fenced, "fenced"}});
    world.tell(LeaveRequested{tool, true, false});
    EXPECT_FALSE(world.has<AskSubscriber>());
    world.tell(LeavingDelivered{n1, false});
    EXPECT_FALSE(world.all<StopCorosync>().at(0).clean);
}

TEST(Membership, after_leave_remove_the_lowest_member_lowers_expected_votes_once_the_leaver_is_gone)
{
    World world(3);
    world.gather({n1, n2, n3});
    world.tell(LeavingDelivered{n3, true});
    EXPECT_FALSE(world.has<LowerExpected>());
    EXPECT_TRUE(world.core.nodes().entries().at(n3).is_leaving);
    world.tell(RingReported{{n1, 8}, {n1, n2}, {}, 1001});
    EXPECT_TRUE(world.has<LowerExpected>());
    EXPECT_TRUE(world.all<NoteMember>().at(0).announced);
    world.tell(RingReported{{n1, 12}, {n1}, {}, 1002});
    EXPECT_FALSE(world.has<LowerExpected>());
    EXPECT_FALSE(world.all<NoteMember>().at(0).announced);
}

TEST(Membership, expected_votes_are_restored_when_a_node_comes_and_when_a_stranger_goes)
{
    World world(3);
    world.gather({n1, n2});
    world.tell(RingReported{{n1, 8}, {n1, n2, n3}, {}, 1001});
    EXPECT_TRUE(world.has<RestoreExpected>());
    world.tell(PeersChanged{{n1, n2, n3}, true});
    world.hello(n3, version_2, false);
    EXPECT_FALSE(world.has<NoteVerdict>());
    world.tell(PeersChanged{{n1, n2}, false});
    world.tell(RingReported{{n1, 12}, {n1, n2}, {}, 1002});
    EXPECT_TRUE(world.has<RestoreExpected>());
    world.tell(RingReported{{n1, 16}, {n1}, {}, 1003});
    EXPECT_FALSE(world.has<RestoreExpected>());
}

TEST(Membership, who_leaves_does_not_report_a_loss_of_quorum)
{
    World world;
    world.gather({n1, n2});
    world.tell(QuorumReported{true});
    world.tell(LeaveRequested{tool, false, false});
    EXPECT_FALSE(world.has<NoteQuorum>());
}

TEST(Membership, kill_reaches_a_member_by_name_and_only_in_its_life)
{
    World world;
    world.gather({n1, n2});
    world.tell(KillRequested{tool, "n2"});
    ASSERT_TRUE(world.has<SendKill>());
    EXPECT_EQ(world.all<SendKill>()[0].life, life_2);
    world.tell(KillDelivered{n1, n2, life_2});
    EXPECT_EQ(world.all<KillThroughCorosync>().at(0).victim, n2);
    world.tell(KillDelivered{n2, n1, life_2});
    EXPECT_FALSE(world.has<Die>());
    world.tell(KillDelivered{n2, n1, life_1});
    EXPECT_EQ(world.all<Die>().at(0).by, n2);
}

TEST(Membership, kill_of_an_unknown_or_absent_node_is_answered_so)
{
    World world;
    world.gather({n1});
    world.tell(KillRequested{tool, "n9"});
    EXPECT_EQ(world.all<AnswerClient>().at(0).answer, Answer::not_found);
    world.tell(KillRequested{tool, "n2"});
    EXPECT_EQ(world.all<AnswerClient>().at(0).answer, Answer::not_member);
}

TEST(Membership, waiters_are_served_when_member_and_when_quorate)
{
    World world;
    world.tell(WaitRequested{tool, false});
    world.tell(WaitRequested{ClientId{9}, true});
    EXPECT_FALSE(world.has<AnswerClient>());
    world.gather({n1, n2});
    ASSERT_EQ(world.all<AnswerClient>().size(), 1U);
    EXPECT_EQ(world.all<AnswerClient>()[0].client, tool);
    world.tell(QuorumReported{true});
    EXPECT_EQ(world.all<AnswerClient>().at(0).client, ClientId{9});
}

TEST(Membership, a_peer_that_resolves_names_differently_is_noted)
{
    Membership core(
        {.self = n1, .life = life_1, .config = version_1, .addresses = {{n2, {"10.0.0.2"}}}},
        nodes(2));
    core.on(PeersChanged{{n1, n2}, true}, TimePoint{});
    const Step step =
        core.on(HelloDelivered{n2, life_2, {version_1, true}, {{n2, {"10.9.9.9"}}}}, TimePoint{});
    ASSERT_FALSE(step.actions.empty());
    EXPECT_TRUE(std::holds_alternative<NoteAddresses>(step.actions[0]));
}

TEST(Membership, the_dump_names_state_and_nodes)
{
    World world;
    world.gather({n1, n2}, 20);
    EXPECT_THAT(world.core.describe(), testing::HasSubstr("cman state=member ring=1.20"));
    EXPECT_THAT(world.core.describe(),
                testing::HasSubstr("node 2 name=n2 state=member cmand=yes incarnation=20"));
}

TEST(Membership, a_newcomer_with_an_older_document_takes_over_the_clusters)
{
    World world;
    world.tell(RingReported{{n1, 4}, {n1, n2}, {}, 1000});
    world.tell(PeersChanged{{n1, n2}, true});
    world.hello(n1, version_1, false);
    world.hello(n2, version_2, true);
    ASSERT_EQ(world.all<CatchUp>().size(), 1U);
    EXPECT_EQ(world.all<CatchUp>()[0].config, version_2);
    EXPECT_FALSE(world.has<GiveUp>());
    EXPECT_EQ(world.core.state(), Membership::State::joining);
    world.tell(ConfigSwitched{version_2, nodes(3), {}});
    EXPECT_TRUE(world.has<SendHello>());
    EXPECT_TRUE(world.has<BecameMember>());
    EXPECT_EQ(world.core.state(), Membership::State::member);
    EXPECT_EQ(world.core.nodes().entries().size(), 3U);
}

TEST(Membership, a_newcomer_that_cannot_take_it_over_goes_and_says_why)
{
    World world;
    world.tell(RingReported{{n1, 4}, {n1, n2}, {}, 1000});
    world.tell(PeersChanged{{n1, n2}, true});
    world.hello(n1, version_1, false);
    world.hello(n2, version_2, true);
    world.tell(NotCaughtUp{version_2, "n1 is not in it"});
    ASSERT_EQ(world.all<GiveUp>().size(), 1U);
    EXPECT_THAT(world.all<GiveUp>()[0].why, testing::HasSubstr("n1 is not in it"));
    EXPECT_THAT(world.all<GiveUp>()[0].why, testing::HasSubstr("runs version 2"));
}

TEST(Membership, a_member_stays_quorate_while_it_takes_over_a_newer_document)
{
    World world;
    world.gather({n1, n2});
    world.tell(QuorumReported{true});
    ASSERT_TRUE(world.core.is_quorate());
    world.hello(n2, version_2, true);
    EXPECT_TRUE(world.has<CatchUp>());
    EXPECT_TRUE(world.core.is_quorate()) << "services must not stop for the time of a message";
    EXPECT_EQ(world.core.verdict_text(), "");
    world.tell(ConfigSwitched{version_2, nodes(2), {}});
    EXPECT_TRUE(world.has<Publish>());
    EXPECT_TRUE(world.core.is_quorate());
}

TEST(Membership, a_member_that_cannot_take_it_over_is_inquorate_until_it_can)
{
    World world;
    world.gather({n1, n2});
    world.tell(QuorumReported{true});
    world.hello(n2, version_2, true);
    world.tell(NotCaughtUp{version_2, "no node sent it"});
    EXPECT_TRUE(world.has<NoteVerdict>());
    EXPECT_FALSE(world.core.is_quorate());
    world.tell(PeersChanged{{n1, n2, n3}, true});
    EXPECT_TRUE(world.has<CatchUp>()) << "somebody new may have it";
    EXPECT_FALSE(world.core.is_quorate()) << "not before it runs it";
    world.tell(ConfigSwitched{version_2, nodes(3), {}});
    EXPECT_TRUE(world.core.is_quorate());
}

}  // namespace
}  // namespace ha::cman
