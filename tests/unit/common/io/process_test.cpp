// SPDX-License-Identifier: Apache-2.0
#include "common/io/process.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <unistd.h>

#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>

#include "common/io/detail/process_record.hpp"
#include "common/io/file.hpp"
#include "tests/support/bystander.hpp"
#include "tests/support/run_until.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::io {
namespace {

using namespace std::chrono_literals;
using test::run_for;
using test::run_until;
using testing::HasSubstr;
using testing::Not;

class ProcessTest : public testing::Test
{
protected:
    static ProcessSpec shell(const std::string& script)
    {
        ProcessSpec spec;
        spec.argv = {"/bin/sh", "-c", script};
        spec.environment = base_environment();
        spec.subject = "test";
        spec.action = "run";
        return spec;
    }

    ProcessRunner::Config config() const
    {
        return {dir_.file("agents"), "tester", HA_TEST_EXEC_HELPER};
    }

    void SetUp() override
    {
        runner_ = std::make_unique<ProcessRunner>(loop_, config());
        ASSERT_TRUE(runner_->end_recorded_children());
    }

    ProcessResult run(ProcessSpec spec)
    {
        std::optional<ProcessResult> result;
        const Result<ChildId> child =
            runner_->start(std::move(spec), [&](const ProcessResult& r) { result = r; });
        EXPECT_TRUE(child);
        EXPECT_TRUE(run_until(loop_, [&] { return result.has_value(); }));
        return result.value_or(ProcessResult{});
    }

    ProcessResult run(const std::string& script) { return run(shell(script)); }

    std::size_t record_count() const
    {
        const auto entries = std::filesystem::directory_iterator(dir_.file("agents"));
        return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
    }

    /// The number a script wrote to a file, once it is there.
    pid_t pid_in(const std::string& name)
    {
        pid_t pid = 0;
        EXPECT_TRUE(run_until(loop_, [&] {
            const Result<std::string> text = read_file(dir_.file(name));
            if (text && text->ends_with('\n')) {
                pid = std::stoi(*text);
            }
            loop_.post([] {});
            return pid != 0;
        }));
        return pid;
    }

    bool is_gone(pid_t pid)
    {
        return run_until(loop_, [&] {
            const Result<std::string> stat = read_file("/proc/" + std::to_string(pid) + "/stat");
            loop_.post([] {});
            return !stat || stat->find(") Z ") != std::string::npos;
        });
    }

