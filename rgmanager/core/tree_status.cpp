// SPDX-License-Identifier: Apache-2.0
//
// TreeOperation: the status scan (spec 4.5) and what independent subtrees make of a failure (4.6).
#include "rgmanager/core/status_schedule.hpp"
#include "rgmanager/core/tree_operation.hpp"

namespace ha::service {

TreeOperation::MaybeStep TreeOperation::visit_status(const Visit& visit, const StepContext& context)
{
    if (!activate(visit)) {
        // Above what is asked for: nothing to check, but a failure below still ends the scan.
        if (visit.enter) {
            ++at_;
        } else {
            leave_checked(visit);
        }
        return std::nullopt;
    }
    if (!visit.enter) {
        if (node_of(visit.node).independence != Independence::none && walked(visit.node).failed) {
            absorb(visit.node, context.now);
        }
        leave_checked(visit);
        return std::nullopt;
    }
    return check_node(visit, context);
}

TreeOperation::MaybeStep TreeOperation::check_node(const Visit& visit, const StepContext& context)
{
    const TreeNodeIndex node = visit.node;
    const auto parent = node_of(node).parent;
    // After a recoverable failure the remaining start levels of that parent are left out.
    const bool left_out = parent && visit.level > 0 && walked(*parent).recoverable &&
                          visit.level > walked(*parent).recoverable_level;
    if (left_out || state_.at(node).state == TreeNodeState::disabled) {
        if (active_ == node) {
            active_.reset();
        }
        skip_subtree(visit);
        return std::nullopt;
    }
    if (failed_check_) {
        return run(node, "recover", 0, context);
    }
    TreeNodeStatus& status = state_.at(node);
    const Resource& resource = configuration_->resource(node);
    const auto due =
        context.may_check_status ? due_status_check(resource, status, context.now) : std::nullopt;
    if (!due) {
        if (status.last_status != 0) {
            status_is_bad(node, status.last_status);
        } else {
            ++at_;
        }
        return std::nullopt;
    }
    status.checked[*due] = context.now;
    return run(node, "status", resource.actions[*due].depth, context);
}

void TreeOperation::checked(TreeNodeIndex node, int exit_code, TimePoint now)
{
    TreeNodeStatus& status = state_.at(node);
    if (exit_code == 0) {
        status_is_good(node);
        return;
    }
    const Threshold& forgiven = node_of(node).failures;
    if (forgiven.in_use() && !status.failures.exceeded(forgiven, now)) {
        status.failures.count(now);
        status.last_status = 0;
        ++at_;
        return;
    }
    if (configuration_->resource(node).action("recover", 0) == nullptr) {
        status_is_bad(node, exit_code);
        return;
    }
    failed_check_ = exit_code;  // the same visit comes again and runs recover
}

void TreeOperation::recovered(TreeNodeIndex node, int exit_code)
{
    const int failed_check = failed_check_.value();
    failed_check_.reset();
    if (exit_code == 0) {
        status_is_good(node);
    } else {
        status_is_bad(node, failed_check);
    }
}

void TreeOperation::status_is_good(TreeNodeIndex node)
{
    state_.at(node).last_status = 0;
    set(node, TreeNodeState::started);
    ++at_;
}

void TreeOperation::status_is_bad(TreeNodeIndex node, int exit_code)
{
    state_.at(node).last_status = exit_code;
    walked(node).failed = true;
    at_ = walked(node).left_at;
}

/// Hands the node's result to its parent and goes on: to the parent's end after a failure.
void TreeOperation::leave_checked(const Visit& visit)
{
    const Walked& own = walked(visit.node);
    const auto parent = node_of(visit.node).parent;
    ++at_;
    if (!parent || visit.node == state_.root()) {
        result_.failed = own.failed;
        result_.recoverable = own.recoverable && !own.failed;
        result_.partial = own.partial && !own.failed;
        return;
    }
    Walked& above = walked(*parent);
    above.recoverable = above.recoverable || own.recoverable;
    above.partial = above.partial || own.partial;
    if (own.recoverable) {
        above.recoverable_level = visit.level;
    }
    if (own.failed) {
        above.failed = true;
        at_ = above.left_at;
    }
}

/// The lowest independent subtree around a failure takes it: restart it while its restarts are not
/// used up; then a critical one fails the service, a non-critical one is switched off.
void TreeOperation::absorb(TreeNodeIndex node, TimePoint now)
{
    const TreeNode& tree_node = node_of(node);
    TreeNodeStatus& status = state_.at(node);
    const bool critical = tree_node.independence == Independence::critical;
    const bool counts = tree_node.restarts.in_use();
    const bool used_up = counts && status.restarts.exceeded(tree_node.restarts, now);
    const bool restart = !used_up && (critical || counts);
    Walked& own = walked(node);
    if (restart) {
        if (counts) {
            status.restarts.count(now);
        }
        flag_subtree(node, true);
        own.failed = false;
        own.recoverable = true;
        return;
    }
    status.restarts.clear();
    if (!critical) {
        flag_subtree(node, false);
        own.failed = false;
        own.recoverable = own.partial = true;
    }
}

void TreeOperation::flag_subtree(TreeNodeIndex node, bool restart)
{
    for (std::uint32_t i = node.value; i < node_of(node).subtree_end; ++i) {
        TreeNodeStatus& status = state_.at(TreeNodeIndex{i});
        if (status.state == TreeNodeState::disabled) {
            continue;
        }
        set(TreeNodeIndex{i}, TreeNodeState::failed);
        status.clear_flags();
        status.need_stop = true;
        status.need_start = restart;
        status.quiesce = !restart;
    }
}

}  // namespace ha::service
