// SPDX-License-Identifier: Apache-2.0
//
// TreeOperation walks one service tree and says which agent to run next; the shell runs it and
// answers. One call at a time per tree, so a tree is never in two states at once; trees run side by
// side.
//
//     TreeOperation operation(configuration, state, resources, TreeRequest::start);
//     loop: step = operation.next(context)
//           AgentCall       -> run it, then operation.on(result, now)
//           WaitForResource -> ask again when any call on this node has ended
//           TreeFinished    -> done
//
// It starts nothing, waits for nothing and knows no service state: what a result means for the
// service is decided above (spec 4.4 to 4.6 are what it implements).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "rgmanager/core/agent_call.hpp"
#include "rgmanager/core/note.hpp"
#include "rgmanager/core/tree_order.hpp"
#include "rgmanager/core/tree_state.hpp"

namespace ha::service {

enum class TreeRequest {
    start,              ///< ends at the first failure
    stop,               ///< never ends early, calls every agent
    status,             ///< ends at the first failure that no independent subtree absorbs
    conditional_start,  ///< nodes flagged need_start, with their subtrees
    conditional_stop,   ///< nodes flagged need_stop, with their subtrees
    convalesce,         ///< starts what is disabled
    migrate,            ///< the root only
    inquire,            ///< depth-0 status of the root only, changes nothing
};

struct OperationOptions {
    std::string ocf_root = "/usr/share/cluster";
    std::optional<ResourceIndex> only;  ///< occurrences of this resource, with their subtrees
    std::string target;                 ///< of migrate: node name as in cluster.conf

    /// All must have ended by then (loss of quorum, shutdown with a limit). One call may take half
    /// of what is left, the last one all of it: a hung agent cannot use up the time of those after
    /// it. What is not called in time counts as failed.
    std::optional<TimePoint> deadline;
};

struct StepContext {
    TimePoint now;
    bool may_check_status = true;  ///< false: status_child_max is reached, old results are repeated
};

struct WaitForResource {
    std::string resource;  ///< another service is starting or stopping it

    friend bool operator==(const WaitForResource&, const WaitForResource&) = default;
};

/// Result bits of spec 4.6.
struct TreeResult {
    bool failed = false;
    bool recoverable =
        false;  ///< subtrees are flagged for inline recovery: conditional stop, then start
    bool partial = false;  ///< some of them end disabled
    int exit_code = 0;     ///< of the last agent that failed; migrate decides by it

    [[nodiscard]] bool is_good() const noexcept { return !failed && !recoverable; }
    [[nodiscard]] int bits() const noexcept
    {
        return failed ? 1 : (recoverable ? 2 : 0) + (partial ? 4 : 0);
    }
    friend bool operator==(const TreeResult&, const TreeResult&) = default;
};

struct TreeFinished {
    TreeResult result;

    friend bool operator==(const TreeFinished&, const TreeFinished&) = default;
};

using TreeStep = std::variant<AgentCall, WaitForResource, TreeFinished>;

class TreeOperation
{
public:
    /// `state` and `resources` must outlive the operation; `state` belongs to a root of
    /// `configuration`. While it runs, no other operation may use the same `state`.
    TreeOperation(std::shared_ptr<const ResourceConfiguration> configuration, TreeState& state,
                  LocalResources& resources, TreeRequest request, OperationOptions options = {});

    /// Precondition: no call is pending. After TreeFinished it stays finished.
    [[nodiscard]] TreeStep next(const StepContext& context);

    /// Result of the pending call. Precondition: there is one.
    void on(const AgentResult& result, TimePoint now);

    /// No further call: it finishes as failed after the pending one. Agents that were not called
    /// count as failed.
    void abandon();

    [[nodiscard]] bool has_pending_call() const noexcept { return pending_.has_value(); }
    [[nodiscard]] TreeRequest request() const noexcept { return request_; }

    /// What happened since the last call of this function.
    [[nodiscard]] Notes take_notes();

private:
    struct Pending {
        AgentCall call;
        bool occupies = false;  ///< its resource, in LocalResources
    };

    /// Of a node, while it is walked.
    struct Walked {
        bool failed = false;
        bool recoverable = false;
        bool partial = false;
        int recoverable_level = 0;  ///< start level of the child that reported it
        std::size_t left_at = 0;    ///< position of the visit that leaves it
    };

    using MaybeStep = std::optional<TreeStep>;

    // Engine: tree_operation.cpp
    MaybeStep visit(const Visit& visit, const StepContext& context);
    bool is_selected(TreeNodeIndex node) const;
    bool activate(const Visit& visit);
    void note_condition(TreeNodeIndex node);
    MaybeStep run(TreeNodeIndex node, const std::string& action, int depth,
                  const StepContext& context);
    std::optional<TimePoint> share_of_deadline(TimePoint now) const;
    void apply(TreeNodeIndex node, const std::string& action, int exit_code, TimePoint now);
    void skip_subtree(const Visit& visit) { at_ = visit.partner + 1; }
    void finish() { at_ = plan_.size(); }
    void note(NoteLevel level, std::string text) { notes_.push_back({level, std::move(text)}); }
    void set(TreeNodeIndex node, TreeNodeState state);
    Walked& walked(TreeNodeIndex node) { return walked_[node.value - state_.root().value]; }
    const TreeNode& node_of(TreeNodeIndex node) const { return configuration_->node(node); }

    // Start and stop: tree_start_stop.cpp
    MaybeStep visit_start(const Visit& visit, const StepContext& context);
    MaybeStep visit_stop(const Visit& visit, const StepContext& context);
    void started(TreeNodeIndex node, int exit_code, TimePoint now);
    void reconfigured(TreeNodeIndex node, int exit_code);
    void stopped(TreeNodeIndex node, int exit_code);
    void leave_stopped(TreeNodeIndex node);
    TreeNodeState state_after_stop(TreeNodeIndex node, bool failed) const;

    // Status: tree_status.cpp
    MaybeStep visit_status(const Visit& visit, const StepContext& context);
    MaybeStep check_node(const Visit& visit, const StepContext& context);
    void checked(TreeNodeIndex node, int exit_code, TimePoint now);
    void recovered(TreeNodeIndex node, int exit_code);
    void status_is_good(TreeNodeIndex node);
    void status_is_bad(TreeNodeIndex node, int exit_code);
    void leave_checked(const Visit& visit);
    void absorb(TreeNodeIndex node, TimePoint now);
    void flag_subtree(TreeNodeIndex node, bool restart);

    std::shared_ptr<const ResourceConfiguration> configuration_;
    TreeState& state_;
    LocalResources& resources_;
    TreeRequest request_;
    OperationOptions options_;
    std::vector<Visit> plan_;
    std::vector<Walked> walked_;
    std::size_t at_ = 0;
    std::optional<TreeNodeIndex> active_;  ///< the selected node whose subtree is being walked
    std::optional<int> failed_check_;      ///< exit code of a check whose agent is to recover
    std::optional<Pending> pending_;
    TreeResult result_;
    Notes notes_;
};

}  // namespace ha::service