    test::TempDir dir_;
    Loop loop_;
    std::unique_ptr<ProcessRunner> runner_;
};

TEST_F(ProcessTest, gives_exit_code_and_output)
{
    const ProcessResult result = run("echo out; echo err >&2; exit 3");
    EXPECT_EQ(result.outcome, ProcessOutcome::exited);
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_EQ(result.output, "out\nerr\n");
    EXPECT_FALSE(result.output_truncated);
    EXPECT_FALSE(result.succeeded());
    EXPECT_EQ(result.describe(), "exit code 3");
    EXPECT_GT(result.duration, Duration::zero());
    EXPECT_EQ(record_count(), 0U);
}

TEST_F(ProcessTest, keeps_the_two_streams_apart_when_asked)
{
    ProcessSpec spec = shell("echo out; echo err >&2");
    spec.merge_stderr = false;
    const ProcessResult result = run(std::move(spec));
    EXPECT_EQ(result.output, "out\n");
    EXPECT_EQ(result.error_output, "err\n");
    EXPECT_TRUE(result.succeeded());
}

TEST_F(ProcessTest, gives_input_large_and_small_then_closes_it)
{
    for (const std::size_t size : {std::size_t{5}, std::size_t{3'000'000}}) {
        ProcessSpec spec = shell("wc -c");
        spec.input = std::string(size, 'i');
        EXPECT_THAT(run(std::move(spec)).output, HasSubstr(std::to_string(size)));
    }
    EXPECT_EQ(run("cat; echo end").output, "end\n") << "no input is an empty one";
}

TEST_F(ProcessTest, survives_a_child_that_does_not_read_its_input)
{
    ProcessSpec spec = shell("exec <&-; sleep 0.1; echo done");
    spec.input = std::string(1'000'000, 'i');
    EXPECT_EQ(run(std::move(spec)).output, "done\n");
}

TEST_F(ProcessTest, child_inherits_nothing_it_was_not_given)
{
    ::setenv("NOT_FOR_AGENTS", "secret", 1);
    ::setenv("HA_TEST_ROOT", "for agents", 1);
    ProcessSpec spec = shell(
        "env; ls -l /proc/self/fd | wc -l; pwd; kill -l $(( $(ps -o sig= $$ "
        "2>/dev/null || echo 0) )) >/dev/null; ps -o pid=,pgid=,sid= -p $$");
    spec.environment.emplace_back("OCF_RESKEY_name=x");
    spec.directory = dir_.path();
    const ProcessResult result = run(std::move(spec));
    EXPECT_THAT(result.output, Not(HasSubstr("secret")));
    EXPECT_THAT(result.output, HasSubstr("OCF_RESKEY_name=x"));
    EXPECT_THAT(result.output, HasSubstr("HA_TEST_ROOT=for agents"));
    EXPECT_THAT(result.output, HasSubstr("\n5\n")) << "0, 1, 2, ls's own, and the total line";
    EXPECT_THAT(result.output, HasSubstr(dir_.path() + "\n"));
    EXPECT_THAT(result.output, testing::ContainsRegex("([0-9]+) +[0-9]+ +[0-9]+\n"));
    ::unsetenv("NOT_FOR_AGENTS");
    ::unsetenv("HA_TEST_ROOT");
}

TEST_F(ProcessTest, child_has_default_signals_although_we_block_and_ignore_some)
{
    sigset_t term;
    ::sigemptyset(&term);
    ::sigaddset(&term, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &term, nullptr);
    const ProcessResult result = run("grep -E 'SigBlk|SigIgn' /proc/self/status");
    ::sigprocmask(SIG_UNBLOCK, &term, nullptr);
    // (posix_spawn itself ignores the two signals above 31 of the thread library.)
    EXPECT_THAT(result.output,
                testing::MatchesRegex("SigBlk:\t0{16}\nSigIgn:\t[0-9a-f]{8}[08]0{7}\n"));
}

TEST_F(ProcessTest, leads_its_own_session_and_group)
{
    const ProcessResult result = run("echo $$ $(ps -o pgid=,sid= -p $$)");
    std::istringstream words(result.output);
    int pid = 0;
    int group = -1;
    int session = -1;
    words >> pid >> group >> session;
    EXPECT_EQ(group, pid);
    EXPECT_EQ(session, pid);
    EXPECT_NE(pid, 0);
}

TEST_F(ProcessTest, tells_a_signal_from_an_exit)
{
    const ProcessResult result = run("kill -SEGV $$");
    EXPECT_EQ(result.outcome, ProcessOutcome::signalled);
    EXPECT_EQ(result.signal, SIGSEGV);
}

TEST_F(ProcessTest, tells_what_cannot_be_executed_from_what_failed)
{
    ProcessSpec missing;
    missing.argv = {"/nonexistent/agent"};
    const ProcessResult result = run(std::move(missing));
    EXPECT_EQ(result.outcome, ProcessOutcome::exec_failed);
    EXPECT_EQ(result.exec_errno, ENOENT);
    EXPECT_THAT(result.describe(), HasSubstr("No such file"));

    ASSERT_TRUE(write_file(dir_.file("plain"), "#!/bin/sh\n", 0644));
    ProcessSpec not_executable;
    not_executable.argv = {dir_.file("plain")};
    EXPECT_EQ(run(std::move(not_executable)).exec_errno, EACCES);

    EXPECT_EQ(run("exit 127").outcome, ProcessOutcome::exited) << "the shell's own 127";
}

TEST_F(ProcessTest, hanging_child_is_killed_at_its_deadline_with_its_whole_group)
{
    ProcessSpec spec = shell("echo before; trap '' TERM; sleep 1000 & echo $! > " +
                             dir_.file("grandchild") + "; wait");
    spec.timeout = 300ms;
    const ProcessResult result = run(std::move(spec));
    EXPECT_EQ(result.outcome, ProcessOutcome::timed_out);
    EXPECT_GE(result.duration, 300ms);
    EXPECT_LT(result.duration, 10s);
    EXPECT_EQ(result.output, "before\n");
    EXPECT_THAT(result.describe(), HasSubstr("timed out after 0.3 s"));
    EXPECT_TRUE(is_gone(pid_in("grandchild")));
    EXPECT_EQ(record_count(), 0U);
}

TEST_F(ProcessTest, flood_is_bounded_and_its_end_is_kept)
{
    ProcessSpec spec = shell("head -c 20000000 /dev/zero | tr '\\0' x; echo; echo the reason");
    spec.output_bytes_max = 1000;
    const ProcessResult result = run(std::move(spec));
    EXPECT_TRUE(result.output_truncated);
    EXPECT_EQ(result.output.size(), 1000U);
    EXPECT_THAT(result.output, testing::EndsWith("x\nthe reason\n"));
}

TEST_F(ProcessTest, endless_flood_stops_at_the_deadline_and_the_loop_goes_on)
{
    ProcessSpec spec = shell("yes");
    spec.timeout = 200ms;
    int ticks = 0;
    std::unique_ptr<Timer> ticker;
    ticker = std::make_unique<Timer>(loop_, [&] {
        ++ticks;
        ticker->set_in(10ms);
    });
    ticker->set_in(10ms);
    EXPECT_EQ(run(std::move(spec)).outcome, ProcessOutcome::timed_out);
    EXPECT_GE(ticks, 5);
}

TEST_F(ProcessTest, grandchild_left_behind_is_killed_with_the_group)
{
    const ProcessResult result =
        run("sleep 1000 & echo $! > " + dir_.file("grandchild") + "; exit 0");
    EXPECT_TRUE(result.succeeded());
    EXPECT_TRUE(is_gone(pid_in("grandchild")));
}

TEST_F(ProcessTest, grandchild_that_holds_the_pipe_does_not_delay_the_result)
{
    const TimePoint start = now();
    const ProcessResult result = run("setsid sleep 3 & echo ok");
    EXPECT_TRUE(result.succeeded());
    EXPECT_EQ(result.output, "ok\n");
    EXPECT_LT(now() - start, 2500ms);
}

TEST_F(ProcessTest, discarded_output_goes_nowhere_and_hurts_nobody)
{
    ProcessSpec spec = shell("where=$(readlink /proc/$$/fd/1 /proc/$$/fd/2); echo \"$where\" > " +
                             dir_.file("where"));
    spec.stdio = ProcessOutput::discard;
    const ProcessResult result = run(std::move(spec));
    EXPECT_TRUE(result.succeeded());
    EXPECT_EQ(result.output, "");
    EXPECT_EQ(*read_file(dir_.file("where")), "/dev/null\n/dev/null\n");
}

TEST_F(ProcessTest, service_started_by_an_agent_may_live_on)
{
    ProcessSpec spec =
        shell("sleep 1000 </dev/null >/dev/null 2>&1 & echo $! > " + dir_.file("service"));
    spec.keep_group_after_exit = true;
    EXPECT_TRUE(run(std::move(spec)).succeeded());
    const pid_t service = pid_in("service");
    EXPECT_EQ(::kill(service, 0), 0);
    EXPECT_EQ(record_count(), 0U);
    ::kill(service, SIGKILL);
}

TEST_F(ProcessTest, ended_child_says_so)
{
    std::optional<ProcessResult> result;
    const Result<ChildId> child =
        runner_->start(shell("sleep 1000"), [&](const ProcessResult& r) { result = r; });
    ASSERT_TRUE(child);
    EXPECT_EQ(runner_->running(), 1U);
    EXPECT_EQ(record_count(), 1U);
    runner_->end(*child);
    EXPECT_FALSE(result) << "only from the loop";
    ASSERT_TRUE(run_until(loop_, [&] { return result.has_value(); }));
    EXPECT_EQ(result->outcome, ProcessOutcome::ended);
    EXPECT_EQ(runner_->running(), 0U);
    EXPECT_FALSE(runner_->signal(*child, SIGTERM));
}

TEST_F(ProcessTest, grace_lets_a_child_tidy_up_but_not_for_ever)
{
    std::optional<ProcessResult> tidy;
    std::optional<ProcessResult> stubborn;
    const auto first = runner_->start(
        shell("trap 'echo tidy; exit 0' TERM; echo up; while :; do sleep 0.05; done"),
        [&](const ProcessResult& r) { tidy = r; });
    const auto second = runner_->start(shell("trap '' TERM; while :; do sleep 0.05; done"),
                                       [&](const ProcessResult& r) { stubborn = r; });
    ASSERT_TRUE(first && second);
    run_for(loop_, 300ms);
    const TimePoint start = now();
    runner_->end_all(500ms);
    ASSERT_TRUE(run_until(loop_, [&] { return tidy && stubborn; }));
    EXPECT_THAT(tidy->output, HasSubstr("tidy"));
    EXPECT_EQ(tidy->outcome, ProcessOutcome::ended);
    EXPECT_EQ(stubborn->outcome, ProcessOutcome::ended);
    EXPECT_GE(now() - start, 500ms);
}

TEST_F(ProcessTest, failing_to_start_is_an_error_without_callback)
{
    ProcessRunner broken(loop_, {dir_.file("agents"), "tester", "/nonexistent/ha-exec"});
    const auto child = broken.start(shell("true"), [](const ProcessResult&) { FAIL(); });
    EXPECT_FALSE(child);
    ProcessSpec nowhere = shell("true");
    nowhere.directory = "/nonexistent";
    EXPECT_FALSE(runner_->start(std::move(nowhere), [](const ProcessResult&) { FAIL(); }));
    run_for(loop_, 20ms);
    EXPECT_EQ(record_count(), 0U);
}

TEST_F(ProcessTest, nothing_runs_without_a_record)
{
    std::filesystem::remove_all(dir_.file("agents"));
    const auto child =
        runner_->start(shell("touch " + dir_.file("ran")), [](const ProcessResult&) { FAIL(); });
    EXPECT_FALSE(child);
    run_for(loop_, 50ms);
    EXPECT_FALSE(std::filesystem::exists(dir_.file("ran")));
}

TEST_F(ProcessTest, record_tells_who_runs_what_for_whom_until_when)
{
    ProcessSpec spec = shell("sleep 1000");
    spec.subject = "n2";
    spec.action = "off";
    spec.timeout = 60s;
    const TimePoint before = now();
    const auto child = runner_->start(std::move(spec), [](const ProcessResult&) {});
    ASSERT_TRUE(child);
    const pid_t pid = runner_->pid(*child).value_or(0);
    const Result<std::string> text = read_file(dir_.file("agents/tester." + std::to_string(pid)));
    ASSERT_TRUE(text);
    const Result<RecordedChild> record = parse_process_record(*text);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->group, pid);
    EXPECT_EQ(record->subject, "n2");
    EXPECT_EQ(record->action, "off");
    EXPECT_GE(record->started, before);
    EXPECT_EQ(record->deadline, record->started + 60s);
}

