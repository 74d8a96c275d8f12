// SPDX-License-Identifier: Apache-2.0
#include "fenced/options.hpp"

#include <getopt.h>

#include <gmock/gmock.h>

namespace ha::fence {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

ParsedDaemonOptions parse(std::vector<std::string> words)
{
    words.insert(words.begin(), "fenced");
    std::vector<char*> arguments;
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    optind = 0;  // glibc: forget the former command line
    return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(FencedOptions, beat_cluster_conf_where_they_are_given)
{
    const auto parsed = parse({"-j", "20", "-f", "-1", "-c", "-s", "-O", "/x/fifo"});
    ASSERT_FALSE(parsed.exit_code);
    model::FenceDaemon configured;
    configured.post_join_delay = 7s;
    configured.override_time = 9s;
    const model::FenceDaemon used = with_options(configured, parsed.options);
    EXPECT_EQ(used.post_join_delay, 20s);
    EXPECT_EQ(used.post_fail_delay, -1s);
    EXPECT_EQ(used.override_time, 9s);
    EXPECT_EQ(used.override_path, "/x/fifo");
    EXPECT_TRUE(used.clean_start);
    EXPECT_TRUE(used.skip_undefined);
    EXPECT_EQ(with_options(configured, {}), configured);
}

TEST(FencedOptions, keep_at_least_three_seconds_between_rounds)
{
    EXPECT_EQ(parse({"-R", "1"}).options.override_time, 3s);
    EXPECT_EQ(parse({"-R", "12"}).options.override_time, 12s);
}

TEST(FencedOptions, check_the_default_directories_unless_told_not_to)
{
    Roots roots;
    roots.sysfs_dlm = "/d";
    roots.sysfs_gfs2 = "/g";
    EXPECT_THAT(directories_to_check(parse({}).options, roots), ElementsAre("/d", "/g"));
    EXPECT_THAT(directories_to_check(parse({"-r", "/more"}).options, roots),
                ElementsAre("/d", "/g", "/more"));
    EXPECT_THAT(directories_to_check(parse({"-r", "-"}).options, roots), ElementsAre());
}

TEST(FencedOptions, end_with_the_classic_exit_codes)
{
    EXPECT_EQ(parse({"-h"}).exit_code, 0);
    EXPECT_EQ(parse({"-V"}).exit_code, 0);
    EXPECT_EQ(parse({"-x"}).exit_code, 1);
    EXPECT_EQ(parse({"word"}).exit_code, 1);
    EXPECT_FALSE(parse({"-D", "-L", "-g", "1", "-q"}).exit_code);
}

}  // namespace
}  // namespace ha::fence
