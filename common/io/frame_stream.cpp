// SPDX-License-Identifier: Apache-2.0
#include "common/io/detail/frame_stream.hpp"

#include <sys/socket.h>

#include <array>
#include <utility>

#include "common/io/loop.hpp"

namespace ha::io {

namespace {

constexpr std::size_t read_bytes = std::size_t{64} << 10;
constexpr std::size_t compact_bytes = std::size_t{256} << 10;

}  // namespace

FrameStream::FrameStream(Loop& loop, Fd socket, SocketLimits limits, Handlers handlers)
    : loop_(loop),
      socket_(std::move(socket)),
      limits_(limits),
      handlers_(std::move(handlers)),
      reader_(limits.frame_bytes_max)
{}

void FrameStream::start()
{
    watch_ = std::make_unique<FdWatch>(loop_, socket_.get(), [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->read_some();
        }
    });
}

void FrameStream::read_some()
{
    std::array<char, read_bytes> bytes;
    const ssize_t size = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0) {
        if (errno != EAGAIN && errno != EINTR) {
            end(errno_error("read").text);
        }
        return;
    }
    if (size == 0) {
        end("the other end hung up");
        return;
    }
    if (is_ending_) {
        return;  // whatever it still says is not for us
    }
    reader_.feed({bytes.data(), static_cast<std::size_t>(size)});
    while (!is_ended_ && !is_ending_ && take_frame()) {
    }
}

/// True if a frame was taken: there may be more.
bool FrameStream::take_frame()
{
    auto next = reader_.next();
    if (!next) {
        end(next.error().text);
        return false;
    }
    if (!*next) {
        return false;
    }
    wire::Frame& frame = **next;
    if (frame.header.version != socket_frame_version) {
        end("frame of version " + std::to_string(frame.header.version) + ", we speak " +
            std::to_string(socket_frame_version));
        return false;
    }
    handlers_.on_frame(SocketFrame{frame.header.type, std::move(frame.payload)});
    return true;
}

bool FrameStream::send(std::uint16_t type, std::string_view payload)
{
    if (is_ended_ || is_ending_) {
        return false;
    }
    const std::size_t waiting = queued_.size() - sent_;
    if (payload.size() > limits_.frame_bytes_max ||
        waiting + payload.size() > limits_.queued_bytes_max) {
        // From the loop, so that a caller inside its own loop over connections is safe.
        loop_.post([weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->end("too slow: the queue to it is full");
            }
        });
        is_ending_ = true;
        return false;
    }
    queued_ += wire::encode_frame(socket_frame_version, type, payload, limits_.frame_bytes_max);
    if (waiting == 0) {
        write_some();
    }
    return true;
}

void FrameStream::write_some()
{
    while (sent_ < queued_.size()) {
        const ssize_t size = ::send(socket_.get(), queued_.data() + sent_, queued_.size() - sent_,
                                    MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0 && errno == EAGAIN) {
            break;
        }
        if (size < 0) {
            return;  // the reading side sees the same error and ends us
        }
        sent_ += static_cast<std::size_t>(size);
    }
    if (sent_ == queued_.size()) {
        queued_.clear();
        sent_ = 0;
        if (is_ending_) {
            end("closed");
        }
        return;
    }
    if (sent_ > compact_bytes) {
        queued_.erase(0, sent_);
        sent_ = 0;
    }
    watch_->when_writable([weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->write_some();
        }
    });
}

void FrameStream::end_after_flush()
{
    if (is_ended_ || is_ending_) {
        return;
    }
    is_ending_ = true;
    // Not stop_reading(): a peer that hangs up meanwhile must still end us.
    if (queued_.empty()) {
        loop_.post([weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->end("closed");
            }
        });
    }
}

void FrameStream::drop()
{
    is_ended_ = true;
    watch_.reset();
    socket_.reset();
}

void FrameStream::end(const std::string& why)
{
    if (is_ended_) {
        return;
    }
    const auto self = shared_from_this();  // on_end may drop the last owner
    drop();
    handlers_.on_end(why);
}

}  // namespace ha::io
