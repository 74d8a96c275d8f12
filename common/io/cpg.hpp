// SPDX-License-Identifier: Apache-2.0
//
// Cpg: membership of one corosync process group, as events of common/view/group.hpp.
// Traps it hides: the ring id comes only with the totem callback, not with the membership callback,
// and in either order (we pass both on as they come; view::Group pairs them by id);
// CS_ERR_TRY_AGAIN in bursts (a bounded queue and a retry timer); a corosync that is not there yet
// (retried) or dies (on_lost).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/view/group.hpp"

namespace ha::io {

class Loop;

class Cpg
{
public:
    struct Config {
        std::string group;                                ///< `fenced`, `rgmanager`, `cmand`
        Duration retry = std::chrono::milliseconds{100};  ///< while corosync is not there
        std::size_t queued_bytes_max = std::size_t{64} << 20;
    };

    struct Handlers {
        /// We are joined: GroupChanged with us in it comes next. `self` is corosync's node id.
        std::function<void(NodeId self)> on_joined;

        /// GroupChanged, RingChanged, FrameDelivered.
        std::function<void(const view::GroupEvent&)> on_event;

        /// Another process of `node` spoke in our group; what it said was dropped. Once for each.
        std::function<void(NodeId node, std::uint32_t pid)> on_stranger;

        /// corosync died or threw us out. Nothing more comes until join() is called again.
        std::function<void(const std::string& why)> on_lost;
    };

    Cpg(Loop& loop, Config config, Handlers handlers);
    ~Cpg();  ///< disconnects at once; without leave() the others see LeaveReason::process_down
    Cpg(const Cpg&) = delete;
    Cpg& operator=(const Cpg&) = delete;

    /// Connects (retrying until corosync answers) and joins.
    void join();

    /// cpg_leave: the others see LeaveReason::left. No event follows; `on_left` comes once corosync
    /// has announced it (or is lost). Only then may the program exit.
    void leave(std::function<void()> on_left);

    /// Queues a frame in agreed order. Frames over 1,000,000 bytes are refused (libcpg would sleep
    /// inside).
    /// Errors: unavailable (not joined), too_large, busy (queue full: corosync has taken nothing
    /// for long).
    [[nodiscard]] Status send(std::string bytes);

    [[nodiscard]] bool is_joined() const;
    [[nodiscard]] std::size_t queued_bytes() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace ha::io
