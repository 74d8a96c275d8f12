// SPDX-License-Identifier: Apache-2.0
#include <poll.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "common/io/clock.hpp"
#include "common/io/detail/frame_stream.hpp"
#include "common/io/detail/unix_address.hpp"
#include "common/io/unix_socket.hpp"

namespace ha::io {

struct BlockingClient::Impl {
    Impl(Fd connected, SocketLimits socket_limits)
        : socket(std::move(connected)),
          limits(socket_limits),
          reader(socket_limits.frame_bytes_max)
    {}

    [[nodiscard]] Status wait(short events, TimePoint deadline) const;

    Fd socket;
    SocketLimits limits;
    wire::FrameReader reader;
};

namespace {

constexpr Duration busy_pause = std::chrono::milliseconds{20};

Error hung_up()
{
    return Error{ErrorCode::unavailable, "the daemon hung up"};
}

}  // namespace

Status BlockingClient::Impl::wait(short events, TimePoint deadline) const
{
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now()).count();
        pollfd descriptor{socket.get(), events, 0};
        const int ready =
            ::poll(&descriptor, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000)));
        if (ready > 0) {
            return ok();
        }
        if (ready < 0 && errno != EINTR) {
            return errno_error("poll");
        }
        if (now() >= deadline) {
            return Error{ErrorCode::timed_out, "no answer in time"};
        }
    }
}

BlockingClient::BlockingClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl))
{}
BlockingClient::~BlockingClient() = default;
BlockingClient::BlockingClient(BlockingClient&&) noexcept = default;
BlockingClient& BlockingClient::operator=(BlockingClient&&) noexcept = default;

Result<BlockingClient> BlockingClient::connect(const std::string& path, TimePoint deadline,
                                               SocketLimits limits)
{
    for (;;) {
        Result<Fd> socket = connect_unix(path);
        if (socket) {
            return BlockingClient(std::make_unique<Impl>(std::move(*socket), limits));
        }
        if (socket.error().code != ErrorCode::busy) {
            return socket.error();
        }
        if (now() >= deadline) {
            return Error{ErrorCode::timed_out, socket.error().text};
        }
        std::this_thread::sleep_for(busy_pause);  // a full backlog gives no event to wait for
    }
}

Status BlockingClient::send(std::uint16_t type, std::string_view payload, TimePoint deadline)
{
    if (payload.size() > impl_->limits.frame_bytes_max) {
        return Error{ErrorCode::too_large,
                     "request of " + std::to_string(payload.size()) + " bytes"};
    }
    const std::string bytes =
        wire::encode_frame(socket_frame_version, type, payload, impl_->limits.frame_bytes_max);
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t size = ::send(impl_->socket.get(), bytes.data() + sent, bytes.size() - sent,
                                    MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size >= 0) {
            sent += static_cast<std::size_t>(size);
        } else if (errno == EAGAIN) {
            if (Status writable = impl_->wait(POLLOUT, deadline); !writable) {
                return writable;
            }
        } else if (errno != EINTR) {
            return hung_up();
        }
    }
    return ok();
}

Result<SocketFrame> BlockingClient::receive(TimePoint deadline)
{
    for (;;) {
        auto next = impl_->reader.next();
        if (!next) {
            return next.error();
        }
        if (*next) {
            wire::Frame& frame = **next;
            if (frame.header.version != socket_frame_version) {
                return Error{ErrorCode::invalid_input, "the daemon speaks another frame version"};
            }
            return SocketFrame{frame.header.type, std::move(frame.payload)};
        }
        if (Status readable = impl_->wait(POLLIN, deadline); !readable) {
            return readable.error();
        }
        std::array<char, 16384> bytes;
        const ssize_t size = ::recv(impl_->socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (size > 0) {
            impl_->reader.feed({bytes.data(), static_cast<std::size_t>(size)});
        } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
            return hung_up();
        }
    }
}

}  // namespace ha::io
