// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/delay.hpp"

#include <gtest/gtest.h>

namespace ha::fence {
namespace {

using std::chrono::seconds;

constexpr NodeId n2{2};
constexpr NodeId n3{3};

TimePoint at(int second)
{
    return TimePoint{seconds{second}};
}

TEST(VictimClocks, waits_for_nobody_before_it_is_armed)
{
    VictimClocks clocks;
    clocks.add(n2, at(0));
    EXPECT_FALSE(clocks.is_due(n2, at(1000)));
    EXPECT_EQ(clocks.waits(n2, at(0)), VictimClocks::not_armed);
}

TEST(VictimClocks, is_due_when_its_delay_is_over)
{
    VictimClocks clocks;
    clocks.add(n2, at(0));
    EXPECT_TRUE(clocks.arm(n2, seconds{6}, at(10)));
    EXPECT_FALSE(clocks.arm(n2, seconds{0}, at(11))) << "armed once";
    EXPECT_FALSE(clocks.is_due(n2, at(15)));
    EXPECT_TRUE(clocks.is_due(n2, at(16)));
}

TEST(VictimClocks, a_negative_delay_never_ends)
{
    VictimClocks clocks;
    clocks.add(n2, at(0));
    clocks.arm(n2, seconds{-1}, at(0));
    EXPECT_FALSE(clocks.is_due(n2, at(1'000'000)));
    EXPECT_EQ(clocks.waits(n2, at(5)), VictimClocks::for_ever);
}

TEST(VictimClocks, one_that_returns_starts_the_clocks_of_the_others_again)
{
    VictimClocks clocks;
    clocks.add(n2, at(0));
    clocks.add(n3, at(0));
    clocks.arm(n2, seconds{2}, at(0));
    clocks.arm(n3, seconds{0}, at(0));
    clocks.restart_waiting(seconds{6}, at(1));
    EXPECT_FALSE(clocks.is_due(n2, at(6)));
    EXPECT_TRUE(clocks.is_due(n2, at(7))) << "post_join_delay, because it is longer";
    EXPECT_TRUE(clocks.is_due(n3, at(1))) << "what was due already does not wait again";
}

TEST(VictimClocks, travel_in_a_snapshot)
{
    VictimClocks old;
    old.add(n2, at(0));
    old.arm(n2, seconds{6}, at(0));
    VictimClocks fresh;
    fresh.restore(n2, old.waits(n2, at(4)), at(100));
    EXPECT_FALSE(fresh.is_due(n2, at(101)));
    EXPECT_TRUE(fresh.is_due(n2, at(102)));
    fresh.restore(n3, VictimClocks::not_armed, at(100));
    EXPECT_TRUE(fresh.arm(n3, seconds{0}, at(100)));
}

TEST(VictimClocks, loss_of_quorum_disarms)
{
    VictimClocks clocks;
    clocks.add(n2, at(0));
    clocks.arm(n2, seconds{0}, at(0));
    clocks.disarm_all();
    EXPECT_FALSE(clocks.is_due(n2, at(1)));
    EXPECT_TRUE(clocks.arm(n2, seconds{6}, at(1)));
}

TEST(FirstDelay, is_post_join_delay_if_a_member_or_the_quorum_came)
{
    model::FenceDaemon options;
    EXPECT_EQ(first_delay(options, true), seconds{6});
    EXPECT_EQ(first_delay(options, false), seconds{0});
}

TEST(BackOff, grows_from_override_time_to_its_bound)
{
    model::FenceDaemon options;
    EXPECT_EQ(back_off(options, seconds{30}, 1), seconds{3});
    EXPECT_EQ(back_off(options, seconds{30}, 2), seconds{6});
    EXPECT_EQ(back_off(options, seconds{30}, 5), seconds{30});
    EXPECT_EQ(back_off(options, seconds{30}, 1'000'000), seconds{30});
    options.override_time = seconds{60};
    EXPECT_EQ(back_off(options, seconds{30}, 1), seconds{60});
    options.override_time = seconds{0};
    EXPECT_EQ(back_off(options, seconds{30}, 1), seconds{3});
}

}  // namespace
}  // namespace ha::fence
