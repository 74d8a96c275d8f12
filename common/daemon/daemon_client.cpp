// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/daemon_client.hpp"

#include "common/io/clock.hpp"

namespace ha::daemon {

Result<DaemonClient> DaemonClient::connect(const std::string& path, Duration patience)
{
    auto client = io::BlockingClient::connect(path, io::now() + patience);
    if (!client) {
        return client.error();
    }
    return DaemonClient(*std::move(client));
}

Result<std::string> DaemonClient::exchange(std::uint16_t type, const std::string& text,
                                           std::uint16_t wanted, Duration patience)
{
    const TimePoint deadline = io::now() + patience;
    if (auto sent = client_.send(type, text, deadline); !sent) {
        return sent.error();
    }
    while (true) {
        auto frame = client_.receive(deadline);
        if (!frame) {
            return frame.error();
        }
        if (frame->type == wanted) {
            return std::move(frame->payload);
        }
    }
}

}  // namespace ha::daemon
