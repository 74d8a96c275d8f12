// SPDX-License-Identifier: Apache-2.0
//
// Which daemons handled something since a checker looked at them last: what their cores believe
// changes by nothing else, so most events need no look at all.
#pragma once

#include <cstdint>
#include <map>

#include "common/base/ids.hpp"

namespace ha::sim {

class Looked
{
public:
    /// Daemon has life(), of its process, and handled(), a count of events.
    template <class Daemon>
    [[nodiscard]] bool is_new(NodeId node, const Daemon& daemon)
    {
        Last& last = last_[node];
        const bool is_new = last.process != daemon.life() || last.handled != daemon.handled();
        last = Last{daemon.life(), daemon.handled()};
        return is_new;
    }

private:
    struct Last {
        DaemonLife process;
        std::uint64_t handled = 0;
    };
    std::map<NodeId, Last> last_;
};

}  // namespace ha::sim
