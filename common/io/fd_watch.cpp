// SPDX-License-Identifier: Apache-2.0
#include "common/io/fd_watch.hpp"

#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "common/io/detail/loop_impl.hpp"

namespace ha::io {

struct FdWatch::Impl : std::enable_shared_from_this<FdWatch::Impl> {
    Impl(Loop& loop, int fd, std::function<void()> readable)
        : descriptor(loop.impl().context, fd),
          on_readable(std::move(readable))
    {}

    using Descriptor = boost::asio::posix::stream_descriptor;

    void wait_readable()
    {
        descriptor.async_wait(Descriptor::wait_read, [self = shared_from_this()](auto error) {
            if (self->is_closed || error || self->is_reading_stopped) {
                return;
            }
            self->on_readable();
            if (!self->is_closed && !self->is_reading_stopped) {
                self->wait_readable();
            }
        });
    }

    void wait_writable()
    {
        is_waiting_to_write = true;
        descriptor.async_wait(Descriptor::wait_write, [self = shared_from_this()](auto error) {
            self->is_waiting_to_write = false;
            if (self->is_closed || error) {
                return;
            }
            if (auto callback = std::exchange(self->on_writable, nullptr)) {
                callback();
            }
        });
    }

    Descriptor descriptor;
    std::function<void()> on_readable;
    std::function<void()> on_writable;
    bool is_waiting_to_write = false;
    bool is_reading_stopped = false;
    bool is_closed = false;
};

FdWatch::FdWatch(Loop& loop, int fd, std::function<void()> on_readable)
    : impl_(std::make_shared<Impl>(loop, fd, std::move(on_readable)))
{
    impl_->wait_readable();
}

FdWatch::~FdWatch()
{
    impl_->is_closed = true;
    // Deregisters and cancels; the descriptor stays open and its owner's.
    static_cast<void>(impl_->descriptor.release());
}

void FdWatch::when_writable(std::function<void()> on_writable)
{
    impl_->on_writable = std::move(on_writable);
    if (!impl_->is_waiting_to_write) {
        impl_->wait_writable();
    }
}

void FdWatch::stop_reading()
{
    impl_->is_reading_stopped = true;
}

}  // namespace ha::io
