// SPDX-License-Identifier: Apache-2.0
// Widths and words of the classic report; scripts cut its columns.
#include <algorithm>
#include <string_view>

#include "rgmanager/tool/clustat/report.hpp"

namespace ha::service::clustat {

namespace {

using protocol::ServiceState;

constexpr std::size_t widest_name = 64;
constexpr std::size_t state_width = 14;

/// printf's "%-W.Ws".
std::string cell(std::string_view text, std::size_t width)
{
    std::string result(text.substr(0, width));
    result.resize(width, ' ');
    return result;
}

std::size_t node_width(int columns)
{
    return std::min<std::size_t>(static_cast<std::size_t>(std::max(columns, 0)) / 2, widest_name);
}

std::size_t service_width(int columns)
{
    return columns < 20
               ? 0
               : std::min<std::size_t>(static_cast<std::size_t>(columns - 20) / 2, widest_name);
}

std::string right_aligned(std::uint32_t number, std::size_t width)
{
    std::string digits = std::to_string(number);
    return std::string(digits.size() < width ? width - digits.size() : 0, ' ') + digits;
}

std::string status_words(const ReportNode& node)
{
    std::string words = node.is_online ? "Online" : "Offline";
    words += node.is_local ? ", Local" : "";
    words += node.is_estranged ? ", Estranged" : "";
    words += node.has_rgmanager ? ", rgmanager" : "";
    return words;
}

std::string node_table(const Report& report, std::size_t width)
{
    std::string text = " " + cell("Member Name", width) + cell("ID", 4) + " Status\n";
    text += " " + cell("------ ----", width) + cell("----", 4) + " ------\n";
    for (const ReportNode& node : report.nodes) {
        text += " " + cell(node.name, width) + " " + right_aligned(node.id.value, 4) + " " +
                status_words(node) + "\n";
    }
    return text;
}

/// The state, and right aligned in its field the flags: "started    [P]".
std::string state_cell(const protocol::ServiceRow& row)
{
    const std::string letters = std::string(row.frozen ? "Z" : "") + (row.partial ? "P" : "");
    if (letters.empty()) {
        return cell(protocol::text_of(row.state), state_width);
    }
    return cell(protocol::text_of(row.state), state_width - 2 - letters.size()) + "[" + letters +
           "]";
}

/// Who runs it, or in parentheses who ran it last.
std::string owner_cell(const ReportService& service, std::size_t width)
{
    switch (service.row.state) {
        case ServiceState::stopped:
        case ServiceState::disabled:
        case ServiceState::recoverable:
        case ServiceState::failed:
            return cell("(" + service.last_owner.substr(0, width < 2 ? 0 : width - 2) + ")", width);
        default:
            return cell(service.owner, width);
    }
}

std::string service_line(std::string_view name, std::string_view owner, std::string_view state,
                         std::size_t width)
{
    return " " + cell(name, width) + " " + cell(owner, width) + " " + cell(state, state_width) +
           "\n";
}

std::string service_table(const Report& report, std::size_t width)
{
    std::string text = service_line("Service Name", "Owner (Last)", "State", width);
    text += service_line("------- ----", "----- ------", "-----", width);
    for (const ReportService& service : report.services) {
        text += service_line(service.row.name, owner_cell(service, width), state_cell(service.row),
                             width);
    }
    return text;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : ", ") + word;
    }
    return text.empty() ? "none" : text;
}

std::string long_service(const ReportService& service)
{
    const protocol::ServiceRow& row = service.row;
    std::string text = "Service Name      : " + row.name + "\n";
    text += "  Current State   : " + std::string(protocol::text_of(row.state)) + " (" +
            std::to_string(static_cast<int>(row.state)) + ")\n";
    text += "  Flags           : " + joined(flag_names(row)) + " (" +
            std::to_string(flag_number(row)) + ")\n";
    text += "  Owner           : " + service.owner + "\n";
    text += "  Last Owner      : " + service.last_owner + "\n";
    text += "  Last Transition : " + classic_time(row.transition_s) + "\n";
    return text;
}

std::string long_services(const Report& report)
{
    std::string text = "Service Information\n------- -----------\n\n";
    for (const ReportService& service : report.services) {
        text += long_service(service) + "\n";
    }
    return text;
}

/// Not part of the old report: only there while something waits for a victim or a person.
std::string waits(const Report& report)
{
    std::string text;
    for (const ReportService& service : report.services) {
        if (!service.waits_for.empty()) {
            text += " " + service.row.name + ": " + service.waits_for + "\n";
        }
    }
    return text.empty() ? text : "\n" + text;
}

}  // namespace

std::string text_report(const Report& whole, const ReportOptions& options)
{
    const Report report = restrict_to(whole, options);
    const bool only_part = options.only_member || options.only_service;
    std::string text;
    if (!only_part) {
        text +=
            "Cluster Status for " + report.cluster_name + " @ " + classic_time(report.now_s) + "\n";
        text +=
            std::string("Member Status: ") + (report.is_quorate ? "Quorate" : "Inquorate") + "\n\n";
    }
    if (!only_part || options.only_member) {
        text += node_table(report, node_width(options.columns));
    }
    if (!only_part) {
        text += "\n";
    }
    const bool services_wanted = !only_part || options.only_service;
    if (services_wanted && report.rgmanager_answered && !report.services.empty()) {
        text += options.is_long ? long_services(report)
                                : service_table(report, service_width(options.columns));
        text += only_part ? "" : waits(report);
    }
    return text;
}

}  // namespace ha::service::clustat
