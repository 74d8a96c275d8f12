// SPDX-License-Identifier: Apache-2.0
//
// What is different between two models: what a reload does, and what it cannot do.
#pragma once

#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/model/element.hpp"
#include "common/model/model.hpp"

namespace ha::config {

/// A change that only a full restart of the cluster can bring.
struct FixedChange {
    std::string subject;  ///< attribute: name, cluster_id, port, nodeid, altname, multicast
    std::string what;     ///< "the port (5405 -> 6809)"
    NodeId node;          ///< in the new model; 0: the cluster as a whole

    friend bool operator==(const FixedChange&, const FixedChange&) = default;
};

/// Nodes are told apart by id; each list is in the order of the document it names a node of
/// (removed: the old one).
struct ModelDiff {
    std::vector<NodeId> added;
    std::vector<NodeId> removed;
    std::vector<NodeId> votes_changed;
    std::vector<NodeId> fencing_changed;   ///< methods, their devices, or unfencing
    std::vector<NodeId> lost_last_method;  ///< had a method before, has none now
    bool quorum_changed = false;           ///< expected_votes, two_node, wait_for_all
    bool totem_changed = false;            ///< token and other values corosync reloads
    bool fence_daemon_changed = false;
    bool logging_changed = false;
    bool uidgid_changed = false;
    bool rm_changed = false;
    std::vector<FixedChange> needs_restart;  ///< C24

    /// Nothing but the version differs.
    [[nodiscard]] bool is_empty() const;

    /// corosync has to read its file again.
    [[nodiscard]] bool needs_corosync_reload() const;

    friend bool operator==(const ModelDiff&, const ModelDiff&) = default;
};

/// Line numbers do not count.
ModelDiff diff(const model::ClusterModel& before, const model::ClusterModel& after);

/// Same names, attributes (in order), text and children, wherever they stand and however they are
/// indented.
bool same_content(const model::Element& a, const model::Element& b);

}  // namespace ha::config
