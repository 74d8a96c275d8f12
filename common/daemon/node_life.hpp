// SPDX-License-Identifier: Apache-2.0
//
// Node life: one boot of this node (DESIGN 3), in RUN/node_life. Daemon life: one run of a daemon
// in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/roots.hpp"

namespace ha::daemon {

/// Reads RUN/node_life, or makes it: two daemons that start together get the same one. A life is
/// made only where there is no such file (a fresh run root), or where a whole one names another
/// kernel boot id (or VM generation id, where the machine shows one): the run root survived a boot.
/// A new life says that the old one is gone, so whatever else is found there, or a missing file
/// beside what a daemon keeps from run to run, is an error whose text says what a person must do.
/// In the lab every node shares the kernel's boot id; a fresh run root makes a new life.
/// Errors: invalid_input (damaged, missing beside others), else why it cannot be read or made.
[[nodiscard]] Result<NodeLife> read_or_make_node_life(const Roots& roots);

/// What the file says. Nothing if the text is not whole: cut at any byte, garbled, too much.
struct StoredLife {
    std::string boot;  ///< kernel boot id[+VM generation id]
    std::string life;

    friend bool operator==(const StoredLife&, const StoredLife&) = default;
};
[[nodiscard]] std::string format_node_life(const StoredLife& stored);
[[nodiscard]] std::optional<StoredLife> parse_node_life(std::string_view text);

/// Whether two such boots (`StoredLife::boot`) are one. Where only one of them has a VM generation
/// id the kernel's decides: its module may have been loaded in between.
[[nodiscard]] bool is_same_boot(std::string_view one, std::string_view other);

/// This run of this daemon: `node` and now.
[[nodiscard]] DaemonLife new_daemon_life(const NodeLife& node);

}  // namespace ha::daemon
