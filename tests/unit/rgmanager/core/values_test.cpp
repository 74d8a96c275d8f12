// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/values.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace ha::service {
namespace {

TEST(TimeValue, adds_up_its_terms)
{
    EXPECT_EQ(parse_time_value("1h30m").count(), 5400);
    EXPECT_EQ(parse_time_value("2w").count(), 1209600);
    EXPECT_EQ(parse_time_value("10").count(), 10);
    EXPECT_EQ(parse_time_value("1m10").count(), 70);
    EXPECT_EQ(parse_time_value("1Y1D1S").count(), 365 * 86400 + 86400 + 1);
}

TEST(TimeValue, counts_a_term_with_an_unknown_unit_as_nothing)
{
    EXPECT_EQ(parse_time_value("5x").count(), 0);
    EXPECT_EQ(parse_time_value("5x7").count(), 7);
    EXPECT_EQ(parse_time_value("").count(), 0);
    EXPECT_EQ(parse_time_value("-5").count(), 5);
    EXPECT_EQ(parse_time_value("never").count(), 0);
}

TEST(TimeValue, is_zero_when_it_would_overflow)
{
    EXPECT_EQ(parse_time_value("99999999999999999999999999").count(), 0);
    EXPECT_EQ(parse_time_value("99999999999y").count(), 0);
    EXPECT_EQ(parse_time_value("9000y9000y").count(), 0);
}

TEST(LeadingInteger, reads_like_atoi_and_saturates)
{
    EXPECT_EQ(leading_integer("12abc"), 12);
    EXPECT_EQ(leading_integer(" -3"), -3);
    EXPECT_EQ(leading_integer("+4"), 4);
    EXPECT_EQ(leading_integer("yes"), 0);
    EXPECT_EQ(leading_integer(""), 0);
    EXPECT_EQ(leading_integer("999999999999999999999"), std::numeric_limits<int>::max());
}

TEST(MetadataFlag, is_on_for_integers_and_words_that_start_with_y)
{
    EXPECT_TRUE(is_metadata_flag_on("1"));
    EXPECT_TRUE(is_metadata_flag_on("-2"));
    EXPECT_TRUE(is_metadata_flag_on("Yes"));
    EXPECT_FALSE(is_metadata_flag_on("0"));
    EXPECT_FALSE(is_metadata_flag_on("no"));
    EXPECT_FALSE(is_metadata_flag_on("true"));
    EXPECT_FALSE(is_metadata_flag_on(""));
    EXPECT_FALSE(is_metadata_flag_on(std::nullopt));
}

TEST(Order, of_types_ignores_case)
{
    EXPECT_TRUE(less_without_case("ASEHAagent", "fs"));
    EXPECT_TRUE(less_without_case("fs", "SAPDatabase"));
    EXPECT_FALSE(less_without_case("FS", "fs"));
    EXPECT_TRUE(equal_without_case("FS", "fs"));
    EXPECT_FALSE(equal_without_case("fs", "fs2"));
}

}  // namespace
}  // namespace ha::service
