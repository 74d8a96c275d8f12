// SPDX-License-Identifier: Apache-2.0
#include "common/io/sleep_watch.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "common/io/clock.hpp"

namespace ha::io {
namespace {

using namespace std::chrono_literals;

TEST(SleepWatch, adds_time_on_a_processor_and_in_its_queue)
{
    EXPECT_EQ(awake_time("2000000 3000000 17\n"), Duration{5000us});
    EXPECT_EQ(awake_time("junk"), std::nullopt);
    EXPECT_EQ(awake_time("12"), std::nullopt);
    EXPECT_EQ(awake_time(""), std::nullopt);
}

TEST(SleepWatch, counts_sleep)
{
    SleepWatch watch;
    EXPECT_EQ(watch.slept(now()), Duration::zero());
    std::this_thread::sleep_for(200ms);
    EXPECT_GE(watch.slept(now()), 100ms);
}

TEST(SleepWatch, does_not_count_work)
{
    SleepWatch watch;
    EXPECT_EQ(watch.slept(now()), Duration::zero());
    const TimePoint end = now() + 300ms;
    while (now() < end) {
    }
    EXPECT_LT(watch.slept(now()), 100ms);
}

}  // namespace
}  // namespace ha::io
