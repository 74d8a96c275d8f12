// SPDX-License-Identifier: Apache-2.0
#include "fenced/local_requests.hpp"

#include <gtest/gtest.h>

namespace ha::fence {
namespace {

TEST(LocalRequests, what_this_node_asks_waits_in_its_order)
{
    LocalRequests requests;
    requests.keep(LocalGroupGoodbye{"rgmanager", true});
    requests.keep(LeaveRequested{7});
    const std::deque<Event> kept = requests.take();
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_TRUE(std::get<LocalGroupGoodbye>(kept[0]).empty);
    EXPECT_EQ(std::get<LeaveRequested>(kept[1]).request, 7U);
    EXPECT_TRUE(requests.take().empty());
}

TEST(LocalRequests, what_belongs_to_the_life_that_ends_is_dropped)
{
    LocalRequests requests;
    requests.keep(view::GroupEvent{view::GroupChanged{}});
    requests.keep(view::GroupEvent{view::FrameDelivered{NodeId{1}, "frame"}});
    requests.keep(RoundFinished{});
    requests.keep(DevicesAnswered{});
    requests.keep(Overslept{});
    requests.keep(ClusterLost{});
    requests.keep(CmanGone{});
    EXPECT_TRUE(requests.take().empty());
}

TEST(LocalRequests, are_bounded)
{
    LocalRequests requests(2);
    for (const RequestId request : {1U, 2U, 3U}) {
        requests.keep(LeaveRequested{request});
    }
    const std::deque<Event> kept = requests.take();
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(std::get<LeaveRequested>(kept[0]).request, 2U);
}

}  // namespace
}  // namespace ha::fence
