// SPDX-License-Identifier: Apache-2.0
#include "common/io/loop.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <vector>

#include <gmock/gmock.h>

#include "common/io/fd_watch.hpp"
#include "common/io/signals.hpp"
#include "tests/support/run_until.hpp"

namespace ha::io {
namespace {

using namespace std::chrono_literals;
using test::run_for;
using test::run_until;
using testing::ElementsAre;

TEST(Loop, runs_posted_work_in_order_and_only_from_run)
{
    Loop loop;
    std::vector<int> order;
    loop.post([&] { order.push_back(1); });
    loop.post([&] {
        order.push_back(2);
        loop.stop();
    });
    EXPECT_TRUE(order.empty());
    loop.run();
    EXPECT_THAT(order, ElementsAre(1, 2));
}

TEST(Loop, can_run_again_after_stop)
{
    Loop loop;
    int runs = 0;
    for (int i = 0; i < 2; ++i) {
        loop.post([&] {
            ++runs;
            loop.stop();
        });
        loop.run();
    }
    EXPECT_EQ(runs, 2);
}

TEST(Timer, is_never_early)
{
    Loop loop;
    std::optional<TimePoint> fired;
    Timer timer(loop, [&] { fired = now(); });
    const TimePoint due = now() + 20ms;
    timer.set(due);
    EXPECT_EQ(timer.due(), due);
    ASSERT_TRUE(run_until(loop, [&] { return fired.has_value(); }));
    EXPECT_GE(*fired, due);
    EXPECT_FALSE(timer.due());
}

TEST(Timer, fire_in_order_of_their_times_not_of_setting)
{
    Loop loop;
    std::vector<int> order;
    Timer late(loop, [&] { order.push_back(3); });
    Timer early(loop, [&] { order.push_back(1); });
    Timer middle(loop, [&] { order.push_back(2); });
    const TimePoint start = now();
    late.set(start + 30ms);
    early.set(start + 10ms);
    middle.set(start + 20ms);
    ASSERT_TRUE(run_until(loop, [&] { return order.size() == 3; }));
    EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(Timer, set_again_replaces_and_cancel_silences)
{
    Loop loop;
    int moved = 0;
    int cancelled = 0;
    Timer a(loop, [&] { ++moved; });
    Timer b(loop, [&] { ++cancelled; });
    a.set_in(5ms);
    a.set_in(30ms);
    b.set_in(10ms);
    b.cancel();
    run_for(loop, 60ms);
    EXPECT_EQ(moved, 1);
    EXPECT_EQ(cancelled, 0);
}

TEST(Timer, due_at_the_same_moment_may_cancel_each_other)
{
    Loop loop;
    int fired = 0;
    std::unique_ptr<Timer> other;
    Timer first(loop, [&] {
        ++fired;
        other.reset();
    });
    other = std::make_unique<Timer>(loop, [&] { ++fired; });
    const TimePoint due = now() + 5ms;
    first.set(due);
    other->set(due);
    run_for(loop, 30ms);
    EXPECT_EQ(fired, 1);
}

TEST(Timer, may_destroy_itself)
{
    Loop loop;
    bool fired = false;
    std::unique_ptr<Timer> timer;
    timer = std::make_unique<Timer>(loop, [&] {
        timer.reset();
        fired = true;
    });
    timer->set_in(1ms);
    EXPECT_TRUE(run_until(loop, [&] { return fired; }));
}

TEST(Timer, that_is_always_due_does_not_starve_others)
{
    Loop loop;
    std::unique_ptr<Timer> busy;
    busy = std::make_unique<Timer>(loop, [&] { busy->set(TimePoint{}); });
    busy->set(TimePoint{});
    bool fired = false;
    Timer other(loop, [&] { fired = true; });
    other.set_in(5ms);
    EXPECT_TRUE(run_until(loop, [&] { return fired; }));
}

TEST(Timer, set_or_cancel_follows_what_a_core_wants)
{
    Loop loop;
    Timer timer(loop, [] {});
    const TimePoint due = now() + 1h;
    timer.set_or_cancel(due);
    EXPECT_EQ(timer.due(), due);
    timer.set_or_cancel(std::nullopt);
    EXPECT_EQ(timer.due(), std::nullopt);
}

class PipeTest : public testing::Test
{
protected:
    void SetUp() override { ASSERT_EQ(::pipe2(ends_, O_NONBLOCK | O_CLOEXEC), 0); }

    void TearDown() override
    {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }

    Loop loop_;
    int ends_[2] = {-1, -1};
};

TEST_F(PipeTest, readable_is_told_as_long_as_bytes_are_left)
{
    int calls = 0;
    FdWatch watch(loop_, ends_[0], [&] {
        char byte = 0;
        ASSERT_EQ(::read(ends_[0], &byte, 1), 1);  // one at a time: the rest calls again
        ++calls;
    });
    ASSERT_EQ(::write(ends_[1], "abc", 3), 3);
    EXPECT_TRUE(run_until(loop_, [&] { return calls == 3; }));
    run_for(loop_, 20ms);
    EXPECT_EQ(calls, 3);
}

TEST_F(PipeTest, watch_may_be_destroyed_in_its_callback_and_made_anew)
{
    int calls = 0;
    std::unique_ptr<FdWatch> watch;
    const auto read_one = [&] {
        char byte = 0;
        ASSERT_EQ(::read(ends_[0], &byte, 1), 1);
        ++calls;
        watch.reset();
    };
    watch = std::make_unique<FdWatch>(loop_, ends_[0], read_one);
    ASSERT_EQ(::write(ends_[1], "ab", 2), 2);
    ASSERT_TRUE(run_until(loop_, [&] { return calls == 1; }));
    run_for(loop_, 10ms);
    EXPECT_EQ(calls, 1);
    watch = std::make_unique<FdWatch>(loop_, ends_[0], read_one);
    EXPECT_TRUE(run_until(loop_, [&] { return calls == 2; }));
}

TEST_F(PipeTest, writable_is_told_once_when_there_is_room_again)
{
    const std::string block(65536, 'x');
    while (::write(ends_[1], block.data(), block.size()) > 0) {
    }
    int calls = 0;
    FdWatch watch(loop_, ends_[1], [] {});
    watch.when_writable([&] { ++calls; });
    run_for(loop_, 20ms);
    EXPECT_EQ(calls, 0);
    std::string sink(1 << 20, '\0');
    ASSERT_GT(::read(ends_[0], sink.data(), sink.size()), 0);
    EXPECT_TRUE(run_until(loop_, [&] { return calls == 1; }));
    run_for(loop_, 20ms);
    EXPECT_EQ(calls, 1);
}

TEST(Signals, arrive_as_callbacks_and_are_default_again_afterwards)
{
    Loop loop;
    int terms = 0;
    int usrs = 0;
    {
        Signals signals(loop);
        signals.on(SIGTERM, [&] { ++terms; });
        signals.on(SIGUSR1, [&] { ++usrs; });
        ::raise(SIGUSR1);
        ::raise(SIGTERM);
        EXPECT_EQ(terms, 0) << "only from the loop";
        EXPECT_TRUE(run_until(loop, [&] { return terms == 1 && usrs == 1; }));
    }
    EXPECT_EXIT(::raise(SIGTERM), testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace ha::io
