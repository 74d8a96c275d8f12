// SPDX-License-Identifier: Apache-2.0
// What this node owes the group, answers to tools, joining and leaving.
#include <algorithm>
#include <utility>

#include "fenced/core/domain_impl.hpp"

namespace ha::fence {

bool names_itself(const GroupMessage& message)
{
    const auto* naming = std::get_if<protocol::VictimNamed>(&message);
    return naming != nullptr && naming->cause == protocol::FenceCause::cman;
}

void FenceDomain::Impl::owe(GroupMessage message, RequestId request)
{
    if (!in_domain_) {
        reply(request, false, "this node is not in the fence domain");
        return;
    }
    owed_.push_back(Owed{std::move(message), request, std::nullopt});
}

/// Only the newest word about a group: an older one that is voided would be said after it.
void FenceDomain::Impl::note_group(protocol::GroupNoted note)
{
    std::erase_if(owed_, [&](const Owed& owed) {
        const auto* older = std::get_if<protocol::GroupNoted>(&owed.message);
        return older != nullptr && older->group == note.group;
    });
    owe(std::move(note));
}

/// Proposes whatever is owed and not on its way. Own delivery removes it, Voided makes it due
/// again.
void FenceDomain::Impl::pay()
{
    if (!group_.is_admitted()) {
        return;
    }
    std::vector<view::GroupOutput> out;
    for (Owed& owed : owed_) {
        if (!owed.ticket) {
            owed.ticket = group_.propose(encode_message(owed.message), false, out);
        }
    }
    handle_outputs(std::move(out));
}

bool FenceDomain::Impl::is_owed_naming(NodeId node) const
{
    return std::any_of(owed_.begin(), owed_.end(), [node](const Owed& owed) {
        const auto* naming = std::get_if<protocol::VictimNamed>(&owed.message);
        return naming != nullptr && naming->node == node;
    });
}

void FenceDomain::Impl::reply(RequestId request, bool accepted, std::string text)
{
    if (request != 0) {
        actions_.push_back(Reply{request, accepted, std::move(text)});
    }
}

void FenceDomain::Impl::decided(Decision decision, NodeId node, std::string reason)
{
    actions_.push_back(Decided{decision, node, std::move(reason)});
}

/// DESIGN 4: it stops everything and joins no group again in this life.
void FenceDomain::Impl::die(const std::string& reason)
{
    if (dead_) {
        return;
    }
    dead_ = true;
    death_reason_ = reason;
    decided(Decision::node_dead, config_.self, reason);
    end_own_rounds("this node was declared dead");
    leave_domain();
}

void FenceDomain::Impl::leave_domain()
{
    in_domain_ = false;
    leaving_ = false;
    goodbye_said_ = false;
    for (const Owed& owed : owed_) {
        reply(owed.request, false, "this node left the fence domain");
    }
    owed_.clear();
    answer_prepare(false, "fenced of this node left the fence domain meanwhile");
    must_reset_ = false;
    kept_.state = {};
    kept_.members.clear();
    kept_.reset = false;
    if (in_group_) {
        in_group_ = false;
        leave_is_under_way_ = true;
        abandons_group_ = true;
        actions_.push_back(LeaveGroup{});
    }
    forget_domain();
}

const model::ClusterModel* FenceDomain::Impl::model() const
{
    const auto active = models_.find(group_.active_config());
    if (active != models_.end()) {
        return active->second.get();
    }
    const auto newest = models_.find(newest_config_);
    return newest != models_.end() ? newest->second.get() : nullptr;
}

std::string FenceDomain::Impl::name(NodeId node) const
{
    const model::ClusterModel* active = model();
    const model::Node* found = active != nullptr ? active->node(node) : nullptr;
    return found != nullptr ? found->name : "node " + std::to_string(node.value);
}

bool FenceDomain::Impl::is_configured(NodeId node) const
{
    const model::ClusterModel* active = model();
    return active == nullptr || active->node(node) != nullptr;
}

/// A process that died without quorum may not continue what it knew: everything stops first (DESIGN
/// 5, Merge).
void FenceDomain::Impl::reset_before_joining()
{
    if (must_reset_ && in_domain_ && !everything_is_stopped()) {
        give_up_when_due();
    } else if (must_reset_ && leftover_agents_.empty()) {
        must_reset_ = false;
        make_reset_copy();
        decided(
            Decision::domain_reset, config_.self,
            "quorum was lost before fenced was started again, and everything is proven stopped");
        if (in_domain_) {
            join_group();
        }
    }
}

/// At once, or when the leave under way is delivered.
void FenceDomain::Impl::join_group()
{
    if (!in_group_ && !leave_is_under_way_ && !must_reset_) {
        in_group_ = true;
        actions_.push_back(JoinGroup{});
    }
}

}  // namespace ha::fence
