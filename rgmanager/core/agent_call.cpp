// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/agent_call.hpp"

#include <algorithm>

namespace ha::service {
namespace {

std::vector<std::string> environment(const ResourceConfiguration& configuration, TreeNodeIndex node,
                                     const AgentCall& call, const CallContext& context)
{
    const Resource& resource = configuration.resource(node);
    std::vector<std::string> variables;
    for (const ResourceAttribute& attribute : resource.attributes) {
        if (const auto value = resolve_attribute(configuration, node, attribute.name)) {
            variables.push_back("OCF_RESKEY_" + attribute.name + "=" + *value);
        }
    }
    // Agents told of a timeout keep it themselves; when we enforce it, they must not.
    const auto timeout = call.enforce_timeout ? 0 : call.timeout.count();
    variables.push_back("OCF_RA_VERSION_MAJOR=1");
    variables.push_back("OCF_RA_VERSION_MINOR=0");
    variables.push_back("OCF_ROOT=" + context.ocf_root);
    variables.push_back("OCF_RESOURCE_INSTANCE=" + resource.name());
    variables.push_back("OCF_RESOURCE_TYPE=" + resource.type);
    variables.push_back("OCF_CHECK_LEVEL=" + std::to_string(call.depth));
    variables.push_back("OCF_RESKEY_RGMANAGER_meta_refcnt=" +
                        std::to_string(context.other_holders));
    variables.push_back("OCF_RESKEY_RGMANAGER_meta_timeout=" + std::to_string(timeout));
    return variables;
}

}  // namespace

std::vector<std::string> AgentCall::arguments() const
{
    std::vector<std::string> words{agent, action};
    if (target) {
        words.push_back(*target);
    }
    return words;
}

std::optional<TimePoint> AgentCall::ends_at(TimePoint now) const
{
    std::optional<TimePoint> end = end_by;
    if (enforce_timeout && timeout.count() > 0) {
        const TimePoint own = now + timeout;
        end = end ? std::min(*end, own) : own;
    }
    return end;
}

std::optional<AgentCall> make_agent_call(const ResourceConfiguration& configuration,
                                         TreeNodeIndex node, const std::string& action, int depth,
                                         const CallContext& context)
{
    const Resource& resource = configuration.resource(node);
    const ActionRule* declared = resource.action(action, depth);
    if (declared == nullptr) {
        return std::nullopt;
    }
    AgentCall call;
    call.node = node;
    call.resource = resource.name();
    call.agent = configuration.rule(node).agent;
    call.action = action;
    call.depth = depth;
    call.timeout = declared->timeout;
    call.enforce_timeout = configuration.node(node).enforce_timeouts;
    call.environment = environment(configuration, node, call, context);
    return call;
}

const char* exit_code_text(int exit_code)
{
    switch (exit_code) {
        case 0:
            return "success";
        case 1:
            return "generic error";
        case 2:
            return "invalid argument(s)";
        case 3:
            return "function not implemented";
        case 4:
            return "insufficient privileges";
        case 5:
            return "program not installed";
        case 6:
            return "program not configured";
        default:
            return "unspecified";
    }
}

std::string describe_failure(const Resource& resource, const std::string& action, int exit_code)
{
    return action + " on " + resource.type + " \"" + resource.key() + "\" returned " +
           std::to_string(exit_code) + " (" + exit_code_text(exit_code) + ")";
}

std::string describe_timeout(const AgentCall& call)
{
    if (call.timeout == std::chrono::seconds::zero()) {  // no limit of its own
        return call.action + " on " + call.resource + " did not end in the time for all of it";
    }
    return call.action + " on " + call.resource + " timed out after " +
           std::to_string(call.timeout.count()) + " seconds";
}

}  // namespace ha::service
