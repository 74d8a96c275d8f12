// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/cman_tool/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ha::cman {
namespace {

struct Parsed {
    std::optional<EarlyExit> exit;
    Arguments arguments;
};

Parsed parse(std::vector<std::string> words)
{
    words.insert(words.begin(), "cman_tool");
    std::vector<char*> pointers;
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    Parsed parsed;
    parsed.exit =
        parse_arguments(static_cast<int>(words.size()), pointers.data(), parsed.arguments);
    return parsed;
}

std::string error_of(std::vector<std::string> words)
{
    const Parsed parsed = parse(std::move(words));
    return parsed.exit ? parsed.exit->error : "(accepted)";
}

TEST(CmanToolArguments, options_may_stand_before_or_after_the_operation)
{
    for (const auto& words : {std::vector<std::string>{"-F", "id,type", "nodes", "-n", "x"},
                              {"nodes", "-n", "x", "-F", "id,type"}}) {
        const Parsed parsed = parse(words);
        ASSERT_FALSE(parsed.exit);
        EXPECT_EQ(parsed.arguments.operation, Operation::nodes);
        EXPECT_THAT(parsed.arguments.fields, testing::ElementsAre("id", "type"));
        EXPECT_THAT(parsed.arguments.node_names, testing::ElementsAre("x"));
    }
}

TEST(CmanToolArguments, leave_takes_its_words_in_any_order)
{
    const Parsed parsed = parse({"-t", "60", "-w", "leave", "remove", "force"});
    ASSERT_FALSE(parsed.exit);
    EXPECT_EQ(parsed.arguments.operation, Operation::leave);
    EXPECT_TRUE(parsed.arguments.remove && parsed.arguments.force && parsed.arguments.wait);
    EXPECT_EQ(parsed.arguments.timeout_s, 60);
}

TEST(CmanToolArguments, one_operation_no_more_no_less)
{
    EXPECT_EQ(error_of({}), "cman_tool: no operation specified\n");
    EXPECT_EQ(error_of({"status", "nodes"}), "cman_tool: can't specify two operations\n");
    EXPECT_EQ(error_of({"statsu"}), "cman_tool: unknown option statsu\n");
}

TEST(CmanToolArguments, numbers_are_checked)
{
    EXPECT_EQ(error_of({"wait", "-t", "5s"}), "cman_tool: argument to t (5s) is not an integer\n");
    EXPECT_EQ(error_of({"join", "-v", "-1"}), "cman_tool: argument to v cannot be negative\n");
    EXPECT_EQ(error_of({"join", "-e", ""}), "cman_tool: argument to e () is not an integer\n");
}

TEST(CmanToolArguments, validation_counts_the_first_letter_and_must_be_glued)
{
    EXPECT_EQ(parse({"join"}).arguments.validation, Validation::fail);
    EXPECT_EQ(parse({"join", "-DWARN"}).arguments.validation, Validation::warn);
    EXPECT_EQ(parse({"join", "-Dnone"}).arguments.validation, Validation::none);
    EXPECT_EQ(parse({"join", "-D"}).arguments.validation, Validation::none);
    EXPECT_EQ(error_of({"join", "-D", "fail"}), "cman_tool: unknown option fail\n");
}

TEST(CmanToolArguments, options_of_other_releases_are_refused)
{
    EXPECT_EQ(error_of({"nodes", "-f"}), "Please use '-h' for usage.\n");
}

TEST(CmanToolArguments, names_are_limited_in_length_and_number)
{
    EXPECT_EQ(error_of({"kill", "-n", std::string(65, 'x')}), "(accepted)");
    EXPECT_THAT(error_of({"kill", "-n", std::string(66, 'x')}), testing::HasSubstr("length is 65"));
    std::vector<std::string> words{"kill"};
    for (int count = 0; count < 11; ++count) {
        words.insert(words.end(), {"-n", "x"});
    }
    EXPECT_THAT(error_of(words), testing::HasSubstr("maximum of 10"));
}

TEST(CmanToolArguments, help_shows_the_given_operation_only)
{
    const Parsed all = parse({"-h"});
    EXPECT_EQ(all.exit->code, 0);
    EXPECT_THAT(all.exit->out, testing::HasSubstr("leave [remove] [force]"));
    const Parsed nodes = parse({"nodes", "-h"});
    EXPECT_THAT(nodes.exit->out, testing::HasSubstr("-F FIELDS"));
    EXPECT_THAT(nodes.exit->out, testing::Not(testing::HasSubstr("leave [remove]")));
}

TEST(CmanToolArguments, version_names_the_tool)
{
    EXPECT_THAT(parse({"-V"}).exit->out, testing::StartsWith("cman_tool 4.0.0 (built "));
}

}  // namespace
}  // namespace ha::cman
