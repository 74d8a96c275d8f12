// SPDX-License-Identifier: Apache-2.0
//
// What one pass over a node's fence methods will do, fixed before it begins: which methods, which
// limits, and where a method with several devices must prove that the node has no power left
// (DESIGN 4).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/base/time.hpp"
#include "common/model/model.hpp"

namespace ha::fence {

struct OperationLimits {
    /// Text on an agent's stdin. Source: spec fenced 3.2 (4095 in the original).
    std::size_t arguments_bytes_max = 4095;
    /// One agent run; `delay` and `power_wait` of the device are added. Source: spec fenced 3.3.
    Duration agent_deadline = std::chrono::seconds{120};
    /// One `status` run that decides whether a method counts.
    Duration status_deadline = std::chrono::seconds{60};
    /// One `status` run of "does its device say it is off?". Short: it only saves a shot.
    Duration query_deadline = std::chrono::seconds{15};
};

enum class OperationKind {
    fence,      ///< methods in order until one counts
    unfence,    ///< every device of <unfence>, also after a failure
    status,     ///< methods in order until every device of one answers
    query_off,  ///< all methods side by side: do all devices of one method say off?
};

struct OperationPlan {
    OperationKind kind = OperationKind::fence;
    std::string node_name;                    ///< as configured
    std::vector<model::FenceMethod> methods;  ///< unfence: one nameless method
    std::optional<std::size_t> only_method;   ///< from 0; too large: undefined
    OperationLimits limits;
};

/// The plan for `node`. Methods with the agent fence_manual are left out: it means "no method"
/// (spec 3.9).
[[nodiscard]] OperationPlan plan_operation(OperationKind kind, const model::Node& node,
                                           const OperationLimits& limits);

/// The longest the agents of one pass may take: what FenceStarted announces.
[[nodiscard]] Duration longest_duration(const OperationPlan& plan);

/// The first step of each device of the method. A device is its agent and what that is told to find
/// it, so `off` and `on` of one outlet are one device.
[[nodiscard]] std::vector<std::size_t> distinct_devices(const model::FenceMethod& method);

/// Before which step all devices of the method must be off: after its last off. A method that names
/// no off is judged at its end: what its agents do by default must have left every device off.
[[nodiscard]] std::size_t proof_point(const model::FenceMethod& method);

/// A device is turned on before the last off: the devices are never off together, so it can never
/// count.
[[nodiscard]] bool turns_on_too_early(const model::FenceMethod& method);

}  // namespace ha::fence
