// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/cman_tool/format.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>

namespace ha::cman {

namespace {

std::string_view state_text(protocol::MembershipState state)
{
    switch (state) {
        case protocol::MembershipState::joining:
            return "Joining";
        case protocol::MembershipState::member:
            return "Cluster-Member";
        case protocol::MembershipState::leaving:
            return "Leaving";
    }
    return "";
}

std::string_view state_text(protocol::NodeState state)
{
    switch (state) {
        case protocol::NodeState::joining:
            return "Joining";
        case protocol::NodeState::member:
            return "Member";
        case protocol::NodeState::dead:
            return "Dead";
        case protocol::NodeState::leaving:
            return "Leaving";
        case protocol::NodeState::disallowed:
            return "Disallowed";
    }
    return "";
}

char type_letter(protocol::NodeState state)
{
    switch (state) {
        case protocol::NodeState::member:
        case protocol::NodeState::leaving:
            return 'M';
        case protocol::NodeState::disallowed:
            return 'd';
        case protocol::NodeState::joining:
        case protocol::NodeState::dead:
            return 'X';
    }
    return '?';
}

/// Each followed by one blank.
template <class Range>
std::string with_blanks(const Range& values)
{
    std::string line;
    for (const auto& value : values) {
        line += fmt::format("{} ", value);
    }
    return line;
}

std::string joined_time(const protocol::NodeRow& row)
{
    constexpr std::size_t width = 19;
    if (!row.joined_s) {
        return std::string(width, ' ');
    }
    const std::time_t when = *row.joined_s;
    std::tm local{};
    ::localtime_r(&when, &local);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%F %T", &local);
    return text.data();
}

std::string joined_addresses(const protocol::NodeRow& row)
{
    std::string line;
    for (const std::string& address : row.addresses) {
        line += (line.empty() ? "" : ",") + address;
    }
    return line;
}

/// The field's text and one blank; an unknown field prints nothing.
std::string field_text(const protocol::NodeRow& row, const std::string& field)
{
    if (field == "id") {
        return fmt::format("{} ", row.id.value);
    }
    if (field == "name") {
        return row.name + " ";
    }
    if (field == "type") {
        return fmt::format("{} ", type_letter(row.state));
    }
    if (field == "addr") {
        return joined_addresses(row) + " ";
    }
    if (field == "votes") {
        return fmt::format("{} ", row.votes);
    }
    if (field == "exp") {
        return fmt::format("{} ", row.expected_votes);
    }
    return field == "state" ? fmt::format("{} ", state_text(row.state)) : "";
}

std::string table_row(const protocol::NodeRow& row, bool addresses)
{
    std::string text =
        fmt::format("{:4}   {}  {:5}   {}  {}\n", row.id.value, type_letter(row.state),
                    row.incarnation, joined_time(row), row.name);
    if (addresses && !row.addresses.empty()) {
        text += "       Addresses: " + with_blanks(row.addresses) + "\n";
    }
    return text;
}

}  // namespace

std::string format_status(const protocol::StatusReply& status)
{
    std::string text = "Version: 6.2.0\n";
    text += fmt::format("Config Version: {}\n", status.config_version);
    text += fmt::format("Cluster Name: {}\n", status.cluster_name);
    text += fmt::format("Cluster Id: {}\n", status.cluster_id);
    text += "Cluster Member: Yes\n";
    text += fmt::format("Cluster Generation: {}\n", status.generation);
    text += fmt::format("Membership state: {}\n", state_text(status.state));
    text += fmt::format("Nodes: {}\n", status.members);
    text += fmt::format("Expected votes: {}\n", status.expected_votes);
    text += fmt::format("Total votes: {}\n", status.total_votes);
    text += fmt::format("Node votes: {}\n", status.node_votes);
    text +=
        fmt::format("Quorum: {} {}\n", status.quorum, status.quorate ? " " : "Activity blocked");
    text += fmt::format("Active subsystems: {}\n", status.subsystems);
    text += fmt::format("Flags: {}\n", with_blanks(status.flags));
    text += fmt::format("Ports Bound: {} \n", with_blanks(status.ports));
    text += fmt::format("Node name: {}\n", status.node_name);
    text += fmt::format("Node ID: {}\n", status.node_id.value);
    const std::vector<std::string> unicast(
        std::max<std::size_t>(status.node_addresses.size(), 1),
        "255.255.255.255");  // what the original showed without multicast
    text += fmt::format("Multicast addresses: {}\n", with_blanks(unicast));
    text += fmt::format("Node addresses: {}\n", with_blanks(status.node_addresses));
    return text;
}

std::string format_nodes(const protocol::NodesReply& reply, const NodesOptions& options)
{
    std::string text =
        options.fields.empty() ? "Node  Sts   Inc   Joined               Name\n" : "";
    for (const protocol::NodeRow& row : reply.nodes) {
        const bool is_wanted =
            options.names.empty() ||
            std::find(options.names.begin(), options.names.end(), row.name) != options.names.end();
        if (!is_wanted) {
            continue;
        }
        if (options.fields.empty()) {
            text += table_row(row, options.addresses);
            continue;
        }
        for (const std::string& field : options.fields) {
            text += field_text(row, field);
        }
        text += "\n";
    }
    return text;
}

}  // namespace ha::cman
