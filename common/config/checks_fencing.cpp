// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>
#include <string>

#include "common/config/checks.hpp"

namespace ha::config {
namespace {

using model::Element;
using Devices = std::map<std::string_view, const Element*>;

/// fenced has always read at most this many methods of a node, and devices of a method (C22).
constexpr int steps_max = 8;

Devices fence_devices(const Element& tree)
{
    Devices devices;
    if (const Element* list = tree.child("fencedevices")) {
        for (const Element& device : list->children) {
            const auto name = device.attribute("name");
            if (device.name == "fencedevice" && name) {
                devices.emplace(*name, &device);
            }
        }
    }
    return devices;
}

/// What the agent is asked to do; the older spelling is `option`.
std::string action_of(const Element& device)
{
    const auto action = device.attribute("action");
    return std::string(action ? *action : device.attribute("option").value_or(""));
}

class FencingChecks
{
public:
    FencingChecks(Devices devices, Report& report) : devices_(std::move(devices)), report_(report)
    {}

    void node(const Element& node)
    {
        const std::string name(node.attribute("name").value_or("?"));
        const Element* fence = node.child("fence");
        if (fence != nullptr) {
            methods(*fence, name);
        }
        if (!has_device(fence)) {
            report_.warn("C19", {node.line, "fence"},
                         name + " has no fence method with a device: fencing it never succeeds",
                         "add a method, or be ready to run: fence_ack_manual " + name);
        }
        if (const Element* unfence = node.child("unfence")) {
            count(*unfence, "device", name + "'s <unfence>");
            for (const Element& device : unfence->children) {
                unfence_device(device);
            }
        }
    }

private:
    static bool has_device(const Element* fence)
    {
        if (fence != nullptr) {
            for (const Element& method : fence->children) {
                if (method.child("device") != nullptr) {
                    return true;
                }
            }
        }
        return false;
    }

    void methods(const Element& fence, const std::string& node)
    {
        count(fence, "method", node);
        std::map<std::string_view, int> names;
        for (const Element& method : fence.children) {
            if (method.name != "method") {
                continue;
            }
            const std::string_view name = method.attribute("name").value_or("");
            const auto [first, is_new] = names.emplace(name, method.line);
            if (!is_new && !name.empty()) {
                report_.refuse("C18", at(method, "name"),
                               "method \"" + std::string(name) + "\" of " + node +
                                   " exists already, on line " + std::to_string(first->second),
                               "names of methods are unique within a node");
            }
            count(method, "device", "method \"" + std::string(name) + "\" of " + node);
            power_supplies(method);
            for (const Element& device : method.children) {
                if (device.name == "device") {
                    against_fencedevice(device);
                    old_actions(device);
                }
            }
        }
    }

    /// C22
    void count(const Element& parent, std::string_view what, const std::string& whose)
    {
        int seen = 0;
        for (const Element& child : parent.children) {
            seen += child.name == what ? 1 : 0;
            if (child.name == what && seen == steps_max + 1) {
                report_.refuse("C22", {child.line, child.name},
                               whose + " has more than " + std::to_string(steps_max) + " " +
                                   std::string(what) + "s",
                               "at most " + std::to_string(steps_max) + " are accepted");
            }
        }
    }

    const Element* fencedevice(const Element& device) const
    {
        const auto found = devices_.find(device.attribute("name").value_or(""));
        return found == devices_.end() ? nullptr : found->second;
    }

    /// C21
    void against_fencedevice(const Element& device)
    {
        const Element* common = fencedevice(device);
        if (common == nullptr) {
            return;
        }
        for (const model::Attribute& attribute : device.attributes) {
            const auto other = common->attribute(attribute.name);
            if (attribute.name != "name" && other && *other != attribute.value) {
                report_.warn("C21", {attribute.line, attribute.name},
                             "is \"" + attribute.value + "\" here, but \"" + std::string(*other) +
                                 "\" in its fencedevice (line " + std::to_string(common->line) +
                                 "), which wins",
                             "write it in one of the two places");
            }
        }
    }

    void old_actions(const Element& device)
    {
        const std::string action = action_of(device);
        if (action == "reset" || action == "cycle") {
            report_.warn("", at(device, device.attribute("action") ? "action" : "option"),
                         "\"" + action + "\" is not known to today's fence agents",
                         "reboot, off and on are accepted");
        }
    }

    /// Two supplies that are switched off and on one after the other never cut the power.
    void power_supplies(const Element& method)
    {
        int reboots = 0;
        int others = 0;
        std::set<std::string_view> used;
        for (const Element& device : method.children) {
            if (device.name == "device") {
                const std::string action = action_of(device);
                const Element* common = fencedevice(device);
                const std::string inherited = common == nullptr ? "" : action_of(*common);
                const std::string& effective = inherited.empty() ? action : inherited;
                (effective.empty() || effective == "reboot" ? reboots : others) += 1;
                used.insert(device.attribute("name").value_or(""));
            }
        }
        if (reboots > 1 && others == 0 && used.size() > 1) {
            report_.warn("", {method.line, "method"},
                         "each of its devices reboots by itself: with two power supplies the node "
                         "never loses power",
                         "write off for each device, then on for each");
        }
    }

    void unfence_device(const Element& device)
    {
        if (device.name == "device" && action_of(device).empty()) {
            report_.refuse("", at(device, "action"),
                           "unfencing without an action would fence the node",
                           "write action=\"on\" or action=\"enable\"");
        }
    }

    Devices devices_;
    Report& report_;
};

/// C20, and agents of other times.
void check_agents(const Devices& devices, const Facts& facts, Report& report)
{
    for (const auto& [name, device] : devices) {
        const std::string agent(device->attribute("agent").value_or(""));
        if (agent == "fence_manual") {
            report.warn("", at(*device, "agent"), "fence_manual does not exist any more",
                        "leave the node without method and use fence_ack_manual");
        } else if (!agent.empty() && facts.agent_found && !facts.agent_found(agent)) {
            report.warn("C20", at(*device, "agent"), "agent not found: " + agent,
                        "install it, or correct the name");
        }
    }
}

}  // namespace

void check_fencing(const Checked& checked, const Facts& facts, Report& report)
{
    const Devices devices = fence_devices(checked.tree);
    FencingChecks checks(devices, report);
    for (const Element* node : node_elements(checked.tree)) {
        checks.node(*node);
    }
    check_agents(devices, facts, report);
}

}  // namespace ha::config
