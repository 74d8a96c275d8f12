// SPDX-License-Identifier: Apache-2.0
// Documents: those this node holds, the check of one that is to follow the active one (Prepare),
// the switch.
#include <algorithm>
#include <utility>

#include "common/view/voting.hpp"
#include "fenced/core/domain_impl.hpp"

namespace ha::fence {

using protocol::VictimRecord;

namespace {

constexpr std::size_t documents_max = 8;

bool is_armed(const model::ClusterModel& model, NodeId id, const OperationLimits& limits)
{
    const model::Node* node = model.node(id);
    return node != nullptr && !plan_operation(OperationKind::fence, *node, limits).methods.empty();
}

}  // namespace

void FenceDomain::Impl::on_event(const ConfigChanged& event)
{
    models_[event.id] = event.model;
    newest_config_ = event.id;
    forget_old_models();
    feed(view::ConfigHeld{event.id, view::voting_rules(*event.model)});
}

/// What is active, or may become active by a message that is on its way, stays.
void FenceDomain::Impl::forget_old_models()
{
    std::erase_if(models_, [this](const auto& entry) {
        return entry.first != newest_config_ &&
               entry.first.version < group_.active_config().version;
    });
    while (models_.size() > documents_max) {
        models_.erase(std::find_if(models_.begin(), models_.end(), [this](const auto& entry) {
            return entry.first != group_.active_config();
        }));
    }
}

// ---------------------------------------------------- Prepare

void FenceDomain::Impl::on_event(const PrepareAsked& event)
{
    answer_prepare(false, "another document came meanwhile");
    prepare_question_ = {event.number, event.id};
    const model::ClusterModel* active = model();
    if (!in_domain_ || active == nullptr) {
        answer_prepare(true, "");
        return;
    }
    protocol::Prepare message;
    message.config = event.id;
    for (const model::Node& node : active->nodes) {
        if (event.model->node(node.id) == nullptr) {
            message.removed.push_back(node.id);
            if (ring_.contains(node.id)) {
                answer_prepare(false, node.name + " is removed, but its corosync is in the ring");
                return;
            }
        } else if (is_armed(*active, node.id, config_.knobs.limits) &&
                   !is_armed(*event.model, node.id, config_.knobs.limits)) {
            message.unarmed.push_back(node.id);
        }
    }
    owe(std::move(message));
}

void FenceDomain::Impl::on_event(const PrepareDropped& event)
{
    prepare_question_.reset();
    std::erase_if(owed_, [](const Owed& owed) {
        return std::holds_alternative<protocol::Prepare>(owed.message) && !owed.ticket;
    });
    if (in_domain_) {
        owe(protocol::PrepareWithdrawn{event.id});
    }
}

void FenceDomain::Impl::answer_prepare(bool accepted, const std::string& why)
{
    if (const auto question = std::exchange(prepare_question_, std::nullopt)) {
        actions_.push_back(AnswerPrepare{question->first, accepted, why});
    }
}

/// From replicated state alone: the same on all members.
std::string FenceDomain::Impl::why_not_prepare(const protocol::Prepare& message) const
{
    for (const NodeId node : message.removed) {
        const bool has_group =
            std::any_of(state_.groups.begin(), state_.groups.end(),
                        [node](const auto& group) { return group.node == node; });
        if (find_victim(state_, node) != nullptr || find_round(state_, node) != nullptr) {
            return name(node) + " is removed, but is a victim and not settled";
        }
        if (find_pending(state_, node) != nullptr) {
            return name(node) + " is removed, but its fenced may return any moment";
        }
        if (group_.present().contains(node)) {
            return name(node) + " is removed, but its fenced runs";
        }
        if (has_group) {
            return name(node) + " is removed, but did not say that it stopped everything";
        }
    }
    for (const NodeId node : message.unarmed) {
        if (find_victim(state_, node) != nullptr) {
            return name(node) + " is a victim, and this takes its last fence method";
        }
    }
    return "";
}

void FenceDomain::Impl::apply(const view::Member& sender, const protocol::Prepare& message)
{
    const std::string why_not = why_not_prepare(message);
    const std::string version = "version " + std::to_string(message.config.version);
    if (why_not.empty()) {
        end_prepared();
        state_.prepared = protocol::PreparedRecord{message.config, message.removed};
        for (const NodeId node : message.removed) {
            group_.hold(node);
        }
        decided(Decision::document_prepared, sender.node, version + " may follow");
    } else {
        decided(Decision::document_objected, sender.node, version + " may not follow: " + why_not);
    }
    const bool is_asked = prepare_question_ && prepare_question_->second == message.config;
    if (sender.node == config_.self && is_asked) {
        answer_prepare(why_not.empty(), why_not);
    }
}

void FenceDomain::Impl::apply(const view::Member&, const protocol::PrepareWithdrawn& message)
{
    if (state_.prepared && state_.prepared->config == message.config) {
        end_prepared();
    }
}

void FenceDomain::Impl::end_prepared()
{
    if (const auto prepared = std::exchange(state_.prepared, std::nullopt)) {
        for (const NodeId node : prepared->removed) {
            group_.release(node, more_);
        }
    }
}

// ------------------------------------------------- the switch

/// A node that it removes cannot hold it, and without it nobody is admitted any more.
void FenceDomain::Impl::handle(const view::ConfigActivated& output)
{
    if (state_.prepared && state_.prepared->config.version <= output.id.version) {
        end_prepared();
    }
    forget_old_models();
    decided(Decision::document_active, config_.self,
            "acting on version " + std::to_string(output.id.version));
    for (const VictimRecord& victim : state_.victims) {
        clocks_.add(victim.node, now_);  // methods may have come: consider it again
    }
}

}  // namespace ha::fence
