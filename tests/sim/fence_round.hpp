// SPDX-License-Identifier: Apache-2.0
//
// One pass over a victim's fence methods in the simulator: the real Operation, its agents children
// of the machine, its devices the World's. A node has one switch, or two power supplies on two
// outlets; it has power while one outlet is on.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "fenced/core/operation.hpp"
#include "tests/sim/daemon.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

class FenceRound : public std::enable_shared_from_this<FenceRound>
{
public:
    using Finished = std::function<void(const fence::OperationResult&)>;

    FenceRound(World& world, ChildHost& host, NodeId victim, fence::OperationPlan plan,
               Finished finished);
    void start() { handle(operation_.start()); }
    void end() { handle(operation_.end()); }

private:
    struct Answer {
        int code = 0;
        std::string output;
    };

    void handle(const std::vector<fence::OperationAction>& actions);
    void run_agent(const fence::RunAgent& action);
    [[nodiscard]] ChildSpec act(const std::string& action, const std::string& outlet,
                                Answer& answer);
    [[nodiscard]] ChildSpec ask(const std::string& outlet, const std::shared_ptr<Answer>& answer);
    void agent_ended(std::uint64_t run, const Answer& answer, bool was_killed);

    World& world_;
    ChildHost& host_;
    NodeId victim_;
    fence::Operation operation_;
    Finished finished_;
    std::map<std::uint64_t, ChildId> children_;
    std::map<std::uint64_t, bool> timed_out_;  ///< runs that are being killed: at their deadline?
};

/// The fence methods of a simulated node: one switch that reboots, or two outlets, both off, both
/// on.
[[nodiscard]] model::FenceMethod fence_method(std::uint32_t power_supplies);

}  // namespace ha::sim
