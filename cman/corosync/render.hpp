// SPDX-License-Identifier: Apache-2.0
//
// The model as a corosync.conf (spec/cman.md section 3): text in the order of its worked examples,
// the same bytes for the same input. cmand writes it to the run root and starts corosync with it;
// nobody edits it. Nodes stand in document order on every node, because fence_scsi takes the
// position for its key.
#pragma once

#include <string>
#include <vector>

#include "common/model/model.hpp"

namespace ha::cman {

struct RenderOptions {
    /// Log file if `<logging>` names none.
    std::string logfile = "/var/log/cluster/corosync.log";
    /// False: corosync runs without real-time priority (`cman_tool join -P`).
    bool realtime = true;
};

/// `addresses` has the literals for the model's nodes (config::Loaded); a node without one is left
/// out, because corosync does not start with a node it cannot place.
std::string render(const model::ClusterModel& model,
                   const std::vector<model::NodeAddress>& addresses,
                   const RenderOptions& options = {});

}  // namespace ha::cman
