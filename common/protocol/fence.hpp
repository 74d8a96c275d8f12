// SPDX-License-Identifier: Apache-2.0
//
// What fenced tells the other daemons of its node, and what they tell it (RUN/fenced.sk).
// Facts are whole-state pushes: every FenceFacts replaces the one before. The requests of tools
// stand in fence_tool.hpp and share this conversation's numbers.
//
//   rgmanager, clvm-lockd          fenced
//     | SubscribeFacts{"rgmanager"} ->|
//     | <------------------ FenceFacts|   at once, and at every change
//     | GroupJoined{"rgmanager"} ---> |   before it claims anything
//     | DemandFence{3, life, ...} --> |
//     | GroupGoodbye{..., empty=1} -> |   everything it owned on this node is proven stopped
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/protocol/codec.hpp"

namespace ha::protocol {

/// Why a node must be fenced.
enum class FenceCause {
    node_down,      ///< an admitted member left the ring
    process_down,   ///< its fenced died, or left without goodbye, and did not return within
                    ///< restart_grace
    partial_leave,  ///< it said goodbye while a group of it still owned something
    startup,        ///< configured, absent when the domain formed
    clean_start,    ///< absent when a two_node domain formed with clean_start: blocks S10, is never
                    ///< fenced
    silent,    ///< present, but it did not announce, or did not report its fence round, in time
    returned,  ///< it speaks again in a life that was settled, or as a member of another domain
    demanded,  ///< an operator or another group asked for it
    cman,      ///< it named itself, as its cmand did not come back
};
BOOST_DESCRIBE_ENUM(FenceCause, node_down, process_down, partial_leave, startup, clean_start,
                    silent, returned, demanded, cman)

/// How a victim was proven harmless.
enum class SettledHow {
    agent,       ///< a method succeeded
    status,      ///< its device says it is off
    member,      ///< it is back in a new, not dirty life
    overridden,  ///< a person acknowledged it; `override` in classic output
    external,    ///< fence_node succeeded after it last joined
};
BOOST_DESCRIBE_ENUM(SettledHow, agent, status, member, overridden, external)

struct FactMember {
    NodeId node;
    DaemonLife life;
    AdmissionNumber admission;
    bool pending =
        false;  ///< its fenced is down and may return: recover nothing of it, give it nothing

    friend bool operator==(const FactMember&, const FactMember&) = default;
};
BOOST_DESCRIBE_STRUCT(FactMember, (), (node, life, admission, pending))

struct FactVictim {
    NodeId node;
    std::string name;
    NodeLife life;              ///< empty: unknown, it was absent when the domain formed
    AdmissionNumber admission;  ///< 0: it was never admitted
    FenceCause cause = FenceCause::node_down;
    std::string words;          ///< who demanded it, in words; else empty
    std::int64_t since_us = 0;  ///< CLOCK_BOOTTIME of this node
    NodeId fencing_by;          ///< 0: nobody at this moment
    std::string method;         ///< of the running round, "" if none runs
    std::uint32_t failed_rounds = 0;
    std::string awaiting;     ///< one sentence: what it waits for
    std::string acknowledge;  ///< the command that ends the wait: "fence_ack_manual n2"

    friend bool operator==(const FactVictim&, const FactVictim&) = default;
};
BOOST_DESCRIBE_STRUCT(FactVictim, (),
                      (node, name, life, admission, cause, words, since_us, fencing_by, method,
                       failed_rounds, awaiting, acknowledge))

/// A dead life. Rows and locks of `node` claimed under `admission` or an earlier one are free.
struct FactSettled {
    NodeId node;
    NodeLife life;  ///< empty: all lives admitted up to `admission`
    AdmissionNumber admission;
    SettledHow how = SettledHow::agent;
    NodeId by;               ///< who proved it
    std::string words;       ///< the agent's, or the person's
    std::int64_t at_us = 0;  ///< CLOCK_BOOTTIME of this node

    friend bool operator==(const FactSettled&, const FactSettled&) = default;
};
BOOST_DESCRIBE_STRUCT(FactSettled, (), (node, life, admission, how, by, words, at_us))

/// A group joined on a member and not left by an empty goodbye since.
struct FactGroup {
    NodeId node;
    NodeLife life;
    std::string group;

