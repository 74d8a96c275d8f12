// SPDX-License-Identifier: Apache-2.0
//
// What tools and daemons of this node ask while fenced starts over: it concerns the node and not
// the daemon life that ends, so it waits for the new one. A goodbye that got lost here would keep
// the node from leaving for ever; a request would never be answered. What corosync and agents say
// belongs to the life that ends and is dropped.
#pragma once

#include <cstddef>
#include <deque>

#include "fenced/core/domain.hpp"

namespace ha::fence {

[[nodiscard]] bool is_local_request(const Event& event);

class LocalRequests
{
public:
    explicit LocalRequests(std::size_t requests_max = 1000) : requests_max_(requests_max) {}

    /// Keeps it if it is a local request. Beyond the bound the oldest goes: its tool gave up long
    /// ago, and daemons say again what holds when they connect again.
    void keep(const Event& event);

    /// In the order they came.
    [[nodiscard]] std::deque<Event> take();

private:
    std::size_t requests_max_;
    std::deque<Event> requests_;
};

}  // namespace ha::fence
