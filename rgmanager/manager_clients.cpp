// SPDX-License-Identifier: Apache-2.0
// rgmanager's socket. Status is answered at once from what is known; a request when its operation
// is over.
#include "common/log/log.hpp"
#include "common/protocol/service_tool.hpp"
#include "rgmanager/manager.hpp"

namespace ha::service {

void Manager::frame_came(io::ConnectionId from, const io::SocketFrame& frame)
{
    switch (frame.type) {
        case protocol::ServiceStatusRequest::message_type:
            answer_status(from);
            break;
        case protocol::ServiceRequest::message_type:
            request_came(from, frame);
            break;
        case protocol::ServiceDumpRequest::message_type:
            server_.send(from, protocol::ServiceDump::message_type,
                         protocol::encode(protocol::ServiceDump{describe()}));
            break;
        default:
            log::debug("a client sent an unknown message", {{"type", frame.type}});
            server_.close(from);
    }
}

void Manager::answer_status(io::ConnectionId to)
{
    protocol::ServiceStatusReply message;
    message.self = self_;
    if (core_) {
        for (const ServiceStatus& status : core_->statuses()) {
            message.services.push_back({status.row, status.owner_is_online, status.waits_for});
        }
        const std::set<NodeId> online = core_->online();
        message.online.assign(online.begin(), online.end());
        message.quorate = core_->is_quorate();
        message.locked = core_->is_locked();
    }
    server_.send(to, protocol::ServiceStatusReply::message_type, protocol::encode(message));
}

void Manager::request_came(io::ConnectionId from, const io::SocketFrame& frame)
{
    const auto request = protocol::decode<protocol::ServiceRequest>(frame.payload);
    if (!request) {
        reply(from, {protocol::ReturnCode::invalid, {}, request.error().text});
        return;
    }
    const io::PeerCredentials peer = server_.peer(from);
    if (!peer.is_root()) {
        reply(from, {protocol::ReturnCode::permission, {}, "only root may change services"});
        return;
    }
    if (!core_ || is_shutting_down_) {
        reply(from, {protocol::ReturnCode::again,
                     {},
                     core_ ? "rgmanager is shutting down" : "rgmanager is starting"});
        return;
    }
    const std::uint64_t ticket = ++last_ticket_;
    requests_[ticket] = from;
    log::write(log::Event::service_info, "request of a client",
               {{"request", protocol::print(*request)}, {"uid", peer.uid}, {"pid", peer.pid}});
    enqueue(Requested{ticket, request->verb, request->service, request->target, peer.uid});
}

void Manager::client_closed(io::ConnectionId connection)
{
    std::erase_if(requests_,
                  [connection](const auto& entry) { return entry.second == connection; });
}

void Manager::reply(io::ConnectionId to, const protocol::ServiceReply& message)
{
    server_.send(to, protocol::ServiceReply::message_type, protocol::encode(message));
}

}  // namespace ha::service
