// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/ccs_config_validate/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/config_world.hpp"

namespace ha::cman {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string howto()
{
    return ha::test::read_file(HA_SOURCE_DIR "/schemas/examples/howto.conf");
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    return text.replace(text.find(from), from.size(), to);
}

Verdict judged(const std::string& bytes, VerdictOptions options = {})
{
    options.filename = "x.conf";
    return judge(bytes, {}, options);
}

TEST(Verdict, of_a_valid_file_is_one_line)
{
    const Verdict verdict = judged(howto());
    EXPECT_EQ(verdict.exit, ValidateExit::valid);
    EXPECT_EQ(verdict.out, "Configuration validates\n");
    EXPECT_THAT(verdict.err, IsEmpty());
}

TEST(Verdict, of_an_invalid_file_is_3_and_names_every_place_on_stderr)
{
    const Verdict verdict = judged(replaced(howto(), "two_node", "two_nodes"));
    EXPECT_EQ(verdict.exit, ValidateExit::invalid);
    EXPECT_EQ(verdict.out, "Configuration fails to validate\n");
    EXPECT_EQ(verdict.err,
              "x.conf:6: two_nodes: unknown attribute of <cman>, ignored; did you mean "
              "\"two_node\"?\n");
}

TEST(Verdict, counts_what_no_schema_sees_as_invalid)
{
    EXPECT_EQ(judged(replaced(howto(), "nodeid=\"2\"", "nodeid=\"1\"")).exit,
              ValidateExit::invalid);
}

TEST(Verdict, prints_warnings_but_does_not_mind_them)
{
    const Verdict verdict = judged(replaced(howto(), "<totem ", "<totem vsftype=\"ykd\" "));
    EXPECT_EQ(verdict.exit, ValidateExit::valid);
    EXPECT_THAT(verdict.err, HasSubstr("x.conf:7: warning: vsftype: "));
}

TEST(Verdict, of_what_is_no_xml_is_1)
{
    const Verdict verdict = judged("<cluster>\n");
    EXPECT_EQ(verdict.exit, ValidateExit::not_parseable);
    EXPECT_THAT(verdict.err, HasSubstr("x.conf:2: "));
}

TEST(Verdict, compares_the_version_only_of_a_valid_file)
{
    EXPECT_EQ(judged(howto(), {.filename = {}, .running_version = 16}).exit, ValidateExit::valid);
    const Verdict old = judged(howto(), {.filename = {}, .running_version = 17});
    EXPECT_EQ(old.exit, ValidateExit::old_version);
    EXPECT_EQ(old.err, "Error: Configuration version is older than running config!\n");
    EXPECT_EQ(
        judged(replaced(howto(), "two_node", "two_nodes"), {.filename = {}, .running_version = 99})
            .exit,
        ValidateExit::invalid);
}

TEST(Verdict, says_that_a_version_is_wanted_and_missing)
{
    const std::string nameless = replaced(howto(), " config_version=\"17\"", "");
    EXPECT_EQ(judged(nameless, {.filename = {}, .running_version = 16}).exit,
              ValidateExit::no_version);
    EXPECT_EQ(judged(nameless).exit, ValidateExit::invalid);
}

TEST(Verdict, is_silent_about_a_valid_file_if_it_shall_be)
{
    const Verdict good = judged(howto(), {.filename = {}, .running_version = {}, .quiet = true});
    EXPECT_THAT(good.out + good.err, IsEmpty());
    const Verdict bad = judged(replaced(howto(), "two_node", "two_nodes"),
                               {.filename = {}, .running_version = {}, .quiet = true});
    EXPECT_EQ(bad.out, "Configuration fails to validate\n");
}

TEST(Verdict, names_the_cluster_if_it_shall_be_verbose)
{
    const Verdict verdict =
        judged(howto(), {.filename = {}, .running_version = {}, .quiet = false, .verbose = true});
    EXPECT_THAT(verdict.out, HasSubstr("cluster an-cluster, version 17, sha256 "));
    EXPECT_THAT(verdict.out, HasSubstr("an-node02.example.com(2)"));
}

}  // namespace
}  // namespace ha::cman
