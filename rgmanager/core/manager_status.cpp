// SPDX-License-Identifier: Apache-2.0
// What tools and people see: rows, waits in one sentence, the whole state as text.
#include <algorithm>
#include <utility>

#include "rgmanager/core/request.hpp"
#include "rgmanager/core/service_manager.hpp"

namespace ha::service {

namespace {

std::string_view running_text(Running running)
{
    switch (running) {
        case Running::no:
            return "nothing runs";
        case Running::yes:
            return "runs";
        case Running::unknown:
            return "may run";
        case Running::stop_failed:
            return "its stop failed";
    }
    return "";
}

std::string_view task_text(TaskKind task)
{
    switch (task) {
        case TaskKind::none:
            return "idle";
        case TaskKind::start:
            return "starting";
        case TaskKind::stop:
            return "stopping";
        case TaskKind::check:
            return "checking";
        case TaskKind::migrate:
            return "migrating";
        case TaskKind::expect:
            return "expecting its guest";
        case TaskKind::update:
            return "updating";
    }
    return "";
}

}  // namespace

std::vector<ServiceStatus> ServiceManager::statuses() const
{
    std::set<std::string> names;
    if (active_ != nullptr) {
        for (const auto& [name, config] : active_->services) {
            names.insert(name);
        }
    }
    for (const auto& [name, row] : table_.state().rows) {
        names.insert(name);
    }
    std::vector<ServiceStatus> all;
    all.reserve(names.size());
    for (const std::string& name : names) {
        all.push_back(status(name));
    }
    return all;
}

ServiceStatus ServiceManager::status(const std::string& service) const
{
    ServiceStatus status;
    status.row = table_.row_or_new(service);
    if (status.row.version == 0 && !group_.is_admitted()) {
        status.row.state = ServiceState::uninitialized;
    }
    status.owner_is_online = is_online(status.row.owner);
    status.waits_for = wait_of(status.row);
    return status;
}

/// One sentence: the victim it waits for, or the command that ends the wait.
std::string ServiceManager::wait_of(const ServiceRow& row) const
{
    if (is_unsafe(row.name)) {
        return unsafe_words(row.name);
    }
    if (has_unproven_end(row)) {
        return words_of_unproven_end(node_name(row.op.target));
    }
    if (row.state == ServiceState::failed) {
        return "a stop failed; once nothing of it runs any more: clusvcadm -d " + row.name;
    }
    if (row.owner.is_somebody() && !is_online(row.owner)) {
        return wait_for_owner(row);
    }
    if (is_announced(row)) {
        return "its migration begins once " + node_name(row.op.target) + " is ready for it";
    }
    if (row.state == ServiceState::started || row.state == ServiceState::disabled ||
        is_held(row.state)) {
        return {};
    }
    if (row.frozen) {
        return "it is frozen: clusvcadm -U " + row.name;
    }
    if (table_.state().locked) {
        return "services are locked: clusvcadm -u";
    }
    if (is_parked(row)) {
        return "left stopped (" + row.reason + "): clusvcadm -e " + row.name;
    }
    if (!emergency_.empty()) {
        return emergency_;
    }
    if (std::string refused = reason_of_refused(); !refused.empty()) {
        return refused;
    }
    if (!group_.is_admitted() || !group_.is_settled() || active_ == nullptr) {
        const bool is_outside = facts_ && !facts_->is_admitted && !facts_->reason.empty();
        return is_outside ? facts_->reason : "the members of the cluster have not agreed on a view";
    }
    if (std::string reason = reason_not_to_claim(); !reason.empty()) {
        return reason;
    }
    const std::set<NodeId> nodes = online();
    const Placement world(*active_, table_.state().rows, nodes);
    const Choice choice = world.consider_start(row);
    return choice.node.value == 0 ? choice.reason
                                  : node_name(choice.node) + " is about to start it";
}

/// What runs on without quorum, and how a person ends it.
std::string ServiceManager::unsafe_words(const std::string& service) const
{
    return "this node is unsafe: " + service + " could not be stopped here after loss of quorum; " +
           node_name(config_.self) +
           " keeps it. See that nothing of it runs; with quorum again: clusvcadm -d " + service;
}

std::string ServiceManager::wait_for_owner(const ServiceRow& row) const
{
    const std::string name = node_name(row.owner.node);
    if (facts_) {
        for (const protocol::FactVictim& victim : facts_->victims) {
            if (victim.node == row.owner.node) {
                return "its owner " + name + " is lost and not settled" + what_it_awaits(victim);
            }
        }
    }
    if (pending_.contains(row.owner.node)) {
        return "rgmanager of its owner " + name + " is gone and may come back; then " + name +
               " is fenced (fence_node " + name + " ends the wait)";
    }
    return "its owner " + name + " is gone and not settled yet (fence_ack_manual " + name +
           " ends the wait)";
}

std::string ServiceManager::reason_to_stay() const
{
    for (const auto& [name, local] : local_) {
        if (local.running != Running::no) {
            return "service " + name +
                   (local.running == Running::stop_failed ? ": its stop failed here"
                                                          : " runs here");
        }
    }
    return {};
}

std::string ServiceManager::describe() const
{
    std::string out = "service manager of " + node_name(config_.self) + "\n";
    out += emergency_.empty() ? "" : "  stops everything: " + emergency_ + "\n";
    out += shutting_down_ ? "  shutting down\n" : "";
    const std::string reason = group_.is_admitted() ? reason_not_to_claim() : "not admitted";
    out += "  claims: " + (reason.empty() ? "allowed" : reason) + "\n";
    out += "  membership epoch " + std::to_string(table_.state().membership_epoch) +
           (table_.state().locked ? ", locked" : "") +
           (table_.state().probation ? ", on probation" : "") + "\n";
    for (const ServiceStatus& status : statuses()) {
        const ServiceRow& row = status.row;
        out += "  " + row.name + "@" + std::to_string(row.version) + " " +
               std::string(state_text(row.state));
        out += row.owner.is_somebody() ? " on " + node_name(row.owner.node) : "";
        out += row.frozen ? " [Z]" : "";
        out += row.op.kind == OperationKind::none ? ""
                                                  : " " + std::string(operation_text(row.op.kind));
        out += row.reason.empty() ? "" : "; " + row.reason;
        out += status.waits_for.empty() ? "" : "; waits: " + status.waits_for;
        if (const auto local = local_.find(row.name); local != local_.end()) {
            out += "; here: " + std::string(running_text(local->second.running)) + ", " +
                   std::string(task_text(local->second.task));
        }
        out += "\n";
    }
    for (const auto& [node, pending] : pending_) {
        out += "  pending: " + node_name(node) + "\n";
    }
    return out + group_.describe();
}

}  // namespace ha::service
