// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/skeleton.hpp"

#include <sys/wait.h>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "common/io/clock.hpp"
#include "common/io/file.hpp"
#include "common/io/loop.hpp"
#include "common/io/timer.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::daemon {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// A daemon's main() in a process of its own; `body` gets the started skeleton and returns the exit
/// code.
class SkeletonTest : public testing::Test
{
protected:
    using Body = std::function<int(Skeleton&)>;

    SkeletonTest()
    {
        roots_.run = dir_.file("run");
        roots_.log = dir_.file("log");
    }

    void TearDown() override
    {
        if (const pid_t daemon = io::PidLock::holder(pid_file()); daemon > 0) {
            ::kill(daemon, SIGKILL);
            wait_for([&] { return io::PidLock::holder(pid_file()) == 0; });
        }
    }

    std::string pid_file() const { return dir_.file("run/testd.pid"); }

    /// Exit code of the process that called start(): the launcher, or the daemon in the foreground.
    int launch(const Body& body, bool foreground = false) const
    {
        const pid_t launcher = begin(body, foreground);
        int status = 0;
        EXPECT_EQ(::waitpid(launcher, &status, 0), launcher);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

    pid_t begin(const Body& body, bool foreground) const
    {
        const pid_t launcher = ::fork();
        if (launcher == 0) {
            std::ofstream stderr_file(dir_.file("stderr"), std::ios::app);
            static_cast<void>(!std::freopen(dir_.file("stderr").c_str(), "a", stderr));
            Skeleton skeleton({"testd", foreground, false, roots_});
            if (const Status started = skeleton.start(); !started) {
                ::_exit(skeleton.fail(ExitCode::system, started.error().text));
            }
            ::_exit(body(skeleton));
        }
        return launcher;
    }

    static bool wait_for(const std::function<bool()>& condition)
    {
        const TimePoint deadline = io::now() + 20s;
        while (!condition() && io::now() < deadline) {
            std::this_thread::yield();
        }
        return condition();
    }

    std::string text_of(const std::string& name) const
    {
        return io::read_file(dir_.file(name)).value();
    }

    test::TempDir dir_;
    Roots roots_;
};

TEST_F(SkeletonTest, launcher_returns_zero_only_when_the_daemon_is_ready)
{
    const std::string mark = dir_.file("mark");
    const int code = launch([&](Skeleton& skeleton) {
        io::Timer timer(skeleton.loop(), [&] {
            static_cast<void>(io::write_run_file(mark, "ready"));
            skeleton.ready();
        });
        timer.set_in(100ms);
        return skeleton.run();
    });
    EXPECT_EQ(code, 0);
    EXPECT_TRUE(std::filesystem::exists(mark)) << "before ready() it had to wait";
    const pid_t daemon = io::PidLock::holder(pid_file());
    ASSERT_GT(daemon, 0);
    EXPECT_EQ(::getsid(daemon), daemon);
    EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(daemon) + "/cwd"), "/");
    for (const char* fd : {"0", "1", "2"}) {
        EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(daemon) + "/fd/" + fd),
                  "/dev/null");
    }
    ::kill(daemon, SIGTERM);
    EXPECT_TRUE(wait_for([&] {
        return !std::filesystem::exists(pid_file()) || io::PidLock::holder(pid_file()) == 0;
    }));
}

TEST_F(SkeletonTest, launcher_tells_the_truth_about_a_daemon_that_fails)
{
    EXPECT_EQ(launch([](Skeleton& skeleton) {
                  return skeleton.fail(ExitCode::configuration, "no such cluster");
              }),
              102);
    EXPECT_THAT(text_of("stderr"), HasSubstr("testd: no such cluster"));
    EXPECT_THAT(text_of("log/testd.log"), HasSubstr("daemon_failed: no such cluster"));
    EXPECT_EQ(launch([](Skeleton&) -> int {
                  ::raise(SIGKILL);
                  return 0;
              }),
              111);
    EXPECT_EQ(launch([](Skeleton&) { return 0; }), 111) << "gone before it was ready";
}

TEST_F(SkeletonTest, second_daemon_of_the_same_name_is_refused)
{
    const Body serve = [](Skeleton& skeleton) {
        skeleton.ready();
        return skeleton.run();
    };
    ASSERT_EQ(launch(serve), 0);
    EXPECT_EQ(launch(serve), 111);
    EXPECT_THAT(text_of("stderr"), HasSubstr("runs already"));
}

