// SPDX-License-Identifier: Apache-2.0
// What a Loop is made of. Only loop.cpp and fd_watch.cpp include this: Asio costs seconds per unit.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "common/io/detail/timer_queue.hpp"
#include "common/io/loop.hpp"

namespace ha::io {

struct Loop::Impl {
    explicit Impl(Loop& loop) : work(context.get_executor()), timers(loop) {}

    // One thread: the hint lets Asio leave its locks out.
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
    TimerQueue timers;
};

}  // namespace ha::io
