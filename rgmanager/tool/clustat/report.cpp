// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/tool/clustat/report.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace ha::service::clustat {

using protocol::ServiceState;

Report restrict_to(Report report, const ReportOptions& options)
{
    if (options.only_member) {
        std::erase_if(report.nodes, [&options](const ReportNode& node) {
            return node.name != *options.only_member;
        });
        if (!options.only_service) {
            for (ReportNode& node : report.nodes) {
                node.has_rgmanager = false;
            }
        }
    }
    if (options.only_service) {
        std::erase_if(report.services, [&options](const ReportService& service) {
            return service.row.name != *options.only_service;
        });
    }
    return report;
}

int exit_code(const Report& report, const ReportOptions& options)
{
    constexpr int unknown = 255;
    if (options.only_service) {
        const auto service = std::find_if(report.services.begin(), report.services.end(),
                                          [&options](const auto& candidate) {
                                              return candidate.row.name == *options.only_service;
                                          });
        if (service == report.services.end()) {
            return unknown;
        }
        const ServiceState state = service->row.state;
        const bool runs = state == ServiceState::starting || state == ServiceState::started ||
                          state == ServiceState::stopping;
        return runs ? 0 : static_cast<int>(state);
    }
    if (options.only_member) {
        const auto node = std::find_if(
            report.nodes.begin(), report.nodes.end(),
            [&options](const auto& candidate) { return candidate.name == *options.only_member; });
        if (node == report.nodes.end()) {
            return unknown;
        }
        return node->is_online ? 0 : 1;
    }
    return 0;
}

std::vector<std::string> flag_names(const protocol::ServiceRow& row)
{
    std::vector<std::string> names;
    if (row.frozen) {
        names.emplace_back("frozen");
    }
    if (row.partial) {
        names.emplace_back("partial");
    }
    return names;
}

int flag_number(const protocol::ServiceRow& row)
{
    return (row.frozen ? 1 : 0) + (row.partial ? 2 : 0);
}

std::string classic_time(std::int64_t seconds)
{
    const std::time_t time = seconds;
    std::tm broken_down{};
    std::array<char, 64> text{};
    if (::localtime_r(&time, &broken_down) == nullptr ||
        std::strftime(text.data(), text.size(), "%a %b %e %H:%M:%S %Y", &broken_down) == 0) {
        return "?";
    }
    return text.data();
}

}  // namespace ha::service::clustat
