// SPDX-License-Identifier: Apache-2.0
//
// FrameStream: frames over a connected, non-blocking stream socket: what server and client share.
// Bounded both ways; never blocks. Ends by its own on_end, from the loop, or silently by its
// destructor.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/io/detail/fd.hpp"
#include "common/io/fd_watch.hpp"
#include "common/io/unix_socket.hpp"
#include "common/wire/frame.hpp"

namespace ha::io {

/// Version of frames on unix sockets; another one is refused (both ends come from one package).
inline constexpr std::uint16_t socket_frame_version = 1;

class FrameStream : public std::enable_shared_from_this<FrameStream>
{
public:
    struct Handlers {
        std::function<void(const SocketFrame&)> on_frame;
        std::function<void(const std::string& why)> on_end;  ///< at most once; nothing follows
    };

    FrameStream(Loop& loop, Fd socket, SocketLimits limits, Handlers handlers);

    /// Starts reading. Apart from the constructor, because callbacks need a shared_ptr to us.
    void start();

    /// False when ended, ending or over a bound; over a bound it ends.
    bool send(std::uint16_t type, std::string_view payload);

    /// Takes no more frames either way; on_end once everything queued was sent or the peer is gone.
    void end_after_flush();

    /// No callback any more.
    void drop();

private:
    void read_some();
    bool take_frame();
    void write_some();
    void end(const std::string& why);

    Loop& loop_;
    Fd socket_;
    SocketLimits limits_;
    Handlers handlers_;
    wire::FrameReader reader_;
    std::string queued_;
    std::size_t sent_ = 0;  ///< of queued_
    bool is_ended_ = false;
    bool is_ending_ = false;
    std::unique_ptr<FdWatch> watch_;
};

}  // namespace ha::io
