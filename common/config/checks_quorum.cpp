// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>

#include "common/config/checks.hpp"
#include "common/config/values.hpp"

namespace ha::config {
namespace {

using model::Element;

std::uint64_t sum_of_votes(const model::ClusterModel& model)
{
    std::uint64_t sum = 0;
    for (const model::Node& node : model.nodes) {
        sum += node.votes;
    }
    return sum;
}

/// C8, C9: two_node forces quorum to 1, which only two equal nodes survive.
void check_two_node(const Checked& checked, const Element& cman, Report& report)
{
    const std::size_t nodes = checked.model.nodes.size();
    const Report::At where = at(cman, "two_node");
    if (nodes != 2) {
        report.refuse("C8", where,
                      nodes > 2 ? "two_node set but there are more than 2 nodes"
                                : "two_node is set but there are not 2 nodes in cluster.conf",
                      "exactly 2 nodes are accepted, there " +
                          (nodes == 1 ? std::string("is 1") : "are " + std::to_string(nodes)));
    }
    const auto elements = node_elements(checked.tree);
    for (std::size_t i = 0; i < nodes; ++i) {
        if (checked.model.nodes[i].votes != 1) {
            report.refuse("C8", at(*elements[i], "votes"),
                          "two_node set but votes not set to 1 for " + checked.model.nodes[i].name,
                          "with two_node each node has votes=\"1\"");
        }
    }
    if (checked.model.quorum.expected_votes != 1u) {
        report.warn("C9", at(cman, "expected_votes"), "two_node is set but expected_votes is not 1",
                    "write expected_votes=\"1\"");
    }
}

void check_expected_votes(const Checked& checked, const Element& cman, Report& report)
{
    const std::uint64_t expected = checked.model.quorum.expected_votes.value_or(1);
    const std::uint64_t votes = sum_of_votes(checked.model);
    // Quorum of `expected` is more than all votes together.
    if (!checked.model.quorum.two_node && (expected + 2) / 2 > votes && votes > 0) {
        report.warn("C12", at(cman, "expected_votes"),
                    "with " + std::to_string(expected) + " expected votes and " +
                        std::to_string(votes) + " votes of all nodes the cluster is never quorate",
                    "at most " + std::to_string(2 * votes - 1) + " is useful");
    } else if (!checked.model.quorum.two_node && expected > votes && votes > 0) {
        report.warn("C12", at(cman, "expected_votes"),
                    "is " + std::to_string(expected) + ", the nodes together have only " +
                        std::to_string(votes) + " votes",
                    "leave it out to use their sum");
    }
}

/// C26, what qdiskd itself would have refused.
void check_quorum_disk_rules(const Checked& checked, const Element& disk, Report& report)
{
    constexpr std::uint32_t node_id_max = 16;
    const auto elements = node_elements(checked.tree);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const model::Node& node = checked.model.nodes[i];
        if (node.id.value > node_id_max) {
            report.refuse("C26", at(*elements[i], "nodeid"),
                          "a quorum disk has room for node ids 1 to 16 only",
                          node.name + " needs a nodeid from 1 to 16");
        }
        if (node.votes != 1) {
            report.refuse("C26", at(*elements[i], "votes"),
                          "with a quorum disk every node has 1 vote", "write votes=\"1\"");
        }
    }
    const auto device_votes =
        parse_integer(disk.attribute("votes").value_or(""))
            .value_or(checked.model.nodes.empty()
                          ? 0
                          : static_cast<std::int64_t>(checked.model.nodes.size()) - 1);
    const auto& expected = checked.model.quorum.expected_votes;
    if (expected && static_cast<std::int64_t>(*expected) - device_votes < 2) {
        report.refuse("C26", at(disk, "votes"), "expected_votes less the device's votes is below 2",
                      "expected_votes is the sum of all nodes' votes and the device's");
    }
}

}  // namespace

void check_quorum(const Checked& checked, Report& report)
{
    const Element* cman = checked.tree.child("cman");
    if (cman != nullptr) {
        if (checked.model.quorum.two_node) {
            check_two_node(checked, *cman, report);
        }
        check_expected_votes(checked, *cman, report);
    }
    const Element* disk = checked.tree.child("quorumd");
    if (disk == nullptr) {
        return;
    }
    report.refuse("", {disk->line, "quorumd"},
                  "there is no quorum disk on corosync 3, its votes would be missing",
                  "remove <quorumd> and set expected_votes to the nodes' votes");
    if (checked.model.quorum.two_node) {
        report.refuse(
            "C10", at(*cman, "two_node"),
            "two_node and <quorumd> (line " + std::to_string(disk->line) + ") exclude each other",
            "remove one of them");
    }
    check_quorum_disk_rules(checked, *disk, report);
}

}  // namespace ha::config
