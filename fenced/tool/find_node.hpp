// SPDX-License-Identifier: Apache-2.0
//
// Which configured node a person means by a name (spec cman 2.4): the name itself, a short form of it, an
// alias, or an address.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/model.hpp"

namespace ha::fence::tool {

/// Everything a name is known as besides itself: its addresses as literals, and their reverse names.
using Resolve = std::function<std::vector<std::string>(const std::string& name)>;

/// The resolver of this machine. Blocks.
[[nodiscard]] std::vector<std::string> resolve_on_this_machine(const std::string& name);

/// nullptr if nobody is meant. The first rule that hits decides; `resolve` is asked only if no spelling does.
[[nodiscard]] const model::Node* find_node(const model::ClusterModel& model,
                                           const std::string& typed, const Resolve& resolve);

}  // namespace ha::fence::tool
