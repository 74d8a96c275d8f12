// SPDX-License-Identifier: Apache-2.0
//
// Rules that need more than one place of the file, or facts about the machine: C1 to C26 of
// spec/cman.md 2.2 and the `<rm>` references. Each function stands for one subject; all report into
// one list. A rule whose facts are missing is silent. What the schema table sees already is not
// repeated here.
#pragma once

#include <optional>
#include <vector>

#include "common/base/ids.hpp"
#include "common/config/facts.hpp"
#include "common/config/problem.hpp"
#include "common/model/element.hpp"
#include "common/model/model.hpp"

namespace ha::config {

/// A tree, and the model that was built from it.
struct Checked {
    const model::Element& tree;
    const model::ClusterModel& model;
};

/// C12 (range is the table's), C13, C14 (ports), C25, transport and broadcast, two-link modes.
void check_cluster(const Checked& checked, const Facts& facts, Report& report);

/// C8 to C12, C26, and that there is no quorum disk on corosync 3.
void check_quorum(const Checked& checked, Report& report);

/// Names of daemons, facilities, priorities, subsystems in `<logging>`.
void check_logging(const Checked& checked, Report& report);

/// C2, C3, C11, C15, C16.
void check_nodes(const Checked& checked, Report& report);

/// C17 to C22, unfencing without action, power supplies that are never off together.
void check_fencing(const Checked& checked, const Facts& facts, Report& report);

/// C4 to C7, and C14 for addresses. `names` is how this machine sees the world.
struct Located {
    std::vector<model::NodeAddress> addresses;  ///< document order; unresolved: ""
    std::optional<NodeId> local;
};
Located check_names(const Checked& checked, const NameFacts& names, Report& report);

/// Failover domains, references to resources, dependencies, misspelt types.
void check_rm(const Checked& checked, Report& report);

/// C23 and C24: what a running cluster cannot take over.
/// Precondition: facts.running is set.
void check_reload(const Checked& checked, const Facts& facts, Report& report);

/// Where to point: the attribute's line, or the element's if it has none.
/// `attribute` must outlive the result.
Report::At at(const model::Element& element, std::string_view attribute);

/// The `<clusternode>` elements, in the order of model.nodes.
std::vector<const model::Element*> node_elements(const model::Element& tree);

}  // namespace ha::config
