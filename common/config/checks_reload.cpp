// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "common/base/assert.hpp"
#include "common/config/checks.hpp"
#include "common/config/diff.hpp"

namespace ha::config {

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
    for (const std::string& change : changes.needs_restart) {
        report.refuse("C24", {checked.tree.line, "cluster"}, "a reload cannot change " + change,
                      "this needs a full restart of the cluster");
    }
    for (const NodeId id : changes.removed) {
        const bool is_member =
            std::find(facts.members.begin(), facts.members.end(), id) != facts.members.end();
        if (is_member) {
            report.refuse("C24", {checked.tree.line, "clusternode"},
                          running.node(id)->name + " is removed but is a member",
                          "let it leave the cluster first");
        }
    }
}

}  // namespace ha::config
