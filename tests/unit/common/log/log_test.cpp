// SPDX-License-Identifier: Apache-2.0
#include "common/log/log.hpp"

#include <syslog.h>

#include <set>

#include <gmock/gmock.h>

#include "common/io/file.hpp"
#include "common/log/names.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::log {
namespace {

using testing::HasSubstr;
using testing::Not;

class LogTest : public testing::Test
{
protected:
    void SetUp() override
    {
        settings_.program = "fenced";
        settings_.to_syslog = false;
        settings_.to_logfile = true;
        settings_.logfile = dir_.file("log/fenced.log");
    }

    void TearDown() override
    {
        settings_ = {};
        settings_.to_syslog = false;
        EXPECT_TRUE(configure(settings_));
    }

    std::string log_text() const { return io::read_file(settings_.logfile).value(); }

    test::TempDir dir_;
    Settings settings_;
};

TEST_F(LogTest, file_line_has_date_program_and_message)
{
    ASSERT_TRUE(configure(settings_));
    write(Event::daemon_started, "up", {{"version", "4.0"}, {"node", 2}});
    EXPECT_THAT(log_text(), testing::MatchesRegex("[A-Z][a-z][a-z] [0-9][0-9] [0-9:]{8} fenced "
                                                  "daemon_started: up; version=4.0 node=2\n"));
}

TEST_F(LogTest, priorities_hold_back_what_is_less_grave)
{
    settings_.logfile_priority = "WARNING";
    ASSERT_TRUE(configure(settings_));
    write(Event::daemon_started, "a notice");
    write(Event::daemon_failed, "an error");
    EXPECT_THAT(log_text(), Not(HasSubstr("notice")));
    EXPECT_THAT(log_text(), HasSubstr("an error"));
}

TEST_F(LogTest, debug_lines_come_with_debug_only)
{
    ASSERT_TRUE(configure(settings_));
    debug("hidden");
    settings_.debug = true;
    settings_.logfile_priority = "err";
    ASSERT_TRUE(configure(settings_));
    debug("shown", {{"detail", true}});
    EXPECT_THAT(log_text(), Not(HasSubstr("hidden")));
    EXPECT_THAT(log_text(), HasSubstr("debug: shown; detail=1"));
}

TEST_F(LogTest, configuring_again_moves_to_another_file)
{
    ASSERT_TRUE(configure(settings_));
    write(Event::daemon_started, "one");
    const std::string first = log_text();
    settings_.logfile = dir_.file("other.log");
    ASSERT_TRUE(configure(settings_));
    write(Event::daemon_stopped, "two");
    EXPECT_THAT(log_text(), HasSubstr("two"));
    EXPECT_EQ(*io::read_file(dir_.file("log/fenced.log")), first);
}

TEST_F(LogTest, unusable_file_is_said_and_the_rest_goes_on)
{
    settings_.logfile = "/proc/no/such/file";
    settings_.to_stderr = true;
    EXPECT_FALSE(configure(settings_));
    testing::internal::CaptureStderr();
    write(Event::daemon_started, "up");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "fenced: daemon_started: up\n");
    EXPECT_FALSE(settings().to_logfile);
}

TEST_F(LogTest, one_event_is_one_line_whatever_is_in_it)
{
    EXPECT_EQ(format_line("e", "a\nb\x7f", {{"k", "v\nw"}, {"empty", ""}, {"q", "say \"hi\" \\"}}),
              R"(e: a b ; k="v\nw" empty="" q="say \"hi\" \\")");
    EXPECT_EQ(format_line("e", "", {{"k", 1}}), "e k=1");
    EXPECT_EQ(format_line("e", "words", {}), "e: words");
}

TEST(Catalog, has_every_event_once_under_its_own_number)
{
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < catalog().size(); ++i) {
        EXPECT_EQ(static_cast<std::size_t>(catalog()[i].event), i);
        EXPECT_TRUE(names.insert(catalog()[i].name).second);
    }
    EXPECT_TRUE(names.contains("daemon_started"));
}

TEST(Names, of_priorities_and_facilities_are_known_in_any_case)
{
    EXPECT_EQ(level_of("Info"), Level::info);
    EXPECT_EQ(level_of("err"), Level::error);
    EXPECT_EQ(level_of("ERROR"), Level::error);
    EXPECT_EQ(level_of("verbose"), std::nullopt);
    EXPECT_EQ(level_of("inf"), std::nullopt);
    EXPECT_EQ(facility_of("LOCAL4"), LOG_LOCAL4);
    EXPECT_EQ(facility_of("daemon"), LOG_DAEMON);
    EXPECT_EQ(facility_of("local8"), std::nullopt);
}

}  // namespace
}  // namespace ha::log
