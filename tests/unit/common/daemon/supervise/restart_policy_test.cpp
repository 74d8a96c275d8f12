// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/supervise/restart_policy.hpp"

#include <gtest/gtest.h>

namespace ha::daemon {
namespace {

using namespace std::chrono_literals;

TEST(RestartPolicy, gives_up_after_too_many_restarts_within_the_window)
{
    RestartPolicy policy(2, 60s);
    EXPECT_TRUE(policy.may_restart(TimePoint{0s}));
    EXPECT_TRUE(policy.may_restart(TimePoint{30s}));
    EXPECT_FALSE(policy.may_restart(TimePoint{59s}));
}

TEST(RestartPolicy, forgets_restarts_that_are_older_than_the_window)
{
    RestartPolicy policy(2, 60s);
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(policy.may_restart(TimePoint{i * 30s}));
    }
    EXPECT_FALSE(policy.may_restart(TimePoint{99 * 30s + 1s}));
}

TEST(RestartPolicy, of_zero_never_restarts)
{
    RestartPolicy policy(0, 60s);
    EXPECT_FALSE(policy.may_restart(TimePoint{0s}));
}

}  // namespace
}  // namespace ha::daemon
