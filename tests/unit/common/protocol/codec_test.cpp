// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/protocol/codec_impl.hpp"

namespace ha::protocol {

enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Inner {
    NodeId node;
    DaemonLife life;

    friend bool operator==(const Inner&, const Inner&) = default;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (node, life))

struct Sample {
    static constexpr std::uint16_t message_type = 1;
    static constexpr std::string_view message_name = "Sample";

    bool flag = false;
    std::int8_t small = 0;
    std::uint64_t large = 0;
    std::int64_t negative = 0;
    std::string text = "default";
    Colour colour = Colour::red;
    std::optional<std::uint32_t> maybe;
    std::vector<Inner> inners;
    std::vector<bool> flags;
    std::map<std::string, int> by_name;
    std::map<NodeId, std::string> by_node;
    std::set<NodeId> nodes;
    RingId ring;
    ConfigId config;
    std::chrono::seconds delay{0};
    TimePoint when;
    Secret secret;

    friend bool operator==(const Sample&, const Sample&) = default;
};
BOOST_DESCRIBE_STRUCT(Sample, (),
                      (flag, small, large, negative, text, colour, maybe, inners, flags, by_name,
                       by_node, nodes, ring, config, delay, when, secret))

HA_CONVERSATION(sample_conversation, "sample", Sample)

namespace {

Sample full_sample()
{
    Sample sample;
    sample.flag = true;
    sample.small = -128;
    sample.large = std::numeric_limits<std::uint64_t>::max();
    sample.negative = std::numeric_limits<std::int64_t>::min();
    sample.text = "a \"quoted\" line\n";
    sample.colour = Colour::green;
    sample.maybe = 7;
    sample.inners = {{NodeId{1}, {{"life-a"}, 12}}, {NodeId{2}, {{"life-b"}, 13}}};
    sample.flags = {true, false};
    sample.by_name = {{"x", -1}, {"y", 2}};
    sample.by_node = {{NodeId{3}, "three"}};
    sample.nodes = {NodeId{9}, NodeId{4}};
    sample.ring = {NodeId{1}, 44};
    sample.config = {6, "ab"};
    sample.delay = std::chrono::seconds{3};
    sample.when = TimePoint{std::chrono::microseconds{55}};
    sample.secret = {"password"};
    return sample;
}

std::string error_of(std::string_view text)
{
    const Result<Sample> result = decode<Sample>(text);
    return result ? "(accepted)" : result.error().text;
}

TEST(Codec, a_full_message_survives_the_round_trip)
{
    const Sample sample = full_sample();
    const Result<Sample> back = decode<Sample>(encode(sample));
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(*back, sample);
}

TEST(Codec, the_text_is_what_the_protocol_document_says)
{
    Sample sample;
    sample.inners = {{NodeId{1}, {{"life"}, 12}}};
    sample.by_node = {{NodeId{3}, "x"}};
    sample.delay = std::chrono::seconds{2};
    EXPECT_EQ(encode(sample),
              R"({"flag":false,"small":0,"large":0,"negative":0,"text":"default","colour":"red",)"
              R"("maybe":null,"inners":[{"node":1,"life":{"node":"life","started_us":12}}],)"
              R"("flags":[],"by_name":{},"by_node":{"3":"x"},"nodes":[],)"
              R"("ring":{"representative":0,"sequence":0},"config":{"version":0,"hash":""},)"
              R"("delay":2000000,"when":0,"secret":""})");
}

TEST(Codec, strings_are_bytes)
{
    Sample sample;
    sample.text.clear();
    for (int byte = 0; byte < 256; ++byte) {
        sample.text.push_back(static_cast<char>(byte));
    }
    const Result<Sample> back = decode<Sample>(encode(sample));
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(back->text, sample.text);
}

TEST(Codec, unknown_fields_are_ignored_and_missing_ones_keep_their_default)
{
    const Result<Sample> result = decode<Sample>(R"({"new_in_5":{"deep":[1]},"small":3})");
    ASSERT_TRUE(result) << result.error().text;
    EXPECT_EQ(result->small, 3);
    EXPECT_EQ(result->text, "default");
    EXPECT_FALSE(result->maybe);
}

TEST(Codec, integers_are_range_checked)
{
    EXPECT_EQ(error_of(R"({"small":128})"), "small: expected an integer -128..127, got 128");
    EXPECT_EQ(error_of(R"({"large":-1})"),
              "large: expected an integer 0..18446744073709551615, got -1");
    EXPECT_THAT(error_of(R"({"large":18446744073709551616})"),
                testing::StartsWith("large: expected an integer"));
    EXPECT_EQ(error_of(R"({"large":18446744073709551615})"), "(accepted)");
    EXPECT_EQ(error_of(R"({"negative":-9223372036854775808})"), "(accepted)");
}

TEST(Codec, a_fraction_is_no_integer_even_if_it_is_whole)
{
    EXPECT_THAT(error_of(R"({"small":1.0})"), testing::StartsWith("small: expected an integer"));
    EXPECT_THAT(error_of(R"({"small":true})"), testing::StartsWith("small: expected an integer"));
    EXPECT_THAT(error_of(R"({"small":"1"})"), testing::StartsWith("small: expected an integer"));
}

TEST(Codec, an_error_names_the_path)
{
    EXPECT_EQ(error_of(R"({"inners":[{"node":1},{"node":2,"life":{"node":7}}]})"),
              "inners[1].life.node: expected text, got 7");
    EXPECT_EQ(error_of(R"({"by_name":{"x":"y"}})"),
              "by_name.x: expected an integer -2147483648..2147483647, got \"y\"");
    EXPECT_EQ(error_of(R"({"by_node":{"x":"y"}})"),
              "by_node.x: expected a number as key, got \"x\"");
    EXPECT_EQ(error_of("[]"), "message: expected an object, got []");
    // Found by the fuzzer: a sender's key made lines of its own in the log.
    EXPECT_EQ(error_of(R"({"by_name":{"x\n\u001b":"y"}})"),
              "by_name.x??: expected an integer -2147483648..2147483647, got \"y\"");
}

TEST(Codec, an_enum_takes_its_names_only)
{
    EXPECT_EQ(error_of(R"({"colour":"blue"})"), "colour: expected one of red green, got \"blue\"");
    EXPECT_EQ(error_of(R"({"colour":1})"), "colour: expected one of red green, got 1");
}

TEST(Codec, null_is_empty_for_an_optional_and_wrong_elsewhere)
{
    EXPECT_EQ(error_of(R"({"maybe":null})"), "(accepted)");
    EXPECT_EQ(error_of(R"({"flag":null})"), "flag: expected true or false, got null");
    EXPECT_EQ(error_of(R"({"inners":null})"), "inners: expected an array, got null");
}

TEST(Codec, a_duration_must_be_whole_units_of_its_field)
{
    EXPECT_EQ(error_of(R"({"delay":1500000})"),
              "delay: expected whole units of the field in microseconds, got 1500000");
}

TEST(Codec, what_is_no_json_is_an_error)
{
    EXPECT_THAT(error_of(""), testing::StartsWith("message is no JSON"));
    EXPECT_THAT(error_of("{} x"), testing::StartsWith("message is no JSON"));
    EXPECT_THAT(error_of(std::string(100, '[')), testing::StartsWith("message is no JSON"));
    EXPECT_THAT(error_of(R"({"text":")"
                         "\n"
                         R"("})"),
                testing::StartsWith("message is no JSON"));
}

TEST(Codec, the_printer_hides_secrets_and_cuts_long_texts)
{
    Sample sample = full_sample();
    sample.text = std::string(500, 'x') + "\n";
    const std::string line = print(sample);
    EXPECT_THAT(line, testing::StartsWith("Sample{flag=true, small=-128"));
    EXPECT_THAT(line, testing::HasSubstr("secret=<8 bytes>"));
    EXPECT_THAT(line, testing::HasSubstr("(501 bytes)"));
    EXPECT_THAT(line, testing::Not(testing::HasSubstr("password")));
    EXPECT_THAT(line, testing::Not(testing::HasSubstr("\n")));
}

TEST(Codec, a_conversation_prints_frames_by_number)
{
    EXPECT_THAT(sample_conversation().print_frame(1, "{}"), testing::StartsWith("Sample{"));
    EXPECT_EQ(sample_conversation().print_frame(2, "{}"), "sample: unknown message type 2");
    EXPECT_EQ(sample_conversation().print_frame(1, R"({"flag":0})"),
              "Sample: flag: expected true or false, got 0");
    EXPECT_THAT(sample_conversation().messages[0].fields(),
                testing::HasSubstr("colour: red|green\n"));
}

}  // namespace
}  // namespace ha::protocol
