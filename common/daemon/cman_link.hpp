// SPDX-License-Identifier: Apache-2.0
//
// CmanLink: a daemon's end of cmand's socket. Gets the active document, now and at every change,
// and answers cmand's question whether the cluster may stop here. A cmand that is gone changes
// nothing: the last document stays, and the link comes back by itself.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/io/unix_socket.hpp"
#include "common/protocol/cman.hpp"

namespace ha::daemon {

class CmanLink
{
public:
    struct Config {
        std::string path;    ///< of cmand's socket
        std::string client;  ///< this daemon's name
    };

    struct Handlers {
        std::function<void(const protocol::ActiveDocument&)> on_document;
        /// May this node leave the cluster now? An empty text is a yes, else it says why not.
        std::function<std::string()> why_not_leave;
        /// This node is no member any more.
        std::function<void(const std::string& reason)> on_stopping;
        /// cmand's end of the connection is gone; the document that comes next says it is back.
        std::function<void()> on_gone{};
        /// fenced only: may this document follow? answer_prepare() follows.
        std::function<void(const protocol::PrepareQuestion&)> on_prepare{};
        std::function<void(const ConfigId&)> on_prepare_dropped{};
    };

    CmanLink(io::Loop& loop, Config config, Handlers handlers);

    void start() { client_.start(); }

    /// Asks cmand to end that node's corosync. False if cmand is not there.
    bool kill(const std::string& node);

    void answer_prepare(std::uint64_t number, bool accepted, const std::string& why);

private:
    void frame_came(const io::SocketFrame& frame);

    Config config_;
    Handlers handlers_;
    io::UnixClient client_;
};

}  // namespace ha::daemon
