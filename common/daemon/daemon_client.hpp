// SPDX-License-Identifier: Apache-2.0
//
// A tool's questions to a daemon of its node: one typed request, one typed answer, a deadline for
// both.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/io/unix_socket.hpp"
#include "common/protocol/codec.hpp"

namespace ha::daemon {

class DaemonClient
{
public:
    /// Errors: unavailable (it does not run), permission_denied, timed_out, system.
    [[nodiscard]] static Result<DaemonClient> connect(const std::string& path,
                                                      Duration patience = std::chrono::seconds{2});

    /// Sends `request` and waits for a `Reply`; pushes that come between are skipped.
    /// Errors: unavailable (hung up), timed_out, invalid_input (not understood).
    template <class Reply, class Request>
    [[nodiscard]] Result<Reply> ask(const Request& request,
                                    Duration patience = std::chrono::seconds{10})
    {
        auto text = exchange(Request::message_type, protocol::encode(request), Reply::message_type,
                             patience);
        if (!text) {
            return text.error();
        }
        return protocol::decode<Reply>(*text);
    }

private:
    explicit DaemonClient(io::BlockingClient client) : client_(std::move(client)) {}

    Result<std::string> exchange(std::uint16_t type, const std::string& text, std::uint16_t wanted,
                                 Duration patience);

    io::BlockingClient client_;
};

}  // namespace ha::daemon
