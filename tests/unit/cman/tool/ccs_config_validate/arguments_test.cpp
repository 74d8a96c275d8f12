// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/ccs_config_validate/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ha::cman {
namespace {

using ::testing::HasSubstr;

std::variant<ValidateArguments, EndNow> parse(std::vector<std::string> words)
{
    words.insert(words.begin(), "ccs_config_validate");
    return parse_validate_arguments(words);
}

ValidateArguments arguments(const std::vector<std::string>& words)
{
    auto parsed = parse(words);
    EXPECT_TRUE(std::holds_alternative<ValidateArguments>(parsed));
    return std::get<ValidateArguments>(parsed);
}

EndNow end(const std::vector<std::string>& words)
{
    auto parsed = parse(words);
    EXPECT_TRUE(std::holds_alternative<EndNow>(parsed));
    return std::get<EndNow>(parsed);
}

TEST(ValidateArguments, check_the_stored_file_by_default)
{
    EXPECT_EQ(arguments({}).source, Source::stored);
    EXPECT_EQ(arguments({"-C", "xmlconfig"}).source, Source::stored);
    EXPECT_EQ(arguments({"-u"}).source, Source::stored);
}

TEST(ValidateArguments, name_another_source)
{
    EXPECT_EQ(arguments({"-f", "a.conf"}).source, Source::file);
    EXPECT_EQ(arguments({"-f", "a.conf"}).file, "a.conf");
    EXPECT_EQ(arguments({"-l", "a.conf"}).source, Source::file_defaults);
    EXPECT_EQ(arguments({"-r"}).source, Source::running);
}

TEST(ValidateArguments, take_version_and_temporary_file)
{
    const auto all = arguments({"-q", "-n", "-o", "-t", "/tmp/x", "-R", "17"});
    EXPECT_TRUE(all.quiet && all.keep_temporary && all.overwrite);
    EXPECT_EQ(all.temporary, "/tmp/x");
    EXPECT_EQ(all.running_version, 17u);
}

TEST(ValidateArguments, end_with_255_if_they_contradict_or_make_no_sense)
{
    for (const std::vector<std::string>& words : {std::vector<std::string>{"-f", "a", "-l", "b"},
                                                  {"-r", "-f", "a"},
                                                  {"-C", "xmlconfig", "-r"},
                                                  {"-v", "-q"},
                                                  {"-C", "ldap"},
                                                  {"-R", "new"},
                                                  {"-R", "-1"},
                                                  {"-x"},
                                                  {"-f"},
                                                  {"word"}}) {
        EXPECT_EQ(end(words).code, 255) << words.front();
        EXPECT_THAT(end(words).err, HasSubstr("Please use '-h' for usage."));
    }
}

TEST(ValidateArguments, print_usage_and_version_with_success)
{
    EXPECT_EQ(end({"-h"}).code, 0);
    EXPECT_THAT(end({"-h"}).out, HasSubstr("Usage:\n\nccs_config_validate [options]\n"));
    EXPECT_EQ(end({"-V"}).code, 0);
}

}  // namespace
}  // namespace ha::cman
