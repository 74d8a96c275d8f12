// SPDX-License-Identifier: Apache-2.0
//
// FdWatch: calls back while a descriptor that somebody else owns is readable (corosync, FIFO,
// netlink).
#pragma once

#include <functional>
#include <memory>

namespace ha::io {

class Loop;

class FdWatch
{
public:
    /// `on_readable` must read until EAGAIN, or it is called again at once. The descriptor must be
    /// non-blocking, is not closed by us, and must stay open until this watch is destroyed.
    FdWatch(Loop& loop, int fd, std::function<void()> on_readable);
    ~FdWatch();
    FdWatch(const FdWatch&) = delete;
    FdWatch& operator=(const FdWatch&) = delete;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace ha::io
