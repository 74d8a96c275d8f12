// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/cman_deaths.hpp"

#include <memory>
#include <optional>

#include "tests/sim/fenced_daemon.hpp"
#include "tests/sim/looked.hpp"

namespace ha::sim {

namespace {

constexpr std::uint64_t seeds_with_deaths_per_mille = 120;
/// DESIGN 5 says 30 s; clocks differ by up to 2 %.
constexpr Duration shortest_grace = std::chrono::seconds{29};

void die(World& world, NodeId node, bool is_supervised, std::optional<Duration> back_after)
{
    if (world.faults_are_over() || !world.status(node).cman_runs) {
        return;
    }
    world.kill_daemon(node, cman_name, is_supervised);
    if (back_after) {
        world.scheduler().after(*back_after, [&world, node] {
            if (world.status(node).stack_runs && !world.status(node).cman_runs) {
                world.start_daemon(node, cman_name);
            }
        });
    }
}

class PatientWithCman : public Checker
{
public:
    void after_event(World& world) override
    {
        for (const NodeId node : world.node_ids()) {
            const auto* fenced = dynamic_cast<FencedDaemon*>(world.daemon(node, fenced_name));
            if (fenced == nullptr || !looked_.is_new(node, *fenced)) {
                continue;
            }
            for (const protocol::VictimRecord& victim : fenced->domain().state().victims) {
                const NodeStatus truth = world.status(victim.node);
                const bool is_for_cman =
                    victim.cause == protocol::FenceCause::cman && victim.life == truth.life;
                if (is_for_cman && truth.stack_runs &&
                    truth.longest_without_cman < shortest_grace) {
                    world.fail("DESIGN 5: n" + std::to_string(victim.node.value) +
                               " must be fenced for its cmand, which was hardly away");
                }
            }
        }
    }

private:
    Looked looked_;
};

}  // namespace

void add_cman_deaths(World& world, Random random, const RunPlan& plan)
{
    if (!random.chance(seeds_with_deaths_per_mille)) {
        return;
    }
    const std::int64_t deaths = random.between(1, 4);
    for (std::int64_t death = 0; death < deaths; ++death) {
        const Duration when = plan.quiet + Duration{random.between(0, plan.faults.count())};
        const NodeId node = any_node(world, random);
        const bool is_supervised = random.chance(300);
        const bool is_for_good = random.chance(400);
        const Duration back{random.between(5'000'000, 60'000'000)};
        world.scheduler().after(when, [=, &world] {
            die(world, node, is_supervised,
                is_supervised || is_for_good ? std::nullopt : std::optional(back));
        });
    }
}

void add_cman_checker(World& world)
{
    world.add_checker(std::make_unique<PatientWithCman>());
}

}  // namespace ha::sim
