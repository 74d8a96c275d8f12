// SPDX-License-Identifier: Apache-2.0
//
// The conversation on cmand's socket (RUN/cmand.sk): tools ask, daemons subscribe, cmand pushes.
// A client sends one request at a time and gets its reply, or Refused; pushes may come between.
// Root may act (leave, kill, votes); everybody else may ask.
//
//   daemon                      cmand                       tool
//     | Subscribe{"fenced"} ----> |                           |
//     | <--------- ActiveDocument |                           |
//     |                           | <--- LeaveRequest{force=0} |
//     | <------- LeaveQuestion{7} |                           |
//     | LeaveAnswer{7, no, why} > |                           |
//     |                           | LeaveReply{refused, why} > |
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/protocol/codec.hpp"

namespace ha::protocol {

/// Who is connected. `client` is the daemon's name; its pushes start with the reply.
/// A subscriber is asked before the node leaves the cluster.
struct Subscribe {
    static constexpr std::uint16_t message_type = 1;
    static constexpr std::string_view message_name = "Subscribe";

    std::string client;

    friend bool operator==(const Subscribe&, const Subscribe&) = default;
};

/// Pushed at subscription and at every change. Subscribers keep the last one if cmand goes away.
struct ActiveDocument {
    static constexpr std::uint16_t message_type = 2;
    static constexpr std::string_view message_name = "ActiveDocument";

    ConfigId config;
    Secret document;         ///< cluster.conf as read, every byte; holds passwords
    NodeId local_id;         ///< this node
    std::string local_name;  ///< as written in the document
    NodeLife node_life;
    bool config_accepted =
        true;  ///< false: this node has another configuration than the cluster; it is inquorate
    std::string verdict;  ///< why not, in words

    friend bool operator==(const ActiveDocument&, const ActiveDocument&) = default;
};

/// Pushed before cmand goes: the node is no member any more (corosync died, a clean leave, a kill).
struct ClusterStopping {
    static constexpr std::uint16_t message_type = 3;
    static constexpr std::string_view message_name = "ClusterStopping";

    bool clean = false;  ///< every subscriber agreed
    std::string reason;

    friend bool operator==(const ClusterStopping&, const ClusterStopping&) = default;
};

/// Pushed: may this node leave the cluster now? Silence for shutdown_timeout is a no; a closed
/// connection a yes.
struct LeaveQuestion {
    static constexpr std::uint16_t message_type = 4;
    static constexpr std::string_view message_name = "LeaveQuestion";

    std::uint64_t number = 0;
    bool remove = false;

    friend bool operator==(const LeaveQuestion&, const LeaveQuestion&) = default;
};

struct LeaveAnswer {
    static constexpr std::uint16_t message_type = 5;
    static constexpr std::string_view message_name = "LeaveAnswer";

    std::uint64_t number = 0;  ///< of the question
    bool may_leave = false;
    std::string why;  ///< for a no: one sentence for the person

    friend bool operator==(const LeaveAnswer&, const LeaveAnswer&) = default;
};

struct StatusRequest {
    static constexpr std::uint16_t message_type = 6;
    static constexpr std::string_view message_name = "StatusRequest";

    friend bool operator==(const StatusRequest&, const StatusRequest&) = default;
};

enum class MembershipState { joining, member, leaving };
BOOST_DESCRIBE_ENUM(MembershipState, joining, member, leaving)

/// What `cman_tool status` shows (spec/cman.md 5.2).
struct StatusReply {
    static constexpr std::uint16_t message_type = 7;
    static constexpr std::string_view message_name = "StatusReply";

    std::uint64_t config_version = 0;
    std::string cluster_name;
    std::uint16_t cluster_id = 0;
    std::uint64_t generation = 0;  ///< sequence of the ring
    MembershipState state = MembershipState::joining;
    std::uint32_t members = 0;
    std::uint32_t expected_votes = 0;  ///< the configured 1 for two_node
    std::uint32_t total_votes = 0;
    std::uint32_t node_votes = 0;
    std::uint32_t quorum = 0;
    bool quorate = false;
    std::uint32_t subsystems = 0;      ///< open connections, the asking one included
    std::vector<std::string> flags;    ///< in the order of printing
    std::vector<std::uint32_t> ports;  ///< ascending
    std::string node_name;
    NodeId node_id;
    std::vector<std::string> node_addresses;  ///< one per link
    std::string verdict;  ///< "" or why this node's configuration is not the cluster's

