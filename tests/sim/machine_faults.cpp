// SPDX-License-Identifier: Apache-2.0
// Faults of links and machines: one direction cut, links clogged one by one and freed in another
// order, flapping, machines and daemons that stand still, full disks, broken files.
#include <algorithm>
#include <memory>

#include "tests/sim/faults.hpp"

namespace ha::sim {

namespace {

/// With many nodes, of which some hear each other and others do not, the simulated totem forms
/// rings for ever without time going on (seeds 114, 151): with more than these, whole nodes lose
/// their links (crash, cut, flap), and no link of its own (docs/architecture.md).
constexpr std::size_t most_nodes_with_single_links = 4;

void shuffle(std::vector<NodeId>& nodes, Random& random)
{
    for (std::size_t left = nodes.size(); left > 1; --left) {
        std::swap(nodes[left - 1], nodes[random.below(left)]);
    }
}

/// One direction fails, knet takes the link down for both; the others still hear either.
void break_link(World& world, Random& random)
{
    const NodeId left = any_node(world, random);
    const NodeId right = any_node(world, random);
    if (left == right) {
        return;
    }
    world.trace(left, "does not hear n" + std::to_string(right.value));
    world.network().set_link(left, right, false);
    world.scheduler().after(Duration{random.between(500'000, 40'000'000)}, [&world, left, right] {
        world.trace(left, "hears n" + std::to_string(right.value) + " again");
        world.network().set_link(left, right, true);
    });
}

void set_all_links(World& world, NodeId node, bool work)
{
    for (const NodeId other : world.node_ids()) {
        if (other != node) {
            world.network().set_link(node, other, work);
        }
    }
}

/// Some nodes lose their links one after the other, and get them back in another order.
void clog(World& world, Random& random)
{
    std::vector<NodeId> nodes = world.node_ids();
    shuffle(nodes, random);
    nodes.resize(1 + random.below(nodes.size()));
    Duration when{0};
    for (const NodeId node : nodes) {
        when += Duration{random.between(10'000, 5'000'000)};
        world.scheduler().after(when, [&world, node] {
            world.trace(node, "its links are clogged");
            set_all_links(world, node, false);
        });
    }
    shuffle(nodes, random);
    for (const NodeId node : nodes) {
        when += Duration{random.between(10'000, 5'000'000)};
        world.scheduler().after(when, [&world, node] {
            world.trace(node, "its links are free");
            set_all_links(world, node, true);
        });
    }
}

using Flapping = std::shared_ptr<const NodeId>;  ///< lives until it is over

void flap(World& world, const Flapping& flapping, std::int64_t times, bool work, Random& random)
{
    const NodeId node = *flapping;
    world.trace(node, work ? "its links are back" : "its links are gone");
    set_all_links(world, node, work);
    if (times == 0 && work) {
        return;
    }
    const Duration until_next{random.chance(600) ? random.between(50'000, 2'800'000)
                                                 : random.between(2'800'000, 8'000'000)};
    world.scheduler().after(
        until_next, [&world, flapping, times, work, next = random.fork()]() mutable {
            flap(world, flapping, std::max<std::int64_t>(0, times - 1), !work, next);
        });
}

/// All links of one node. Where links do not break one by one, it is one node at a time: two whose
/// links come and go hear each other and the rest does not hear them.
Flapping begin_to_flap(World& world, const std::weak_ptr<const NodeId>& last, Random& random)
{
    const std::int64_t times = random.between(2, 8);
    const NodeId node = any_node(world, random);
    if (Flapping other = last.lock();
        other != nullptr && world.node_ids().size() > most_nodes_with_single_links) {
        return other;
    }
    auto flapping = std::make_shared<const NodeId>(node);
    flap(world, flapping, times, false, random);
    return flapping;
}

/// Mostly shorter than the token, now and then longer.
Duration draw_pause(Random& random)
{
    return Duration{random.chance(400) ? random.between(10'000, 2'900'000)
                                       : random.between(3'000'000, 25'000'000)};
}

void pause(World& world, Random& random)
{
    const NodeId node = any_node(world, random);
    world.pause(node);
    world.scheduler().after(draw_pause(random), [&world, node] { world.resume(node); });
}

void stop_corosync(World& world, Random& random)
{
    const NodeId node = any_node(world, random);
    world.trace(node, "corosync is stopped for a while");
    world.network().stand_still(node);
    world.scheduler().after(draw_pause(random), [&world, node] { world.network().go_on(node); });
}

void fill_disk(World& world, Random& random)
{
    const NodeId node = any_node(world, random);
    world.trace(node, "its disk is full");
    world.set_disk_full(node, true);
    world.scheduler().after(Duration{random.between(100'000, 30'000'000)}, [&world, node] {
        world.trace(node, "its disk has room");
        world.set_disk_full(node, false);
    });
}

/// Whoever fences dies, and its agents bear SIGKILL for a while.
void leave_agents(World& world, Random& random)
{
    for (const NodeId node : world.node_ids()) {
        world.device(node).sticks = Duration{random.between(100'000, 20'000'000)};
    }
    for (const NodeId node : world.node_ids()) {
        const std::vector<ChildInfo> children = world.children(node);
        if (std::any_of(children.begin(), children.end(), [](const ChildInfo& child) {
                return child.subject.starts_with("fence ");
            })) {
            world.kill_daemon(node, "fenced", true);
        }
    }
    world.scheduler().after(std::chrono::seconds{5}, [&world] {
        for (const NodeId node : world.node_ids()) {
            world.device(node).sticks = {};
        }
    });
}

}  // namespace

void add_machine_faults(World& world)
{
    if (world.node_ids().size() <= most_nodes_with_single_links) {
        world.add_fault({"a link breaks", 2, break_link});
        world.add_fault({"links are clogged", 2, clog});
    }
    world.add_fault({"links flap", 1,
                     [last = std::weak_ptr<const NodeId>{}](World& all, Random& random) mutable {
                         last = begin_to_flap(all, last, random);
                     }});
    world.add_fault({"a machine stands still", 2, pause});
    world.add_fault({"corosync stops", 1, stop_corosync});
    world.add_fault({"a disk is full", 1, fill_disk});
    world.add_fault({"agents outlive their fenced", 3, leave_agents});
}

/// A daemon dies, and the next one finds half of its files.
void add_file_faults(World& world, const std::string& daemon)
{
    world.add_fault(
        {"files of " + daemon + " are cut in half", 1, [daemon](World& all, Random& random) {
             const NodeId node = any_node(all, random);
             all.kill_daemon(node, daemon, true);
             all.cut_files_in_half(node, daemon);
         }});
}

}  // namespace ha::sim
