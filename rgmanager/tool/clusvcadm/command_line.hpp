// SPDX-License-Identifier: Apache-2.0
//
// clusvcadm's command line. The last action option wins; -l, -u and -S act at once and the rest of
// the line is ignored. Source: spec/rgmanager.md 6.1.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/protocol/service_tool.hpp"

namespace ha::service::clusvcadm {

struct CommandLine {
    enum class Kind { request, show_lock, usage, version, error };

    Kind kind = Kind::usage;
    protocol::ServiceVerb verb = protocol::ServiceVerb::enable;
    std::string service;    ///< with its type
    std::string member;     ///< -m / -n as typed; "" if none
    bool is_quiet = false;  ///< -q: nothing on stdout from there on
    std::string error;      ///< for Kind::error, to stderr

    friend bool operator==(const CommandLine&, const CommandLine&) = default;
};

/// `arguments` without the program's name.
[[nodiscard]] CommandLine parse(const std::vector<std::string>& arguments);

/// "web" is "service:web"; at most 63 characters.
[[nodiscard]] std::string full_service_name(const std::string& name);

extern const char* const usage;

}  // namespace ha::service::clusvcadm
