// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/tree_operation.hpp"

#include <utility>

#include "common/base/assert.hpp"

namespace ha::service {
namespace {

WalkDirection direction_of(TreeRequest request)
{
    return request == TreeRequest::stop || request == TreeRequest::conditional_stop
               ? WalkDirection::stop
               : WalkDirection::start;
}

bool is_check(const std::string& action)
{
    return action == "status" || action == "monitor";
}

}  // namespace

TreeOperation::TreeOperation(std::shared_ptr<const ResourceConfiguration> configuration,
                             TreeState& state, LocalResources& resources, TreeRequest request,
                             OperationOptions options)
    : configuration_(std::move(configuration)),
      state_(state),
      resources_(resources),
      request_(request),
      options_(std::move(options)),
      plan_(plan_walk(*configuration_, state.root(), direction_of(request))),
      walked_(state.all().size())
{
    for (std::size_t position = 0; position < plan_.size(); ++position) {
        if (!plan_[position].enter) {
            walked(plan_[position].node).left_at = position;
        }
    }
}

TreeStep TreeOperation::next(const StepContext& context)
{
    HA_ASSERT(!pending_);
    while (at_ < plan_.size()) {
        if (MaybeStep step = visit(plan_[at_], context)) {
            return std::move(*step);
        }
    }
    return TreeFinished{result_};
}

void TreeOperation::on(const AgentResult& result, TimePoint now)
{
    HA_ASSERT(pending_.has_value());
    const Pending pending = *std::exchange(pending_, std::nullopt);
    if (pending.occupies) {
        resources_.vacate(pending.call.resource);
    }
    const Resource& resource = configuration_->resource(pending.call.node);
    const bool believed_started = state_.at(pending.call.node).state == TreeNodeState::started;
    if (result.exit_code != 0 && (!is_check(pending.call.action) || believed_started)) {
        note(NoteLevel::notice, describe_failure(resource, pending.call.action, result.exit_code));
    }
    apply(pending.call.node, pending.call.action, result.exit_code, now);
}

void TreeOperation::abandon()
{
    if (at_ < plan_.size()) {
        result_.failed = true;
        finish();
    }
}

Notes TreeOperation::take_notes()
{
    return std::exchange(notes_, {});
}

/// Does what the visit asks for and moves on, or returns a step; then on() moves on.
TreeOperation::MaybeStep TreeOperation::visit(const Visit& visit, const StepContext& context)
{
    switch (request_) {
        case TreeRequest::start:
        case TreeRequest::conditional_start:
        case TreeRequest::convalesce:
            return visit_start(visit, context);
        case TreeRequest::stop:
        case TreeRequest::conditional_stop:
            return visit_stop(visit, context);
        case TreeRequest::status:
            return visit_status(visit, context);
        case TreeRequest::migrate:
            return run(visit.node, "migrate", 0, context);
        case TreeRequest::inquire:
            return run(visit.node, "status", 0, context);
    }
    HA_ASSERT(false);
    return std::nullopt;
}

/// The node is one the request is about; all below it then are too.
bool TreeOperation::is_selected(TreeNodeIndex node) const
{
    if (options_.only && configuration_->node(node).resource != *options_.only) {
        return false;
    }
    const TreeNodeStatus& status = state_.at(node);
    switch (request_) {
        case TreeRequest::conditional_start:
            return status.need_start;
        case TreeRequest::conditional_stop:
            return status.need_stop;
        case TreeRequest::convalesce:
            return status.state == TreeNodeState::disabled;
        default:
            return true;
    }
}

/// True if the node takes part; keeps track of the topmost selected node.
bool TreeOperation::activate(const Visit& visit)
{
    if (!active_ && visit.enter && is_selected(visit.node)) {
        active_ = visit.node;
        note_condition(visit.node);
    }
    const bool takes_part = active_.has_value();
    if (!visit.enter && active_ == visit.node) {
        active_.reset();
    }
    return takes_part;
}

void TreeOperation::note_condition(TreeNodeIndex node)
{
    const char* condition = request_ == TreeRequest::conditional_start  ? "CONDSTART"
                            : request_ == TreeRequest::conditional_stop ? "CONDSTOP"
                                                                        : nullptr;
    if (condition != nullptr) {
        note(NoteLevel::debug, "Node " + configuration_->resource(node).name() + " - " + condition);
    }
}

/// An action that is not declared is never executed and counts as success. Inquiries and migrations
/// go to the root only, so they end here.
TreeOperation::MaybeStep TreeOperation::run(TreeNodeIndex node, const std::string& action,
                                            int depth, const StepContext& context)
{
    const TreeNodeState state = state_.at(node).state;
    const bool holds = state == TreeNodeState::started || state == TreeNodeState::failed;
    const Resource& resource = configuration_->resource(node);
    CallContext call_context;
    call_context.ocf_root = options_.ocf_root;
    call_context.other_holders = resources_.holders(resource.name()) - (holds ? 1 : 0);
    auto call = make_agent_call(*configuration_, node, action, depth, call_context);
    if (!call) {
        // Whoever cannot be asked about a guest does not have it.
        apply(node, action, request_ == TreeRequest::inquire ? 1 : 0, context.now);
        return std::nullopt;
    }
    if (options_.deadline && context.now >= *options_.deadline) {
        note(NoteLevel::error, action + " on " + call->resource + " not called: out of time");
        apply(node, action, AgentResult::killed().exit_code, context.now);
        return std::nullopt;
    }
    const bool occupies = !is_check(action);
    if (occupies && !resources_.occupy(call->resource)) {
        return WaitForResource{call->resource};
    }
    call->end_by = share_of_deadline(context.now);
    if (request_ == TreeRequest::migrate) {
        call->target = options_.target;
    }
    pending_ = Pending{*call, occupies};
    return *call;
}

std::optional<TimePoint> TreeOperation::share_of_deadline(TimePoint now) const
{
    const bool is_last = at_ + 1 == plan_.size();
    if (!options_.deadline || is_last) {
        return options_.deadline;
    }
    return now + (*options_.deadline - now) / 2;
}

void TreeOperation::apply(TreeNodeIndex node, const std::string& action, int exit_code,
                          TimePoint now)
{
    if (exit_code != 0) {
        result_.exit_code = exit_code;
    }
    if (request_ == TreeRequest::migrate || request_ == TreeRequest::inquire) {
        result_.failed = exit_code != 0;
        if (request_ == TreeRequest::migrate && exit_code == 0) {
            set(node, TreeNodeState::stopped);  // it runs on the target now
        }
        finish();
    } else if (action == "start") {
        started(node, exit_code, now);
    } else if (action == "stop") {
        stopped(node, exit_code);
    } else if (action == "reconfig") {
        reconfigured(node, exit_code);
    } else if (action == "status") {
        checked(node, exit_code, now);
    } else {
        HA_ASSERT(action == "recover");
        recovered(node, exit_code);
    }
}

void TreeOperation::set(TreeNodeIndex node, TreeNodeState state)
{
    set_state(*configuration_, state_, node, state, resources_);
}

}  // namespace ha::service
