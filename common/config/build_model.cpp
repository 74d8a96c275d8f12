// SPDX-License-Identifier: Apache-2.0
#include "common/config/build_model.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "common/config/values.hpp"

namespace ha::config {
namespace {

using model::ClusterModel;
using model::Element;
using std::chrono::milliseconds;
using std::chrono::seconds;

using Devices = std::map<std::string_view, const Element*>;

/// Several `<totem>` read as one: the first value of an attribute counts.
Element merged(const Element& cluster, std::string_view name)
{
    Element all;
    all.name = name;
    for (const Element& child : cluster.children) {
        if (child.name != name) {
            continue;
        }
        for (const model::Attribute& attribute : child.attributes) {
            if (!all.attribute(attribute.name)) {
                all.attributes.push_back(attribute);
            }
        }
        all.children.insert(all.children.end(), child.children.begin(), child.children.end());
    }
    return all;
}

std::optional<std::uint32_t> small(std::optional<std::int64_t> number)
{
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

std::optional<std::uint16_t> port(std::optional<std::int64_t> number)
{
    return number ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
}

void read_cman(const Element* cman, ClusterModel& model)
{
    const Values values(cman, rule_at("cman"));
    model.quorum.two_node = values.flag("two_node");
    model.quorum.expected_votes = small(values.given_integer("expected_votes"));
    model.quorum.wait_for_all = values.flag("wait_for_all");
    model.totem.port = static_cast<std::uint16_t>(values.integer("port"));
    model.totem.keyfile = values.text("keyfile");
    model.shutdown_timeout = milliseconds(values.integer("shutdown_timeout"));
    model.cluster_id = static_cast<std::uint16_t>(values.integer("cluster_id"));
    if (model.cluster_id == 0) {
        model.cluster_id = values.flag("hash_cluster_id") ? hashed_cluster_id(model.name)
                                                          : derived_cluster_id(model.name);
    }
    if (const Element* multicast = cman == nullptr ? nullptr : cman->child("multicast")) {
        const std::string address = Values(multicast, rule_at("cman/multicast")).text("addr");
        model.totem.ipv6 = address.find(':') != std::string::npos;
    }
}

/// corosync 3 asks for 1.2 token; two nodes agree faster (spec/cman.md 1.4).
milliseconds default_consensus(milliseconds token, std::size_t nodes)
{
    if (nodes == 1 || nodes == 2) {
        return std::clamp(token / 5, milliseconds(200), milliseconds(2000));
    }
    return token * 6 / 5;
}

/// Precondition: the nodes are read.
void read_totem(const Element& totem, ClusterModel& model)
{
    const ElementRule& rule = rule_at("totem");
    const Values values(&totem, rule);
    model.totem.token = milliseconds(values.integer("token"));
    model.token_attribute_ms = small(values.given_integer("token")).value_or(0);
    model.totem.join = milliseconds(values.integer("join"));
    model.totem.fail_recv_const = milliseconds(values.integer("fail_recv_const"));
    const auto consensus = values.given_integer("consensus");
    model.totem.consensus = consensus ? milliseconds(*consensus)
                                      : default_consensus(model.totem.token, model.nodes.size());
    model.totem.rrp_mode = values.text("rrp_mode");
    model.totem.secauth = values.flag("secauth");
    if (model.totem.keyfile.empty()) {
        model.totem.keyfile = values.text("keyfile");
    }
    for (const model::Attribute& attribute : totem.attributes) {
        const AttributeRule* known = rule.attribute(attribute.name);
        if (known != nullptr && known->passed && is_valid(*known, attribute.value)) {
            model.totem.passed.push_back({attribute.name, attribute.value});
        }
    }
}

model::FenceStep read_step(const Element& device, const Devices& devices)
{
    model::FenceStep step;
    step.device_name = std::string(device.attribute("name").value_or(""));
    for (const model::Attribute& attribute : device.attributes) {
        if (attribute.name != "name") {
            step.device_attributes.push_back({attribute.name, attribute.value});
        }
    }
    const auto found = devices.find(step.device_name);
    if (found == devices.end()) {
        return step;
    }
    step.agent = std::string(found->second->attribute("agent").value_or(""));
    for (const model::Attribute& attribute : found->second->attributes) {
        if (attribute.name != "name" && attribute.name != "agent") {
            step.fencedevice_attributes.push_back({attribute.name, attribute.value});
        }
    }
    return step;
}

std::vector<model::FenceStep> read_steps(const Element& parent, const Devices& devices)
{
    std::vector<model::FenceStep> steps;
    for (const Element& child : parent.children) {
        if (child.name == "device") {
            steps.push_back(read_step(child, devices));
        }
    }
    return steps;
}

/// Votes outside of 1..255 are refused or complained about; a 0 that is let pass stays a 0.
std::uint32_t read_votes(const Element& element)
{
    const auto votes = parse_integer(element.attribute("votes").value_or("1"));
    return votes && *votes >= 0 && *votes <= 255 ? static_cast<std::uint32_t>(*votes) : 1;
}

model::Node read_node(const Element& element, const Devices& devices)
{
    const Values values(&element, rule_at("clusternodes/clusternode"));
    model::Node node;
    node.id = NodeId{small(values.given_integer("nodeid")).value_or(0)};
    node.name = values.text("name");
    node.votes = read_votes(element);
    node.line = element.line;
    if (const Element* altname = element.child("altname")) {
        const Values link(altname, rule_at("clusternodes/clusternode/altname"));
        node.altname = link.given("name");
        node.altname_port = port(link.given_integer("port"));
    }
    if (const Element* fence = element.child("fence")) {
        for (const Element& method : fence->children) {
            if (method.name == "method") {
                node.methods.push_back({std::string(method.attribute("name").value_or("")),
                                        read_steps(method, devices)});
            }
        }
    }
    if (const Element* unfence = element.child("unfence")) {
        node.unfence = read_steps(*unfence, devices);
    }
    return node;
}

void read_nodes(const Element& cluster, ClusterModel& model)
{
    Devices devices;
    if (const Element* list = cluster.child("fencedevices")) {
        for (const Element& device : list->children) {
            const auto name = device.attribute("name");
            if (device.name == "fencedevice" && name) {
                devices.emplace(*name, &device);
            }
        }
    }
    if (const Element* list = cluster.child("clusternodes")) {
        for (const Element& node : list->children) {
            if (node.name == "clusternode") {
                model.nodes.push_back(read_node(node, devices));
            }
        }
    }
}

model::FenceDaemon read_fence_daemon(const Element* element)
{
    const Values values(element, rule_at("fence_daemon"));
    model::FenceDaemon daemon;
    daemon.post_join_delay = seconds(values.integer("post_join_delay"));
    daemon.post_fail_delay = seconds(values.integer("post_fail_delay"));
    daemon.clean_start = values.flag("clean_start");
    daemon.skip_undefined = values.flag("skip_undefined");
    daemon.override_path = values.text("override_path");
    daemon.override_time = seconds(values.integer("override_time"));
    daemon.restart_grace = seconds(values.integer("restart_grace"));
    return daemon;
}

std::optional<bool> switch_of(const Values& values, std::string_view name)
{
    const auto value = values.given(name);
    return value ? std::optional(is_truthy(*value)) : std::nullopt;
}

model::Logging read_logging(const Element* element, const ElementRule& rule)
{
    const Values values(element, rule);
    model::Logging logging;
    logging.to_syslog = switch_of(values, "to_syslog");
    logging.to_logfile = switch_of(values, "to_logfile");
    logging.syslog_facility = values.given("syslog_facility");
    logging.syslog_priority = values.given("syslog_priority");
    logging.logfile_priority = values.given("logfile_priority");
    logging.logfile = values.given("logfile");
    logging.debug = switch_of(values, "debug");
    return logging;
}

void read_all_logging(const Element* element, ClusterModel& model)
{
    model.logging = read_logging(element, rule_at("logging"));
    if (element == nullptr) {
        return;
    }
    for (const Element& child : element->children) {
        if (child.name != "logging_daemon") {
            continue;
        }
        model::Logging daemon = read_logging(&child, rule_at("logging/logging_daemon"));
        daemon.name = std::string(child.attribute("name").value_or(""));
        daemon.subsys = std::string(child.attribute("subsys").value_or(""));
        model.logging_daemons.push_back(std::move(daemon));
    }
}

}  // namespace

ClusterModel build_model(const Element& tree)
{
    ClusterModel model;
    if (tree.name != "cluster") {
        return model;
    }
    const Values values(&tree, cluster_rule());
    model.name = values.text("name");
    model.config_version =
        static_cast<std::uint64_t>(values.given_integer("config_version").value_or(0));
    read_nodes(tree, model);
    read_cman(tree.child("cman"), model);
    read_totem(merged(tree, "totem"), model);
    model.fence_daemon = read_fence_daemon(tree.child("fence_daemon"));
    read_all_logging(tree.child("logging"), model);
    for (const Element& child : tree.children) {
        if (child.name == "uidgid") {
            const Values ids(&child, rule_at("uidgid"));
            model.uidgids.push_back({ids.text("uid"), ids.text("gid")});
        }
    }
    if (const Element* rm = tree.child("rm")) {
        model.rm = *rm;
    }
    return model;
}

std::uint16_t derived_cluster_id(std::string_view name)
{
    std::uint16_t id = 0;
    for (const char c : name) {
        id = static_cast<std::uint16_t>(2 * id + static_cast<unsigned char>(c));
    }
    return id;
}

std::uint16_t hashed_cluster_id(std::string_view name)
{
    std::uint32_t hash = 2166136261u;
    for (const char c : name) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    }
    return static_cast<std::uint16_t>((hash >> 16) ^ (hash & 0xffffu));
}

}  // namespace ha::config
