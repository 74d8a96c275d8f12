// SPDX-License-Identifier: Apache-2.0
//
// One run of a resource agent (spec 4.2), as a value that a shell makes true.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/base/time.hpp"
#include "rgmanager/core/resource_tree.hpp"

namespace ha::service {

struct AgentCall {
    TreeNodeIndex node;
    std::string resource;  ///< `type:key`
    std::string agent;     ///< path to execute
    std::string action;
    int depth = 0;                         ///< 0 for everything but status
    std::optional<std::string> target;     ///< third argument: the node a migration goes to
    std::vector<std::string> environment;  ///< `NAME=value`, exactly all of it
    std::chrono::seconds timeout{0};       ///< what the agent declared, 0: none
    bool enforce_timeout = false;          ///< kill its process group at `timeout`
    std::optional<TimePoint> end_by;       ///< kill it then in any case

    /// Agent path, action and, for migrate, the target.
    [[nodiscard]] std::vector<std::string> arguments() const;

    /// When the shell must end the call that it starts at `now`; nothing: it may run for ever.
    [[nodiscard]] std::optional<TimePoint> ends_at(TimePoint now) const;

    friend bool operator==(const AgentCall&, const AgentCall&) = default;
};

/// How a call ended. 0 is success, anything else failure; death by signal and being ended are
/// failures.
struct AgentResult {
    int exit_code = 0;

    [[nodiscard]] static AgentResult killed() { return {1}; }
    friend bool operator==(const AgentResult&, const AgentResult&) = default;
};

struct CallContext {
    std::string ocf_root = "/usr/share/cluster";
    int other_holders = 0;  ///< occurrences of the resource on this node, this one left out
};

/// The call, if the resource declares the action for that depth; nothing else is ever executed.
[[nodiscard]] std::optional<AgentCall> make_agent_call(const ResourceConfiguration& configuration,
                                                       TreeNodeIndex node,
                                                       const std::string& action, int depth,
                                                       const CallContext& context);

/// `generic error` and so on, as the log names an agent's exit code.
[[nodiscard]] const char* exit_code_text(int exit_code);

/// `ACTION on TYPE "NAME" returned N (TEXT)`.
[[nodiscard]] std::string describe_failure(const Resource& resource, const std::string& action,
                                           int exit_code);

/// `ACTION on TYPE:NAME timed out after N seconds`.
[[nodiscard]] std::string describe_timeout(const AgentCall& call);

}  // namespace ha::service
