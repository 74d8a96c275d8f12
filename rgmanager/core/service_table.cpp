// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/service_table.hpp"

#include <algorithm>
#include <tuple>

#include "rgmanager/core/change_rules.hpp"

namespace ha::service {

namespace {

using protocol::MemberReport;
using protocol::SettledFact;
using protocol::TableState;
using view::Member;

/// Older ones cannot speak: the node booted often since. As many as view::Group keeps.
constexpr std::size_t barred_per_node_max = 16;

/// The safer of two states of equal version comes last.
int safety(const ServiceRow& row)
{
    if (row.state == ServiceState::failed) {
        return 4;
    }
    if (row.state == ServiceState::disabled) {
        return 3;
    }
    if (row.op.kind == OperationKind::migrate) {
        return 2;  // two nodes may run it
    }
    return row.owner.is_somebody() ? 1 : 0;
}

/// The merge of two tables that nobody can tell apart by authority: version, then safety.
void take_if_newer(TableState& state, const ServiceRow& row)
{
    const auto [known, is_new] = state.rows.emplace(row.name, row);
    const auto rank = [](const ServiceRow& one) { return std::tuple(one.version, safety(one)); };
    if (!is_new && rank(known->second) < rank(row)) {
        known->second = row;
    }
}

/// Its owner is here, in the node life it claimed the row in.
bool is_present(const Owner& owner, const std::map<NodeId, Member>& admitted)
{
    const auto member = admitted.find(owner.node);
    return member != admitted.end() && member->second.life.node == owner.life.node;
}

/// Somebody who never left says that the service is its own. A member that had left may know a row
/// of a higher version, but of an older table.
bool is_owned_by_reporter(const std::vector<MemberReport>& reports, const std::string& service)
{
    return std::any_of(reports.begin(), reports.end(), [&](const MemberReport& report) {
        const auto row = report.table.rows.find(service);
        return !report.left && row != report.table.rows.end() &&
               row->second.owner.node == report.node && row->second.owner.life.node == report.life;
    });
}

bool is_requester_or_target(const Operation& op, const Member& member)
{
    return (op.requester == member.node && op.requester_life == member.life) ||
           (op.target == member.node && op.target_life == member.life);
}

/// A person's disable; and a migration: without it nobody would ask the end that is not the owner.
bool outlives_its_table(OperationKind kind)
{
    return kind == OperationKind::none || kind == OperationKind::disable ||
           kind == OperationKind::migrate;
}

/// disable and stop are finished by the owner whoever asked; a migration by the end that survives.
bool survives_its_requester(OperationKind kind)
{
    return kind == OperationKind::none || kind == OperationKind::disable ||
           kind == OperationKind::stop || kind == OperationKind::migrate;
}

}  // namespace

bool releases(const SettledFact& fact, const Owner& owner)
{
    return owner.node == fact.node && owner.admission <= fact.admission;
}

const ServiceRow* ServiceTable::find(const std::string& service) const
{
    const auto found = state_.rows.find(service);
    return found == state_.rows.end() ? nullptr : &found->second;
}

ServiceRow ServiceTable::row_or_new(const std::string& service) const
{
    if (const ServiceRow* row = find(service); row != nullptr) {
        return *row;
    }
    ServiceRow row;
    row.name = service;
    return row;
}

Status ServiceTable::apply(const RowChange& proposed, const Member& sender)
{
    const std::string& service = proposed.row.name;
    if (std::string reason = objection(row_or_new(service), proposed, sender); !reason.empty()) {
        return Error{ErrorCode::busy, service + ": " + reason};
    }
    if (proposed.input == ServiceInput::migrated && is_settled(proposed.row.owner)) {
        return Error{ErrorCode::busy, service + ": the node it went to is settled"};
    }
    ServiceRow& row = state_.rows[service];
    row = proposed.row;
    row.version = proposed.based_on + 1;
    if (has_unproven_end(row) && is_settled(target_of(row.op))) {
        row.op = {};  // while the change was on its way
    }
    if (proposed.input == ServiceInput::claim) {
        state_.used = true;
        state_.probation = false;
        outdate_fact(row.owner);
    }
    if (proposed.input == ServiceInput::begin_operation && row.op.kind == OperationKind::migrate) {
        outdate_fact(target_of(row.op));
    }
    return ok();
}

/// A fact that frees this admission was about what it held before.
void ServiceTable::outdate_fact(const Owner& owner)
{
    const auto fact = state_.settled.find(owner.node);
    if (fact != state_.settled.end() && releases(fact->second, owner)) {
        fact->second.admission.value = owner.admission.value - 1;
    }
}

void ServiceTable::change(ServiceRow& row, ServiceInput input, std::vector<Changed>& changed)
{
    const auto next = next_state(row.state, input);
    HA_ASSERT(next);
    changed.push_back({row.name, row, input});
    row.state = *next;
    ++row.version;
}

std::vector<Changed> ServiceTable::member_admitted(const Member& member, const MemberReport& report,
                                                   const std::map<NodeId, Member>& admitted)
{
    std::vector<Changed> changed;
    ++state_.membership_epoch;
    state_.lost.erase(member.node);
    if (state_.probation) {
        merge_late_report(member, report, admitted);
    }
    give_to_present_lives(admitted, changed);
    for (auto& [name, row] : state_.rows) {
        const auto target = admitted.find(row.op.target);
        if (row.op.kind == OperationKind::migrate && target != admitted.end() &&
            row.op.target_life.node == target->second.life.node) {
            row.op.target_life = target->second.life;
        }
    }
    for (const protocol::HeldService& held : report.held) {
        if (!held.stop_failed) {
            continue;
        }
        ServiceRow& row = state_.rows.emplace(held.name, row_or_new(held.name)).first->second;
        if (row.state == ServiceState::failed ||
            (row.owner.is_somebody() && !is_owner(row.owner, member))) {
            continue;
        }
        const bool target_may_run_it = other_end(row).has_value();
        change(row, ServiceInput::stop_failed, changed);
        row.last_owner = member.node;
        row.op = target_may_run_it ? row.op : Operation{};
        row.reason = "its stop on this node failed before rgmanager was restarted there";
        if (!row.owner.is_somebody()) {
            row.owner = Owner{member.node, member.life, AdmissionNumber{}};
        }
        clear_former_target(row, admitted, changed);
    }
    return changed;
}

/// A member owns what it owned in this node life, and nothing of an earlier one. Late reports may
/// bring rows of members that are here longer, and of nodes settled long ago.
void ServiceTable::give_to_present_lives(const std::map<NodeId, Member>& admitted,
                                         std::vector<Changed>& changed)
{
    for (auto& [name, row] : state_.rows) {
        // A second time for the target of a migration whose owner is gone.
        while (release_if_gone(row, admitted, changed)) {
        }
        clear_former_target(row, admitted, changed);
        const auto present = admitted.find(row.owner.node);
        if (present != admitted.end() && row.owner.life != present->second.life) {
            change(row, ServiceInput::adopted, changed);
            row.owner.life = present->second.life;
            state_.used = true;
        }
    }
}

bool ServiceTable::release_if_gone(ServiceRow& row, const std::map<NodeId, Member>& admitted,
                                   std::vector<Changed>& changed)
{
    const auto present = admitted.find(row.owner.node);
    if (present != admitted.end() && row.owner.life.node != present->second.life.node) {
        release(row, "its owner is back in a new life", changed);
        return true;
    }
    if (present == admitted.end() && row.owner.is_somebody() && is_settled(row.owner)) {
        release(row, "its owner is settled (" + state_.settled.at(row.owner.node).how + ")",
                changed);
        return true;
    }
    return false;
}

/// The target of a migration is back in a new life: nothing that it may have got is there any more.
void ServiceTable::clear_former_target(ServiceRow& row, const std::map<NodeId, Member>& admitted,
                                       std::vector<Changed>& changed)
{
    const auto target = admitted.find(row.op.target);
    if ((other_end(row) || has_unproven_end(row)) && target != admitted.end() &&
        target->second.life.node != row.op.target_life.node) {
        drop_operation(row, changed);
    }
}

void ServiceTable::drop_operation(ServiceRow& row, std::vector<Changed>& changed)
{
    change(row, ServiceInput::operation_dropped, changed);
    row.op = {};
}

/// A table on probation waits for this: what a member that was not there at its forming knows and
/// runs.
void ServiceTable::merge_late_report(const Member& member, const MemberReport& report,
                                     const std::map<NodeId, Member>& admitted)
{
    for (const auto& [name, row] : report.table.rows) {
        const ServiceRow* known = find(name);
        if (report.left && known != nullptr && known->owner.node != member.node &&
            is_present(known->owner, admitted)) {
            continue;  // claimed after that member had left
        }
        const bool it_runs_here =
            row.owner.node == member.node && row.owner.life.node == member.life.node;
        const std::uint64_t version = known == nullptr ? 0 : known->version;
        if (it_runs_here && known != nullptr && !known->owner.is_somebody()) {
            state_.rows[name] = row;
            state_.rows[name].version = std::max(version, row.version) + 1;
        } else {
            take_if_newer(state_, row);
        }
        ServiceRow& taken = state_.rows[name];
        if (!outlives_its_table(taken.op.kind) &&
            next_state(taken.state, ServiceInput::operation_dropped)) {
            taken.state = *next_state(taken.state, ServiceInput::operation_dropped);
            taken.op = {};
            ++taken.version;
        }
    }
}

std::vector<Changed> ServiceTable::member_lost(const Member& member, bool released_everything)
{
    std::vector<Changed> changed;
    ++state_.membership_epoch;
    for (auto& [name, row] : state_.rows) {
        if (!survives_its_requester(row.op.kind) && is_requester_or_target(row.op, member)) {
            change(row, ServiceInput::operation_dropped, changed);
            row.reason =
                "the " + std::string(operation_text(row.op.kind)) + " ended: a node it needs left";
            row.op = {};
        }
        if (released_everything && is_owner(row.owner, member)) {
            const std::optional<Owner> target = other_end(row);
            change(row, target ? ServiceInput::migrated : ServiceInput::owner_settled, changed);
            row.last_owner = member.node;
            row.owner = target.value_or(Owner{});
            if (!target && !has_unproven_end(row)) {
                row.op = {};
            }
            row.reason = "its owner left after it had stopped everything";
        }
    }
    return changed;
}

/// Its owner is proven dead. Precondition: somebody owns the row.
void ServiceTable::release(ServiceRow& row, const std::string& why, std::vector<Changed>& changed)
{
    row.last_owner = row.owner.node;
    if (const std::optional<Owner> target = other_end(row)) {
        change(row, ServiceInput::migrated, changed);
        row.owner = *target;
        row.reason = why + " during a migration: the target is asked";
        return;
    }
    const bool target_is_unproven = has_unproven_end(row) && !is_settled(target_of(row.op));
    if (row.op.kind == OperationKind::disable && row.state == ServiceState::stopping) {
        change(row, ServiceInput::owner_settled_disabled, changed);
        row.owner = {};
        row.reason = why + " while it was being disabled";
    } else {
        const bool was_being_stopped = row.op.kind == OperationKind::stop;
        change(row, ServiceInput::owner_settled, changed);
        row.owner = {};
        row.parked_at = was_being_stopped ? state_.membership_epoch : 0;
        row.reason = why;
    }
    row.op = target_is_unproven ? row.op : Operation{};
}

std::optional<Owner> ServiceTable::other_end(const ServiceRow& row) const
{
    const Owner target = target_of(row.op);
    const bool is_under_way = row.op.kind == OperationKind::migrate &&
                              row.state == ServiceState::started && !is_arriving(row);
    return is_under_way && target.is_somebody() && !is_settled(target) ? std::optional(target)
                                                                       : std::nullopt;
}

bool ServiceTable::is_settled(const Owner& owner) const
{
    const auto fact = state_.settled.find(owner.node);
    return fact != state_.settled.end() && releases(fact->second, owner);
}

bool ServiceTable::is_news(const SettledFact& fact) const
{
    const auto known = state_.settled.find(fact.node);
    return known == state_.settled.end() || std::tie(known->second.admission, known->second.life) <
                                                std::tie(fact.admission, fact.life);
}

bool ServiceTable::is_about_lost_life(const SettledFact& fact) const
{
    const auto lost = state_.lost.find(fact.node);
    return lost == state_.lost.end() || fact.life.empty() || fact.life == lost->second;
}

std::vector<Changed> ServiceTable::settle(const SettledFact& fact)
{
    std::vector<Changed> changed;
    if (is_news(fact)) {
        state_.settled[fact.node] = fact;
    }
    if (is_about_lost_life(fact)) {
        state_.lost.erase(fact.node);
    }
    for (auto& [name, row] : state_.rows) {
        if (row.owner.is_somebody() && releases(fact, row.owner)) {
            release(row, "its owner is settled (" + fact.how + ")", changed);
        }
        if (has_unproven_end(row) && releases(fact, target_of(row.op))) {
            drop_operation(row, changed);
        }
    }
    return changed;
}

bool ServiceTable::is_barred(NodeId node, const NodeLife& life) const
{
    const auto lives = state_.barred.find(node);
    return lives != state_.barred.end() &&
           std::find(lives->second.begin(), lives->second.end(), life) != lives->second.end();
}

void ServiceTable::bar(NodeId node, const NodeLife& life)
{
    if (is_barred(node, life)) {
        return;
    }
    std::vector<NodeLife>& lives = state_.barred[node];
    lives.push_back(life);
    if (lives.size() > barred_per_node_max) {
        lives.erase(lives.begin());
    }
}

void ServiceTable::pardon(NodeId node, const NodeLife& life)
{
    if (const auto lives = state_.barred.find(node); lives != state_.barred.end()) {
        std::erase(lives->second, life);
    }
}

void ServiceTable::unpark(const std::string& service)
{
    const auto found = state_.rows.find(service);
    if (found != state_.rows.end() && found->second.parked_at != 0) {
        found->second.parked_at = 0;
        ++found->second.version;
    }
}

void ServiceTable::forget(const std::string& service)
{
    const ServiceRow* row = find(service);
    if (row != nullptr && !row->owner.is_somebody() && row->state != ServiceState::failed) {
        state_.rows.erase(service);
    }
}

void ServiceTable::form(const std::vector<MemberReport>& reports)
{
    TableState formed;
    for (const MemberReport& report : reports) {
        formed.membership_epoch = std::max(formed.membership_epoch, report.table.membership_epoch);
        formed.used = formed.used || report.table.used;
        for (const auto& [node, fact] : report.table.settled) {
            SettledFact& known = formed.settled[node];
            if (known.admission <= fact.admission) {
                known = fact;
            }
        }
        for (const auto& [name, row] : report.table.rows) {
            if (!report.left || !is_owned_by_reporter(reports, name)) {
                take_if_newer(formed, row);
            }
        }
    }
    ++formed.membership_epoch;
    formed.probation = true;
    state_ = std::move(formed);
    std::vector<Changed> changed;
    for (auto& [name, row] : state_.rows) {
        if (!outlives_its_table(row.op.kind)) {
            change(row, ServiceInput::operation_dropped, changed);
            row.op = {};
        }
    }
}

}  // namespace ha::service
