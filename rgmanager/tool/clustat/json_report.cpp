// SPDX-License-Identifier: Apache-2.0
// One object per report, field names in the words of the glossary; made from a described struct
// like every message.
#include "common/protocol/codec_impl.hpp"
#include "rgmanager/tool/clustat/report.hpp"

namespace ha::service::clustat {

namespace {

struct JsonNode {
    std::uint32_t id = 0;
    std::string name;
    bool online = false;
    bool local = false;
    bool rgmanager = false;
};

struct JsonService {
    std::string name;
    std::string state;
    int state_number = 0;
    std::string owner;
    std::string last_owner;
    std::vector<std::string> flags;
    std::uint32_t restarts = 0;
    std::int64_t last_transition_s = 0;
    std::string operation;
    std::string reason;
    std::string waits_for;
};

struct JsonReport {
    std::string cluster;
    std::uint32_t cluster_id = 0;
    std::uint64_t generation = 0;
    bool quorate = false;
    bool rgmanager = false;
    std::vector<JsonNode> nodes;
    std::vector<JsonService> services;
};

BOOST_DESCRIBE_STRUCT(JsonNode, (), (id, name, online, local, rgmanager))
BOOST_DESCRIBE_STRUCT(JsonService, (),
                      (name, state, state_number, owner, last_owner, flags, restarts,
                       last_transition_s, operation, reason, waits_for))
BOOST_DESCRIBE_STRUCT(JsonReport, (),
                      (cluster, cluster_id, generation, quorate, rgmanager, nodes, services))

std::string operation_word(protocol::OperationKind kind)
{
    const char* word = boost::describe::enum_to_string(kind, "");
    return kind == protocol::OperationKind::none ? "" : word;
}

}  // namespace

std::string json_report(const Report& report)
{
    JsonReport json{report.cluster_name,
                    report.cluster_id,
                    report.generation,
                    report.is_quorate,
                    report.rgmanager_answered,
                    {},
                    {}};
    for (const ReportNode& node : report.nodes) {
        json.nodes.push_back(
            {node.id.value, node.name, node.is_online, node.is_local, node.has_rgmanager});
    }
    for (const ReportService& service : report.services) {
        const protocol::ServiceRow& row = service.row;
        json.services.push_back({row.name, std::string(protocol::text_of(row.state)),
                                 static_cast<int>(row.state), service.owner, service.last_owner,
                                 flag_names(row), row.restarts, row.transition_s,
                                 operation_word(row.op.kind), row.reason, service.waits_for});
    }
    return protocol::encode(json) + "\n";
}

}  // namespace ha::service::clustat
