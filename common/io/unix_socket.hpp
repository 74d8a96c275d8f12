// SPDX-License-Identifier: Apache-2.0
//
// Unix stream sockets with frames (common/wire/frame.hpp): a server, a client for daemons that
// reconnects, and a blocking client with deadlines for tools.
// Everything is bounded: clients, frame size, bytes queued to a slow reader. Who breaks a bound, or
// sends what is no frame, is disconnected; nobody else notices.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace ha::io {

class Loop;

/// One frame as it came: `type` is a number of common/protocol.
struct SocketFrame {
    std::uint16_t type = 0;
    std::string payload;

    friend bool operator==(const SocketFrame&, const SocketFrame&) = default;
};

/// Who is at the other end (SO_PEERCRED, taken when it connected).
struct PeerCredentials {
    uid_t uid = static_cast<uid_t>(-1);
    gid_t gid = static_cast<gid_t>(-1);
    pid_t pid = 0;

    /// root may act, others only query (PLAN of the sockets).
    [[nodiscard]] bool is_root() const noexcept { return uid == 0; }
};

struct SocketLimits {
    std::size_t clients_max = 200;
    std::size_t frame_bytes_max = std::size_t{4} << 20;  ///< payload of one frame
    std::size_t queued_bytes_max = std::size_t{16}
                                   << 20;  ///< to one peer, not yet taken by the kernel
};

/// One accepted connection; never reused within a server.
using ConnectionId = Id<struct ConnectionTag, std::uint64_t>;

// ------------------------------------------------------------------------------------------ server

class UnixServer
{
public:
    struct Config {
        std::string path;
        mode_t mode = 0666;  ///< of the socket file; rights come from peer credentials
        SocketLimits limits;
    };

    struct Handlers {
        std::function<void(ConnectionId)> on_connect;  ///< may be empty
        std::function<void(ConnectionId, const SocketFrame&)> on_frame;
        std::function<void(ConnectionId)>
            on_close;  ///< may be empty; not called after our own close()
    };

    UnixServer(Loop& loop, Config config, Handlers handlers);
    ~UnixServer();  ///< closes all connections, removes the socket file
    UnixServer(const UnixServer&) = delete;
    UnixServer& operator=(const UnixServer&) = delete;

    /// Binds and listens. A stale socket file (nobody accepts on it) is replaced.
    /// Errors: already_exists if somebody answers there, system.
    [[nodiscard]] Status open();

    /// Queues a frame. False if the connection is gone or its queue is full (then it is closed).
    bool send(ConnectionId to, std::uint16_t type, std::string_view payload);

    /// Closes once what is queued was sent; reads no more from it.
    void close(ConnectionId connection);

    /// A default value (no rights) when the connection is gone.
    [[nodiscard]] PeerCredentials peer(ConnectionId connection) const;

    [[nodiscard]] std::size_t client_count() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

// ------------------------------------------------------------------------------------------ client

/// A daemon's end: connects, and again after each loss, until stop().
class UnixClient
{
public:
    struct Config {
        std::string path;
        Duration retry = std::chrono::milliseconds{200};
        SocketLimits limits;
    };

    struct Handlers {
        std::function<void()> on_connect;  ///< say hello, subscribe
        std::function<void(const SocketFrame&)> on_frame;
        std::function<void(const std::string& why)> on_disconnect;  ///< only after on_connect
    };

    UnixClient(Loop& loop, Config config, Handlers handlers);
    ~UnixClient();
    UnixClient(const UnixClient&) = delete;
    UnixClient& operator=(const UnixClient&) = delete;

    void start();

    /// Disconnects without on_disconnect and stays so until start().
    void stop();

    /// False if not connected; nothing is kept for later.
    bool send(std::uint16_t type, std::string_view payload);

    [[nodiscard]] bool is_connected() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

// -------------------------------------------------------------------------------------- blocking
// client

/// A tool's end: no loop, every call has a deadline.
class BlockingClient
{
public:
    /// Errors: unavailable (no socket, nobody listens), permission_denied, timed_out, system.
    [[nodiscard]] static Result<BlockingClient> connect(const std::string& path, TimePoint deadline,
                                                        SocketLimits limits = {});

    /// Errors: unavailable (the daemon hung up), timed_out, too_large.
    [[nodiscard]] Status send(std::uint16_t type, std::string_view payload, TimePoint deadline);

    /// The next frame. Errors: unavailable (the daemon hung up), timed_out, invalid_input (no
    /// frame).
    [[nodiscard]] Result<SocketFrame> receive(TimePoint deadline);

    ~BlockingClient();
    BlockingClient(BlockingClient&&) noexcept;
    BlockingClient& operator=(BlockingClient&&) noexcept;

private:
    struct Impl;
    explicit BlockingClient(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace ha::io
