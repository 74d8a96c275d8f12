// SPDX-License-Identifier: Apache-2.0
//
// NodeTable: every node this one knows, configured or seen, and since when it is a member.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/model/model.hpp"

namespace ha::cman {

struct NodeEntry {
    NodeId id;
    std::string name;  ///< configured name, `Node<ID>` for one that is not configured
    std::uint32_t votes = 0;
    bool is_member = false;
    bool is_leaving = false;  ///< announced its leave and is still in the ring
    std::uint64_t incarnation =
        0;  ///< sequence of the ring in which it last joined, as seen here; 0 = never
    std::optional<std::int64_t> joined_s;  ///< wall clock of that moment; members only

    friend bool operator==(const NodeEntry&, const NodeEntry&) = default;
};

/// Who came and who went with a ring.
struct NodeChanges {
    std::vector<NodeId> joined;
    std::vector<NodeId> left;
};

class NodeTable
{
public:
    /// Takes over names and votes; what is known of members stays.
    void configure(const model::ClusterModel& model);

    /// A new ring. A node counts as newly joined when it was no member in the ring before, or when
    /// corosync says so (it left and came back between two reports).
    NodeChanges apply_ring(const RingId& ring, const std::vector<NodeId>& members,
                           const std::vector<NodeId>& rejoined, std::int64_t wall_s);

    void mark_leaving(NodeId node);

    /// Ascending by id.
    [[nodiscard]] const std::map<NodeId, NodeEntry>& entries() const { return entries_; }
    [[nodiscard]] std::vector<NodeId> members() const;
    [[nodiscard]] bool is_member(NodeId node) const;
    [[nodiscard]] std::string name(NodeId node) const;
    [[nodiscard]] const NodeEntry* find(std::string_view name) const;

private:
    std::map<NodeId, NodeEntry> entries_;
};

}  // namespace ha::cman
