// SPDX-License-Identifier: Apache-2.0
#include "common/io/detail/cpg_events.hpp"

#include <array>
#include <vector>

#include <gmock/gmock.h>

namespace ha::io {
namespace {

using testing::ElementsAre;

using Addresses = std::vector<cpg_address>;

cpg_address joined(std::uint32_t node, std::uint32_t pid)
{
    return {node, pid, CPG_REASON_JOIN};
}

cpg_address gone(std::uint32_t node, std::uint32_t pid, std::uint32_t reason)
{
    return {node, pid, reason};
}

TEST(CpgEvents, name_every_node_once_in_ascending_order)
{
    GroupProcesses processes;
    const Addresses members{{3, 100, 0}, {1, 50, 0}};
    const auto changed = processes.changed(members, {}, Addresses{joined(3, 100), joined(1, 50)});
    ASSERT_TRUE(changed);
    EXPECT_THAT(changed->members, ElementsAre(NodeId{1}, NodeId{3}));
    EXPECT_THAT(changed->joined, ElementsAre(NodeId{1}, NodeId{3}));
    EXPECT_TRUE(changed->left.empty());
}

TEST(CpgEvents, tell_why_a_member_left)
{
    GroupProcesses processes;
    const Addresses members{{1, 1, 0}, {2, 1, 0}, {3, 1, 0}, {4, 1, 0}};
    ASSERT_TRUE(processes.changed(members, {}, members));
    const Addresses left{gone(4, 1, CPG_REASON_NODEDOWN), gone(2, 1, CPG_REASON_PROCDOWN),
                         gone(1, 1, CPG_REASON_LEAVE), gone(3, 1, CPG_REASON_UNDEFINED)};
    const auto changed = processes.changed({}, left, {});
    ASSERT_TRUE(changed);
    ASSERT_EQ(changed->left.size(), 4U);
    EXPECT_EQ(changed->left[0].reason, view::LeaveReason::left);
    EXPECT_EQ(changed->left[1].reason, view::LeaveReason::process_down);
    EXPECT_EQ(changed->left[2].reason, view::LeaveReason::node_down) << "unknown counts as worst";
    EXPECT_EQ(changed->left[3].node, NodeId{4});
    EXPECT_EQ(changed->left[3].reason, view::LeaveReason::node_down);
}

TEST(CpgEvents, another_process_of_a_node_comes_speaks_and_goes_unheard)
{
    GroupProcesses processes;
    const Addresses daemons{{1, 50, 0}, {2, 60, 0}};
    ASSERT_TRUE(processes.changed(daemons, {}, daemons));
    const Addresses with_stranger{{1, 50, 0}, {2, 7, 0}, {2, 60, 0}};
    EXPECT_FALSE(processes.changed(with_stranger, {}, Addresses{joined(2, 7)}));
    EXPECT_FALSE(processes.counts(NodeId{2}, 7));
    EXPECT_TRUE(processes.counts(NodeId{2}, 60));
    EXPECT_FALSE(processes.changed(daemons, Addresses{gone(2, 7, CPG_REASON_LEAVE)}, {}));
    EXPECT_TRUE(processes.counts(NodeId{2}, 60));
}

TEST(CpgEvents, a_restarted_daemon_counts_once_its_old_process_is_gone)
{
    for (const std::uint32_t pid : {40U, 90U}) {  // below and above the old one's
        GroupProcesses processes;
        const Addresses before{{1, 50, 0}};
        ASSERT_TRUE(processes.changed(before, {}, before));
        const Addresses both{{1, pid, 0}, {1, 50, 0}};
        EXPECT_FALSE(processes.changed(both, {}, Addresses{joined(1, pid)}));
        // The new process itself, which knows nothing of before, agrees.
        GroupProcesses its_own;
        ASSERT_TRUE(its_own.changed(both, {}, Addresses{joined(1, pid)}));
        EXPECT_FALSE(its_own.counts(NodeId{1}, pid));
        for (GroupProcesses* each : {&processes, &its_own}) {
            const auto changed = each->changed(Addresses{{1, pid, 0}},
                                               Addresses{gone(1, 50, CPG_REASON_PROCDOWN)}, {});
            ASSERT_TRUE(changed);
            ASSERT_EQ(changed->left.size(), 1U);
            EXPECT_EQ(changed->left[0].reason, view::LeaveReason::process_down);
            EXPECT_THAT(changed->joined, ElementsAre(NodeId{1}));
            EXPECT_TRUE(each->counts(NodeId{1}, pid));
        }
    }
}

TEST(CpgEvents, a_process_whose_leave_went_unseen_is_followed_by_the_next)
{
    GroupProcesses processes;
    const Addresses before{{1, 50, 0}};
    ASSERT_TRUE(processes.changed(before, {}, before));
    const auto changed = processes.changed(Addresses{{1, 90, 0}}, {}, Addresses{joined(1, 90)});
    ASSERT_TRUE(changed);
    EXPECT_TRUE(changed->left.empty());
    EXPECT_THAT(changed->joined, ElementsAre(NodeId{1}));
    const auto merged = processes.changed(Addresses{{1, 90, 0}}, {}, Addresses{joined(1, 90)});
    ASSERT_TRUE(merged) << "the same process, after a merge";
    EXPECT_THAT(merged->joined, ElementsAre(NodeId{1}));
}

TEST(CpgEvents, know_our_own_announced_leave_from_a_death)
{
    const Addresses by_wish{gone(2, 1, CPG_REASON_LEAVE)};
    const Addresses by_death{gone(2, 1, CPG_REASON_PROCDOWN)};
    EXPECT_TRUE(has_left(by_wish, NodeId{2}, 1));
    EXPECT_FALSE(has_left(by_wish, NodeId{2}, 7)) << "another process of this node";
    EXPECT_FALSE(has_left(by_wish, NodeId{1}, 1));
    EXPECT_FALSE(has_left(by_death, NodeId{2}, 1));
}

TEST(CpgEvents, rings_carry_representative_and_sequence)
{
    const std::array<std::uint32_t, 3> members{2, 1, 2};
    const view::RingChanged changed = ring_changed(1, 1234567890123ULL, members);
    EXPECT_EQ(changed.ring, (RingId{NodeId{1}, 1234567890123ULL}));
    EXPECT_THAT(changed.members, ElementsAre(NodeId{1}, NodeId{2}));
}

}  // namespace
}  // namespace ha::io