TEST_F(ProcessTest, runner_takes_its_children_with_it)
{
    const auto child =
        runner_->start(shell("sleep 1000 & echo $! > " + dir_.file("grandchild") + "; wait"),
                       [](const ProcessResult&) { FAIL(); });
    ASSERT_TRUE(child);
    const pid_t grandchild = pid_in("grandchild");
    runner_.reset();
    EXPECT_TRUE(is_gone(grandchild));
    EXPECT_EQ(record_count(), 0U);
}

// ------------------------------------------------------------------------------ the spare helper

class SpareTest : public ProcessTest
{
protected:
    void SetUp() override
    {
        ProcessRunner::Config with_spare = config();
        with_spare.spares = 1;
        runner_ = std::make_unique<ProcessRunner>(loop_, with_spare);
        ASSERT_TRUE(runner_->end_recorded_children());
    }

    /// Children of this process that are still ha-exec.
    static std::vector<pid_t> helpers()
    {
        std::vector<pid_t> found;
        const std::string own = std::to_string(::getpid());
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            const Result<std::string> stat = read_file(entry.path().string() + "/stat");
            const std::string::size_type name = stat ? stat->find("(ha-exec) ") : std::string::npos;
            if (name == std::string::npos || (*stat)[name + 10] == 'Z') {
                continue;
            }
            if (stat->compare(name + 11, own.size() + 2, " " + own + " ") == 0) {
                found.push_back(std::stoi(*stat));
            }
        }
        return found;
    }

    bool spare_waits()
    {
        return run_until(loop_, [&] {
            loop_.post([] {});
            return helpers().size() == 1;
        });
    }
};