TEST_F(SkeletonTest, killed_daemon_leaves_no_lock_and_keeps_its_node_life)
{
    const Body serve = [&](Skeleton& skeleton) {
        static_cast<void>(io::write_run_file(dir_.file("life"), skeleton.life().node.value));
        skeleton.ready();
        return skeleton.run();
    };
    ASSERT_EQ(launch(serve), 0);
    const std::string life = text_of("life");
    ::kill(io::PidLock::holder(pid_file()), SIGKILL);
    ASSERT_TRUE(wait_for([&] { return io::PidLock::holder(pid_file()) == 0; }));
    EXPECT_EQ(launch(serve), 0);
    EXPECT_EQ(text_of("life"), life);
}

TEST_F(SkeletonTest, damaged_node_life_keeps_a_daemon_from_starting_and_is_said)
{
    ASSERT_TRUE(io::make_directories(roots_.run));
    ASSERT_TRUE(io::write_run_file(dir_.file("run/node_life"), "boot="));
    EXPECT_EQ(launch([](Skeleton&) { return 0; }), 111);
    for (const char* heard : {"stderr", "log/testd.log"}) {
        EXPECT_THAT(text_of(heard), HasSubstr("run/node_life is damaged")) << heard;
    }
    EXPECT_EQ(text_of("run/node_life"), "boot=");
}

TEST_F(SkeletonTest, daemon_that_stays_is_asked_again_by_the_next_signal)
{
    const pid_t daemon = begin(
        [&](Skeleton& skeleton) {
            int terms = 0;
            skeleton.on_terminate([&] {
                static_cast<void>(io::write_run_file(dir_.file("asked"), "x"));
                if (++terms == 2) {
                    skeleton.stop(ExitCode::done);
                } else {
                    skeleton.stay();
                }
            });
            static_cast<void>(io::write_run_file(dir_.file("up"), "x"));
            return skeleton.run();
        },
        true);
    ASSERT_TRUE(wait_for([&] { return std::filesystem::exists(dir_.file("up")); }));
    ::kill(daemon, SIGTERM);
    ASSERT_TRUE(wait_for([&] { return std::filesystem::exists(dir_.file("asked")); }));
    ::kill(daemon, SIGTERM);
    int status = 0;
    ::waitpid(daemon, &status, 0);
    EXPECT_EQ(status, 0);
}

TEST_F(SkeletonTest, signals_dump_reload_and_end_it)
{
    const pid_t daemon = begin(
        [&](Skeleton& skeleton) {
            skeleton.on_dump([] { return std::string("the whole state\n"); });
            skeleton.on_reload(
                [&] { static_cast<void>(io::write_run_file(dir_.file("reloaded"), "yes")); });
            int terms = 0;
            io::Timer bye(skeleton.loop(), [&] {
                skeleton.stop(terms == 1 ? ExitCode::configuration : ExitCode::impossible);
            });
            skeleton.on_terminate([&] {
                ++terms;
                bye.set_in(50ms);
            });
            skeleton.ready();
            return skeleton.run();
        },
        true);
    ASSERT_TRUE(wait_for([&] { return io::PidLock::holder(pid_file()) == daemon; }));
    ASSERT_TRUE(wait_for([&] {
        const auto log = io::read_file(dir_.file("log/testd.log"));
        return log && log->find("daemon_started") != std::string::npos;
    }));
    ::kill(daemon, SIGUSR1);
    ASSERT_TRUE(wait_for([&] { return std::filesystem::exists(dir_.file("run/testd.dump")); }));
    EXPECT_EQ(text_of("run/testd.dump"), "the whole state\n");
    std::filesystem::rename(dir_.file("log/testd.log"), dir_.file("log/rotated"));
    ::kill(daemon, SIGHUP);
    ASSERT_TRUE(wait_for([&] { return std::filesystem::exists(dir_.file("reloaded")); }));
    ::kill(daemon, SIGTERM);
    ::kill(daemon, SIGTERM);
    int status = 0;
    ::waitpid(daemon, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 102) << "the second SIGTERM changes nothing";
    EXPECT_THAT(text_of("log/testd.log"), HasSubstr("daemon_stopped")) << "the new file";
}

}  // namespace
}  // namespace ha::daemon
