// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/foreigners.hpp"

#include "tests/sim/fenced_daemon.hpp"

namespace ha::sim {

namespace {

constexpr std::uint64_t foreign_stream = 0xF02E160;
constexpr std::uint64_t seeds_with_foreigners_per_mille = 80;

}  // namespace

void add_foreigners(World& world, std::uint64_t seed, const RunPlan& plan)
{
    Random random(seed ^ foreign_stream);
    if (!random.chance(seeds_with_foreigners_per_mille)) {
        return;
    }
    const std::int64_t times = random.between(1, 3);
    for (std::int64_t time = 0; time < times; ++time) {
        const Duration when = plan.quiet + Duration{random.between(0, plan.faults.count())};
        world.scheduler().after(when, [&world, own = random.fork()]() mutable {
            const NodeId node = any_node(world, own);
            const std::string group = own.chance(700) ? "rgmanager" : fenced_name;
            if (!world.faults_are_over() && world.network().is_running(node)) {
                world.network().make_next_frame_foreign(
                    node, group, own.chance(500) ? Foreign::payload : Foreign::message);
            }
        });
    }
}

}  // namespace ha::sim
