// SPDX-License-Identifier: Apache-2.0
//
// Which clusternode is this machine? The search of spec/cman.md 2.3, first hit wins. Names are compared as
// written, case included.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/model/model.hpp"

namespace ha::cman {

/// Steps 1-4: the name given by the person (join -n), else `uname -n`: whole, cut at its first dot, and against
/// the short form of each name. Nothing found: ask find_by_address.
/// Errors: not_found (the given name is no clusternode), invalid_input (it overrides a uname that is another
/// node's name: corosync would take that one).
[[nodiscard]] Result<std::optional<NodeId>> find_by_name(const model::ClusterModel& model,
                                                         const std::string& uname,
                                                         const std::optional<std::string>& given);

/// One address of this machine.
struct LocalAddress {
    std::string numeric;
    std::string reverse_name;  ///< "" if it has none
};

/// Steps 5-6: reverse names, numeric forms, and what each clusternode name resolves to.
/// Errors: not_found, in the classic words.
[[nodiscard]] Result<NodeId> find_by_address(
    const model::ClusterModel& model, const std::vector<LocalAddress>& local,
    const std::map<std::string, std::vector<std::string>>& resolved);

}  // namespace ha::cman
