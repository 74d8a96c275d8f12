// SPDX-License-Identifier: Apache-2.0
//
// The lines clusvcadm prints, word for word (spec/rgmanager.md 6.1), and the exit code.
#pragma once

#include <string>

#include "common/protocol/service_tool.hpp"

namespace ha::service::clusvcadm {

/// "Local machine trying to enable service:web..." without newline.
[[nodiscard]] std::string opening(protocol::ServiceVerb verb, const std::string& service,
                                  const std::string& member);

/// What completes the opening, newline included: the result, and after enable and relocate where it
/// runs now.
[[nodiscard]] std::string closing(protocol::ServiceVerb verb, const std::string& service,
                                  const std::string& member, protocol::ReturnCode code,
                                  const std::string& owner);

/// The code modulo 256; "already running" is 0.
[[nodiscard]] int exit_code(protocol::ReturnCode code);

}  // namespace ha::service::clusvcadm
