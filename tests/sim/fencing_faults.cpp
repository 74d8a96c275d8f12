// SPDX-License-Identifier: Apache-2.0
// Faults around fencing: devices that fail, hang or are slow, fenced that dies or stalls, people.
#include <algorithm>

#include "tests/sim/faults.hpp"
#include "tests/sim/fenced_daemon.hpp"
#include "tests/sim/fencing.hpp"

namespace ha::sim {

namespace {

DeviceBehaviour draw_device(Random& random)
{
    DeviceBehaviour device;
    device.fails = random.chance(250);
    device.hangs = !device.fails && random.chance(150);
    device.shot_after = Duration{random.between(50'000, 4'000'000)};
    // Now and then it reports long after the shot: the node is back before the result.
    device.takes =
        device.shot_after + Duration{random.chance(250) ? random.between(8'000'000, 40'000'000)
                                                        : random.between(10'000, 3'000'000)};
    device.boots_again = random.chance(700);
    return device;
}

void devices_change(World& world, Random& random)
{
    for (const NodeId node : world.node_ids()) {
        world.device(node) = draw_device(random);
    }
}

FencedDaemon* any_fenced(World& world, Random& random)
{
    return dynamic_cast<FencedDaemon*>(world.daemon(any_node(world, random), fenced_name));
}

/// A person who looked: acknowledges only what is off.
void acknowledge(World& world, Random& random)
{
    FencedDaemon* fenced = any_fenced(world, random);
    if (fenced == nullptr) {
        return;
    }
    const std::vector<protocol::VictimRecord> victims = fenced->domain().state().victims;
    for (const auto& victim : victims) {
        if (!world.status(victim.node).powered) {
            world.probes().reached("a person acknowledged a victim");
            fenced->acknowledge(victim.node);
        }
    }
}

/// At least once (its leave may still wait), and until it works: fenced may be down at that moment,
/// or die before it kept the wish on disk.
void join_later(World& world, NodeId node, Duration delay, bool has_asked = false)
{
    world.scheduler().after(delay, [&world, node, has_asked] {
        auto* fenced = dynamic_cast<FencedDaemon*>(world.daemon(node, fenced_name));
        if (has_asked && fenced != nullptr && fenced->domain().facts().in_domain) {
            return;
        }
        if (fenced != nullptr) {
            world.disturb();
            fenced->join_domain();
        }
        join_later(world, node, std::chrono::seconds{3}, has_asked || fenced != nullptr);
    });
}

void leave_and_join(World& world, Random& random)
{
    const NodeId node = any_node(world, random);
    if (auto* fenced = dynamic_cast<FencedDaemon*>(world.daemon(node, fenced_name))) {
        world.probes().reached("fence_tool leave");
        fenced->leave_domain();
        join_later(world, node, Duration{random.between(1'000, 20'000'000)});
    }
}

}  // namespace

void add_fencing_faults(World& world)
{
    world.add_fault({"devices change", 6, devices_change});
    world.add_fault({"fenced dies", 3, [](World& all, Random& random) {
                         all.kill_daemon(any_node(all, random), fenced_name, true);
                     }});
    world.add_fault({"all fenced die", 1, [](World& all, Random&) {
                         for (const NodeId node : all.node_ids()) {
                             all.kill_daemon(node, fenced_name, true);
                         }
                     }});
    world.add_fault({"fenced stalls", 2, [](World& all, Random& random) {
                         all.hold_daemon(any_node(all, random), fenced_name,
                                         Duration{random.between(10'000, 2'500'000)});
                     }});
    world.add_fault({"acknowledge", 2, acknowledge});
    world.add_fault({"leave and join", 1, leave_and_join});
}

}  // namespace ha::sim
