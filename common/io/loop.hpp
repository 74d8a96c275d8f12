// SPDX-License-Identifier: Apache-2.0
//
// Loop: the one event loop of a daemon, one thread. Timers, sockets, children and corosync's
// descriptors all hang on it. Hides Boost.Asio: only sources of common/io include
// common/io/detail/asio.hpp. Every callback in common/io runs inside run(), never inside the call
// that registered it, and may destroy the object it belongs to.
#pragma once

#include <functional>
#include <memory>

namespace ha::io {

class Loop
{
public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Runs callbacks until stop(). An exception out of a callback is a bug and ends the program.
    void run();

    /// Makes run() return after the current callback. Safe to call from callbacks only.
    void stop();

    /// Runs `work` later, from run(), in order of posting.
    void post(std::function<void()> work);

    /// Waits for one callback and runs it. For tests (tests/support/loop.hpp).
    void run_one();

    struct Impl;
    [[nodiscard]] Impl& impl() noexcept { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace ha::io
