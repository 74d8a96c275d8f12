// SPDX-License-Identifier: Apache-2.0
#include "fenced/operation_runner.hpp"

#include <unistd.h>

#include <optional>

#include <gmock/gmock.h>

#include "fenced/agent_search.hpp"
#include "tests/support/run_until.hpp"
#include "tests/unit/fenced/agents_fixture.hpp"
#include "tests/unit/fenced/core/fence_builders.hpp"

namespace ha::fence::test {
namespace {

using ha::test::node_with;
using ha::test::run_until;
using ha::test::step;
using testing::HasSubstr;
using testing::Not;

class OperationRunnerTest : public AgentsTest
{
protected:
    std::string stdin_of(const std::string& name)
    {
        auto text = io::read_file(dir_.file(name + ".stdin"));
        return text ? *text : "";
    }

    OperationResult run(const model::Node& node, OperationLimits limits = {},
                        OperationKind kind = OperationKind::fence)
    {
        std::optional<OperationResult> result;
        OperationRunner::Handlers handlers;
        handlers.on_finished = [&](const OperationResult& finished) { result = finished; };
        OperationRunner runner(loop_, children_, dir_.path() + ":/usr/sbin:/usr/bin:/bin",
                               plan_operation(kind, node, limits), std::move(handlers));
        runner.start();
        EXPECT_TRUE(run_until(loop_, [&] { return result.has_value(); }));
        EXPECT_EQ(children_.running(), 0U);
        return result.value_or(OperationResult{});
    }
};

TEST_F(OperationRunnerTest, gives_the_agent_its_arguments_and_nothing_else)
{
    agent("good", "env > " + dir_.file("environment") + "; ls -l /proc/self/fd | wc -l > " +
                      dir_.file("descriptors"));
    const auto node = node_with({{"m", {step("d", "good", {{"port", "01"}}, {{"login", "u"}})}}});
    EXPECT_EQ(run(node).verdict, Verdict::succeeded);
    EXPECT_EQ(stdin_of("good"), "port=01\nnodename=n2\nlogin=u\n");
    const auto environment = io::read_file(dir_.file("environment"));
    ASSERT_TRUE(environment);
    EXPECT_THAT(*environment, HasSubstr("LANG=C\n"));
    EXPECT_THAT(*environment, HasSubstr("HOME=/root\n"));
    EXPECT_THAT(*environment, Not(HasSubstr("HA_")));
}

TEST_F(OperationRunnerTest, survives_an_agent_that_prints_a_mebibyte)
{
    agent("chatty", "head -c 1048576 /dev/zero | tr '\\0' x; echo; echo the end >&2; exit 1");
    const auto node = node_with({{"m", {step("d", "chatty", {})}}});
    const OperationResult result = run(node);
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.devices.at(0).words, "the end");
}

TEST_F(OperationRunnerTest, ends_a_hanging_agent_with_its_children_and_tries_the_next_method)
{
    agent("hanging", "sleep 1000 & echo $! > " + dir_.file("child") + "; wait");
    agent("good", "");
    OperationLimits limits;
    limits.agent_deadline = std::chrono::milliseconds{300};
    const auto node =
        node_with({{"first", {step("d", "hanging", {})}}, {"second", {step("e", "good", {})}}});
    const OperationResult result = run(node, limits);
    EXPECT_EQ(result.verdict, Verdict::succeeded);
    EXPECT_EQ(result.method_name, "second");
    EXPECT_EQ(result.devices.at(0).words, "ended at its deadline");
    const auto child = io::read_file(dir_.file("child"));
    ASSERT_TRUE(child);
    // An orphan that nobody reaps stays as a zombie: dead all the same.
    const auto status = io::read_file("/proc/" + child->substr(0, child->size() - 1) + "/stat");
    EXPECT_TRUE(!status || status->find(") Z ") != std::string::npos) << *status;
}

TEST_F(OperationRunnerTest, takes_signal_and_missing_program_for_an_error_from_agent)
{
    agent("suicide", "kill -9 $$");
    const auto node =
        node_with({{"a", {step("d", "suicide", {})}}, {"b", {step("e", "no_such_agent", {})}}});
    const OperationResult result = run(node);
    ASSERT_EQ(result.devices.size(), 2U);
    EXPECT_EQ(result.devices[0].word, ResultWord::error_from_agent);
    EXPECT_EQ(result.devices[0].words, "ended by signal 9");
    EXPECT_EQ(result.devices[1].word, ResultWord::error_from_agent);
    EXPECT_EQ(result.devices[1].words, "agent not found");
}

TEST_F(OperationRunnerTest, never_shows_a_password_that_the_agent_prints)
{
    agent("verbose", "cat " + dir_.file("verbose.stdin") + " >&2; exit 1");
    const auto node = node_with({{"m", {step("d", "verbose", {}, {{"passwd", "hunter2"}})}}});
    const OperationResult result = run(node);
    EXPECT_THAT(result.devices.at(0).words, Not(HasSubstr("hunter2")));
    EXPECT_THAT(result.reason, Not(HasSubstr("hunter2")));
}

TEST_F(OperationRunnerTest, loses_no_secret_through_the_cut_of_a_long_output)
{
    // The part of the output that is kept begins in the middle of the password.
    agent("cut", "printf 'xhunter2hunter2'; head -c 16377 /dev/zero | tr '\\0' ' '; exit 1");
    const auto node = node_with({{"m", {step("d", "cut", {}, {{"passwd", "hunter2hunter2"}})}}});
    EXPECT_EQ(run(node).devices.at(0).words, "");
}

TEST_F(OperationRunnerTest, is_ended_only_when_the_agent_is_reaped)
{
    agent("hanging", "sleep 1000");
    std::optional<OperationResult> result;
    OperationRunner::Handlers handlers;
    handlers.on_finished = [&](const OperationResult& finished) { result = finished; };
    OperationRunner runner(
        loop_, children_, dir_.path(),
        plan_operation(OperationKind::fence, node_with({{"m", {step("d", "hanging", {})}}}), {}),
        std::move(handlers));
    runner.start();
    while (stdin_of("hanging").empty()) {  // no event of the loop tells
        ha::test::run_for(loop_, std::chrono::milliseconds{5});
    }
    runner.end();
    ASSERT_TRUE(run_until(loop_, [&] { return result.has_value(); }));
    EXPECT_EQ(result->verdict, Verdict::ended);
    EXPECT_EQ(children_.running(), 0U);
}

/// The stock agent of Debian's fence-agents, unmodified: its status file shows what it was told.
TEST_F(OperationRunnerTest, runs_the_stock_agent_fence_dummy)
{
    if (!find_agent("fence_dummy", "/usr/sbin")) {
        GTEST_SKIP() << "Debian's fence-agents is not installed";
    }
    const std::string status_file = dir_.file("power");
    ASSERT_TRUE(io::write_file(status_file, "on"));
    const auto dummy = [&](const std::string& action) {
        return step("dummy", "fence_dummy", {{"option", action}}, {{"status_file", status_file}});
    };
    EXPECT_EQ(run(node_with({{"m", {dummy("off")}}})).verdict, Verdict::succeeded);
    EXPECT_EQ(*io::read_file(status_file), "off");

    const OperationResult off =
        run(node_with({{"m", {dummy("off")}}}), {}, OperationKind::query_off);
    EXPECT_EQ(off.is_off, true) << off.reason;
}

TEST(FindAgent, takes_the_first_executable_on_the_path_and_absolute_names)
{
    ha::test::TempDir dir;
    ASSERT_TRUE(io::make_directories(dir.file("one")));
    ASSERT_TRUE(io::make_directories(dir.file("two")));
    ASSERT_TRUE(io::write_file(dir.file("one/fence_x"), "not executable", 0644));
    ASSERT_TRUE(io::write_file(dir.file("two/fence_x"), "#!/bin/sh\n", 0755));
    const std::string path = dir.file("one") + "::" + dir.file("two");
    auto found = find_agent("fence_x", path);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, dir.file("two/fence_x"));
    EXPECT_TRUE(find_agent(dir.file("two/fence_x"), ""));
    EXPECT_FALSE(find_agent("two/fence_x", dir.path()));
    EXPECT_FALSE(find_agent("fence_y", path));
}

}  // namespace
}  // namespace ha::fence::test
