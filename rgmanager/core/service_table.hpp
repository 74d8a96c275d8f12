// SPDX-License-Identifier: Apache-2.0
//
// ServiceTable: the replicated state of the service managers, and the only code that changes it.
// Every change happens at one point of the group's order, on all members alike: a proposed row
// change (void unless it is based on the row's version and the state table allows it), a member's
// coming or going, a settled node. It decides nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/view/group.hpp"
#include "rgmanager/core/service.hpp"

namespace ha::service {

/// A row changed; what it was.
struct Changed {
    std::string service;
    ServiceRow before;
    ServiceInput input = ServiceInput::begin_operation;
};

class ServiceTable
{
public:
    [[nodiscard]] const protocol::TableState& state() const { return state_; }
    [[nodiscard]] const ServiceRow* find(const std::string& service) const;
    /// The row, or what a first read creates: stopped, version 0, never touched.
    [[nodiscard]] ServiceRow row_or_new(const std::string& service) const;

    /// Applies the change, or says why it is void.
    [[nodiscard]] Status apply(const RowChange& change, const view::Member& sender);

    /// Same node life: what it owned is its again under the new daemon life. Another node life: the
    /// one before it is proven gone. What its report says it could not stop is failed, unless
    /// another node owns it.
    /// `admitted`: all members, this one included.
    std::vector<Changed> member_admitted(const view::Member& member,
                                         const protocol::MemberReport& report,
                                         const std::map<NodeId, view::Member>& admitted);

    /// Ends the operations it asked for or was the target of; with an empty goodbye releases what
    /// it owned.
    std::vector<Changed> member_lost(const view::Member& member, bool released_everything);

    /// Releases the rows claimed under that admission or an earlier one. An older or known fact
    /// changes nothing.
    std::vector<Changed> settle(const protocol::SettledFact& fact);
    /// While a migration is open its target may run the service as well as its owner: who must be
    /// asked once nothing of it runs at the owner's. Nothing if the target is proven dead.
    [[nodiscard]] std::optional<Owner> other_end(const ServiceRow& row) const;
    [[nodiscard]] bool is_settled(const Owner& owner) const;
    [[nodiscard]] bool is_news(const protocol::SettledFact& fact) const;
    /// False if the life of this node that the table lost is another one than the fact's.
    [[nodiscard]] bool is_about_lost_life(const protocol::SettledFact& fact) const;

    /// Keeps as many lives of a node as the group does.
    void bar(NodeId node, const NodeLife& life);
    [[nodiscard]] bool is_barred(NodeId node, const NodeLife& life) const;
    void pardon(NodeId node, const NodeLife& life);
    void note_lost(NodeId node, const NodeLife& life) { state_.lost[node] = life; }
    /// Its members lost quorum: others may have gone on without them. Ends with the first claim.
    void begin_probation() { state_.probation = true; }
    void set_locked(bool locked) { state_.locked = locked; }
    /// A stopped service may be considered again although nothing changed in the membership.
    void unpark(const std::string& service);
    /// Removes the row unless somebody owns it or it failed.
    void forget(const std::string& service);

    void load(protocol::TableState state) { state_ = std::move(state); }
    /// Nobody was admitted: the merge of what the joiners report, on probation.
    void form(const std::vector<protocol::MemberReport>& reports);

private:
    void give_to_present_lives(const std::map<NodeId, view::Member>& admitted,
                               std::vector<Changed>& changed);
    void merge_late_report(const view::Member& member, const protocol::MemberReport& report,
                           const std::map<NodeId, view::Member>& admitted);
    void outdate_fact(const Owner& owner);
    void release(ServiceRow& row, const std::string& why, std::vector<Changed>& changed);
    bool release_if_gone(ServiceRow& row, const std::map<NodeId, view::Member>& admitted,
                         std::vector<Changed>& changed);
    void clear_former_target(ServiceRow& row, const std::map<NodeId, view::Member>& admitted,
                             std::vector<Changed>& changed);
    void drop_operation(ServiceRow& row, std::vector<Changed>& changed);
    void change(ServiceRow& row, ServiceInput input, std::vector<Changed>& changed);

    protocol::TableState state_;
};

/// Does the fact release what this owner claimed?
[[nodiscard]] bool releases(const protocol::SettledFact& fact, const Owner& owner);

}  // namespace ha::service
