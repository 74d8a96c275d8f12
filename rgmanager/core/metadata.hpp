// SPDX-License-Identifier: Apache-2.0
//
// Agent metadata (`<resource-agent>`) to a Rule. Pure: someone else ran `AGENT meta-data` and
// parsed the XML.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "common/model/element.hpp"
#include "rgmanager/core/rule.hpp"

namespace ha::service {

/// Reads the root element of the metadata that the agent at path `agent` printed.
/// A rule without a primary parameter gets its first one as key.
/// Errors: invalid_input with the reason when the rule is rejected: not `resource-agent`, no name,
/// the reserved type `action`, no parameter, two primary ones, inherit together with primary,
/// unique or required, or more entries than our bounds.
[[nodiscard]] Result<Rule> rule_from_metadata(const model::Element& metadata, std::string agent);

}  // namespace ha::service