TEST_F(SpareTest, waits_before_it_is_needed_and_becomes_the_agent)
{
    ASSERT_TRUE(spare_waits());
    const pid_t spare = helpers().front();
    EXPECT_EQ(record_count(), 0U) << "it runs nothing yet";
    const ProcessResult result = run("echo $$; pwd; cat");
    EXPECT_EQ(result.output, std::to_string(spare) + "\n/\n");
    EXPECT_TRUE(spare_waits()) << "the next one";
    EXPECT_NE(helpers().front(), spare);
}

TEST_F(SpareTest, is_not_needed_to_start_many_at_once)
{
    int ended = 0;
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(runner_->start(shell("true"), [&](const ProcessResult& result) {
            ended += result.succeeded() ? 1 : 0;
        }));
    }
    EXPECT_TRUE(run_until(loop_, [&] { return ended == 10; }));
}

TEST_F(SpareTest, that_somebody_killed_costs_no_agent)
{
    ASSERT_TRUE(spare_waits());
    const pid_t spare = helpers().front();
    ::kill(spare, SIGKILL);
    EXPECT_TRUE(is_gone(spare));
    EXPECT_EQ(run("echo here").output, "here\n");
}

TEST_F(SpareTest, ends_with_its_runner_and_with_its_daemon)
{
    ASSERT_TRUE(spare_waits());
    const pid_t spare = helpers().front();
    runner_.reset();
    EXPECT_TRUE(is_gone(spare));

    const pid_t daemon = ::fork();
    if (daemon == 0) {
        Loop loop;
        ProcessRunner::Config with_spare = config();
        with_spare.spares = 1;
        ProcessRunner runner(loop, with_spare);
        const bool begun = runner.end_recorded_children().has_value();
        const std::vector<pid_t> own = helpers();
        static_cast<void>(write_run_file(
            dir_.file("spare"), std::to_string(begun && !own.empty() ? own.front() : 0) + "\n"));
        loop.run();
        ::_exit(0);
    }
    const pid_t orphan = pid_in("spare");
    ::kill(daemon, SIGKILL);
    ::waitpid(daemon, nullptr, 0);
    EXPECT_TRUE(is_gone(orphan));
}

