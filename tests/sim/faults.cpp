// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/faults.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace ha::sim {

NodeId any_node(World& world, Random& random)
{
    const std::vector<NodeId> ids = world.node_ids();
    return ids[random.below(ids.size())];
}

namespace {

void crash(World& world, Random& random)
{
    const NodeId node = any_node(world, random);
    world.power_off(node, "crash");
    if (random.chance(700)) {
        world.scheduler().after(Duration{random.between(100'000, 30'000'000)},
                                [&world, node] { world.power_on(node); });
    }
}

void cut(World& world, Random& random)
{
    const std::uint64_t sides = random.chance(800) ? 2 : 3;
    for (const NodeId node : world.node_ids()) {
        world.network().set_side(node, static_cast<int>(random.below(sides)));
    }
    world.trace(NodeId{}, "links are cut");
    const bool short_cut = random.chance(300);
    const Duration how_long{short_cut ? random.between(10'000, 4'500'000)
                                      : random.between(4'000'000, 60'000'000)};
    world.scheduler().after(how_long, [&world] {
        world.trace(NodeId{}, "links are healed");
        world.network().heal();
    });
}

void isolate(World& world, Random& random)
{
    const NodeId node = any_node(world, random);
    world.trace(node, "is cut off");
    world.network().set_side(node, 1);
    world.scheduler().after(Duration{random.between(3'000'000, 40'000'000)}, [&world] {
        world.trace(NodeId{}, "links are healed");
        world.network().heal();
    });
}

void boot_all(World& world)
{
    for (const NodeId node : world.node_ids()) {
        world.power_on(node);
    }
}

}  // namespace

void add_common_faults(World& world)
{
    world.add_fault({"crash", 6, crash});
    world.add_fault({"cut", 6, cut});
    world.add_fault({"isolate", 4, isolate});
    world.add_fault({"power loss", 1, [](World& all, Random& random) {
                         for (const NodeId node : all.node_ids()) {
                             all.power_off(node, "power loss");
                             all.scheduler().after(Duration{random.between(0, 20'000'000)},
                                                   [&all, node] { all.power_on(node); });
                         }
                     }});
    world.add_fault({"corosync dies", 2, [](World& all, Random& random) {
                         all.stop_stack(any_node(all, random), "kill -9");
                     }});
    world.add_fault({"power on", 4, [](World& all, Random&) { boot_all(all); }});
}

void end_well(World& world, Duration settle)
{
    world.trace(NodeId{}, "faults end");
    world.end_faults();
    world.network().heal();
    for (const NodeId node : world.node_ids()) {
        world.device(node) = DeviceBehaviour{};
        world.resume(node);
        world.network().go_on(node);
        world.set_disk_full(node, false);
        // Off, or its cluster stack is gone: its owner boots it.
        if (!world.status(node).stack_runs) {
            world.power_off(node, "repaired");
        }
        world.power_on(node);
        if (world.status(node).stack_runs && !world.status(node).cman_runs) {
            world.start_daemon(node, cman_name);
        }
    }
    // A shot begun before may still turn one off for good: somebody looks after the machines.
    const TimePoint well = world.now() + settle;
    while (world.now() < well) {
        world.run_for(std::chrono::seconds{20});
        boot_all(world);
    }
    world.check_end();
}

Recovery::Worst run(World& world, const RunPlan& plan)
{
    auto checker = std::make_unique<Recovery>(plan.has_bound);
    const Recovery& recovery = *checker;
    world.add_checker(std::move(checker));
    Random random = world.random().fork();
    for (const NodeId node : world.node_ids()) {
        world.scheduler().after(Duration{random.between(0, 20'000'000)},
                                [&world, node] { world.power_on(node); });
    }
    world.run_for(plan.quiet);
    Random prelude_random(world.options().seed);
    play(world, plan.prelude, prelude_random);
    std::uint64_t weights = 0;
    for (const Fault& fault : world.faults()) {
        weights += fault.weight;
    }
    const TimePoint end = world.now() + plan.faults;
    while (world.now() < end) {
        std::uint64_t drawn = random.below(weights);
        const auto fault =
            std::find_if(world.faults().begin(), world.faults().end(), [&](const Fault& candidate) {
                if (drawn < candidate.weight) {
                    return true;
                }
                drawn -= candidate.weight;
                return false;
            });
        world.trace(NodeId{}, "fault: " + fault->name);
        fault->happen(world, random);
        // Often one shortly after another: that is where it hurts.
        world.run_for(Duration{random.chance(400) ? random.between(1'000, 1'500'000)
                                                  : random.between(1'000'000, plan.gap.count())});
    }
    end_well(world, plan.settle);
    return recovery.worst();
}

}  // namespace ha::sim
