// SPDX-License-Identifier: Apache-2.0
//
// The active document, as cmand hands it out, read with the same code as everywhere
// (common/config).
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "common/model/model.hpp"

namespace ha::fence {

/// cmand has checked the document, so a problem here is a difference between two builds.
/// Errors: invalid_input, naming the first problem.
[[nodiscard]] Result<model::ClusterModel> read_document(const std::string& bytes);

}  // namespace ha::fence
