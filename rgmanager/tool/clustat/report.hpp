// SPDX-License-Identifier: Apache-2.0
//
// What clustat shows, as values, and the reports made of it. Text and XML are the old suite's to
// the byte (spec/rgmanager.md 6.2); JSON is an addition. Pure: gather.hpp asks the daemons.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/protocol/service_tool.hpp"

namespace ha::service::clustat {

struct ReportNode {
    NodeId id;
    std::string name;
    bool is_online = false;
    bool is_local = false;
    bool is_estranged = false;  ///< a member that cluster.conf does not have
    bool has_rgmanager = false;

    friend bool operator==(const ReportNode&, const ReportNode&) = default;
};

struct ReportService {
    protocol::ServiceRow row;
    std::string owner;       ///< node name, "none" or "unknown"
    std::string last_owner;  ///< likewise
    std::string waits_for;   ///< what it waits for and the command that ends it; "" if nothing

    friend bool operator==(const ReportService&, const ReportService&) = default;
};

struct Report {
    std::string cluster_name;
    std::uint32_t cluster_id = 0;
    std::uint64_t generation = 0;
    bool is_quorate = false;
    NodeId local_id;
    std::int64_t now_s = 0;         ///< wall clock, for the title
    std::vector<ReportNode> nodes;  ///< in the order of printing
    bool rgmanager_answered = false;
    std::vector<ReportService> services;  ///< in byte order of their names

    friend bool operator==(const Report&, const Report&) = default;
};

struct ReportOptions {
    std::optional<std::string> only_member;   ///< -m
    std::optional<std::string> only_service;  ///< -s, with its type
    bool is_long = false;                     ///< -l
    int columns = 80;
};

/// Restricts a report to what -m and -s ask for; marks that need service states vanish with -m.
[[nodiscard]] Report restrict_to(Report report, const ReportOptions& options);

/// clustat's exit code for -m and -s; 0 without them. Precondition: `report` is the whole one.
[[nodiscard]] int exit_code(const Report& report, const ReportOptions& options);

[[nodiscard]] std::string text_report(const Report& report, const ReportOptions& options);
[[nodiscard]] std::string xml_report(const Report& report, const ReportOptions& options);
[[nodiscard]] std::string json_report(const Report& report);

/// "frozen partial", each followed by a blank if another follows.
[[nodiscard]] std::vector<std::string> flag_names(const protocol::ServiceRow& row);
[[nodiscard]] int flag_number(const protocol::ServiceRow& row);

/// As ctime(3), without the newline.
[[nodiscard]] std::string classic_time(std::int64_t seconds);

}  // namespace ha::service::clustat
