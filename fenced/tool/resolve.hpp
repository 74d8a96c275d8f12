// SPDX-License-Identifier: Apache-2.0
//
// The resolver of this machine, for names that people give to fence_node.
#pragma once

#include <string>
#include <vector>

#include "common/config/facts.hpp"

namespace ha::fence::tool {

/// All addresses of a host name or literal; empty when it does not resolve. Blocks.
[[nodiscard]] std::vector<config::Address> resolve(const std::string& name);

}  // namespace ha::fence::tool
