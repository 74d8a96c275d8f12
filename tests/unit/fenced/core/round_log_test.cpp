// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/round_log.hpp"

#include <gtest/gtest.h>

namespace ha::fence {
namespace {

constexpr NodeId n2{2};

OperationResult failure(ResultWord word)
{
    OperationResult result;
    DeviceRecord record;
    record.word = word;
    result.devices = {record};
    return result;
}

TEST(RoundLog, is_silent_after_three_equal_failures_and_reminds_every_600_rounds)
{
    RoundLog log;
    int reminders = 0;
    for (int round = 1; round <= 1300; ++round) {
        const RoundLog::Start start = log.begin(n2);
        EXPECT_EQ(start == RoundLog::Start::announce, round <= 3) << round;
        EXPECT_EQ(log.is_loud(n2), round <= 3);
        reminders += start == RoundLog::Start::still_retrying ? 1 : 0;
        EXPECT_FALSE(log.finish_failed(n2, failure(ResultWord::error_from_agent)));
    }
    EXPECT_EQ(reminders, 2);
}

TEST(RoundLog, reports_a_different_failure_at_once)
{
    RoundLog log;
    for (int round = 1; round <= 10; ++round) {
        (void)log.begin(n2);
        (void)log.finish_failed(n2, failure(ResultWord::error_from_agent));
    }
    (void)log.begin(n2);
    EXPECT_TRUE(log.finish_failed(n2, failure(ResultWord::error_config_agent)));
    EXPECT_EQ(log.begin(n2), RoundLog::Start::announce);
    EXPECT_TRUE(log.is_loud(n2));
}

TEST(RoundLog, begins_afresh_with_a_victim_that_was_settled_between)
{
    RoundLog log;
    for (int round = 1; round <= 5; ++round) {
        (void)log.begin(n2);
        (void)log.finish_failed(n2, failure(ResultWord::error_from_agent));
    }
    log.forget(n2);
    EXPECT_EQ(log.begin(n2), RoundLog::Start::announce);
}

}  // namespace
}  // namespace ha::fence
