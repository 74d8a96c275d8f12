// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/cman_link.hpp"

#include <utility>

#include "common/log/log.hpp"

namespace ha::daemon {
namespace {

template <class Message>
bool send(io::UnixClient& client, const Message& message)
{
    return client.send(Message::message_type, protocol::encode(message));
}

/// Calls `handler` with the message; one that cannot be read is said and dropped.
template <class Message, class Handler>
void with(const io::SocketFrame& frame, Handler handler)
{
    const auto message = protocol::decode<Message>(frame.payload);
    if (message) {
        handler(*message);
    } else {
        log::debug("cmand sent what cannot be read",
                   {{"message", Message::message_name}, {"reason", message.error().text}});
    }
}

}  // namespace

CmanLink::CmanLink(io::Loop& loop, Config config, Handlers handlers)
    : config_(std::move(config)),
      handlers_(std::move(handlers)),
      client_(loop, {.path = config_.path, .retry = std::chrono::milliseconds{200}, .limits = {}},
              {.on_connect = [this] { send(client_, protocol::Subscribe{config_.client}); },
               .on_frame = [this](const io::SocketFrame& frame) { frame_came(frame); },
               .on_disconnect =
                   [this](const std::string& why) {
                       log::debug("cmand is gone", {{"reason", why}});
                       if (handlers_.on_gone) {
                           handlers_.on_gone();
                       }
                   }})
{}

void CmanLink::frame_came(const io::SocketFrame& frame)
{
    switch (frame.type) {
        case protocol::ActiveDocument::message_type:
            with<protocol::ActiveDocument>(frame, handlers_.on_document);
            break;
        case protocol::LeaveQuestion::message_type:
            with<protocol::LeaveQuestion>(frame, [this](const protocol::LeaveQuestion& question) {
                const std::string why_not = handlers_.why_not_leave();
                send(client_, protocol::LeaveAnswer{question.number, why_not.empty(), why_not});
            });
            break;
        case protocol::ClusterStopping::message_type:
            with<protocol::ClusterStopping>(frame,
                                            [this](const protocol::ClusterStopping& stopping) {
                                                handlers_.on_stopping(stopping.reason);
                                            });
            break;
        case protocol::PrepareQuestion::message_type:
            if (handlers_.on_prepare) {
                with<protocol::PrepareQuestion>(frame, handlers_.on_prepare);
            }
            break;
        case protocol::PrepareDropped::message_type:
            if (handlers_.on_prepare_dropped) {
                with<protocol::PrepareDropped>(frame,
                                               [this](const protocol::PrepareDropped& dropped) {
                                                   handlers_.on_prepare_dropped(dropped.config);
                                               });
            }
            break;
        default:  // answers to kill(): the group's view tells what came of it
            break;
    }
}

void CmanLink::answer_prepare(std::uint64_t number, bool accepted, const std::string& why)
{
    send(client_, protocol::PrepareAnswer{number, accepted, why});
}

bool CmanLink::kill(const std::string& node)
{
    return send(client_, protocol::KillRequest{node});
}

}  // namespace ha::daemon
