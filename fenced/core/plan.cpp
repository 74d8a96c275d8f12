// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/plan.hpp"

#include <algorithm>
#include <set>

#include "fenced/core/arguments.hpp"

namespace ha::fence {
namespace {

bool turns_off(const model::FenceStep& step)
{
    const std::string action = effective_action(step);
    return action == "off" || action == "disable";
}

bool turns_on(const model::FenceStep& step)
{
    const std::string action = effective_action(step);
    return action == "on" || action == "enable";
}

}  // namespace

std::vector<std::size_t> distinct_devices(const model::FenceMethod& method)
{
    std::vector<std::size_t> steps;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < method.steps.size(); ++i) {
        const auto text = agent_arguments(method.steps[i], "", Purpose::status, std::string::npos);
        const std::string identity =
            method.steps[i].agent + "\n" + (text ? *text : std::to_string(i));
        if (seen.insert(identity).second) {
            steps.push_back(i);
        }
    }
    return steps;
}

std::size_t proof_point(const model::FenceMethod& method)
{
    for (std::size_t i = method.steps.size(); i > 0; --i) {
        if (turns_off(method.steps[i - 1])) {
            return i;
        }
    }
    return method.steps.size();
}

bool turns_on_too_early(const model::FenceMethod& method)
{
    const auto first_on = std::ranges::find_if(method.steps, turns_on);
    return std::any_of(first_on, method.steps.end(), turns_off);
}

OperationPlan plan_operation(OperationKind kind, const model::Node& node,
                             const OperationLimits& limits)
{
    OperationPlan plan{kind, node.name, {}, {}, limits};
    if (kind == OperationKind::unfence) {
        if (!node.unfence.empty()) {
            plan.methods.push_back({"unfence", node.unfence});
        }
        return plan;
    }
    const auto is_manual = [](const model::FenceStep& step) {
        return step.agent == "fence_manual";
    };
    for (const model::FenceMethod& method : node.methods) {
        if (std::ranges::none_of(method.steps, is_manual)) {
            plan.methods.push_back(method);
        }
    }
    return plan;
}

Duration longest_duration(const OperationPlan& plan)
{
    Duration total{};
    for (const model::FenceMethod& method : plan.methods) {
        for (const model::FenceStep& step : method.steps) {
            total += agent_deadline(step, plan.limits.agent_deadline);
        }
        const std::size_t devices = distinct_devices(method).size();
        if (devices > 1) {
            total += plan.limits.status_deadline * static_cast<int>(devices);
        }
    }
    return total;
}

}  // namespace ha::fence
