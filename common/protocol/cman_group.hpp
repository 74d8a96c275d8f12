// SPDX-License-Identifier: Apache-2.0
//
// What cmands say to each other in their cpg group `cmand` (agreed order). Nothing here decides
// about fencing or services: that is the business of fenced's and rgmanager's groups.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/protocol/codec.hpp"

namespace ha::protocol {

/// Sent at every join and once a node is established. Decides which configuration counts
/// (cman/core/verdict.hpp).
struct CmanHello {
    static constexpr std::uint16_t message_type = 1;
    static constexpr std::string_view message_name = "CmanHello";

    DaemonLife life;
    ConfigId config;
    bool is_established = false;
    std::map<NodeId, std::vector<std::string>>
        addresses;  ///< as this node resolved them, link 0 first

    friend bool operator==(const CmanHello&, const CmanHello&) = default;
};

/// The sender leaves on purpose; delivered to itself, it stops its corosync.
struct CmanLeaving {
    static constexpr std::uint16_t message_type = 2;
    static constexpr std::string_view message_name = "CmanLeaving";

    bool remove = false;  ///< the others lower their expected votes

    friend bool operator==(const CmanLeaving&, const CmanLeaving&) = default;
};

/// `cman_tool kill`: the victim's cmand ends its corosync at once. Void for another life than this.
struct CmanKill {
    static constexpr std::uint16_t message_type = 3;
    static constexpr std::string_view message_name = "CmanKill";

    NodeId victim;
    DaemonLife life;  ///< empty: whichever

    friend bool operator==(const CmanKill&, const CmanKill&) = default;
};

BOOST_DESCRIBE_STRUCT(CmanHello, (), (life, config, is_established, addresses))
BOOST_DESCRIBE_STRUCT(CmanLeaving, (), (remove))
BOOST_DESCRIBE_STRUCT(CmanKill, (), (victim, life))

inline constexpr std::uint16_t cman_group_protocol_version = 1;

const Conversation& cman_group_conversation();

}  // namespace ha::protocol
