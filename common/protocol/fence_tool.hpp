// SPDX-License-Identifier: Apache-2.0
//
// What the fence tools ask fenced on RUN/fenced.sk. Numbers continue those of fence.hpp: one
// socket, one conversation. Everybody may list and dump, root alone may act; a tool waits for one
// answer per request.
//
//   fence_node                        fenced
//     | ExternalBegin{2, "n2"} ------>|   the domain starts no round of its own for n2 ...
//     | <---------------- FenceAnswer |
//     |   (runs the agents itself)    |
//     | ExternalEnd{2, succeeded=1} ->|   ... until this, or until the connection is gone
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/protocol/codec.hpp"
#include "common/protocol/fence.hpp"

namespace ha::protocol {

/// Answer to everything that acts. A refusal says why in one sentence.
struct FenceAnswer {
    static constexpr std::uint16_t message_type = 6;
    static constexpr std::string_view message_name = "FenceAnswer";

    bool accepted = false;
    std::string text;

    friend bool operator==(const FenceAnswer&, const FenceAnswer&) = default;
};
BOOST_DESCRIBE_STRUCT(FenceAnswer, (), (accepted, text))

/// Accepted also when the node is in the domain already.
struct JoinDomain {
    static constexpr std::uint16_t message_type = 7;
    static constexpr std::string_view message_name = "JoinDomain";

    friend bool operator==(const JoinDomain&, const JoinDomain&) = default;
};
BOOST_DESCRIBE_STRUCT(JoinDomain, (), ())

/// Accepted means asked for; DomainListing::in_domain tells when it is done. Refused while a group
/// of this node has said no empty goodbye.
struct LeaveDomain {
    static constexpr std::uint16_t message_type = 8;
    static constexpr std::string_view message_name = "LeaveDomain";

    friend bool operator==(const LeaveDomain&, const LeaveDomain&) = default;
};
BOOST_DESCRIBE_STRUCT(LeaveDomain, (), ())

struct ListDomain {
    static constexpr std::uint16_t message_type = 9;
    static constexpr std::string_view message_name = "ListDomain";

    friend bool operator==(const ListDomain&, const ListDomain&) = default;
};
BOOST_DESCRIBE_STRUCT(ListDomain, (), ())

/// Classic `how` of a node's last fencing.
enum class ClassicHow { none, agent, member, override, external };
BOOST_DESCRIBE_ENUM(ClassicHow, none, agent, member, override, external)

/// A line of `fence_tool ls -n`.
struct ListedNode {
    NodeId id;
    std::string name;
    bool is_member = false;
    bool is_victim = false;
    NodeId last_master;  ///< who settled it last, 0: never
    ClassicHow how = ClassicHow::none;
    std::string waiting;  ///< for a victim: what it waits for and which command ends the wait

    friend bool operator==(const ListedNode&, const ListedNode&) = default;
};
BOOST_DESCRIBE_STRUCT(ListedNode, (), (id, name, is_member, is_victim, last_master, how, waiting))

/// What `fence_tool ls` prints. Source: spec fenced 4.2.
struct DomainListing {
    static constexpr std::uint16_t message_type = 10;
    static constexpr std::string_view message_name = "DomainListing";

    bool in_domain = false;  ///< else nothing else here means anything
    bool is_member =
        false;  ///< the group view contains this node (and it is admitted, where quorate)
    std::uint32_t member_count = 0;
    std::uint32_t victim_count = 0;
    NodeId victim_now;
    NodeId master;
    FenceWait wait = FenceWait::none;
    std::vector<NodeId> members;    ///< ascending; a victim stays listed until it is settled
    std::vector<ListedNode> nodes;  ///< ascending

    friend bool operator==(const DomainListing&, const DomainListing&) = default;
};
BOOST_DESCRIBE_STRUCT(DomainListing, (),
                      (in_domain, is_member, member_count, victim_count, victim_now, master, wait,
                       members, nodes))

/// `fence_tool dump`.
struct DumpRequest {
    static constexpr std::uint16_t message_type = 11;
    static constexpr std::string_view message_name = "DumpRequest";

    friend bool operator==(const DumpRequest&, const DumpRequest&) = default;
};
BOOST_DESCRIBE_STRUCT(DumpRequest, (), ())

struct DumpReply {
    static constexpr std::uint16_t message_type = 12;
    static constexpr std::string_view message_name = "DumpReply";

    std::string text;  ///< lines `EPOCHSECONDS text`

    friend bool operator==(const DumpReply&, const DumpReply&) = default;
};
BOOST_DESCRIBE_STRUCT(DumpReply, (), (text))

/// A person is about to fence this node with fence_node. Answered at once; ends with the
/// connection.
struct ExternalBegin {
    static constexpr std::uint16_t message_type = 13;
    static constexpr std::string_view message_name = "ExternalBegin";

    NodeId node;
    std::string name;             ///< as configured
    std::int64_t longest_us = 0;  ///< the longest its agents may take

    friend bool operator==(const ExternalBegin&, const ExternalBegin&) = default;
};
BOOST_DESCRIBE_STRUCT(ExternalBegin, (), (node, name, longest_us))

/// Its agents are reaped. Answered when the fact is on its way to the group.
struct ExternalEnd {
    static constexpr std::uint16_t message_type = 14;
    static constexpr std::string_view message_name = "ExternalEnd";

    NodeId node;
    bool succeeded = false;
    std::string words;  ///< method, or the agent's words

    friend bool operator==(const ExternalEnd&, const ExternalEnd&) = default;
};
BOOST_DESCRIBE_STRUCT(ExternalEnd, (), (node, succeeded, words))

/// A person says: this node can do no more harm. Refused for a node that is no victim.
struct Acknowledge {
    static constexpr std::uint16_t message_type = 15;
    static constexpr std::string_view message_name = "Acknowledge";

    std::string node;  ///< name, as configured, any case
    std::string who;   ///< for the log

    friend bool operator==(const Acknowledge&, const Acknowledge&) = default;
};
BOOST_DESCRIBE_STRUCT(Acknowledge, (), (node, who))

/// Version of this conversation, in every frame header; another one is refused.
inline constexpr std::uint16_t fence_protocol_version = 1;

/// fence.hpp and this header.
const Conversation& fence_conversation();

}  // namespace ha::protocol
