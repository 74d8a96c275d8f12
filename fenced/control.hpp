// SPDX-License-Identifier: Apache-2.0
//
// Control: fenced's socket. Turns requests of tools and of the node's other daemons into events of
// the domain, answers them with what the domain replies, and pushes every change of the facts to
// subscribers. Everybody may look, root alone may act.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "common/io/unix_socket.hpp"
#include "common/protocol/fence.hpp"
#include "common/protocol/fence_tool.hpp"
#include "fenced/core/domain.hpp"

namespace ha::fence {

class Control
{
public:
    struct Handlers {
        std::function<void(const Event&)> on_event;
        /// Any case; nothing if no such node is configured.
        std::function<std::optional<NodeId>(const std::string& name)> find_node;
        std::function<bool()> is_in_domain;
        std::function<protocol::DomainListing()> listing;
        std::function<std::string()> dump;
    };

    Control(io::Loop& loop, const std::string& path, Handlers handlers);

    /// Errors: already_exists if somebody answers there, system.
    [[nodiscard]] Status open() { return server_.open(); }

    void push(const protocol::FenceFacts& facts);

    /// The domain's answer. The asker may be gone.
    void answer(const Reply& reply);

private:
    void frame_came(io::ConnectionId from, const io::SocketFrame& frame);
    void closed(io::ConnectionId connection);
    void query(io::ConnectionId from, const io::SocketFrame& frame);
    void act(io::ConnectionId from, const io::SocketFrame& frame);
    void external(io::ConnectionId from, const io::SocketFrame& frame);
    void acknowledge(io::ConnectionId from, const io::SocketFrame& frame);
    void refuse(io::ConnectionId to, const std::string& why);
    RequestId request_of(io::ConnectionId from);

    template <class Message>
    void send(io::ConnectionId to, const Message& message);
    template <class Message, class Handler>
    void with(io::ConnectionId from, const io::SocketFrame& frame, Handler handler);

    Handlers handlers_;
    io::UnixServer server_;
    std::string facts_;  ///< encoded, as pushed last; empty before the first
    std::set<io::ConnectionId> subscribers_;
    std::map<RequestId, io::ConnectionId> requests_;
    std::map<io::ConnectionId, NodeId> externals_;  ///< a running fence_node
    RequestId last_request_ = 0;
};

}  // namespace ha::fence
