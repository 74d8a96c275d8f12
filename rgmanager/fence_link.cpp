// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/fence_link.hpp"

#include <utility>

#include "common/log/log.hpp"

namespace ha::service {

namespace {

const std::string group_name = "rgmanager";

template <class Message>
bool send(io::UnixClient& client, const Message& message)
{
    return client.send(Message::message_type, protocol::encode(message));
}

}  // namespace

FenceLink::FenceLink(io::Loop& loop, const std::string& path,
                     std::function<void(const std::optional<protocol::FenceFacts>&)> on_facts)
    : on_facts_(std::move(on_facts)),
      client_(loop, {.path = path, .retry = std::chrono::milliseconds{100}, .limits = {}},
              {.on_connect = [this] { connected(); },
               .on_frame = [this](const io::SocketFrame& frame) { frame_came(frame); },
               .on_disconnect =
                   [this](const std::string& why) {
                       log::debug("fenced is gone", {{"reason", why}});
                       on_facts_(std::nullopt);
                   }})
{}

void FenceLink::connected()
{
    send(client_, protocol::SubscribeFacts{group_name});
    if (is_joined_) {
        send(client_, protocol::GroupJoined{group_name});
    }
    if (goodbye_) {
        send(client_, *goodbye_);
    }
}

void FenceLink::frame_came(const io::SocketFrame& frame)
{
    if (frame.type != protocol::FenceFacts::message_type) {
        return;
    }
    const auto facts = protocol::decode<protocol::FenceFacts>(frame.payload);
    if (!facts) {
        log::debug("fenced sent what cannot be read", {{"reason", facts.error().text}});
        return;
    }
    on_facts_(*facts);
}

void FenceLink::joined()
{
    is_joined_ = true;
    goodbye_.reset();
    send(client_, protocol::GroupJoined{group_name});
}

void FenceLink::said_goodbye(bool is_empty, bool is_handed_over)
{
    is_joined_ = false;
    goodbye_ = protocol::GroupGoodbye{group_name, is_empty, is_handed_over};
    send(client_, *goodbye_);
}

void FenceLink::demand(NodeId node, const NodeLife& life, const std::string& cause)
{
    send(client_, protocol::DemandFence{node, life, cause});
}

}  // namespace ha::service
