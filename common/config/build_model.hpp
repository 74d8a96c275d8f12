// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "common/model/element.hpp"
#include "common/model/model.hpp"

namespace ha::config {

/// The model of a tree, whatever is wrong with it: missing and wrong values have the table's
/// fallback, unknown things are left out, of repeated sections the first counts (totem: merged, the
/// first value counts). A node without a valid id has NodeId{0}. Precondition: the root is
/// `<cluster>`; another root gives an empty model.
model::ClusterModel build_model(const model::Element& tree);

/// 16-bit id of a cluster's name as cman derives it: v = 2v + byte, modulo 65536.
std::uint16_t derived_cluster_id(std::string_view name);

/// The same by FNV-1a, 32 bits folded to 16 (`hash_cluster_id`).
std::uint16_t hashed_cluster_id(std::string_view name);

}  // namespace ha::config
