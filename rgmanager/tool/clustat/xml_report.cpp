// SPDX-License-Identifier: Apache-2.0
// Attributes and their order are the old suite's; values are escaped, which the old one forgot.
#include <array>
#include <cstdio>
#include <string_view>

#include "rgmanager/tool/clustat/report.hpp"

namespace ha::service::clustat {

namespace {

std::string escaped(std::string_view text)
{
    std::string result;
    for (const char letter : text) {
        switch (letter) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                result += letter;
        }
    }
    return result;
}

std::string attribute(std::string_view name, std::string_view value)
{
    return " " + std::string(name) + "=\"" + escaped(value) + "\"";
}

std::string attribute(std::string_view name, bool value)
{
    return attribute(name, std::string_view(value ? "1" : "0"));
}

std::string attribute(std::string_view name, std::int64_t value)
{
    return attribute(name, std::string_view(std::to_string(value)));
}

std::string hexadecimal(NodeId id)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%08x", id.value);
    return text.data();
}

std::string node_element(const ReportNode& node)
{
    return "    <node" + attribute("name", std::string_view(node.name)) +
           attribute("state", node.is_online) + attribute("local", node.is_local) +
           attribute("estranged", node.is_estranged) + attribute("rgmanager", node.has_rgmanager) +
           attribute("rgmanager_master", false) + attribute("qdisk", false) +
           attribute("nodeid", std::string_view(hexadecimal(node.id))) + "/>\n";
}

std::string group_element(const ReportService& service)
{
    const protocol::ServiceRow& row = service.row;
    std::string flags;
    for (const std::string& name : flag_names(row)) {
        flags += (flags.empty() ? "" : " ") + name;
    }
    return "    <group" + attribute("name", std::string_view(row.name)) +
           attribute("state", static_cast<std::int64_t>(row.state)) +
           attribute("state_str", protocol::text_of(row.state)) +
           attribute("flags", std::int64_t{flag_number(row)}) +
           attribute("flags_str", std::string_view(flags)) +
           attribute("owner", std::string_view(service.owner)) +
           attribute("last_owner", std::string_view(service.last_owner)) +
           attribute("restarts", std::int64_t{row.restarts}) +
           attribute("last_transition", row.transition_s) +
           attribute("last_transition_str", std::string_view(classic_time(row.transition_s))) +
           "/>\n";
}

std::string quorum_element(const Report& report)
{
    if (!report.is_quorate) {
        return "  <quorum quorate=\"0\"\n groupmember=\"0\"/>\n";
    }
    return "  <quorum" + attribute("quorate", true) +
           attribute("groupmember", report.rgmanager_answered) + "/>\n";
}

}  // namespace

std::string xml_report(const Report& whole, const ReportOptions& options)
{
    const Report report = restrict_to(whole, options);
    const bool only_part = options.only_member || options.only_service;
    std::string text = "<?xml version=\"1.0\"?>\n<clustat version=\"4.1.1\">\n";
    if (!only_part) {
        text += "  <cluster" + attribute("name", std::string_view(report.cluster_name)) +
                attribute("id", std::int64_t{report.cluster_id}) +
                attribute("generation", static_cast<std::int64_t>(report.generation)) + "/>\n";
        text += quorum_element(report);
    }
    if (!options.only_service || options.only_member) {
        if (report.nodes.empty()) {
            text += "  <nodes/>\n";
        } else {
            text += "  <nodes>\n";
            for (const ReportNode& node : report.nodes) {
                text += node_element(node);
            }
            text += "  </nodes>\n";
        }
    }
    const bool services_wanted = !options.only_member || options.only_service;
    if (services_wanted && report.rgmanager_answered) {
        text += "  <groups>\n";
        for (const ReportService& service : report.services) {
            text += group_element(service);
        }
        text += "  </groups>\n";
    }
    return text + "</clustat>\n";
}

}  // namespace ha::service::clustat
