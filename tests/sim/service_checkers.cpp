// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/service_checkers.hpp"

#include <utility>

#include "tests/sim/fenced_daemon.hpp"

namespace ha::sim {

namespace {

using service::ServiceRow;
using service::ServiceState;

constexpr Duration repair_after = std::chrono::seconds{60};
constexpr Duration look_again_after = std::chrono::seconds{15};
constexpr Duration longest_pause = std::chrono::seconds{5};

}  // namespace

const ServiceDaemon* ServiceChecker::daemon(World& world, NodeId node) const
{
    return dynamic_cast<const ServiceDaemon*>(world.daemon(node, "rgmanager"));
}

void ServiceChecker::after_event(World& world)
{
    lab_->journal.watch();
    if (world.faults_are_over() && !repair_is_planned_) {
        repair_is_planned_ = true;
        world.scheduler().after(repair_after, [this, &world] { repair(world); });
    }
    check_stops_without_quorum(world);
    find_new(world);
    if (is_any_manager_new_) {
        check_views(world);
    }
    for (const fence::FenceDomain* domain : new_domains_) {
        check_clean_leavers(world, *domain);
    }
}

/// What is looked at depends on what daemons believe, and on the rings and holders that there are.
void ServiceChecker::find_new(World& world)
{
    const bool are_rings_new =
        std::exchange(network_looked_at_, world.network().version()) != world.network().version();
    const bool are_holders_new =
        std::exchange(journal_looked_at_, lab_->journal.version()) != lab_->journal.version();
    managers_.clear();
    new_domains_.clear();
    is_any_manager_new_ = false;
    for (const NodeId node : world.node_ids()) {
        if (const ServiceDaemon* one = daemon(world, node)) {
            const bool has_handled = looked_at_managers_.is_new(node, *one);
            const bool is_new = has_handled || are_rings_new;
            if (has_handled) {
                should_run_.note(*one);
            }
            is_any_manager_new_ = is_any_manager_new_ || is_new;
            if (one->manager().group().is_settled()) {
                managers_.push_back({one, is_new});
            }
        }
        const auto* fenced = dynamic_cast<const FencedDaemon*>(world.daemon(node, fenced_name));
        if (fenced != nullptr && (looked_at_fenced_.is_new(node, *fenced) || are_holders_new)) {
            new_domains_.push_back(&fenced->domain());
        }
    }
}

/// A daemon that nobody restarts, and a node that gave itself up where nobody may fence it, wait
/// for a person, who looks twice before the reset button.
void ServiceChecker::repair(World& world)
{
    std::set<NodeId> seen = std::exchange(seen_without_daemon_, {});
    for (const NodeId node : world.node_ids()) {
        const bool is_without = world.status(node).stack_runs && daemon(world, node) == nullptr;
        if (is_without && seen.contains(node)) {
            world.power_off(node, "rgmanager is repaired");
            world.power_on(node);
        } else if (is_without) {
            seen_without_daemon_.insert(node);
        }
    }
    world.scheduler().after(look_again_after, [this, &world] { repair(world); });
}

/// S3: losing quorum stops all services there; what cannot be stopped is failed in the journal.
void ServiceChecker::check_stops_without_quorum(World& world)
{
    if (lab_->journal.longest_inquorate() == Duration{}) {
        could_stop_.clear();
        return;
    }
    for (const NodeId node : world.node_ids()) {
        note_who_could_stop(world, node);
    }
    for (const auto& [name, holders] : lab_->journal.holders()) {
        for (const Holder& holder : holders) {
            const auto since = could_stop_.find(holder.node);
            const bool is_over = world.life_is_over(holder.node, holder.life);
            if (is_over || holder.stop_failed || since == could_stop_.end()) {
                continue;
            }
            const bool does_agent_run = daemon(world, holder.node)->is_held_back(name);
            if (world.now() - since->second.at > longest_stop(does_agent_run)) {
                world.fail("S3: " + name + " still runs on node " +
                           std::to_string(holder.node.value) + " without quorum");
            }
        }
    }
}

/// Who has no quorum and an rgmanager that is not held: since when?
void ServiceChecker::note_who_could_stop(World& world, NodeId node)
{
    const ServiceDaemon* one = daemon(world, node);
    const bool could = one != nullptr && lab_->journal.inquorate_for(node) > Duration{} &&
                       !world.is_stopped(node, "rgmanager");
    if (!could) {
        could_stop_.erase(node);
        return;
    }
    CouldStop& since =
        could_stop_.try_emplace(node, CouldStop{one->life(), world.now()}).first->second;
    if (since.process != one->life()) {
        since = CouldStop{one->life(), world.now()};
    }
}

/// Between loss and end no agent may be missing for longer than messages and timers take; what one
/// takes itself is drawn, twice: the one that cannot be ended, and the stop. A story's agents may
/// hang until the deadline of DESIGN 5.
Duration ServiceChecker::longest_stop(bool does_agent_run) const
{
    if (lab_->plan) {
        return lab_->knobs.quorum_stop_timeout + longest_pause;
    }
    return (does_agent_run ? 2 * slow_agent : Duration{}) + longest_pause;
}

/// S8: one document per view. (Sides that ignore each other may count their changes alike.)
void ServiceChecker::check_views(World& world)
{
    for (std::size_t left = 0; left < managers_.size(); ++left) {
        for (std::size_t right = left + 1; right < managers_.size(); ++right) {
            const ServiceDaemon& one = *managers_[left].daemon;
            const ServiceDaemon& other = *managers_[right].daemon;
            const view::View& view = one.manager().group().view();
            const view::View& other_view = other.manager().group().view();
            const bool is_new = managers_[left].is_new || managers_[right].is_new;
            if (!is_new || view.ring != other_view.ring || view.change != other_view.change) {
                continue;
            }
            if (view.members == other_view.members && view.config != other_view.config) {
                world.fail("S8: rgmanagers of one view act on different documents");
            }
            check_one_table(world, one, other);
        }
    }
}

/// S4: members of one settled view that handled the same frames have the same table. Once the ring
/// is over, one of them may have seen own frames that nobody else did (the delivery gap): it learns
/// of that with the next view.
void ServiceChecker::check_one_table(World& world, const ServiceDaemon& one,
                                     const ServiceDaemon& other)
{
    const auto can_compare = [&world](const ServiceDaemon& daemon, const ServiceDaemon& with) {
        const view::Group& group = daemon.manager().group();
        return group.is_admitted() && group.view().contains(with.node()) &&
               group.view().ring == world.network().ring_of(daemon.node());
    };
    if (!can_compare(one, other) || !can_compare(other, one)) {
        return;
    }
    const auto& rows = other.manager().table().rows;
    for (const auto& [name, row] : one.manager().table().rows) {
        const auto same = rows.find(name);
        if (same != rows.end() && same->second.version == row.version && same->second != row) {
            world.fail("S4: two members have different rows of " + name + " at one version");
        }
    }
}

/// S2: Clean is said only after everything of that life was stopped (DESIGN 4).
void ServiceChecker::check_clean_leavers(World& world, const fence::FenceDomain& domain)
{
    // Who is cut off acts on nothing, and does not hear that the leaver joined again.
    if (!domain.group().is_settled() || !domain.group().view().quorate) {
        return;
    }
    for (const auto& clean : domain.state().clean) {
        for (const auto& [name, holders] : lab_->journal.holders()) {
            for (const Holder& holder : holders) {
                if (holder.node == clean.node && holder.life == clean.life &&
                    !world.life_is_over(holder.node, holder.life)) {
                    world.fail("S2: node " + std::to_string(clean.node.value) +
                               " left the fence domain clean and holds " + name);
                }
            }
        }
    }
}

std::string ServiceChecker::unwell(World& world)
{
    for (const auto& [name, config] : lab_->document.services) {
        if (std::string why = unwell_service(world, name); !why.empty()) {
            return why;
        }
    }
    return "";
}

/// L1: it runs, exactly once; or one sentence says what it waits for.
std::string ServiceChecker::unwell_service(World& world, const std::string& name) const
{
    const std::vector<Holder> holders = lab_->journal.living_holders(name);
    for (const NodeId node : world.node_ids()) {
        const ServiceDaemon* one = daemon(world, node);
        const std::string where = "L1: " + name + " seen by node " + std::to_string(node.value);
        if (one == nullptr) {
            continue;  // its death is the fence domain's business
        }
        if (!one->manager().group().is_admitted() || !one->manager().group().is_settled()) {
            return "L1: rgmanager of node " + std::to_string(node.value) + " is no member";
        }
        const service::ServiceStatus status = one->manager().status(name);
        const ServiceRow& row = status.row;
        const std::string state{service::state_text(row.state)};
        if (row.state == ServiceState::started) {
            if (holders.size() != 1 || holders.front().node != row.owner.node ||
                !holders.front().runs) {
                return where + " is started, but its agents know better";
            }
            continue;
        }
        const bool is_exempt =
            row.state == ServiceState::failed || row.state == ServiceState::disabled ||
            (row.state == ServiceState::stopped && row.op.kind == service::OperationKind::none);
        if (!is_exempt) {
            return where + " is still " + state + ": " + row.reason;
        }
        if (row.state != ServiceState::disabled && status.waits_for.empty()) {
            return where + " is " + state + " and nothing says why";
        }
        if (status.waits_for.find("is about to start it") != std::string::npos) {
            return where + " should run: " + status.waits_for;
        }
        if (const std::string why = should_run_.why(*one, row); !why.empty()) {
            return where + " is " + state + " and should run, for " + why +
                   "; it waits for: " + status.waits_for;
        }
    }
    return "";
}

}  // namespace ha::sim
