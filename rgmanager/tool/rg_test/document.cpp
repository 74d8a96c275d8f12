// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/tool/rg_test/document.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

#include "common/config/xml_tree.hpp"
#include "rgmanager/agent_discovery.hpp"
#include "rgmanager/core/values.hpp"
#include "rgmanager/tool/rg_test/child.hpp"

namespace ha::service {
namespace {

void print(std::FILE* stream, const std::string& text)
{
    std::fprintf(stream, "%s\n", text.c_str());
    std::fflush(stream);
}

MetadataOutput run_for_metadata(const std::string& agent)
{
    ChildSpec spec;
    spec.argv = {agent, "meta-data"};
    spec.timeout = metadata_time_max;
    spec.capture = true;
    spec.output_bytes_max = metadata_bytes_max;
    const ChildResult result = run_child(spec);
    if (!result.error.empty()) {
        print(stderr, agent + ": " + result.error);
    } else if (result.timed_out || result.too_long) {
        print(stderr, agent + (result.timed_out ? ": no metadata in time" : ": too much metadata"));
        return {agent, ""};
    }
    return {agent, result.output};
}

/// Names and ids are all that failover domains need of the nodes.
model::ClusterModel read_nodes(const model::Element& cluster)
{
    model::ClusterModel model;
    const model::Element* nodes = cluster.child("clusternodes");
    for (const model::Element& element :
         nodes != nullptr ? nodes->children : std::vector<model::Element>{}) {
        const auto name = element.attribute("name");
        if (element.name == "clusternode" && name) {
            model::Node node;
            node.name = std::string(*name);
            node.id = NodeId{static_cast<std::uint32_t>(
                std::max(0, leading_integer(element.attribute("nodeid").value_or(""))))};
            model.nodes.push_back(std::move(node));
        }
    }
    return model;
}

}  // namespace

RuleSet load_rules(const std::string& directory)
{
    const Result<AgentDirectory> found = list_agents(directory);
    if (!found) {
        print(stderr, found.error().text);
        return {};
    }
    for (const std::string& warning : found->warnings) {
        print(stderr, warning);
    }
    std::vector<MetadataOutput> outputs;
    for (const std::string& agent : found->agents) {
        print(stdout, "Loading resource rule from " + agent);
        outputs.push_back(run_for_metadata(agent));
    }
    auto [rules, notes] = rules_from_metadata(outputs);
    for (const Note& note : notes) {
        print(note.level == NoteLevel::error ? stdout : stderr, note.text);
    }
    return rules;
}

Result<Document> read_document(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!file) {
        return Error{ErrorCode::system, path + ": cannot be read"};
    }
    Result<model::Element> cluster = config::parse_xml(bytes, path);
    if (!cluster) {
        return cluster.error();
    }
    Document document;
    model::ClusterModel model = read_nodes(*cluster);
    if (const model::Element* rm = cluster->child("rm");
        rm != nullptr && cluster->name == "cluster") {
        document.rm = *rm;
    }
    model.rm = document.rm;
    DomainReading reading = read_failover_domains(model);
    document.domains = std::move(reading.domains);
    document.messages = std::move(reading.warnings);
    Notes notes;
    document.events = read_event_triggers(document.rm, notes);
    for (Note& note : notes) {
        document.messages.push_back(std::move(note.text));
    }
    return document;
}

std::optional<Document> read_document_or_complain(const std::string& path)
{
    Result<Document> document = read_document(path);
    if (!document) {
        print(stdout, "Error parsing " + path);
        print(stderr, document.error().text);
        return std::nullopt;
    }
    return std::move(document).value();
}

std::shared_ptr<const ResourceConfiguration> build_trees(RuleSet rules, const Document& document)
{
    auto [configuration, notes] = build_configuration(std::move(rules), document.rm);
    for (const Note& note : notes) {
        print(stdout, note.text);
    }
    return std::make_shared<const ResourceConfiguration>(std::move(configuration));
}

}  // namespace ha::service
