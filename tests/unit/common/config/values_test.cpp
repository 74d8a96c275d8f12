// SPDX-License-Identifier: Apache-2.0
#include "common/config/values.hpp"

#include <gtest/gtest.h>

#include "common/config/nearest.hpp"

namespace ha::config {
namespace {

TEST(Values, read_whole_numbers_as_xml_schema_does)
{
    EXPECT_EQ(parse_integer("0"), 0);
    EXPECT_EQ(parse_integer(" +07\n"), 7);
    EXPECT_EQ(parse_integer("-3"), -3);
    for (const char* wrong :
         {"", " ", "x", "1x", "1.0", "+-1", "+ 1", "0x10", "--1", "99999999999999999999"}) {
        EXPECT_FALSE(parse_integer(wrong)) << wrong;
    }
}

TEST(Values, add_up_the_terms_of_a_duration)
{
    EXPECT_EQ(parse_duration("90"), 90);
    EXPECT_EQ(parse_duration("1h30m"), 5400);
    EXPECT_EQ(parse_duration("1H30M"), 5400);
    EXPECT_EQ(parse_duration("1y"), 365 * 86400);
    EXPECT_EQ(parse_duration("2w1d3"), 15 * 86400 + 3);
    EXPECT_EQ(parse_duration(""), 0);
    EXPECT_EQ(parse_duration("99999999999999999999y"), std::int64_t{1} << 31);
    for (const char* wrong : {"m", "1x", "1 m", "-1", "1.5m"}) {
        EXPECT_FALSE(parse_duration(wrong)) << wrong;
    }
}

TEST(Values, take_the_fallback_for_what_is_missing_or_wrong)
{
    const model::Element totem{"totem", {{"token", "3s", 1}, {"join", "100", 1}}, {}, "", 1};
    const Values values(&totem, rule_at("totem"));
    EXPECT_EQ(values.integer("token"), 3000);
    EXPECT_EQ(values.integer("join"), 100);
    EXPECT_FALSE(values.given("token"));
    EXPECT_EQ(Values(nullptr, rule_at("cman")).integer("port"), 5405);
}

TEST(Nearest, finds_the_word_that_was_meant)
{
    const std::vector<std::string_view> names = {"two_node", "expected_votes", "port", "keyfile"};
    EXPECT_EQ(nearest("two_nodes", names), "two_node");
    EXPECT_EQ(nearest("tow_node", names), "two_node");
    EXPECT_EQ(nearest("expectedvotes", names), "expected_votes");
    EXPECT_EQ(nearest("PORT", names), "port");
    EXPECT_EQ(nearest("transport", names), std::nullopt);
    EXPECT_EQ(nearest("", names), std::nullopt);
    EXPECT_EQ(nearest(std::string(1000, 'p'), names), std::nullopt);
}

TEST(Nearest, counts_a_swap_as_one_mistake)
{
    EXPECT_EQ(edit_distance("node", "ndoe"), 1u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
    EXPECT_EQ(edit_distance("", "abc"), 3u);
    EXPECT_EQ(edit_distance("abc", "ABC"), 0u);
}

}  // namespace
}  // namespace ha::config
