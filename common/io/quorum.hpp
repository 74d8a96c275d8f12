// SPDX-License-Identifier: Apache-2.0
//
// Quorum as votequorum sees it: tracked (events for view::Group) and asked (votes, for cman_tool).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/view/group.hpp"

namespace ha::io {

class Loop;

/// A ring and the nodes in it.
struct QuorumNodes {
    RingId ring;
    std::vector<NodeId> members;
    std::vector<NodeId> joined;
    std::vector<NodeId> left;
};

class Quorum
{
public:
    struct Config {
        Duration retry = std::chrono::milliseconds{100};  ///< while corosync is not there
    };

    struct Handlers {
        std::function<void(const view::QuorumChanged&)> on_quorum;
        std::function<void(const QuorumNodes&)> on_nodes;  ///< may be empty
        std::function<void(const std::string& why)>
            on_lost;  ///< corosync died; start() to try again
    };

    Quorum(Loop& loop, Config config, Handlers handlers);
    ~Quorum();
    Quorum(const Quorum&) = delete;
    Quorum& operator=(const Quorum&) = delete;

    /// Connects, retrying until corosync answers; the current state is reported first.
    void start();
    void stop();

    [[nodiscard]] bool is_connected() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

/// votequorum_getinfo of one node.
struct VoteInfo {
    NodeId node;
    bool is_member = false;
    bool two_node = false;
    bool quorate = false;
    std::uint32_t node_votes = 0;
    std::uint32_t node_expected = 0;
    std::uint32_t expected = 0;  ///< highest expected of all
    std::uint32_t total = 0;     ///< votes of all members
    std::uint32_t quorum = 0;    ///< needed
};

/// Local, short, blocking calls. Errors: unavailable (no corosync), not_found (no such node),
/// system.
[[nodiscard]] Result<VoteInfo> vote_info(NodeId node);
[[nodiscard]] Status set_expected_votes(std::uint32_t expected);
[[nodiscard]] Status set_node_votes(NodeId node, std::uint32_t votes);

}  // namespace ha::io
