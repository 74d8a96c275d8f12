// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <map>
#include <utility>

#include "common/io/detail/frame_stream.hpp"
#include "common/io/detail/unix_address.hpp"
#include "common/io/loop.hpp"
#include "common/io/timer.hpp"
#include "common/io/unix_socket.hpp"

namespace ha::io {

namespace {

constexpr int listen_backlog = 64;
constexpr Duration accept_pause = std::chrono::milliseconds{100};

PeerCredentials peer_credentials(int socket)
{
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return {};  // no rights
    }
    return {credentials.uid, credentials.gid, credentials.pid};
}

}  // namespace

struct UnixServer::Impl : std::enable_shared_from_this<UnixServer::Impl> {
    struct Client {
        PeerCredentials peer;
        std::shared_ptr<FrameStream> stream;
        bool is_closing =
            false;  ///< we said close(): what is queued still goes out, nobody is told
    };

    Impl(Loop& event_loop, Config server_config, Handlers server_handlers)
        : loop(event_loop),
          config(std::move(server_config)),
          handlers(std::move(server_handlers)),
          retry_accept(event_loop, [this] { watch_listener(); })
    {}

    Status bind_and_listen();
    void watch_listener();
    void accept_some();
    void add(Fd socket);
    [[nodiscard]] bool has_room_for(const PeerCredentials& peer) const;
    void on_end(ConnectionId id);

    Loop& loop;
    Config config;
    Handlers handlers;
    Fd listener;
    bool owns_file = false;
    std::map<ConnectionId, Client> clients;
    std::uint64_t last_id = 0;
    Timer retry_accept;
    std::unique_ptr<FdWatch> watch;  // after listener: goes first
};

Status UnixServer::Impl::bind_and_listen()
{
    const Result<UnixAddress> address = unix_address(config.path);
    if (!address) {
        return address.error();
    }
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.is_open()) {
        return errno_error("socket");
    }
    // The mode holds from the first moment; one thread, so nobody else sees the mask.
    const mode_t old_mask = ::umask(static_cast<mode_t>(~config.mode & 0777U));
    const int bound =
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
    const int error = errno;
    ::umask(old_mask);
    if (bound != 0) {
        return errno_error("bind " + config.path, error);
    }
    owns_file = true;
    if (::listen(socket.get(), listen_backlog) != 0) {
        return errno_error("listen " + config.path);
    }
    listener = std::move(socket);
    return ok();
}

void UnixServer::Impl::watch_listener()
{
    watch = std::make_unique<FdWatch>(loop, listener.get(), [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->accept_some();
        }
    });
}

void UnixServer::Impl::accept_some()
{
    while (watch != nullptr) {
        Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (socket.is_open()) {
            add(std::move(socket));
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            // Still readable: without a pause we would spin until a descriptor is free.
            watch.reset();
            retry_accept.set_in(accept_pause);
        }
        return;
    }
}

/// Half of the places are root's: users that query cannot lock out those who act.
bool UnixServer::Impl::has_room_for(const PeerCredentials& peer) const
{
    if (peer.is_root()) {
        return clients.size() < config.limits.clients_max;
    }
    std::size_t others = 0;
    for (const auto& [id, client] : clients) {
        others += client.peer.is_root() ? 0 : 1;
    }
    return others < (config.limits.clients_max + 1) / 2 &&
           clients.size() < config.limits.clients_max;
}

void UnixServer::Impl::add(Fd socket)
{
    const PeerCredentials peer = peer_credentials(socket.get());
    if (!has_room_for(peer)) {
        return;  // it sees that we hang up
    }
    const ConnectionId id{++last_id};
    FrameStream::Handlers stream_handlers{[weak = weak_from_this(), id](const SocketFrame& frame) {
                                              if (const auto self = weak.lock()) {
                                                  self->handlers.on_frame(id, frame);
                                              }
                                          },
                                          [weak = weak_from_this(), id](const std::string&) {
                                              if (const auto self = weak.lock()) {
                                                  self->on_end(id);
                                              }
                                          }};
    auto stream = std::make_shared<FrameStream>(loop, std::move(socket), config.limits,
                                                std::move(stream_handlers));
    clients.emplace(id, Client{peer, stream, false});
    stream->start();
    if (handlers.on_connect) {
        handlers.on_connect(id);
    }
}

void UnixServer::Impl::on_end(ConnectionId id)
{
    const auto found = clients.find(id);
    if (found == clients.end()) {
        return;
    }
    const bool tell = !found->second.is_closing && handlers.on_close;
    clients.erase(found);
    if (tell) {
        handlers.on_close(id);
    }
}

UnixServer::UnixServer(Loop& loop, Config config, Handlers handlers)
    : impl_(std::make_shared<Impl>(loop, std::move(config), std::move(handlers)))
{}

UnixServer::~UnixServer()
{
    impl_->watch.reset();
    impl_->retry_accept.cancel();
    for (auto& [id, client] : impl_->clients) {
        client.stream->drop();
    }
    if (impl_->owns_file) {
        ::unlink(impl_->config.path.c_str());
    }
}

Status UnixServer::open()
{
    const Result<Fd> other = connect_unix(impl_->config.path);
    if (other || other.error().code == ErrorCode::busy) {
        return Error{ErrorCode::already_exists,
                     "somebody serves " + impl_->config.path + " already"};
    }
    if (::unlink(impl_->config.path.c_str()) != 0 && errno != ENOENT) {
        return errno_error("remove stale " + impl_->config.path);
    }
    Status listening = impl_->bind_and_listen();
    if (listening) {
        impl_->watch_listener();
    }
    return listening;
}

bool UnixServer::send(ConnectionId to, std::uint16_t type, std::string_view payload)
{
    const auto found = impl_->clients.find(to);
    return found != impl_->clients.end() && found->second.stream->send(type, payload);
}

void UnixServer::close(ConnectionId connection)
{
    const auto found = impl_->clients.find(connection);
    if (found != impl_->clients.end()) {
        found->second.is_closing = true;
        found->second.stream->end_after_flush();
    }
}

PeerCredentials UnixServer::peer(ConnectionId connection) const
{
    const auto found = impl_->clients.find(connection);
    return found == impl_->clients.end() ? PeerCredentials{} : found->second.peer;
}

std::size_t UnixServer::client_count() const
{
    return impl_->clients.size();
}

}  // namespace ha::io
