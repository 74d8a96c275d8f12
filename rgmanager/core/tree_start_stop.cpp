// SPDX-License-Identifier: Apache-2.0
//
// TreeOperation: start and stop, conditional ones, and convalesce (spec 4.4, 4.6).
#include "rgmanager/core/tree_operation.hpp"

namespace ha::service {
namespace {

constexpr int program_not_installed = 5;

}  // namespace

TreeOperation::MaybeStep TreeOperation::visit_start(const Visit& visit, const StepContext& context)
{
    const bool takes_part = activate(visit);
    if (!takes_part || !visit.enter) {
        ++at_;
        return std::nullopt;
    }
    const TreeNodeStatus& status = state_.at(visit.node);
    if (request_ == TreeRequest::convalesce && status.state == TreeNodeState::disabled) {
        set(visit.node, TreeNodeState::stopped);
    }
    if (status.state == TreeNodeState::disabled) {
        if (active_ == visit.node) {
            active_.reset();
        }
        skip_subtree(visit);
        return std::nullopt;
    }
    const bool only_reconfigure =
        request_ == TreeRequest::conditional_start && active_ == visit.node && status.reconfigure;
    return run(visit.node, only_reconfigure ? "reconfig" : "start", 0, context);
}

void TreeOperation::started(TreeNodeIndex node, int exit_code, TimePoint now)
{
    TreeNodeStatus& status = state_.at(node);
    if (exit_code != 0) {
        // The next scan finds it even if no check is due then.
        status.last_status = exit_code;
        if (exit_code != program_not_installed) {
            set(node, TreeNodeState::failed);
        }
        result_.failed = true;
        finish();
        return;
    }
    set(node, TreeNodeState::started);
    status.started = now;
    status.checked.assign(status.checked.size(), now);
    status.failures.clear();
    status.last_status = 0;
    status.clear_flags();
    if (request_ != TreeRequest::conditional_start) {
        status.restarts.clear();
    }
    ++at_;
}

/// Only what is flagged below the node starts.
void TreeOperation::reconfigured(TreeNodeIndex node, int exit_code)
{
    result_.failed = result_.failed || exit_code != 0;
    state_.at(node).clear_flags();
    active_.reset();
    ++at_;
}

TreeOperation::MaybeStep TreeOperation::visit_stop(const Visit& visit, const StepContext& context)
{
    if (visit.enter) {
        static_cast<void>(activate(visit));
        ++at_;
        return std::nullopt;
    }
    if (!active_) {
        ++at_;
        return std::nullopt;
    }
    return run(visit.node, "stop", 0, context);
}

void TreeOperation::stopped(TreeNodeIndex node, int exit_code)
{
    const bool was_stopped = state_.at(node).state == TreeNodeState::stopped;
    const bool failed = exit_code != 0 && !(exit_code == program_not_installed && was_stopped);
    walked(node).failed = walked(node).failed || failed;
    set(node, state_after_stop(node, walked(node).failed));
    leave_stopped(node);
    ++at_;
}

TreeNodeState TreeOperation::state_after_stop(TreeNodeIndex node, bool failed) const
{
    const TreeNodeStatus& status = state_.at(node);
    if (request_ == TreeRequest::conditional_stop && status.quiesce) {
        return TreeNodeState::disabled;
    }
    if (failed) {
        return TreeNodeState::failed;
    }
    const bool stays_off =
        request_ == TreeRequest::conditional_stop && status.state == TreeNodeState::disabled;
    return stays_off ? TreeNodeState::disabled : TreeNodeState::stopped;
}

/// A failure makes the ancestors fail too, as far up as the request goes; a non-critical subtree
/// that is taken down for inline recovery keeps it to itself. Its agents are called again when the
/// whole service stops.
void TreeOperation::leave_stopped(TreeNodeIndex node)
{
    TreeNodeStatus& status = state_.at(node);
    const bool conditional = request_ == TreeRequest::conditional_stop;
    if (conditional) {
        status.need_stop = status.quiesce = false;
    } else {
        status.clear_flags();
    }
    const bool is_top = active_ == node;
    if (is_top) {
        active_.reset();
    }
    if (!walked(node).failed) {
        return;
    }
    if (conditional && node_of(node).independence == Independence::non_critical) {
        note(NoteLevel::warning, "Failed to stop subtree " + configuration_->resource(node).name() +
                                     " during non-critical recovery operation");
        return;
    }
    result_.failed = true;
    if (!is_top) {
        walked(*node_of(node).parent).failed = true;
    }
}

}  // namespace ha::service
