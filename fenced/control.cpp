// SPDX-License-Identifier: Apache-2.0
#include "fenced/control.hpp"

#include <utility>

namespace ha::fence {

template <class Message>
void Control::send(io::ConnectionId to, const Message& message)
{
    server_.send(to, Message::message_type, protocol::encode(message));
}

template <class Message, class Handler>
void Control::with(io::ConnectionId from, const io::SocketFrame& frame, Handler handler)
{
    const auto message = protocol::decode<Message>(frame.payload);
    if (message) {
        handler(*message);
        return;
    }
    refuse(from, "not understood: " + message.error().text);
    server_.close(from);
}

Control::Control(io::Loop& loop, const std::string& path, Handlers handlers)
    : handlers_(std::move(handlers)),
      server_(loop, {.path = path, .mode = 0666, .limits = {}},
              {.on_connect = {},
               .on_frame = [this](io::ConnectionId from,
                                  const io::SocketFrame& frame) { frame_came(from, frame); },
               .on_close = [this](io::ConnectionId connection) { closed(connection); }})
{}

void Control::push(const protocol::FenceFacts& facts)
{
    facts_ = protocol::encode(facts);
    for (const io::ConnectionId subscriber : std::set(subscribers_)) {
        server_.send(subscriber, protocol::FenceFacts::message_type, facts_);
    }
}

void Control::answer(const Reply& reply)
{
    const auto found = requests_.find(reply.request);
    if (found == requests_.end()) {
        return;
    }
    send(found->second, protocol::FenceAnswer{reply.accepted, reply.text});
    requests_.erase(found);
}

void Control::closed(io::ConnectionId connection)
{
    subscribers_.erase(connection);
    std::erase_if(requests_,
                  [connection](const auto& request) { return request.second == connection; });
    if (const auto found = externals_.find(connection); found != externals_.end()) {
        const NodeId node = found->second;
        externals_.erase(found);
        handlers_.on_event(ExternalEnded{0, node, false});
    }
}

void Control::refuse(io::ConnectionId to, const std::string& why)
{
    send(to, protocol::FenceAnswer{false, why});
}

RequestId Control::request_of(io::ConnectionId from)
{
    requests_.emplace(++last_request_, from);
    return last_request_;
}

void Control::frame_came(io::ConnectionId from, const io::SocketFrame& frame)
{
    switch (frame.type) {
        case protocol::SubscribeFacts::message_type:
        case protocol::ListDomain::message_type:
        case protocol::DumpRequest::message_type:
            query(from, frame);
            break;
        default:
            if (server_.peer(from).is_root()) {
                act(from, frame);
            } else {
                refuse(from, "permission denied: only root may change the fence domain");
            }
    }
}

void Control::query(io::ConnectionId from, const io::SocketFrame& frame)
{
    switch (frame.type) {
        case protocol::SubscribeFacts::message_type:
            subscribers_.insert(from);
            if (!facts_.empty()) {
                server_.send(from, protocol::FenceFacts::message_type, facts_);
            }
            break;
        case protocol::ListDomain::message_type:
            send(from, handlers_.listing());
            break;
        case protocol::DumpRequest::message_type:
            send(from, protocol::DumpReply{handlers_.dump()});
            break;
        default:
            break;
    }
}

void Control::act(io::ConnectionId from, const io::SocketFrame& frame)
{
    switch (frame.type) {
        case protocol::JoinDomain::message_type:
            handlers_.on_event(JoinRequested{request_of(from)});
            break;
        case protocol::LeaveDomain::message_type:
            handlers_.on_event(LeaveRequested{request_of(from)});
            break;
        case protocol::GroupJoined::message_type:
            with<protocol::GroupJoined>(from, frame, [this](const protocol::GroupJoined& joined) {
                handlers_.on_event(LocalGroupJoined{joined.group});
            });
            break;
        case protocol::GroupGoodbye::message_type:
            with<protocol::GroupGoodbye>(
                from, frame, [this](const protocol::GroupGoodbye& goodbye) {
                    handlers_.on_event(
                        LocalGroupGoodbye{goodbye.group, goodbye.empty, goodbye.handed_over});
                });
            break;
        case protocol::DemandFence::message_type:
            with<protocol::DemandFence>(
                from, frame, [this, from](const protocol::DemandFence& demand) {
                    handlers_.on_event(
                        FenceDemanded{request_of(from), demand.node, demand.life, demand.cause});
                });
            break;
        case protocol::ExternalBegin::message_type:
        case protocol::ExternalEnd::message_type:
            external(from, frame);
            break;
        case protocol::Acknowledge::message_type:
            acknowledge(from, frame);
            break;
        default:
            refuse(from, "unknown request " + std::to_string(frame.type));
            server_.close(from);
    }
}

/// Outside the domain there is nobody to tell: fence_node goes on at once.
void Control::external(io::ConnectionId from, const io::SocketFrame& frame)
{
    if (!handlers_.is_in_domain()) {
        send(from, protocol::FenceAnswer{true, "this node is not in the fence domain"});
        return;
    }
    if (frame.type == protocol::ExternalBegin::message_type) {
        with<protocol::ExternalBegin>(
            from, frame, [this, from](const protocol::ExternalBegin& begin) {
                externals_[from] = begin.node;
                handlers_.on_event(ExternalBegan{request_of(from), begin.node});
            });
        return;
    }
    with<protocol::ExternalEnd>(from, frame, [this, from](const protocol::ExternalEnd& end) {
        externals_.erase(from);
        handlers_.on_event(ExternalEnded{request_of(from), end.node, end.succeeded});
    });
}

void Control::acknowledge(io::ConnectionId from, const io::SocketFrame& frame)
{
    with<protocol::Acknowledge>(
        from, frame, [this, from](const protocol::Acknowledge& acknowledge) {
            const auto node = handlers_.find_node(acknowledge.node);
            if (!node) {
                refuse(from, acknowledge.node + " is no node of this cluster");
                return;
            }
            handlers_.on_event(
                Acknowledged{request_of(from), *node, "fence_ack_manual by " + acknowledge.who});
        });
}

}  // namespace ha::fence
