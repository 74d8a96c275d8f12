// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/service_runner.hpp"

#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/io/detail/process_record.hpp"
#include "common/io/file.hpp"
#include "common/io/loop.hpp"
#include "tests/support/resource_trees.hpp"
#include "tests/support/run_until.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::service {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

/// One agent for all types: writes `action name` to calls.log, fails while ACTION.NAME exists.
class ServiceRunnerTest : public testing::Test
{
protected:
    void SetUp() override
    {
        const std::string agent = dir_.file("agent");
        ASSERT_TRUE(io::write_file(agent,
                                   "#!/bin/sh\n"
                                   "echo \"$1 $OCF_RESKEY_name\" >> " +
                                       dir_.file("calls.log") + "\n[ ! -e " + dir_.file("") +
                                       "$1.$OCF_RESKEY_name ]\n"));
        std::filesystem::permissions(agent, std::filesystem::perms::owner_all);
        ASSERT_TRUE(children_.end_recorded_children());
    }

    void add(std::uint64_t version, const std::string& inside, std::uint64_t active)
    {
        RuleSet rules = test::standard_rules();
        for (const char* type : {"service", "plain"}) {
            rules.find_to_change(type)->agent = dir_.file("agent");
        }
        runner_.add_configuration(version, test::build(inside, std::move(rules)).configuration, 0,
                                  active);
    }

    TaskFinished result_of(std::uint64_t task)
    {
        EXPECT_TRUE(test::run_until(loop_, [&] { return finished_.contains(task); }));
        return finished_[task];
    }

    void fail(const std::string& call) { ASSERT_TRUE(io::write_file(dir_.file(call), "")); }
    void mend(const std::string& call) { std::filesystem::remove(dir_.file(call)); }

    /// Since the last time it was asked.
    std::vector<std::string> calls()
    {
        std::vector<std::string> lines;
        if (const auto text = io::read_file(dir_.file("calls.log"))) {
            std::istringstream in(*text);
            for (std::string line; std::getline(in, line);) {
                lines.push_back(line);
            }
        }
        std::filesystem::remove(dir_.file("calls.log"));
        return lines;
    }

    test::TempDir dir_;
    io::Loop loop_;
    io::ProcessRunner children_{loop_, {dir_.file("records"), "tester", HA_TEST_EXEC_HELPER}};
    std::map<std::uint64_t, TaskFinished> finished_;
    ServiceRunner runner_{loop_,
                          children_,
                          "/usr/lib/ocf",
                          {[this](const TaskFinished& one) {
                               EXPECT_FALSE(finished_.contains(one.task));
                               finished_[one.task] = one;
                           },
                           [](const std::string&, const Note&) {}}};
};

TEST_F(ServiceRunnerTest, a_service_starts_under_the_document_it_is_told_although_newer_ones_came)
{
    add(1, "<service name='a'><plain name='old'/></service>", 0);
    add(2, "<service name='a'><plain name='new'/></service>", 1);
    runner_.start({"service:a", 1, 1, false});
    EXPECT_TRUE(result_of(1).succeeded);
    EXPECT_THAT(calls(), ElementsAre("start a", "start old"));
    add(3, "<service name='a'><plain name='newest'/></service>", 2);
    runner_.stop({"service:a", 2, 1, StopPurpose::normal, {}});
    EXPECT_TRUE(result_of(2).succeeded);
    EXPECT_THAT(calls(), ElementsAre("stop old", "stop a"));
    runner_.start({"service:a", 3, 2, false});
    EXPECT_TRUE(result_of(3).succeeded);
    EXPECT_THAT(calls(), ElementsAre("start a", "start new"));
}

TEST_F(ServiceRunnerTest, a_removed_resource_that_could_not_be_stopped_is_stopped_with_its_service)
{
    add(1, "<service name='a'><plain name='stays'/><plain name='goes'/></service>", 0);
    runner_.start({"service:a", 1, 1, false});
    EXPECT_TRUE(result_of(1).succeeded);
    add(2, "<service name='a'><plain name='stays'/></service>", 1);
    fail("stop.goes");
    runner_.update({"service:a", 2, 1, 2});
    EXPECT_FALSE(result_of(2).succeeded);
    mend("stop.goes");
    calls();
    runner_.stop({"service:a", 3, 2, StopPurpose::recovery, {}});
    EXPECT_TRUE(result_of(3).succeeded);
    EXPECT_THAT(calls(), Contains("stop goes"));
}

TEST_F(ServiceRunnerTest, an_update_stops_what_is_removed_and_starts_what_is_new)
{
    add(1, "<service name='a'><plain name='stays'/><plain name='goes'/></service>", 0);
    runner_.start({"service:a", 1, 1, false});
    EXPECT_TRUE(result_of(1).succeeded);
    calls();
    add(2, "<service name='a'><plain name='stays'/><plain name='comes'/></service>", 1);
    runner_.update({"service:a", 2, 1, 2});
    EXPECT_TRUE(result_of(2).succeeded);
    EXPECT_THAT(calls(), ElementsAre("stop goes", "start comes"));
}

TEST_F(ServiceRunnerTest, a_stop_ends_the_check_that_runs_and_both_are_answered_once)
{
    add(1, "<service name='a'><plain name='p'/></service>", 0);
    runner_.check({"service:a", 1, 1, true});
    runner_.stop({"service:a", 2, 1, StopPurpose::quorum_lost, {}});
    EXPECT_TRUE(result_of(2).succeeded);
    EXPECT_FALSE(result_of(1).succeeded);
    const std::vector<std::string> all = calls();
    EXPECT_THAT(all, Contains("stop p"));
    EXPECT_EQ(all.back(), "stop a");
    EXPECT_THAT(runner_.describe(), Not(testing::HasSubstr("service:a")));
}

TEST_F(ServiceRunnerTest, while_an_agent_of_a_former_run_lives_its_service_is_held)
{
    io::ProcessSpec spec;
    spec.argv = {"/bin/sleep", "1000"};
    const auto child = children_.start(spec, [](const io::ProcessResult&) {});
    ASSERT_TRUE(child);
    io::RecordedChild agent;
    agent.group = children_.pid(*child).value();
    agent.subject = "service:a";
    agent.action = "start";
    agent.start_ticks = io::process_start_ticks(agent.group).value();
    runner_.hold({agent});
    add(1, "<service name='a'><plain name='p'/></service><service name='b'/>", 0);

    runner_.stop({"service:a", 1, 1, StopPurpose::not_mine, {}});
    EXPECT_FALSE(result_of(1).succeeded);
    EXPECT_THAT(result_of(1).words, testing::HasSubstr("cannot be ended"));
    runner_.stop({"service:b", 2, 1, StopPurpose::not_mine, {}});
    EXPECT_TRUE(result_of(2).succeeded);
    EXPECT_THAT(calls(), ElementsAre("stop b"));

    children_.end(*child);
    ASSERT_TRUE(test::run_until(loop_, [&] { return children_.running() == 0; }));
    runner_.stop({"service:a", 3, 1, StopPurpose::not_mine, {}});
    EXPECT_TRUE(result_of(3).succeeded);
}

}  // namespace
}  // namespace ha::service
