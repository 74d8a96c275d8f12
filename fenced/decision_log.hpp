// SPDX-License-Identifier: Apache-2.0
//
// The domain's decisions as log lines, with the phrases that people and scripts look for (spec
// fenced 4.6).
#pragma once

#include <string>

#include "fenced/core/domain.hpp"
#include "fenced/journal.hpp"

namespace ha::fence {

/// `name`: of the node the decision is about; `facts`: as they are after the decision.
void log_decision(Journal& journal, const Decided& decided, const std::string& name,
                  const protocol::FenceFacts& facts);

}  // namespace ha::fence
