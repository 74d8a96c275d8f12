// SPDX-License-Identifier: Apache-2.0
//
// What the agents of all nodes really did, written by themselves: the ground truth of S1, S2, S3,
// S9 and S10. It never looks into a service table.
//
//   time ->   start begins ... start ends   (runs)   stop begins ... stop ends well
//             |<------------- the node holds the service ---------------------->|
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "common/protocol/fence.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

/// From the first start action, or the arrival of a migrating guest, to the successful end of stop,
/// or to the end of the node's life.
struct Holder {
    NodeId node;
    NodeLife life;
    bool runs = false;         ///< its start succeeded
    bool stop_failed = false;  ///< only a person or the node's end clears it
    TimePoint since{};
};

class ServiceJournal
{
public:
    explicit ServiceJournal(World& world) : world_(world) {}

    /// A start agent is executed: the moment all rules are about.
    void start_began(const std::string& service, NodeId node);
    void start_succeeded(const std::string& service, NodeId node);
    void stop_succeeded(const std::string& service, NodeId node);
    void stop_failed(const std::string& service, NodeId node);
    /// The hypervisor hands a guest over: true once it runs there and only there. False if there is
    /// no guest to hand over, or the target is not there to take it.
    bool handed_over(const std::string& service, NodeId from, NodeId to);
    /// A person ended by hand what a failed stop left behind.
    void cleared_by_hand(const std::string& service);

    [[nodiscard]] bool runs(const std::string& service, NodeId node) const;
    [[nodiscard]] bool holds(const std::string& service, NodeId node) const;
    /// Holders whose node's life goes on.
    [[nodiscard]] std::vector<Holder> living_holders(const std::string& service) const;
    [[nodiscard]] const std::map<std::string, std::vector<Holder>>& holders() const
    {
        return holders_;
    }
    /// Counts what may change the holders.
    [[nodiscard]] std::uint64_t version() const { return version_; }

    /// What a fenced says: who is settled, who was ever a member.
    void heard(const protocol::FenceFacts& facts);
    /// Called after every event: remembers rings and quorum of nodes.
    void watch();
    [[nodiscard]] Duration inquorate_for(NodeId node) const;
    /// No node has been without quorum for longer; those that were off then do not count.
    [[nodiscard]] Duration longest_inquorate() const;

private:
    struct Seen {
        RingId ring;
        TimePoint ring_since{};
        bool quorate = false;
        TimePoint quorum_since{};
    };

    [[nodiscard]] Holder* find(const std::string& service, NodeId node);
    [[nodiscard]] bool is_settled(NodeId node, const NodeLife& life) const;
    void check_holders(const std::string& service, NodeId node);
    [[nodiscard]] bool next_life_is_known(NodeId node, const Holder& holder) const;
    void check_quorum(const std::string& service, NodeId node);
    void check_clear(const std::string& service, NodeId node);
    [[nodiscard]] bool left_in_good_order(NodeId by_view_of, NodeId node,
                                          const NodeLife& life) const;
    [[noreturn]] void violated(const std::string& rule, const std::string& service, NodeId node,
                               const std::string& what);

    World& world_;
    std::map<std::string, std::vector<Holder>> holders_;
    std::uint64_t version_ = 0;
    std::map<std::string, std::pair<NodeId, NodeLife>> last_stopped_;  ///< who proved the last stop
    std::set<std::pair<NodeId, NodeLife>> settled_;
    std::set<NodeId> settled_nodes_;  ///< in whatever life
    /// Absent when a domain formed: all its lives until then.
    std::map<NodeId, TimePoint> all_lives_settled_;
    /// Members of the fence domain as this life of a node heard it.
    std::set<std::tuple<NodeId, NodeLife, NodeId, NodeLife>> domain_members_;
    std::set<std::tuple<NodeId, NodeLife, DaemonLife, std::int64_t>> known_;  ///< facts seen
    std::set<std::tuple<NodeId, NodeLife, NodeId, NodeLife>> met_;            ///< were in one ring
    std::map<NodeId, Seen> seen_;
    TimePoint first_loss_ = TimePoint::max();  ///< of quorum, of those who lack it
    std::uint64_t watched_ = 0;                ///< version of the network
};

}  // namespace ha::sim
