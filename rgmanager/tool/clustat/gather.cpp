// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/tool/clustat/gather.hpp"

#include <algorithm>
#include <ctime>
#include <map>

#include "common/daemon/daemon_client.hpp"
#include "common/protocol/cman.hpp"

namespace ha::service::clustat {

namespace {

constexpr Duration patience = std::chrono::milliseconds{900};

using daemon::DaemonClient;

Status ask_cmand(const Roots& roots, Report& report)
{
    auto cmand = DaemonClient::connect(roots.run_file("cmand.sk"), patience);
    if (!cmand) {
        return cmand.error();
    }
    const auto status = cmand->ask<protocol::StatusReply>(protocol::StatusRequest{}, patience);
    if (!status) {
        return status.error();
    }
    const auto nodes = cmand->ask<protocol::NodesReply>(protocol::NodesRequest{}, patience);
    if (!nodes) {
        return nodes.error();
    }
    report.cluster_name = status->cluster_name;
    report.cluster_id = status->cluster_id;
    report.generation = status->generation;
    report.is_quorate = status->quorate;
    report.local_id = status->node_id;
    for (const protocol::NodeRow& row : nodes->nodes) {
        ReportNode node;
        node.id = row.id;
        node.name = row.name;
        node.is_online = row.state == protocol::NodeState::member;
        node.is_local = row.id == status->node_id;
        node.is_estranged = row.name == "Node" + std::to_string(row.id.value);
        report.nodes.push_back(std::move(node));
    }
    return ok();
}

std::string name_of(const Report& report, NodeId id)
{
    if (id.value == 0) {
        return "none";
    }
    const auto node = std::find_if(report.nodes.begin(), report.nodes.end(),
                                   [id](const ReportNode& it) { return it.id == id; });
    return node != report.nodes.end() ? node->name : "unknown";
}

void ask_rgmanager(const Roots& roots, Report& report)
{
    auto rgmanager = DaemonClient::connect(roots.run_file("rgmanager.sk"), patience);
    if (!rgmanager) {
        return;
    }
    auto reply =
        rgmanager->ask<protocol::ServiceStatusReply>(protocol::ServiceStatusRequest{}, patience);
    if (!reply) {
        std::fputs("Timed out waiting for a response from Resource Group Manager\n", stderr);
        return;
    }
    report.rgmanager_answered = true;
    for (protocol::ServiceEntry& entry : reply->services) {
        ReportService service;
        service.owner = name_of(report, entry.row.owner.node);
        service.last_owner = name_of(report, entry.row.last_owner);
        service.waits_for = std::move(entry.waits_for);
        service.row = std::move(entry.row);
        report.services.push_back(std::move(service));
    }
    std::sort(report.services.begin(), report.services.end(),
              [](const auto& left, const auto& right) { return left.row.name < right.row.name; });
    for (ReportNode& node : report.nodes) {
        node.has_rgmanager =
            std::find(reply->online.begin(), reply->online.end(), node.id) != reply->online.end();
    }
}

}  // namespace

Result<Report> gather(const Roots& roots)
{
    Report report;
    report.now_s = std::time(nullptr);
    if (const Status asked = ask_cmand(roots, report); !asked) {
        return asked.error();
    }
    ask_rgmanager(roots, report);
    return report;
}

}  // namespace ha::service::clustat
