// SPDX-License-Identifier: Apache-2.0
// Names of priorities and facilities as cluster.conf writes them, any case.
#pragma once

#include <optional>
#include <string_view>

#include "common/log/log.hpp"

namespace ha::log {

/// `emerg`, `alert`, `crit`, `err`, `error`, `warn`, `warning`, `notice`, `info`, `debug`, ...
[[nodiscard]] std::optional<Level> level_of(std::string_view name);

/// `local4` as LOG_LOCAL4, ...
[[nodiscard]] std::optional<int> facility_of(std::string_view name);

}  // namespace ha::log
