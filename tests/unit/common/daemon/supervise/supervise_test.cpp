// SPDX-License-Identifier: Apache-2.0
// The real program, with shell scripts for daemons.
#include <sys/wait.h>

#include <unistd.h>

#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>

#include "common/io/clock.hpp"
#include "common/io/file.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::daemon {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Supervise : public testing::Test
{
protected:
    void TearDown() override
    {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }

    void start(std::vector<std::string> arguments)
    {
        arguments.insert(arguments.begin(), HA_TEST_SUPERVISE);
        pid_ = ::fork();
        if (pid_ == 0) {
            static_cast<void>(!std::freopen(dir_.file("words").c_str(), "w", stderr));
            std::vector<char*> argv;
            for (std::string& argument : arguments) {
                argv.push_back(argument.data());
            }
            argv.push_back(nullptr);
            ::execv(argv[0], argv.data());
            ::_exit(99);
        }
    }

    void start_script(const std::string& script, std::vector<std::string> options = {})
    {
        options.insert(options.end(), {"--", "/bin/sh", "-c", script});
        start(std::move(options));
    }

    int wait_for_end()
    {
        int status = 0;
        EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
        pid_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

    /// The file's text once it has `lines` lines.
    std::string lines_of(const std::string& name, long lines)
    {
        const TimePoint deadline = io::now() + 20s;
        for (;;) {
            const Result<std::string> text = io::read_file(dir_.file(name));
            if (text && std::count(text->begin(), text->end(), '\n') >= lines) {
                return *text;
            }
            if (io::now() > deadline) {
                ADD_FAILURE() << name << " never had " << lines << " lines";
                return {};
            }
            ::sched_yield();
        }
    }

    std::string words() const { return io::read_file(dir_.file("words")).value(); }
    std::string append(const std::string& what) const
    {
        return "echo " + what + " >> " + dir_.file("runs") + "; ";
    }

    test::TempDir dir_;
    pid_t pid_ = 0;
};

TEST_F(Supervise, leaves_a_program_alone_that_ends_well)
{
    start_script(append("run") + "exit 0");
    EXPECT_EQ(wait_for_end(), 0);
    EXPECT_EQ(lines_of("runs", 1), "run\n");
}

TEST_F(Supervise, does_not_repeat_what_a_restart_cannot_heal)
{
    for (const char* code : {"100", "102"}) {
        start_script(append(code) + "exit " + code);
        EXPECT_EQ(wait_for_end(), std::stoi(code));
    }
    EXPECT_EQ(lines_of("runs", 2), "100\n102\n");
}

TEST_F(Supervise, takes_every_exit_as_meant_when_told_so_but_not_a_signal)
{
    start_script(append("once") + "exit 111", {"-x"});
    EXPECT_EQ(wait_for_end(), 111);
    EXPECT_EQ(lines_of("runs", 1), "once\n");
    start_script("test $(wc -l < " + dir_.file("runs") + ") = 1 && { " + append("twice") +
                     "kill -9 $$; }; exit 7",
                 {"-x"});
    EXPECT_EQ(wait_for_end(), 7);
    EXPECT_EQ(lines_of("runs", 2), "once\ntwice\n");
}

TEST_F(Supervise, starts_a_killed_program_again)
{
    start_script(append("$$") + "exec sleep 1000");
    const pid_t first = std::stoi(lines_of("runs", 1));
    ::kill(first, SIGKILL);
    const std::string runs = lines_of("runs", 2);
    EXPECT_NE(std::stoi(runs.substr(runs.find('\n') + 1)), first);
    ::kill(pid_, SIGTERM);
    EXPECT_EQ(wait_for_end(), 111) << "sleep has no handler: a signal ended it";
    EXPECT_THAT(words(), HasSubstr("killed by signal 9, starting it again"));
}

TEST_F(Supervise, gives_up_on_a_program_that_keeps_dying_and_says_so)
{
    start_script(append("run") + "exit 7", {"--restarts", "3", "--window", "100"});
    EXPECT_EQ(wait_for_end(), 7);
    EXPECT_EQ(lines_of("runs", 4), "run\nrun\nrun\nrun\n");
    EXPECT_THAT(words(), HasSubstr("ended with exit code 7 too often"));
}

TEST_F(Supervise, takes_every_exit_code_as_final_when_told)
{
    start_script(append("run") + "[ -e " + dir_.file("second") + " ] && exit 111; touch " +
                     dir_.file("second") + "; kill -KILL $$",
                 {"--exit-is-final"});
    EXPECT_EQ(wait_for_end(), 111);
    EXPECT_EQ(lines_of("runs", 2), "run\nrun\n") << "once more after the signal, not after 111";
}

TEST_F(Supervise, passes_signals_on_and_waits_for_a_slow_end)
{
    start_script("trap 'echo term >> " + dir_.file("runs") +
                 "; sleep 0.3; exit 5' TERM; trap 'echo "
                 "hup >> " +
                 dir_.file("runs") + "' HUP; " + append("up") + "while :; do sleep 0.02; done");
    lines_of("runs", 1);
    ::kill(pid_, SIGHUP);
    lines_of("runs", 2);
    ::kill(pid_, SIGTERM);
    EXPECT_EQ(wait_for_end(), 5) << "abnormal, but we ended it: no restart";
    EXPECT_EQ(lines_of("runs", 3), "up\nhup\nterm\n");
}

TEST_F(Supervise, in_the_background_returns_when_the_program_is_ready)
{
    const std::string notify =
        "python3 -c 'import os, socket; socket.socket(socket.AF_UNIX, "
        "socket.SOCK_DGRAM).sendto(b\"STATUS=x\\nREADY=1\", "
        "os.environ[\"NOTIFY_SOCKET\"].replace(\"@\", \"\\0\"))'; ";
    start_script(append("$PPID $$") + notify + append("ready") + "exec sleep 1000",
                 {"--background"});
    EXPECT_EQ(wait_for_end(), 0);
    const pid_t supervisor = std::stoi(lines_of("runs", 1));
    EXPECT_EQ(::kill(supervisor, SIGTERM), 0) << "it stays";
    const std::string stat = "/proc/" + std::to_string(supervisor);
    const TimePoint deadline = io::now() + 20s;
    while (std::filesystem::exists(stat) && io::now() < deadline) {
        const Result<std::string> text = io::read_file(stat + "/stat");
        if (text && text->find(") Z ") != std::string::npos) {
            break;  // nobody reaps orphans here
        }
        ::sched_yield();
    }
    EXPECT_LT(io::now(), deadline);
}

TEST_F(Supervise, in_the_background_tells_of_a_program_that_never_got_ready)
{
    start_script("exit 102", {"-b"});
    EXPECT_EQ(wait_for_end(), 102);
    start_script("exit 0", {"-b"});
    EXPECT_EQ(wait_for_end(), 111);
}

TEST_F(Supervise, refuses_command_lines_it_does_not_understand)
{
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {}, {"--restarts", "many", "true"}, {"--window", "-1", "true"}, {"--wat", "true"}}) {
        start(arguments);
        EXPECT_EQ(wait_for_end(), 100);
        EXPECT_THAT(words(), HasSubstr("Usage: ha-supervise"));
    }
    start({"--", "/nonexistent/program"});
    EXPECT_EQ(wait_for_end(), 111);
    EXPECT_THAT(words(), HasSubstr("cannot start /nonexistent/program: No such file"));
}

}  // namespace
}  // namespace ha::daemon
