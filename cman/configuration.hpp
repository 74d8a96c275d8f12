// SPDX-License-Identifier: Apache-2.0
//
// ActiveConfiguration: the document this cmand runs with, checked, with the addresses of all nodes
// and what the person who joined said on the command line. Made once per start and reload; its
// parts never change singly.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cman/run_record.hpp"
#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/roots.hpp"
#include "common/log/log.hpp"
#include "common/model/model.hpp"

namespace ha::cman {

struct ActiveConfiguration {
    ConfigId id;
    std::string document;  ///< every byte as read
    std::string filename;
    JoinOverrides overrides;
    model::ClusterModel model;    ///< overrides applied
    model::ClusterModel written;  ///< as the document says, for comparing with a newer one
    std::vector<model::NodeAddress> addresses;
    NodeId local;
    std::string local_name;
    std::vector<std::string>
        complaints;  ///< one line each, for the log; they did not refuse the start

    [[nodiscard]] const model::NodeAddress* address(NodeId node) const;
};

/// From the file (roots.cluster_conf). Errors: invalid_input with every problem of class E, one per
/// line; the file cannot be read.
[[nodiscard]] Result<ActiveConfiguration> read_configuration(const Roots& roots,
                                                             const JoinOverrides& overrides);

/// What a document that is to replace the running one is compared with (C23, C24).
struct RunningCluster {
    const model::ClusterModel& written;
    std::vector<NodeId> members;
};

/// From bytes kept by a former cmand, or (with `running`) those of a reload.
[[nodiscard]] Result<ActiveConfiguration> load_configuration(
    const Roots& roots, std::string document, const std::string& filename,
    const JoinOverrides& overrides, const RunningCluster* running = nullptr);

/// The text of corosync.conf for it.
[[nodiscard]] std::string corosync_conf(const ActiveConfiguration& configuration,
                                        const Roots& roots);

/// Of all nodes, as the cores want them.
[[nodiscard]] std::map<NodeId, std::vector<std::string>> table_of(
    const ActiveConfiguration& configuration);
[[nodiscard]] std::map<NodeId, std::string> names_of(const model::ClusterModel& model);

/// Addresses of one node, link 0 first.
[[nodiscard]] std::vector<std::string> links_of(const model::NodeAddress& address);

}  // namespace ha::cman
