// SPDX-License-Identifier: Apache-2.0
//
// L1 with its bound: once the faults are over, how long the cluster takes to become well, counted
// from the last thing that befell it: a node settled or back, a link mended, a daemon killed or
// started by hand.
//
//   faults end  n2 settled  n2's corosync runs        well
//        |----------|---------------|------------------|
//                                   |<- since_, bound >|
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/ids.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

class Recovery : public Checker
{
public:
    /// The longest time without being well, less what is allowed; and what was not well then.
    struct Worst {
        Duration beyond = Duration::min();
        Duration took{};
        std::string what;
    };

    explicit Recovery(bool is_enforced) : is_enforced_(is_enforced) {}

    void after_event(World& world) override;
    [[nodiscard]] const Worst& worst() const { return worst_; }

private:
    /// What of the machines and links has nothing to do with daemons.
    using Surroundings = std::vector<std::tuple<bool, bool, bool, std::uint64_t, bool>>;

    /// Since then, and allowed beyond the bound.
    struct Waited {
        Duration for_agents{};
        Duration for_shots{};
        Duration for_reset{};
        Duration for_nothing{};
    };

    void look(World& world);
    void check(World& world);
    [[nodiscard]] Duration Waited::*find_awaited(World& world);
    [[nodiscard]] bool does_an_agent_run(World& world);
    [[nodiscard]] bool did_something_happen(World& world);
    [[nodiscard]] bool does_a_node_wait(World& world);
    [[nodiscard]] static Duration bound(World& world);

    bool is_enforced_;
    TimePoint looked_at_{};
    TimePoint since_{};  ///< the last thing that befell it
    Waited waited_;
    Duration Waited::*awaited_ = &Waited::for_nothing;        ///< since the last look
    std::map<std::pair<NodeId, ChildId>, TimePoint> checks_;  ///< running, first seen then
    Surroundings surroundings_;
    std::set<std::tuple<NodeId, NodeLife, AdmissionNumber>> victims_;  ///< ever seen
    std::set<std::tuple<NodeId, NodeLife, AdmissionNumber>> settled_;
    std::map<NodeId, TimePoint> with_rgmanager_;  ///< when it ran last
    Worst worst_;
};

}  // namespace ha::sim