// --------------------------------------------------------------------------- the parent dies first

class OrphanTest : public ProcessTest
{
protected:
    /// A daemon that starts `spec` and is then killed without warning; returns once it is dead.
    void run_daemon_that_dies(ProcessSpec spec, const std::string& pid_file)
    {
        const pid_t daemon = ::fork();
        if (daemon == 0) {
            Loop loop;
            ProcessRunner runner(loop, config());
            const auto child = runner.start(std::move(spec), [](const ProcessResult&) {});
            if (!child) {
                ::_exit(1);
            }
            loop.run();
            ::_exit(0);
        }
        pid_in(pid_file);
        ::kill(daemon, SIGKILL);
        ::waitpid(daemon, nullptr, 0);
    }
};

TEST_F(OrphanTest, agent_dies_with_its_daemon_and_the_next_one_ends_the_rest)
{
    ProcessSpec spec = shell("echo $$ > " + dir_.file("agent") + "; sleep 1000 & echo $! > " +
                             dir_.file("grandchild") + "; wait");
    spec.subject = "n2";
    spec.action = "off";
    run_daemon_that_dies(std::move(spec), "grandchild");
    const pid_t grandchild = pid_in("grandchild");
    EXPECT_TRUE(is_gone(pid_in("agent"))) << "PR_SET_PDEATHSIG";
    EXPECT_EQ(::kill(grandchild, 0), 0) << "the death signal reaches the child only";

    const auto ended = runner_->end_recorded_children();
    ASSERT_TRUE(ended);
    ASSERT_EQ(ended->size(), 1U);
    EXPECT_EQ((*ended)[0].subject, "n2");
    EXPECT_EQ((*ended)[0].action, "off");
    EXPECT_TRUE((*ended)[0].ended);
    EXPECT_TRUE(is_gone(grandchild));
    EXPECT_EQ(record_count(), 0U);
}

