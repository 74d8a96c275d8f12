// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/service_checkers.hpp"

#include <tuple>
#include <utility>

#include "tests/sim/fenced_daemon.hpp"

namespace ha::sim {

namespace {

using service::ServiceRow;
using service::ServiceState;

constexpr std::uint64_t table_check_period = 20;
constexpr Duration repair_after = std::chrono::seconds{60};
constexpr Duration look_again_after = std::chrono::seconds{15};

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
    if (++events_ % table_check_period == 0) {
        check_stops_without_quorum(world);
        check_one_table(world);
        check_one_document(world);
        check_clean_leavers(world);
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
    const Duration limit = lab_->knobs.quorum_stop_timeout + std::chrono::seconds{60};
    for (const auto& [name, holders] : lab_->journal.holders()) {
        for (const Holder& holder : holders) {
            const bool is_over = world.life_is_over(holder.node, holder.life);
            if (is_over || holder.stop_failed || daemon(world, holder.node) == nullptr) {
                continue;
            }
            if (lab_->journal.inquorate_for(holder.node) > limit &&
                !daemon(world, holder.node)->is_held_back(name)) {
                world.fail("S3: " + name + " still runs on node " +
                           std::to_string(holder.node.value) + " without quorum");
            }
        }
    }
}

/// Members of one settled view that handled the same frames have the same table. Once the ring is
/// over, one of them may have seen own frames that nobody else did (the delivery gap): it learns of
/// that with the next view.
void ServiceChecker::check_one_table(World& world)
{
    struct Seen {
        NodeId node;
        const service::ServiceManager* manager;
    };
    std::map<std::pair<RingId, std::uint64_t>, Seen> seen;
    for (const NodeId node : world.node_ids()) {
        const ServiceDaemon* one = daemon(world, node);
        if (one == nullptr || !one->manager().group().is_admitted() ||
            !one->manager().group().is_settled() ||
            one->manager().group().view().ring != world.network().ring_of(node)) {
            continue;
        }
        const view::View& view = one->manager().group().view();
        const auto key = std::pair(view.ring, view.change.value);
        const auto [other, is_first] = seen.emplace(key, Seen{node, &one->manager()});
        if (is_first || !view.contains(other->second.node)) {
            continue;
        }
        for (const auto& [name, row] : one->manager().table().rows) {
            const auto& rows = other->second.manager->table().rows;
            const auto same = rows.find(name);
            if (same != rows.end() && same->second.version == row.version && same->second != row) {
                world.fail("S4: two members have different rows of " + name + " at one version");
            }
        }
    }
}

/// S8: one document per view. (Sides that ignore each other may count their changes alike.)
void ServiceChecker::check_one_document(World& world)
{
    std::map<std::tuple<RingId, ChangeNumber, std::vector<view::Member>>, ConfigId> documents;
    for (const NodeId node : world.node_ids()) {
        const ServiceDaemon* one = daemon(world, node);
        if (one == nullptr || !one->manager().group().is_settled()) {
            continue;
        }
        const view::View& view = one->manager().group().view();
        const auto [known, is_new] =
            documents.emplace(std::tuple(view.ring, view.change, view.members), view.config);
        if (!is_new && known->second != view.config) {
            world.fail("S8: rgmanagers of one view act on different documents");
        }
    }
}

/// S2: Clean is said only after everything of that life was stopped (DESIGN 4).
void ServiceChecker::check_clean_leavers(World& world)
{
    for (const NodeId node : world.node_ids()) {
        const auto* fenced = dynamic_cast<const FencedDaemon*>(world.daemon(node, fenced_name));
        // Who is cut off acts on nothing, and does not hear that the leaver joined again.
        const bool can_act = fenced != nullptr && fenced->domain().group().is_settled() &&
                             fenced->domain().group().view().quorate;
        if (!can_act) {
            continue;
        }
        for (const auto& clean : fenced->domain().state().clean) {
            for (const auto& [name, holders] : lab_->journal.holders()) {
                for (const Holder& holder : lab_->journal.living_holders(name)) {
                    if (holder.node == clean.node && holder.life == clean.life) {
                        world.fail("S2: node " + std::to_string(clean.node.value) +
                                   " left the fence domain clean and holds " + name);
                    }
                }
            }
        }
    }
}

void ServiceChecker::at_end(World& world)
{
    for (const auto& [name, config] : lab_->document.services) {
        check_service_at_end(world, name);
    }
}

/// L1: it runs, exactly once; or one sentence says what it waits for.
void ServiceChecker::check_service_at_end(World& world, const std::string& name)
{
    const std::vector<Holder> holders = lab_->journal.living_holders(name);
    for (const NodeId node : world.node_ids()) {
        const ServiceDaemon* one = daemon(world, node);
        const std::string where = name + " seen by node " + std::to_string(node.value);
        if (one == nullptr) {
            continue;  // its death is the fence domain's business
        }
        if (!one->manager().group().is_admitted() || !one->manager().group().is_settled()) {
            world.fail("L1: rgmanager of node " + std::to_string(node.value) +
                       " is no member at the end");
        }
        const service::ServiceStatus status = one->manager().status(name);
        const ServiceRow& row = status.row;
        if (row.state == ServiceState::started) {
            if (holders.size() != 1 || holders.front().node != row.owner.node ||
                !holders.front().runs) {
                world.fail("L1: " + where + " is started, but its agents know better");
            }
            continue;
        }
        const bool is_exempt =
            row.state == ServiceState::failed || row.state == ServiceState::disabled ||
            (row.state == ServiceState::stopped && row.op.kind == service::OperationKind::none);
        if (!is_exempt) {
            world.fail("L1: " + where + " is still " + std::string(service::state_text(row.state)) +
                       ": " + row.reason);
        }
        if (row.state != ServiceState::disabled && status.waits_for.empty()) {
            world.fail("L1: " + where + " is " + std::string(service::state_text(row.state)) +
                       " and nothing says why");
        }
        if (status.waits_for.find("is about to start it") != std::string::npos) {
            world.fail("L1: " + where + " should run: " + status.waits_for);
        }
    }
}

}  // namespace ha::sim
