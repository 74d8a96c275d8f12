// SPDX-License-Identifier: Apache-2.0
//
// The classic output of cman_tool, as text (spec/cman.md 5.2, 5.3). Scripts and how-tos parse it:
// every blank counts. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/protocol/cman.hpp"

namespace ha::cman {

[[nodiscard]] std::string format_status(const protocol::StatusReply& status);

struct NodesOptions {
    bool addresses = false;           ///< -a
    std::vector<std::string> names;   ///< -n: only these
    std::vector<std::string> fields;  ///< -F: no table, these fields
};

[[nodiscard]] std::string format_nodes(const protocol::NodesReply& reply,
                                       const NodesOptions& options);

}  // namespace ha::cman
