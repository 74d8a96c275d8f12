// SPDX-License-Identifier: Apache-2.0
//
// Service tables that come from outside this process: the run-root file, a joiner's report, a
// snapshot. A file may be cut, a peer may be broken: rows that no rgmanager writes are found here,
// before the core builds on them.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "common/protocol/service.hpp"

namespace ha::service {

/// A snapshot. Errors: invalid_input.
[[nodiscard]] Result<protocol::TableState> read_table(const std::string& text);

/// A run-root file or a joiner's report of this node life. Errors: invalid_input.
[[nodiscard]] Result<protocol::MemberReport> read_report(const std::string& text,
                                                         const NodeLife& life);

}  // namespace ha::service
