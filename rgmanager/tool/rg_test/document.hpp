// SPDX-License-Identifier: Apache-2.0
//
// What rg_test reads: agents' metadata and cluster.conf, both offline. cluster.conf only has to be
// well-formed: the tool is for trying out trees, also of files that no cluster would accept.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "rgmanager/core/event_trigger.hpp"
#include "rgmanager/core/failover_domain.hpp"
#include "rgmanager/core/resource_tree.hpp"

namespace ha::service {

/// Runs every agent in `directory` for its metadata. Says on stdout what it loads, on stderr what
/// it leaves out.
[[nodiscard]] RuleSet load_rules(const std::string& directory);

struct Document {
    model::Element rm;
    std::vector<FailoverDomain> domains;
    std::vector<EventTrigger> events;
    std::vector<std::string> messages;  ///< about domains and events
};

/// Errors: system or invalid_input with a sentence.
[[nodiscard]] Result<Document> read_document(const std::string& path);

/// The same, with complaints: `Error parsing PATH` on stdout, the reason on stderr.
[[nodiscard]] std::optional<Document> read_document_or_complain(const std::string& path);

/// Builds resources and trees; messages go to stdout.
[[nodiscard]] std::shared_ptr<const ResourceConfiguration> build_trees(RuleSet rules,
                                                                       const Document& document);

}  // namespace ha::service
