// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "common/base/assert.hpp"
#include "common/config/checks.hpp"
#include "common/config/diff.hpp"

namespace ha::config {
namespace {

/// The line a person has to look at.
Report::At place_of(const FixedChange& change, const Checked& checked)
{
    const auto elements = node_elements(checked.tree);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (change.node.value != 0 && checked.model.nodes[i].id == change.node) {
            return at(*elements[i], change.subject);
        }
    }
    const model::Element* cman = checked.tree.child("cman");
    const bool is_of_cman = cman != nullptr && change.subject != "name";
    return at(is_of_cman ? *cman : checked.tree, change.subject);
}

}  // namespace

void check_reload(const Checked& checked, const Facts& facts, Report& report)
{
    HA_ASSERT(facts.running != nullptr);
    const model::ClusterModel& running = *facts.running;
    if (checked.model.config_version <= running.config_version) {
        report.refuse(
            "C23", at(checked.tree, "config_version"),
            "New configuration version has to be newer than current running configuration",
            "it is " + std::to_string(checked.model.config_version) + ", running is " +
                std::to_string(running.config_version) + "; write " +
                std::to_string(running.config_version + 1) + " or more");
    }
    const ModelDiff changes = diff(running, checked.model);
    for (const FixedChange& change : changes.needs_restart) {
        report.refuse("C24", place_of(change, checked), "a reload cannot change " + change.what,
                      "this needs a full restart of the cluster");
    }
    const model::Element* list = checked.tree.child("clusternodes");
    for (const NodeId id : changes.removed) {
        const bool is_member =
            std::find(facts.members.begin(), facts.members.end(), id) != facts.members.end();
        const bool is_renumbered = checked.model.node(running.node(id)->name) != nullptr;
        if (is_member && !is_renumbered) {
            report.refuse("C24", {list == nullptr ? 0 : list->line, "clusternode"},
                          running.node(id)->name + " is removed but is a member",
                          "let it leave the cluster first");
        }
    }
}

}  // namespace ha::config
