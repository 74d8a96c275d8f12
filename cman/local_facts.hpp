// SPDX-License-Identifier: Apache-2.0
//
// What this machine is, for the checks of common/config: host name, addresses, resolver, agents,
// key files.
#pragma once

#include <optional>
#include <string>

#include "common/base/roots.hpp"
#include "common/config/facts.hpp"

namespace ha::cman {

/// `override_name`: cman_tool join -n. Calls the resolver when asked to, which may take its time.
[[nodiscard]] config::Facts local_facts(const Roots& roots,
                                        std::optional<std::string> override_name = std::nullopt);

}  // namespace ha::cman