    friend bool operator==(const StatusReply&, const StatusReply&) = default;
};

struct NodesRequest {
    static constexpr std::uint16_t message_type = 8;
    static constexpr std::string_view message_name = "NodesRequest";

    friend bool operator==(const NodesRequest&, const NodesRequest&) = default;
};

enum class NodeState { dead, joining, member, leaving, disallowed };
BOOST_DESCRIBE_ENUM(NodeState, dead, joining, member, leaving, disallowed)

struct NodeRow {
    NodeId id;
    std::string name;
    NodeState state = NodeState::dead;
    std::uint64_t incarnation = 0;  ///< ring sequence at which it last joined; 0 = never seen
    std::optional<std::int64_t>
        joined_s;  ///< wall clock, seconds since 1970, when it was seen to join; members only
    std::vector<std::string> addresses;
    std::uint32_t votes = 0;
    std::uint32_t expected_votes = 0;

    friend bool operator==(const NodeRow&, const NodeRow&) = default;
};

/// Rows ascending by id.
struct NodesReply {
    static constexpr std::uint16_t message_type = 9;
    static constexpr std::string_view message_name = "NodesReply";

    std::vector<NodeRow> nodes;

    friend bool operator==(const NodesReply&, const NodesReply&) = default;
};

/// Answered by Accepted once this node is a member (and quorate, if asked for). Without a limit:
/// the tool has one.
struct WaitRequest {
    static constexpr std::uint16_t message_type = 10;
    static constexpr std::string_view message_name = "WaitRequest";

    bool quorate = false;

    friend bool operator==(const WaitRequest&, const WaitRequest&) = default;
};

/// Answered by LeaveReply, or Refused with busy while another one is pending.
struct LeaveRequest {
    static constexpr std::uint16_t message_type = 11;
    static constexpr std::string_view message_name = "LeaveRequest";

    bool force =
        false;  ///< ask nobody; subscribers still in their groups look failed to their peers
    bool remove = false;  ///< the others lower their expected votes

    friend bool operator==(const LeaveRequest&, const LeaveRequest&) = default;
};

struct LeaveReply {
    static constexpr std::uint16_t message_type = 12;
    static constexpr std::string_view message_name = "LeaveReply";

    bool leaving = false;
    std::vector<std::string> objections;  ///< "fenced: the node is in the fence domain"

    friend bool operator==(const LeaveReply&, const LeaveReply&) = default;
};

/// The victim's cmand ends its corosync at once; peers see a failure. Answered by Accepted or
/// Refused.
struct KillRequest {
    static constexpr std::uint16_t message_type = 13;
    static constexpr std::string_view message_name = "KillRequest";

    std::string node;  ///< exact name

    friend bool operator==(const KillRequest&, const KillRequest&) = default;
};

/// cman_tool expected -e: refused when the votes present could not be quorate with it.
struct ExpectedRequest {
    static constexpr std::uint16_t message_type = 14;
    static constexpr std::string_view message_name = "ExpectedRequest";

    std::uint32_t votes = 0;

    friend bool operator==(const ExpectedRequest&, const ExpectedRequest&) = default;
};

/// cman_tool votes -v: until the next configuration load. Empty node: this one.
struct VotesRequest {
    static constexpr std::uint16_t message_type = 15;
    static constexpr std::string_view message_name = "VotesRequest";

    std::uint32_t votes = 0;
    std::string node;

    friend bool operator==(const VotesRequest&, const VotesRequest&) = default;
};

struct Accepted {
    static constexpr std::uint16_t message_type = 16;
    static constexpr std::string_view message_name = "Accepted";

    friend bool operator==(const Accepted&, const Accepted&) = default;
};

enum class Refusal { invalid, not_found, not_member, denied, busy, failed };
BOOST_DESCRIBE_ENUM(Refusal, invalid, not_found, not_member, denied, busy, failed)

struct Refused {
    static constexpr std::uint16_t message_type = 17;
    static constexpr std::string_view message_name = "Refused";

