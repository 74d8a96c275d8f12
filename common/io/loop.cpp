// SPDX-License-Identifier: Apache-2.0
#include "common/io/loop.hpp"

#include <csignal>
#include <utility>

#include <boost/asio/post.hpp>

#include "common/io/detail/loop_impl.hpp"

namespace ha::io {

Loop::Loop()
{
    // A peer or child that closed its end is an error code, not a death.
    std::signal(SIGPIPE, SIG_IGN);
    impl_ = std::make_unique<Impl>(*this);
}

Loop::~Loop() = default;

void Loop::run()
{
    impl_->context.restart();
    impl_->context.run();
}

void Loop::stop()
{
    impl_->context.stop();
}

void Loop::post(std::function<void()> work)
{
    boost::asio::post(impl_->context, std::move(work));
}

void Loop::run_one()
{
    impl_->context.restart();
    impl_->context.run_one();
}

TimerQueue& timer_queue(Loop& loop)
{
    return loop.impl().timers;
}

}  // namespace ha::io
