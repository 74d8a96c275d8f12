// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/recovery.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/fenced_daemon.hpp"

namespace ha::sim {

namespace {

/// Nothing that the bound is made of is shorter.
constexpr Duration between_looks = std::chrono::milliseconds{200};
constexpr Duration design_slack = std::chrono::seconds{5};

/// A check that takes longer is slow: a stop overtakes it, a migration waits for its end.
constexpr Duration longest_quick_check = std::chrono::seconds{2};

template <class Is>
bool does_any(World& world, Is is)
{
    for (const NodeId node : world.node_ids()) {
        const auto* fenced = dynamic_cast<const FencedDaemon*>(world.daemon(node, fenced_name));
        if (fenced != nullptr && is(fenced->domain())) {
            return true;
        }
    }
    return false;
}

// What L1 allows beyond its own bound, while there is a reason for it:

/// DESIGN 4 lets the fencer of a victim wait: post_join_delay when the domain forms,
/// post_fail_delay (fenced(8)) before its first round, back-off between rounds. L1 counts from the
/// last settled victim, when none of this is left; what is allowed here is for those who are not
/// settled yet.
Duration longest_wait_for_shot(World& world)
{
    const model::FenceDaemon& options = world.config().model->fence_daemon;
    return std::max<Duration>(options.post_join_delay, options.post_fail_delay) +
           fence::DomainKnobs{}.back_off_max;
}

/// DESIGN 5, loss of quorum: what could not be stopped makes its node unsafe; it does not reset,
/// and the others cannot form a domain until it gives up (docs/adr/0014).
Duration longest_reset()
{
    return fence::DomainKnobs{}.reset_patience;
}

/// The supervisor starts a daemon that is to run; later than that, nobody does.
Duration longest_restart(const World& world)
{
    return world.options().restart_delay_max + 2 * between_looks;
}

}  // namespace

void Recovery::after_event(World& world)
{
    if (world.faults_are_over() && world.now() >= looked_at_ + between_looks) {
        look(world);
    }
}

void Recovery::look(World& world)
{
    const Duration passed = world.now() - std::exchange(looked_at_, world.now());
    const bool has_happened = did_something_happen(world);
    const bool waits = does_a_node_wait(world);
    const bool is_disturbed = world.disturbed_until() > since_;
    if (has_happened || waits || is_disturbed) {
        since_ = std::max(world.now(), world.disturbed_until());
        waited_ = {};
    } else if (world.now() > since_) {
        waited_.*awaited_ += passed;
        check(world);
    }
    awaited_ = find_awaited(world);
}

void Recovery::check(World& world)
{
    const std::string what = world.unwell();
    const Duration took = world.now() - since_;
    const Duration beyond = took - waited_.for_agents -
                            std::min(waited_.for_shots, longest_wait_for_shot(world)) -
                            std::min(waited_.for_reset, longest_reset()) - bound(world);
    if (what.empty() || beyond <= worst_.beyond) {
        return;
    }
    worst_ = Worst{beyond, took, what};
    if (is_enforced_ && beyond > Duration{}) {
        world.fail(what + ", " + std::to_string(took.count() / 1'000'000) +
                   " s after all was mended");
    }
}

/// Until the next look: events may be far apart. Time counts once, whatever else is waited for.
Duration Recovery::Waited::*Recovery::find_awaited(World& world)
{
    const auto has_victim = [](const fence::FenceDomain& domain) {
        return !domain.state().victims.empty();
    };
    const auto must_stop = [](const fence::FenceDomain& domain) {
        return domain.facts().must_stop;
    };
    return does_an_agent_run(world)      ? &Waited::for_agents
           : does_any(world, must_stop)  ? &Waited::for_reset
           : does_any(world, has_victim) ? &Waited::for_shots
                                         : &Waited::for_nothing;
}

/// One whose work the others wait for.
bool Recovery::does_an_agent_run(World& world)
{
    const auto former = std::exchange(checks_, {});
    bool does_run = false;
    for (const NodeId node : world.node_ids()) {
        for (const ChildInfo& child : world.children(node)) {
            if (!child.subject.starts_with("rgmanager status ")) {
                does_run = true;
                continue;
            }
            const auto known = former.find({node, child.id});
            const TimePoint since = known != former.end() ? known->second : world.now();
            checks_.emplace(std::pair{node, child.id}, since);
            does_run = does_run || world.now() - since > longest_quick_check;
        }
    }
    return does_run;
}

bool Recovery::did_something_happen(World& world)
{
    Surroundings now;
    bool is_any_new = false;  ///< victim, or proof of one
    for (const NodeId node : world.node_ids()) {
        const NodeStatus status = world.status(node);
        for (const NodeId other : world.node_ids()) {
            now.emplace_back(status.powered, status.stack_runs, status.stands_still, status.boots,
                             world.network().connected(node, other));
        }
        const auto* fenced = dynamic_cast<const FencedDaemon*>(world.daemon(node, fenced_name));
        if (fenced == nullptr) {
            continue;
        }
        for (const auto& victim : fenced->domain().state().victims) {
            is_any_new =
                victims_.emplace(victim.node, victim.life, victim.admission).second || is_any_new;
        }
        for (const auto& proof : fenced->domain().state().settled) {
            is_any_new =
                settled_.emplace(proof.node, proof.life, proof.admission).second || is_any_new;
        }
    }
    const bool is_changed = now != surroundings_;
    surroundings_ = std::move(now);
    return is_changed || is_any_new;
}

/// For its boot, or for a person (ServiceChecker::repair): nobody starts its rgmanager again.
bool Recovery::does_a_node_wait(World& world)
{
    bool does_wait = false;
    for (const NodeId node : world.node_ids()) {
        TimePoint& last = with_rgmanager_.try_emplace(node, world.now()).first->second;
        if (world.daemon(node, "rgmanager") != nullptr) {
            last = world.now();
        }
        const bool is_given_up =
            world.is_installed("rgmanager") && world.now() - last > longest_restart(world);
        does_wait = does_wait || !world.status(node).stack_runs || is_given_up;
    }
    return does_wait;
}

Duration Recovery::bound(World& world)
{
    return world.options().delays.token + world.options().delays.consensus +
           DeviceBehaviour{}.takes + design_slack;
}

}  // namespace ha::sim
