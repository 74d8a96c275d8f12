// SPDX-License-Identifier: Apache-2.0
//
// Which of the configured nodes is this machine (spec/cman.md 2.3), and which one does a person
// mean (2.4). The name found is always the spelling of cluster.conf.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/config/facts.hpp"
#include "common/model/model.hpp"

namespace ha::config {

/// The local node. First hit wins: -n; `uname -n`; uname before its first dot; short uname equal to
/// a short name; reverse name, short reverse name and text of each interface address; addresses
/// that a configured name resolves to. Errors (not_found): no node is this machine; -n names no
/// node, or one while uname names another.
Result<NodeId> find_local_node(const model::ClusterModel& model, const NameFacts& facts);

/// The node a user names: exact name, name before its first dot, short name of a node or its
/// altname without case, then by `resolve` an address of a node. Empty `resolve`: without the last
/// step.
std::optional<NodeId> find_node(
    const model::ClusterModel& model, std::string_view name,
    const std::function<std::vector<Address>(const std::string&)>& resolve = {});

}  // namespace ha::config
