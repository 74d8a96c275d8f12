// SPDX-License-Identifier: Apache-2.0
//
// One conversation with cmand: a typed request, a typed reply or a refusal.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "common/base/roots.hpp"
#include "common/io/clock.hpp"
#include "common/io/unix_socket.hpp"
#include "common/protocol/cman.hpp"

namespace ha::cman {

/// Ends the program with one of the classic errors.
[[noreturn]] void fail(const std::string& program, const std::string& text, int code = 1);

class Connection
{
public:
    /// Errors: unavailable, permission_denied, ...
    [[nodiscard]] static Result<Connection> open(const Roots& roots)
    {
        auto client =
            io::BlockingClient::connect(roots.run_file("cmand.sk"), io::now() + answer_time);
        if (!client) {
            return client.error();
        }
        return Connection(*std::move(client));
    }

    template <class Reply>
    using Answer = std::variant<Reply, protocol::Refused>;

    /// Errors: unavailable (cmand hung up), timed_out, invalid_input.
    template <class Reply, class Request>
    [[nodiscard]] Result<Answer<Reply>> ask(const Request& request, Duration patience = answer_time)
    {
        const TimePoint deadline = io::now() + patience;
        if (Status sent = client_.send(Request::message_type, protocol::encode(request), deadline);
            !sent) {
            return sent.error();
        }
        for (;;) {
            const Result<io::SocketFrame> frame = client_.receive(deadline);
            if (!frame) {
                return frame.error();
            }
            if (frame->type == Reply::message_type) {
                return answer<Reply, Reply>(frame->payload);
            }
            if (frame->type == protocol::Refused::message_type) {
                return answer<Reply, protocol::Refused>(frame->payload);
            }
        }
    }

    /// Until cmand is gone. False: not within `patience`.
    [[nodiscard]] bool wait_for_end(Duration patience)
    {
        const TimePoint deadline = io::now() + patience;
        for (;;) {
            const Result<io::SocketFrame> frame = client_.receive(deadline);
            if (!frame) {
                return frame.error().code != ErrorCode::timed_out;
            }
        }
    }

private:
    static constexpr Duration answer_time = std::chrono::seconds{5};

    explicit Connection(io::BlockingClient client) : client_(std::move(client)) {}

    template <class Reply, class Message>
    static Result<Answer<Reply>> answer(const std::string& text)
    {
        Result<Message> message = protocol::decode<Message>(text);
        if (!message) {
            return message.error();
        }
        return Answer<Reply>(*std::move(message));
    }

    io::BlockingClient client_;
};

}  // namespace ha::cman
