// SPDX-License-Identifier: Apache-2.0
// The group's shell against a libcpg that takes frames, and announces things, when the test says
// so: its functions stand in this program, in front of the library's.
#include "common/io/cpg.hpp"

#include <sys/eventfd.h>
#include <sys/uio.h>

#include <unistd.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <corosync/cpg.h>
#include <gmock/gmock.h>

#include "common/io/loop.hpp"
#include "tests/support/run_until.hpp"

namespace ha::io {
namespace {

using namespace std::chrono_literals;
using test::run_for;
using test::run_until;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint32_t self = 1;

/// corosync, as one process sees it.
struct Corosync {
    bool takes_frames = true;
    std::vector<std::string> taken;

    cpg_model_v1_data_t model{};
    void* context = nullptr;
    int descriptor = -1;  ///< readable while something is to be dispatched
    std::deque<std::function<void()>> announced;
    cs_error_t health = CS_OK;

    void announce(std::function<void()> what)
    {
        announced.push_back(std::move(what));
        ::eventfd_write(descriptor, 1);
    }

    /// Our own process comes or goes.
    void change(bool is_coming, cpg_reason_t reason)
    {
        announce([this, is_coming, reason] {
            const cpg_address address{self, static_cast<std::uint32_t>(::getpid()), reason};
            const std::size_t comes = is_coming ? 1 : 0;
            const std::size_t goes = 1 - comes;
            model.cpg_confchg_fn(1, nullptr, &address, comes, &address, goes, &address, comes);
        });
    }

    void die()
    {
        health = CS_ERR_LIBRARY;
        ::eventfd_write(descriptor, 1);
    }
};

Corosync* corosync = nullptr;  ///< libcpg is a set of functions: the test's world is theirs

}  // namespace
}  // namespace ha::io

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
cs_error_t cpg_model_initialize(cpg_handle_t* handle, cpg_model_t, cpg_model_data_t* model,
                                void* context)
{
    *handle = 1;
    ha::io::corosync->model = *reinterpret_cast<cpg_model_v1_data_t*>(model);
    ha::io::corosync->context = context;
    ha::io::corosync->descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    ha::io::corosync->health = CS_OK;
    return CS_OK;
}

cs_error_t cpg_finalize(cpg_handle_t)
{
    ha::io::corosync->announced.clear();
    ::close(std::exchange(ha::io::corosync->descriptor, -1));
    return CS_OK;
}

cs_error_t cpg_fd_get(cpg_handle_t, int* fd)
{
    *fd = ha::io::corosync->descriptor;
    return CS_OK;
}

cs_error_t cpg_context_get(cpg_handle_t, void** context)
{
    *context = ha::io::corosync->context;
    return CS_OK;
}

cs_error_t cpg_local_get(cpg_handle_t, unsigned int* node)
{
    *node = ha::io::self;
    return CS_OK;
}

cs_error_t cpg_join(cpg_handle_t, const cpg_name*)
{
    ha::io::corosync->change(true, CPG_REASON_JOIN);
    return CS_OK;
}

cs_error_t cpg_leave(cpg_handle_t, const cpg_name*)
{
    ha::io::corosync->change(false, CPG_REASON_LEAVE);
    return CS_OK;
}

cs_error_t cpg_mcast_joined(cpg_handle_t, cpg_guarantee_t, const iovec* parts, unsigned int count)
{
    if (!ha::io::corosync->takes_frames) {
        return CS_ERR_TRY_AGAIN;
    }
    std::string frame;
    for (unsigned int i = 0; i < count; ++i) {
        frame.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
    }
    ha::io::corosync->taken.push_back(std::move(frame));
    return CS_OK;
}

cs_error_t cpg_dispatch(cpg_handle_t, cs_dispatch_flags_t)
{
    eventfd_t count = 0;
    ::eventfd_read(ha::io::corosync->descriptor, &count);
    while (!ha::io::corosync->announced.empty()) {
        ha::io::corosync->announced.front()();
        ha::io::corosync->announced.pop_front();
    }
    return ha::io::corosync->health;
}
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)

namespace ha::io {
namespace {

class CpgTest : public testing::Test
{
protected:
    CpgTest() { corosync = &corosync_; }

    void join()
    {
        cpg_.join();
        ASSERT_TRUE(run_until(loop_, [this] { return cpg_.is_joined(); }));
    }

    void leave()
    {
        bool has_left = false;
        cpg_.leave([&] { has_left = true; });
        ASSERT_TRUE(run_until(loop_, [&] { return has_left; }));
    }

    Corosync corosync_;
    Loop loop_;
    std::optional<std::string> lost_;
    Cpg cpg_{loop_,
             {.group = "test", .retry = 1ms, .queued_bytes_max = 100},
             {[](NodeId) {}, [](const view::GroupEvent&) {}, [](NodeId, std::uint32_t) {},
              [this](const std::string& why) { lost_ = why; }}};
};

TEST_F(CpgTest, frames_wait_in_order_until_corosync_takes_them)
{
    join();
    corosync_.takes_frames = false;
    ASSERT_TRUE(cpg_.send("one"));
    ASSERT_TRUE(cpg_.send("two"));
    EXPECT_EQ(cpg_.queued_bytes(), 6U);
    run_for(loop_, 20ms);
    EXPECT_THAT(corosync_.taken, IsEmpty());

    corosync_.takes_frames = true;
    ASSERT_TRUE(run_until(loop_, [&] { return cpg_.queued_bytes() == 0; }));
    EXPECT_THAT(corosync_.taken, ElementsAre("one", "two"));
}

TEST_F(CpgTest, a_full_queue_refuses_the_frame_and_keeps_the_others)
{
    join();
    corosync_.takes_frames = false;
    ASSERT_TRUE(cpg_.send(std::string(100, 'x')));
    const Status refused = cpg_.send("y");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::busy);
    EXPECT_EQ(cpg_.queued_bytes(), 100U);
}

// Chaos run 1010: the frame of a life that was over stood in front of all that the next one said.
TEST_F(CpgTest, who_left_with_unsent_frames_speaks_in_its_next_life)
{
    join();
    corosync_.takes_frames = false;
    ASSERT_TRUE(cpg_.send("of the old life"));
    leave();
    corosync_.takes_frames = true;

    join();
    ASSERT_TRUE(cpg_.send("of the new life"));
    EXPECT_EQ(cpg_.queued_bytes(), 0U);
    run_for(loop_, 20ms);
    EXPECT_THAT(corosync_.taken, ElementsAre("of the new life"));
}

TEST_F(CpgTest, what_a_dead_corosync_had_not_taken_is_forgotten)
{
    join();
    corosync_.takes_frames = false;
    ASSERT_TRUE(cpg_.send("unsent"));
    corosync_.die();
    ASSERT_TRUE(run_until(loop_, [&] { return lost_.has_value(); }));
    EXPECT_EQ(cpg_.queued_bytes(), 0U);
    EXPECT_FALSE(cpg_.send("nobody there"));

    corosync_.takes_frames = true;
    join();
    ASSERT_TRUE(cpg_.send("anew"));
    EXPECT_THAT(corosync_.taken, ElementsAre("anew"));
}

}  // namespace
}  // namespace ha::io
