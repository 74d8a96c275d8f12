// SPDX-License-Identifier: Apache-2.0
#include "common/config/diff.hpp"

#include <algorithm>
#include <string_view>

namespace ha::config {
namespace {

using model::ClusterModel;
using model::Node;

void compare_node(const Node& before, const Node& after, ModelDiff& result)
{
    if (before.votes != after.votes) {
        result.votes_changed.push_back(after.id);
    }
    if (before.methods != after.methods || before.unfence != after.unfence) {
        result.fencing_changed.push_back(after.id);
    }
    if (!before.methods.empty() && after.methods.empty()) {
        result.lost_last_method.push_back(after.id);
    }
    const std::string id = std::to_string(after.id.value);
    if (before.name != after.name) {
        result.needs_restart.push_back(
            {"name", "the name of node " + id + " (" + before.name + " -> " + after.name + ")",
             after.id});
    }
    if (before.altname != after.altname) {
        result.needs_restart.push_back({"altname",
                                        "the altname of node " + id + " (" +
                                            before.altname.value_or("none") + " -> " +
                                            after.altname.value_or("none") + ")",
                                        after.id});
    }
    if (before.altname_port != after.altname_port) {
        result.needs_restart.push_back({"altname", "the altname port of node " + id, after.id});
    }
}

void compare_nodes(const ClusterModel& before, const ClusterModel& after, ModelDiff& result)
{
    for (const Node& node : after.nodes) {
        if (const Node* old = before.node(node.id)) {
            compare_node(*old, node, result);
        } else {
            result.added.push_back(node.id);
        }
    }
    for (const Node& node : before.nodes) {
        if (after.node(node.id) == nullptr) {
            result.removed.push_back(node.id);
            if (const Node* renumbered = after.node(node.name)) {
                result.needs_restart.push_back({"nodeid",
                                                "the nodeid of " + node.name + " (" +
                                                    std::to_string(node.id.value) + " -> " +
                                                    std::to_string(renumbered->id.value) + ")",
                                                renumbered->id});
            }
        }
    }
}

std::string changed(std::uint16_t before, std::uint16_t after)
{
    return " (" + std::to_string(before) + " -> " + std::to_string(after) + ")";
}

void compare_fixed(const ClusterModel& before, const ClusterModel& after, ModelDiff& result)
{
    if (before.name != after.name) {
        result.needs_restart.push_back(
            {"name", "the cluster name (" + before.name + " -> " + after.name + ")", {}});
    } else if (before.cluster_id != after.cluster_id) {
        result.needs_restart.push_back(
            {"cluster_id", "the cluster id" + changed(before.cluster_id, after.cluster_id), {}});
    }
    if (before.totem.port != after.totem.port) {
        result.needs_restart.push_back(
            {"port", "the port" + changed(before.totem.port, after.totem.port), {}});
    }
    if (before.totem.ipv6 != after.totem.ipv6) {
        result.needs_restart.push_back({"multicast", "the address family", {}});
    }
}

/// Indentation is text to XML, but not to us.
std::string_view trimmed(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    return begin == std::string_view::npos
               ? std::string_view()
               : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// corosync takes over everything in `totem` but the fixed things above.
bool totem_differs(model::Totem before, const model::Totem& after)
{
    before.port = after.port;
    before.ipv6 = after.ipv6;
    return before != after;
}

}  // namespace

bool ModelDiff::is_empty() const
{
    return *this == ModelDiff{};
}

bool ModelDiff::needs_corosync_reload() const
{
    return !added.empty() || !removed.empty() || !votes_changed.empty() || quorum_changed ||
           totem_changed || logging_changed || uidgid_changed;
}

ModelDiff diff(const ClusterModel& before, const ClusterModel& after)
{
    ModelDiff result;
    compare_fixed(before, after, result);
    compare_nodes(before, after, result);
    result.quorum_changed = before.quorum != after.quorum;
    result.totem_changed = totem_differs(before.totem, after.totem);
    result.fence_daemon_changed = before.fence_daemon != after.fence_daemon;
    result.logging_changed =
        before.logging != after.logging || before.logging_daemons != after.logging_daemons;
    result.uidgid_changed = before.uidgids != after.uidgids;
    result.rm_changed = !same_content(before.rm, after.rm);
    return result;
}

// Recursion is bounded by the depth of the trees (XmlLimits).
bool same_content(const model::Element& a, const model::Element& b)  // NOLINT(misc-no-recursion)
{
    const auto same_attribute = [](const model::Attribute& x, const model::Attribute& y) {
        return x.name == y.name && x.value == y.value;
    };
    return a.name == b.name && trimmed(a.text) == trimmed(b.text) &&
           std::equal(a.attributes.begin(), a.attributes.end(), b.attributes.begin(),
                      b.attributes.end(), same_attribute) &&
           std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(),
                      same_content);
}

}  // namespace ha::config
