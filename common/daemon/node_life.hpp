// SPDX-License-Identifier: Apache-2.0
//
// Node life: one boot of this node (DESIGN 3), in RUN/node_life. Daemon life: one run of a daemon
// in it.
#pragma once

#include <string>
#include <string_view>

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

/// The file's text, and the life in it: empty if it is of another boot, cut or garbled.
[[nodiscard]] std::string format_node_life(const std::string& boot, const std::string& life);
[[nodiscard]] std::string parse_node_life(std::string_view text, const std::string& boot);

/// This run of this daemon: `node` and now.
[[nodiscard]] DaemonLife new_daemon_life(const NodeLife& node);

}  // namespace ha::daemon
