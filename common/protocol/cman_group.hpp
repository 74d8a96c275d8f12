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

/// Sent at every join, once a node is established, and after each change of its document. Decides
/// which configuration counts (cman/core/verdict.hpp).
struct CmanHello {
    static constexpr std::uint16_t message_type = 1;
    static constexpr std::string_view message_name = "CmanHello";

    DaemonLife life;
    ConfigId config;
    bool is_established = false;
    bool awaits_reload = false;  ///< corosync has to read its file again since the last change
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

/// A reload begins (cman/core/reload.hpp): every cmand loads this document and votes. The first one
/// delivered wins; another is void until that one is committed, dropped, or its sender is gone.
struct CmanOffer {
    static constexpr std::uint16_t message_type = 4;
    static constexpr std::string_view message_name = "CmanOffer";

    std::uint64_t number = 0;  ///< of the sender's offers, for the answers
    ConfigId config;
    std::uint32_t chunks = 0;  ///< that follow; 0: each node reads its own file

    friend bool operator==(const CmanOffer&, const CmanOffer&) = default;
};

/// A piece of a document, in order: of an offer (to nobody in particular), or for a node that
/// wanted it.
struct CmanChunk {
    static constexpr std::uint16_t message_type = 5;
    static constexpr std::string_view message_name = "CmanChunk";

    ConfigId config;
    NodeId to;  ///< 0: everybody who heard the sender's offer
    std::uint32_t index = 0;
    std::uint32_t count = 0;
    Secret bytes;

    friend bool operator==(const CmanChunk&, const CmanChunk&) = default;
};

/// The sender holds the offered document ready to be switched to, and the fence domain has no
/// objection; or why not.
struct CmanVote {
    static constexpr std::uint16_t message_type = 6;
    static constexpr std::string_view message_name = "CmanVote";

    NodeId to;  ///< whose offer
    std::uint64_t number = 0;
    bool accepted = false;
    std::string why;

    friend bool operator==(const CmanVote&, const CmanVote&) = default;
};

/// All switch to what the sender offered.
struct CmanCommit {
    static constexpr std::uint16_t message_type = 7;
    static constexpr std::string_view message_name = "CmanCommit";

    std::uint64_t number = 0;

    friend bool operator==(const CmanCommit&, const CmanCommit&) = default;
};

/// Nobody does.
struct CmanDrop {
    static constexpr std::uint16_t message_type = 8;
    static constexpr std::string_view message_name = "CmanDrop";

    std::uint64_t number = 0;

    friend bool operator==(const CmanDrop&, const CmanDrop&) = default;
};

/// The sender runs an older document: who runs this one sends it.
struct CmanWanted {
    static constexpr std::uint16_t message_type = 9;
    static constexpr std::string_view message_name = "CmanWanted";

    ConfigId config;

    friend bool operator==(const CmanWanted&, const CmanWanted&) = default;
};

/// The sender made every corosync read its file again.
struct CmanReloaded {
    static constexpr std::uint16_t message_type = 10;
    static constexpr std::string_view message_name = "CmanReloaded";

    ConfigId config;
    std::string why_not;  ///< "" it did

    friend bool operator==(const CmanReloaded&, const CmanReloaded&) = default;
};

BOOST_DESCRIBE_STRUCT(CmanHello, (), (life, config, is_established, awaits_reload, addresses))
BOOST_DESCRIBE_STRUCT(CmanLeaving, (), (remove))
BOOST_DESCRIBE_STRUCT(CmanKill, (), (victim, life))
BOOST_DESCRIBE_STRUCT(CmanOffer, (), (number, config, chunks))
BOOST_DESCRIBE_STRUCT(CmanChunk, (), (config, to, index, count, bytes))
BOOST_DESCRIBE_STRUCT(CmanVote, (), (to, number, accepted, why))
BOOST_DESCRIBE_STRUCT(CmanCommit, (), (number))
BOOST_DESCRIBE_STRUCT(CmanDrop, (), (number))
BOOST_DESCRIBE_STRUCT(CmanWanted, (), (config))
BOOST_DESCRIBE_STRUCT(CmanReloaded, (), (config, why_not))

inline constexpr std::uint16_t cman_group_protocol_version = 1;

const Conversation& cman_group_conversation();

}  // namespace ha::protocol