TEST_F(OrphanTest, another_daemons_records_are_left_alone)
{
    ASSERT_TRUE(write_run_file(dir_.file("agents/other.4711"),
                               "group=4711\nstart_ticks=1\nstarted_us=1\n"));
    ASSERT_TRUE(write_run_file(dir_.file("agents/tester.new"), "torn"));
    const auto ended = runner_->end_recorded_children();
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->empty());
    EXPECT_EQ(record_count(), 1U) << "the torn one is gone, the other's is there";
}

TEST_F(OrphanTest, record_whose_number_another_process_has_now_kills_nobody)
{
    const pid_t bystander = test::fork_session_leader();
    RecordedChild stale;
    stale.group = bystander;
    stale.start_ticks = 1;  // another process, long ago
    ASSERT_TRUE(write_run_file(dir_.file("agents/tester." + std::to_string(bystander)),
                               format_record(stale)));
    const auto ended = runner_->end_recorded_children();
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->at(0).ended);
    EXPECT_EQ(::waitpid(bystander, nullptr, WNOHANG), 0);
    ::kill(bystander, SIGKILL);
    ::waitpid(bystander, nullptr, 0);
}

TEST_F(OrphanTest, child_that_outlives_its_daemon_is_adopted)
{
    ProcessSpec spec = shell("echo $$ > " + dir_.file("corosync") + "; exec sleep 1000");
    spec.subject = "corosync";
    spec.outlives_parent = true;
    run_daemon_that_dies(std::move(spec), "corosync");
    const pid_t pid = pid_in("corosync");
    EXPECT_EQ(::kill(pid, 0), 0);

    const auto recorded = runner_->end_recorded_children();
    ASSERT_TRUE(recorded);
    ASSERT_EQ(recorded->size(), 1U);
    EXPECT_TRUE((*recorded)[0].outlives_parent);
    EXPECT_FALSE((*recorded)[0].ended);
    std::optional<ProcessResult> result;
    const auto child = runner_->adopt((*recorded)[0], [&](const ProcessResult& r) { result = r; });
    ASSERT_TRUE(child);
    EXPECT_EQ(runner_->pid(*child), pid);
    EXPECT_TRUE(runner_->signal(*child, SIGTERM));
    ASSERT_TRUE(run_until(loop_, [&] { return result.has_value(); }));
    EXPECT_EQ(result->outcome, ProcessOutcome::unknown);
    EXPECT_EQ(record_count(), 0U);
    EXPECT_FALSE(runner_->adopt((*recorded)[0], [](const ProcessResult&) {})) << "it is gone";
}

}  // namespace
}  // namespace ha::io
