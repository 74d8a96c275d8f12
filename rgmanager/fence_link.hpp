// SPDX-License-Identifier: Apache-2.0
//
// FenceLink: rgmanager's end of fenced's socket: facts come in, and fenced hears which group this
// node is in. A fenced that restarts is told again.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/io/unix_socket.hpp"
#include "common/protocol/fence.hpp"

namespace ha::service {

class FenceLink
{
public:
    /// `on_facts` gets nothing when fenced is gone.
    FenceLink(io::Loop& loop, const std::string& path,
              std::function<void(const std::optional<protocol::FenceFacts>&)> on_facts);

    void start() { client_.start(); }

    void joined();
    void said_goodbye(bool is_empty, bool is_handed_over);
    void demand(NodeId node, const NodeLife& life, const std::string& cause);

private:
    void connected();
    void frame_came(const io::SocketFrame& frame);

    std::function<void(const std::optional<protocol::FenceFacts>&)> on_facts_;
    std::optional<protocol::GroupGoodbye> goodbye_;
    bool is_joined_ = false;
    io::UnixClient client_;
};

}  // namespace ha::service
