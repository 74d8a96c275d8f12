// SPDX-License-Identifier: Apache-2.0
//
// A tree against the schema table: unknown, missing, repeated and wrong things. What takes more
// than one place of the file to see is in checks.hpp.
#pragma once

#include "common/config/problem.hpp"
#include "common/config/schema_table.hpp"
#include "common/model/element.hpp"

namespace ha::config {

/// Reports everything schemas/cluster.rng would refuse (origin schema), and the table's notices
/// (semantic warnings). The tree has an error here exactly if xmllint refuses it.
void validate(const model::Element& tree, Report& report);

}  // namespace ha::config
