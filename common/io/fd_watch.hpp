// SPDX-License-Identifier: Apache-2.0
//
// FdWatch: calls back when a descriptor that somebody else owns is readable or writable (sockets,
// pipes, pidfds, corosync, FIFO). The one place where common/io meets Boost.Asio: all else is built
// on it.
#pragma once

#include <functional>
#include <memory>

namespace ha::io {

class Loop;

class FdWatch
{
public:
    /// `on_readable` is called, from the loop, as long as the descriptor is readable, hung up or in
    /// error: read until EAGAIN or end of file, and destroy the watch at end of file.
    /// The descriptor must be pollable, is not closed by us, stays open until this watch is
    /// destroyed, and has no other watch in the same loop.
    FdWatch(Loop& loop, int fd, std::function<void()> on_readable);
    ~FdWatch();
    FdWatch(const FdWatch&) = delete;
    FdWatch& operator=(const FdWatch&) = delete;

    /// Calls `on_writable` once, as soon as the descriptor takes bytes. Replaces a former wish.
    void when_writable(std::function<void()> on_writable);

    /// No more on_readable (until destroyed): its peer's bytes wait in the kernel.
    void stop_reading();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace ha::io
