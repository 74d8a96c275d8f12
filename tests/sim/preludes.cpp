// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/preludes.hpp"

#include <array>
#include <functional>
#include <optional>
#include <utility>

#include "tests/sim/faults.hpp"
#include "tests/sim/fenced_daemon.hpp"

namespace ha::sim {

namespace {

constexpr std::uint64_t prelude_stream = 0x9E1DE5;
constexpr std::uint64_t preludes_per_mille = 60;

using ChildOfNode = std::pair<NodeId, ChildInfo>;

std::optional<ChildOfNode> find_child(World& world,
                                      const std::function<bool(const ChildInfo&)>& is_it)
{
    for (const NodeId node : world.node_ids()) {
        for (const ChildInfo& child : world.children(node)) {
            if (is_it(child)) {
                return ChildOfNode{node, child};
            }
        }
    }
    return std::nullopt;
}

/// Nothing: none was there in time.
std::optional<ChildOfNode> await_child(World& world,
                                       const std::function<bool(const ChildInfo&)>& is_it)
{
    std::optional<ChildOfNode> found;
    const auto look = [&] {
        found = find_child(world, is_it);
        return found.has_value();
    };
    world.run_until(look, world.now() + std::chrono::seconds{60});
    return found;
}

/// Longer than its round may take, in a calm ring: a change of it would show the silence sooner.
/// The device hangs, or its victim would come back and change the ring.
void let_fencer_sleep(World& world, Random& random)
{
    const NodeId victim = any_node(world, random);
    const DeviceBehaviour device = world.device(victim);
    world.device(victim).hangs = true;
    world.power_off(victim, "crash");
    const auto is_shot = [](const ChildInfo& child) {
        return child.runs && child.subject.starts_with("fence ");
    };
    if (const auto shot = await_child(world, is_shot)) {
        world.hold_daemon(shot->first, fenced_name,
                          Duration{random.between(80'000'000, 260'000'000)});
        world.run_for(std::chrono::seconds{300});
    }
    world.device(victim) = device;
}

/// It is alive for corosync, and does not say where it is in the new ring.
void silence_fenced(World& world, Random& random)
{
    const NodeId node = any_node(world, random);
    world.hold_daemon(node, fenced_name, Duration{random.between(11'000'000, 40'000'000)});
    world.run_for(Duration{random.between(1'000, 1'000'000)});
    if (world.network().is_running(node)) {
        world.network().form_anew(node);
    }
    world.run_for(std::chrono::seconds{45});
}

/// Between fork and record lie 2 ms at most.
void kill_parent_at_fork(World& world)
{
    const auto is_forked = [](const ChildInfo& child) { return !child.runs; };
    if (const auto forked = await_child(world, is_forked)) {
        const auto& [node, child] = *forked;
        world.kill_daemon(node, child.subject.starts_with("rgmanager ") ? "rgmanager" : fenced_name,
                          true);
    }
}

}  // namespace

Prelude draw_prelude(std::uint64_t seed)
{
    static constexpr std::array preludes{Prelude::fencer_sleeps, Prelude::fenced_is_silent,
                                         Prelude::parent_dies_at_fork};
    Random random(seed ^ prelude_stream);
    return random.chance(preludes_per_mille) ? preludes[random.below(preludes.size())]
                                             : Prelude::none;
}

void play(World& world, Prelude prelude, Random& random)
{
    switch (prelude) {
        case Prelude::none:
            return;
        case Prelude::fencer_sleeps:
            return let_fencer_sleep(world, random);
        case Prelude::fenced_is_silent:
            return silence_fenced(world, random);
        case Prelude::parent_dies_at_fork:
            return kill_parent_at_fork(world);
    }
}

}  // namespace ha::sim
