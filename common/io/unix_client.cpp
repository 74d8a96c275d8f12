// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "common/io/detail/frame_stream.hpp"
#include "common/io/detail/unix_address.hpp"
#include "common/io/loop.hpp"
#include "common/io/timer.hpp"
#include "common/io/unix_socket.hpp"

namespace ha::io {

struct UnixClient::Impl : std::enable_shared_from_this<UnixClient::Impl> {
    Impl(Loop& event_loop, Config client_config, Handlers client_handlers)
        : loop(event_loop),
          config(std::move(client_config)),
          handlers(std::move(client_handlers)),
          attempt(event_loop, [this] { connect(); })
    {}

    void connect();
    void on_end(const std::string& why);

    Loop& loop;
    Config config;
    Handlers handlers;
    Timer attempt;
    std::shared_ptr<FrameStream> stream;
};

void UnixClient::Impl::connect()
{
    Result<Fd> socket = connect_unix(config.path);
    if (!socket) {
        attempt.set_in(config.retry);
        return;
    }
    FrameStream::Handlers stream_handlers{[weak = weak_from_this()](const SocketFrame& frame) {
                                              if (const auto self = weak.lock()) {
                                                  self->handlers.on_frame(frame);
                                              }
                                          },
                                          [weak = weak_from_this()](const std::string& why) {
                                              if (const auto self = weak.lock()) {
                                                  self->on_end(why);
                                              }
                                          }};
    stream = std::make_shared<FrameStream>(loop, std::move(*socket), config.limits,
                                           std::move(stream_handlers));
    stream->start();
    const auto self = shared_from_this();
    handlers.on_connect();
}

void UnixClient::Impl::on_end(const std::string& why)
{
    stream.reset();
    attempt.set_in(config.retry);
    handlers.on_disconnect(why);
}

UnixClient::UnixClient(Loop& loop, Config config, Handlers handlers)
    : impl_(std::make_shared<Impl>(loop, std::move(config), std::move(handlers)))
{}

UnixClient::~UnixClient()
{
    stop();
}

void UnixClient::start()
{
    if (impl_->stream == nullptr && !impl_->attempt.due()) {
        impl_->attempt.set_in(Duration::zero());
    }
}

void UnixClient::stop()
{
    impl_->attempt.cancel();
    if (impl_->stream != nullptr) {
        impl_->stream->drop();
        impl_->stream.reset();
    }
}

bool UnixClient::send(std::uint16_t type, std::string_view payload)
{
    return is_connected() && impl_->stream->send(type, payload);
}

bool UnixClient::is_connected() const
{
    return impl_->stream != nullptr;
}

}  // namespace ha::io