    friend auto operator<=>(const FactGroup&, const FactGroup&) = default;
};
BOOST_DESCRIBE_STRUCT(FactGroup, (), (node, life, group))

/// Classic `wait state` of `fence_tool ls`.
enum class FenceWait { none, quorum, messages, fencing };
BOOST_DESCRIBE_ENUM(FenceWait, none, quorum, messages, fencing)

/// Everything a daemon may build decisions on. `clear` is true only for the settled view named by
/// `ring`: a reader whose own settled view has another ring must wait for the next facts.
struct FenceFacts {
    static constexpr std::uint16_t message_type = 1;
    static constexpr std::string_view message_name = "FenceFacts";

    bool in_domain =
        false;  ///< fence_tool join was asked for, and neither leave nor death came since
    bool is_admitted = false;
    bool formed = false;
    bool settled = false;  ///< the view of `ring` is settled
    bool quorate = false;
    bool has_majority = false;  ///< admitted members hold more than half of all configured votes
    bool clear = false;         ///< rule S10
    bool dead = false;          ///< this node life was declared dead: stop everything, join nothing
    bool must_stop =
        false;  ///< quorum was lost and another domain is here: stop all, then say goodbye (reset)
    std::string reason;  ///< why not clear, or why dead; one sentence
    RingId ring;
    NodeId self;
    DaemonLife life;
    AdmissionNumber admission;  ///< this node's, 0 if not admitted
    NodeId master;              ///< who fences, 0 if nobody may
    FenceWait wait = FenceWait::none;
    std::vector<FactMember> members;         ///< ascending node id; pending ones included
    std::vector<FactVictim> victims;         ///< unsettled
    std::vector<FactSettled> settled_lives;  ///< oldest first, the last few of each node
    std::vector<FactGroup> groups;

    friend bool operator==(const FenceFacts&, const FenceFacts&) = default;
};
BOOST_DESCRIBE_STRUCT(FenceFacts, (),
                      (in_domain, is_admitted, formed, settled, quorate, has_majority, clear, dead,
                       must_stop, reason, ring, self, life, admission, master, wait, members,
                       victims, settled_lives, groups))

/// Answered by FenceFacts, now and at every change.
struct SubscribeFacts {
    static constexpr std::uint16_t message_type = 2;
    static constexpr std::string_view message_name = "SubscribeFacts";

    std::string client;

    friend bool operator==(const SubscribeFacts&, const SubscribeFacts&) = default;
};
BOOST_DESCRIBE_STRUCT(SubscribeFacts, (), (client))

/// This daemon joins its group now. Until an empty goodbye the node cannot leave the fence domain.
struct GroupJoined {
    static constexpr std::uint16_t message_type = 3;
    static constexpr std::string_view message_name = "GroupJoined";

    std::string group;

    friend bool operator==(const GroupJoined&, const GroupJoined&) = default;
};
BOOST_DESCRIBE_STRUCT(GroupJoined, (), (group))

/// This daemon left its group, or stopped everything after loss of quorum.
struct GroupGoodbye {
    static constexpr std::uint16_t message_type = 4;
    static constexpr std::string_view message_name = "GroupGoodbye";

    std::string group;
    bool empty = false;        ///< nothing is owned by this node any more
    bool handed_over = false;  ///< not empty: what did not stop is failed, all members know it, and
                               ///< the daemon joins again with it (reset)

    friend bool operator==(const GroupGoodbye&, const GroupGoodbye&) = default;
};
BOOST_DESCRIBE_STRUCT(GroupGoodbye, (), (group, empty, handed_over))

/// Make this node a victim. Void for another life than the node's present one; empty life: whatever
/// it is.
struct DemandFence {
    static constexpr std::uint16_t message_type = 5;
    static constexpr std::string_view message_name = "DemandFence";

    NodeId node;
    NodeLife life;
    std::string cause;  ///< who asks and why, in words

    friend bool operator==(const DemandFence&, const DemandFence&) = default;
};
BOOST_DESCRIBE_STRUCT(DemandFence, (), (node, life, cause))

}  // namespace ha::protocol
