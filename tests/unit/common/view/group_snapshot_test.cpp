// SPDX-License-Identifier: Apache-2.0
// A snapshot in many pieces that is torn: the joiner begins anew, and ends with the whole state.
#include <gtest/gtest.h>

#include "tests/unit/common/view/bus.hpp"

namespace ha::view::test {
namespace {

constexpr std::uint32_t pieces_at_least = 10;

/// Nodes 1 and 2 have a state of many pieces; node 3 asks for it, and node 2 has more on its way.
Bus asking_joiner()
{
    Bus bus(3, false);
    bus.snapshot_chunk_bytes = 64;
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        bus.create(id, "life" + std::to_string(id));
    }
    bus.ring(8, {1, 2, 3}, true);
    bus.join(1);
    bus.join(2);
    bus.run();
    bus.propose(1, std::string(1000, 'x'), false);
    bus.run();
    bus.join(3);
    bus.propose(2, std::string(100, 'y'), false);
    return bus;
}

Bus joiner_with_one_piece()
{
    Bus bus = asking_joiner();
    EXPECT_GT(bus.deliver_first_piece(), pieces_at_least);
    EXPECT_TRUE(bus.node(3).all<LoadSnapshot>().empty());
    return bus;
}

/// On node 3 and the other member that is left, which sent it all of one snapshot and no more.
void expect_whole_state(Bus& bus, std::uint32_t other)
{
    const std::size_t given = bus.node(other).all<SnapshotWanted>().size();
    bus.run();
    EXPECT_EQ(bus.node(other).all<SnapshotWanted>().size(), given + 1);
    EXPECT_EQ(bus.node(3).all<LoadSnapshot>().size(), 1U);
    bus.propose(3, "z", true);
    bus.run();
    EXPECT_TRUE(bus.node(3).group.is_settled());
    EXPECT_TRUE(bus.node(other).group.is_settled());
    EXPECT_EQ(bus.node(other).state, std::string(1000, 'x') + std::string(100, 'y') + "z");
    EXPECT_EQ(bus.node(3).state, bus.node(other).state);
}

TEST(GroupSnapshot, its_sender_dies_after_the_first_piece)
{
    Bus bus = joiner_with_one_piece();
    bus.drop_frames_of(1);
    bus.leave(1, LeaveReason::node_down);
    bus.ring(12, {2, 3}, true);
    expect_whole_state(bus, 2);
}

TEST(GroupSnapshot, the_process_of_its_sender_dies_after_the_first_piece)
{
    Bus bus = joiner_with_one_piece();
    bus.drop_frames_of(1);
    bus.leave(1, LeaveReason::process_down);
    expect_whole_state(bus, 2);
}

TEST(GroupSnapshot, pieces_of_before_come_after_the_view_has_changed)
{
    Bus bus = joiner_with_one_piece();
    bus.leave(2, LeaveReason::process_down);
    expect_whole_state(bus, 1);
}

TEST(GroupSnapshot, the_ring_changes_after_the_first_piece)
{
    Bus bus = joiner_with_one_piece();
    bus.drop_frames_of(1);
    bus.ring(12, {1, 2, 3}, true);
    expect_whole_state(bus, 1);
}

/// They lack what lies between the two requests, and the joiner holds back only what follows the
/// second.
TEST(GroupSnapshot, pieces_for_a_former_request_of_the_same_view_are_void)
{
    Bus bus = asking_joiner();
    bus.ask_again(3, "news");
    EXPECT_GT(bus.deliver_first_piece(), pieces_at_least);
    bus.run();
    EXPECT_EQ(bus.node(1).all<SnapshotWanted>().size(), 2U);
    EXPECT_EQ(bus.node(3).all<LoadSnapshot>().size(), 1U);
    EXPECT_EQ(bus.node(3).state, bus.node(1).state);
    EXPECT_EQ(bus.node(1).state.size(), 1100U);
}

}  // namespace
}  // namespace ha::view::test
