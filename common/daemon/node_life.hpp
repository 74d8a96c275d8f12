// SPDX-License-Identifier: Apache-2.0
//
// Node life: one boot of this node (DESIGN 3), in RUN/node_life. Daemon life: one run of a daemon
// in it.
#pragma once

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/roots.hpp"

namespace ha::daemon {

/// Reads RUN/node_life, or makes it: two daemons that start together get the same one. A stored
/// file with another kernel boot id (or VM generation id, where the machine shows one) is replaced:
/// the run root survived a boot. In the lab every node shares the kernel's boot id; a fresh run
/// root makes a new life.
/// Errors: system.
[[nodiscard]] Result<NodeLife> read_or_make_node_life(const Roots& roots);

/// This run of this daemon: `node` and now.
[[nodiscard]] DaemonLife new_daemon_life(const NodeLife& node);

}  // namespace ha::daemon
