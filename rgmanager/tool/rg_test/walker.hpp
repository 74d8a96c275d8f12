// SPDX-License-Identifier: Apache-2.0
//
// Walks all trees of a configuration, one agent after the other: for real, or printing `[ACTION]
// TYPE:KEY`.
#pragma once

#include <memory>
#include <string>

#include "rgmanager/core/tree_operation.hpp"

namespace ha::service {

enum class AgentRuns { real, printed };

class Walker
{
public:
    Walker(std::shared_ptr<const ResourceConfiguration> configuration, AgentRuns runs,
           std::string ocf_root);

    /// All trees: in order, or backwards to stop. Ends with the first failure unless stopping.
    TreeResult walk_all(TreeRequest request, const OperationOptions& options);

    /// One tree, whose state may carry flags for conditional requests.
    TreeResult walk(TreeState& state, TreeRequest request, OperationOptions options = {});

    /// Calls printed so far.
    [[nodiscard]] int printed() const noexcept { return printed_; }

private:
    AgentResult run(const AgentCall& call);
    static AgentResult run_for_real(const AgentCall& call);

    std::shared_ptr<const ResourceConfiguration> configuration_;
    AgentRuns runs_;
    std::string ocf_root_;
    LocalResources resources_;
    int printed_ = 0;
};

}  // namespace ha::service