    Refusal code = Refusal::failed;
    std::string text;

    friend bool operator==(const Refused&, const Refused&) = default;
};

/// cman_tool version -r: load cluster.conf anew, here and on every node. Answered by Accepted once
/// every node runs it, or by Refused: nothing changed, unless the text says otherwise.
struct ReloadRequest {
    static constexpr std::uint16_t message_type = 18;
    static constexpr std::string_view message_name = "ReloadRequest";

    bool own_files = false;  ///< -S: do not carry the file, each node reads its own

    friend bool operator==(const ReloadRequest&, const ReloadRequest&) = default;
};

/// Pushed to the subscriber `fenced`: may this document follow the active one? It asks the fence
/// domain (DESIGN 3, Prepare) and answers; outside of the domain it has no objection.
struct PrepareQuestion {
    static constexpr std::uint16_t message_type = 19;
    static constexpr std::string_view message_name = "PrepareQuestion";

    std::uint64_t number = 0;
    ConfigId config;
    Secret document;

    friend bool operator==(const PrepareQuestion&, const PrepareQuestion&) = default;
};

struct PrepareAnswer {
    static constexpr std::uint16_t message_type = 20;
    static constexpr std::string_view message_name = "PrepareAnswer";

    std::uint64_t number = 0;  ///< of the question
    bool accepted = false;
    std::string why;  ///< for a no: one sentence for the person

    friend bool operator==(const PrepareAnswer&, const PrepareAnswer&) = default;
};

/// Pushed to `fenced`: the document it was asked about does not follow.
struct PrepareDropped {
    static constexpr std::uint16_t message_type = 21;
    static constexpr std::string_view message_name = "PrepareDropped";

    ConfigId config;

    friend bool operator==(const PrepareDropped&, const PrepareDropped&) = default;
};

BOOST_DESCRIBE_STRUCT(Subscribe, (), (client))
BOOST_DESCRIBE_STRUCT(ActiveDocument, (),
                      (config, document, local_id, local_name, node_life, config_accepted, verdict))
BOOST_DESCRIBE_STRUCT(ClusterStopping, (), (clean, reason))
BOOST_DESCRIBE_STRUCT(LeaveQuestion, (), (number, remove))
BOOST_DESCRIBE_STRUCT(LeaveAnswer, (), (number, may_leave, why))
BOOST_DESCRIBE_STRUCT(StatusRequest, (), ())
BOOST_DESCRIBE_STRUCT(StatusReply, (),
                      (config_version, cluster_name, cluster_id, generation, state, members,
                       expected_votes, total_votes, node_votes, quorum, quorate, subsystems, flags,
                       ports, node_name, node_id, node_addresses, verdict))
BOOST_DESCRIBE_STRUCT(NodesRequest, (), ())
BOOST_DESCRIBE_STRUCT(NodeRow, (),
                      (id, name, state, incarnation, joined_s, addresses, votes, expected_votes))
BOOST_DESCRIBE_STRUCT(NodesReply, (), (nodes))
BOOST_DESCRIBE_STRUCT(WaitRequest, (), (quorate))
BOOST_DESCRIBE_STRUCT(LeaveRequest, (), (force, remove))
BOOST_DESCRIBE_STRUCT(LeaveReply, (), (leaving, objections))
BOOST_DESCRIBE_STRUCT(KillRequest, (), (node))
BOOST_DESCRIBE_STRUCT(ExpectedRequest, (), (votes))
BOOST_DESCRIBE_STRUCT(VotesRequest, (), (votes, node))
BOOST_DESCRIBE_STRUCT(Accepted, (), ())
BOOST_DESCRIBE_STRUCT(Refused, (), (code, text))
BOOST_DESCRIBE_STRUCT(ReloadRequest, (), (own_files))
BOOST_DESCRIBE_STRUCT(PrepareQuestion, (), (number, config, document))
BOOST_DESCRIBE_STRUCT(PrepareAnswer, (), (number, accepted, why))
BOOST_DESCRIBE_STRUCT(PrepareDropped, (), (config))

/// Version of this conversation, in every frame header; another one is refused.
inline constexpr std::uint16_t cman_protocol_version = 1;

const Conversation& cman_conversation();

}  // namespace ha::protocol
