// SPDX-License-Identifier: Apache-2.0
#include "common/io/detail/process_record.hpp"

#include <sys/wait.h>

#include <unistd.h>

#include <csignal>

#include <gtest/gtest.h>

#include "tests/support/bystander.hpp"

namespace ha::io {
namespace {

RecordedChild some_child()
{
    RecordedChild child;
    child.group = 4711;
    child.start_ticks = 98765;
    child.started = TimePoint{Duration{1000}};
    child.deadline = TimePoint{Duration{2000}};
    child.subject = "node two";
    child.action = "off";
    return child;
}

TEST(ProcessRecord, comes_back_as_it_was_written)
{
    RecordedChild child = some_child();
    EXPECT_EQ(*parse_process_record(format_record(child)), child);
    child.deadline.reset();
    child.outlives_parent = true;
    child.subject = "a=b=c";
    EXPECT_EQ(*parse_process_record(format_record(child)), child);
}

TEST(ProcessRecord, cannot_be_forged_by_a_subject_with_newlines)
{
    RecordedChild child = some_child();
    child.subject = "x\ngroup=1";
    const Result<RecordedChild> parsed = parse_process_record(format_record(child));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->group, 4711);
    EXPECT_EQ(parsed->subject, "x group=1");
}

TEST(ProcessRecord, that_is_torn_or_dangerous_is_refused)
{
    const std::string whole = format_record(some_child());
    EXPECT_FALSE(parse_process_record(""));
    EXPECT_FALSE(parse_process_record(whole.substr(0, 15)));
    EXPECT_FALSE(parse_process_record("group=0\nstart_ticks=1\nstarted_us=1\n")) << "our own group";
    EXPECT_FALSE(parse_process_record("group=1\nstart_ticks=1\nstarted_us=1\n"))
        << "init, everyone";
    EXPECT_FALSE(parse_process_record("group=-5\nstart_ticks=1\nstarted_us=1\n"));
    EXPECT_FALSE(parse_process_record("group=5x\nstart_ticks=1\nstarted_us=1\n"));
}

TEST(ProcessRecord, group_is_alive_only_with_its_own_start_time)
{
    const pid_t pid = test::fork_session_leader();
    RecordedChild child;
    child.group = pid;
    const Result<std::uint64_t> ticks = process_start_ticks(pid);
    ASSERT_TRUE(ticks);
    child.start_ticks = *ticks;
    EXPECT_TRUE(is_group_alive(child));

    RecordedChild recycled = child;
    recycled.start_ticks += 1000;
    EXPECT_FALSE(is_group_alive(recycled));
    kill_group(recycled);
    EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), 0) << "another process's group is not touched";

    kill_group(child);
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
    EXPECT_FALSE(is_group_alive(child)) << "a zombie does nothing any more";
    ::waitpid(pid, nullptr, 0);
    EXPECT_FALSE(is_group_alive(child));
    EXPECT_FALSE(process_start_ticks(pid));
}

}  // namespace
}  // namespace ha::io
