// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/service_runner.hpp"

#include <sstream>
#include <utility>

#include "common/io/clock.hpp"
#include "common/io/loop.hpp"
#include "rgmanager/core/tree_diff.hpp"

namespace ha::service {

/// What the core asked for, and how far it is.
struct ServiceRunner::Task {
    std::uint64_t number = 0;
    TreeRequest request = TreeRequest::start;
    bool is_update = false;
    bool is_inline_recovery = false;  ///< a check found independent subtrees to restart
    bool was_partial = false;
    std::uint64_t to_version = 0;  ///< update
    std::unique_ptr<TreeOperation> operation;
    std::optional<io::ChildId> child;
    std::uint64_t run = 0;  ///< of the agent that runs now; 0: none
    bool call_is_check = false;
    bool is_ended = false;                 ///< no further agent; the answer is a failure
    std::string last_words;                ///< of the agent call that failed
    std::optional<StopService> stop_next;  ///< waits for this task to be reaped
};

/// One service on this node under one document.
struct ServiceRunner::Instance {
    std::string service;
    std::uint64_t version = 0;
    std::shared_ptr<const ResourceConfiguration> trees;
    TreeState state;
    std::unique_ptr<Task> task;

    Instance(std::string name, std::uint64_t document,
             std::shared_ptr<const ResourceConfiguration> configuration, TreeNodeIndex root)
        : service(std::move(name)),
          version(document),
          trees(std::move(configuration)),
          state(*trees, root)
    {}
};

ServiceRunner::ServiceRunner(io::Loop& loop, io::ProcessRunner& children, std::string ocf_root,
                             Handlers handlers)
    : loop_(loop),
      children_(children),
      ocf_root_(std::move(ocf_root)),
      handlers_(std::move(handlers))
{}

ServiceRunner::~ServiceRunner()
{
    *alive_ = false;
}

void ServiceRunner::add_configuration(std::uint64_t version,
                                      std::shared_ptr<const ResourceConfiguration> trees,
                                      int status_child_max, std::uint64_t active)
{
    trees_[version] = std::move(trees);
    status_child_max_ = status_child_max;
    active_ = active;
    drop_unused_trees();
}

std::shared_ptr<const ResourceConfiguration> ServiceRunner::trees_of(std::uint64_t version) const
{
    const auto found = trees_.find(version);
    if (found != trees_.end()) {
        return found->second;
    }
    return trees_.empty() ? nullptr : trees_.rbegin()->second;
}

void ServiceRunner::drop_unused_trees()
{
    std::set<std::uint64_t> used;
    for (const auto& [service, instance] : instances_) {
        used.insert(instance->version);
    }
    const std::uint64_t newest = trees_.empty() ? 0 : trees_.rbegin()->first;
    std::erase_if(trees_, [&](const auto& entry) {
        return entry.first < active_ && entry.first != newest && !used.contains(entry.first);
    });
}

/// The service's state on this node. With `may_replace`, state of another document gives way;
/// without, the document it runs under stays (it is stopped with what it was started with).
ServiceRunner::Instance* ServiceRunner::instance(const std::string& service, std::uint64_t version,
                                                 bool may_replace)
{
    const auto found = instances_.find(service);
    if (found != instances_.end() &&
        (!may_replace || version == 0 || found->second->version == version)) {
        return found->second.get();
    }
    if (version == 0 && !trees_.empty()) {
        version = trees_.rbegin()->first;
    }
    const auto trees = trees_of(version);
    const auto root = trees ? trees->root(service) : std::nullopt;
    if (!root) {
        return found != instances_.end() ? found->second.get() : nullptr;
    }
    if (found != instances_.end()) {
        found->second->state.forget(*found->second->trees, resources_);
        instances_.erase(found);
    }
    auto made = std::make_unique<Instance>(service, version, trees, *root);
    return instances_.emplace(service, std::move(made)).first->second.get();
}

void ServiceRunner::start(const StartService& task)
{
    begin(task.service, task.task, task.config_version, TreeRequest::start, options());
}

void ServiceRunner::stop(const StopService& task)
{
    const auto found = instances_.find(task.service);
    if (found != instances_.end() && found->second->task) {
        found->second->task->stop_next = task;
        end_task(*found->second);
        return;
    }
    if (prepare_stop(task)) {
        advance(task.service);
    }
}

bool ServiceRunner::prepare_stop(const StopService& task)
{
    return prepare(task.service, task.task, task.config_version, TreeRequest::stop,
                   options({}, task.deadline));
}

void ServiceRunner::check(const CheckService& task)
{
    if (task.is_first) {
        // Adopted: it ran before this daemon did, so every check is due now.
        if (Instance* adopted = instance(task.service, task.config_version, true)) {
            adopted->state.assume_started(*adopted->trees, resources_);
        }
    }
    begin(task.service, task.task, task.config_version, TreeRequest::status, options());
}

void ServiceRunner::migrate(const MigrateService& task)
{
    begin(task.service, task.task, task.config_version, TreeRequest::migrate,
          options(task.target_name));
}

void ServiceRunner::update(const UpdateService& task)
{
    Instance* const current = instance(task.service, task.from_version, false);
    const auto newer = trees_.find(task.to_version);
    if (current == nullptr || newer == trees_.end() || !newer->second->root(task.service)) {
        finish_unknown(task.service, task.task,
                       "its resource tree under the new document is not known");
        return;
    }
    flag_old_tree(diff_configurations(*current->trees, *newer->second), current->state);
    current->task = std::make_unique<Task>();
    current->task->number = task.task;
    current->task->is_update = true;
    current->task->to_version = task.to_version;
    begin_operation(*current, TreeRequest::conditional_stop, options());
    advance(task.service);
}

void ServiceRunner::end_start(const EndStart& task)
{
    const auto found = instances_.find(task.service);
    if (found != instances_.end() && found->second->task &&
        found->second->task->number == task.task) {
        end_task(*found->second);
    }
}

void ServiceRunner::begin(const std::string& service, std::uint64_t task, std::uint64_t version,
                          TreeRequest request, OperationOptions options)
{
    if (prepare(service, task, version, request, std::move(options))) {
        advance(service);
    }
}

OperationOptions ServiceRunner::options(std::string target, std::optional<TimePoint> deadline) const
{
    OperationOptions options;
    options.ocf_root = ocf_root_;
    options.target = std::move(target);
    options.deadline = deadline;
    return options;
}

/// Sets the task up for advance(). False: it is answered already.
bool ServiceRunner::prepare(const std::string& service, std::uint64_t task, std::uint64_t version,
                            TreeRequest request, OperationOptions options)
{
    if (std::string reason = reason_to_hold(service); !reason.empty()) {
        finish_unknown(service, task, reason);
        return false;
    }
    const bool begins_anew = request == TreeRequest::start || !instances_.contains(service);
    Instance* const current = instance(service, version, begins_anew);
    if (current == nullptr) {
        finish_unknown(service, task, "the service is in no document this node holds");
        return false;
    }
    HA_ASSERT(!current->task);
    current->task = std::make_unique<Task>();
    current->task->number = task;
    begin_operation(*current, request, std::move(options));
    return true;
}

void ServiceRunner::begin_operation(Instance& instance, TreeRequest request,
                                    OperationOptions options)
{
    instance.task->request = request;
    instance.task->operation = std::make_unique<TreeOperation>(
        instance.trees, instance.state, resources_, request, std::move(options));
}

/// Takes steps until an agent runs, a resource is waited for, or the task is over.
void ServiceRunner::advance(const std::string& service)
{
    bool goes_on = true;
    while (goes_on) {
        Instance& current = *instances_.at(service);
        waiting_.erase(service);
        const TreeStep step = current.task->operation->next({io::now(), may_check_status()});
        pass_notes(current);
        goes_on = false;
        if (const auto* call = std::get_if<AgentCall>(&step)) {
            run(current, *call);
        } else if (std::holds_alternative<WaitForResource>(step)) {
            waiting_.insert(service);
        } else {
            goes_on = operation_finished(current, std::get<TreeFinished>(step).result);
        }
    }
}

bool ServiceRunner::may_check_status() const
{
    return status_child_max_ == 0 || checks_running_ < status_child_max_;
}

void ServiceRunner::run(Instance& instance, const AgentCall& call)
{
    Task& task = *instance.task;
    const TimePoint now = io::now();
    io::ProcessSpec spec;
    spec.argv = call.arguments();
    spec.environment = call.environment;
    spec.keep_group_after_exit = true;
    spec.stdio = io::ProcessOutput::discard;
    spec.subject = instance.service;
    spec.action = call.action;
    if (const auto ends_at = call.ends_at(now)) {
        spec.timeout = *ends_at > now ? *ends_at - now : Duration::zero();
    }
    task.run = ++last_run_;
    task.call_is_check = call.action == "status" || call.action == "monitor";
    checks_running_ += task.call_is_check ? 1 : 0;
    const auto ended = [this, alive = alive_, service = instance.service, run = task.run,
                        call](const io::ProcessResult& result) {
        if (*alive) {
            agent_ended(service, run, call, result);
        }
    };
    if (auto child = children_.start(std::move(spec), ended)) {
        task.child = *child;
        return;
    }
    io::ProcessResult nothing_ran;
    nothing_ran.outcome = io::ProcessOutcome::exec_failed;
    loop_.post([ended, nothing_ran] { ended(nothing_ran); });
}

void ServiceRunner::agent_ended(const std::string& service, std::uint64_t run,
                                const AgentCall& call, const io::ProcessResult& result)
{
    const auto found = instances_.find(service);
    if (found == instances_.end() || !found->second->task || found->second->task->run != run) {
        return;
    }
    Instance& current = *found->second;
    Task& task = *current.task;
    checks_running_ -= task.call_is_check ? 1 : 0;
    task.run = 0;
    task.child.reset();
    const bool exited = result.outcome == io::ProcessOutcome::exited;
    if (result.outcome == io::ProcessOutcome::timed_out) {
        handlers_.on_note(service, {NoteLevel::error, describe_timeout(call)});
    } else if (result.outcome == io::ProcessOutcome::exec_failed) {
        handlers_.on_note(service,
                          {NoteLevel::error, "agent " + call.agent + ": " + result.describe()});
    }
    if (!result.succeeded()) {
        task.last_words = call.action + " on " + call.resource + ": " + result.describe();
    }
    task.operation->on(exited ? AgentResult{result.exit_code} : AgentResult::killed(), io::now());
    if (task.is_ended) {
        task.operation->abandon();
    }
    advance(service);
    wake_waiting();
}

/// A call of one service ended: others may have waited for its resource.
void ServiceRunner::wake_waiting()
{
    const std::set<std::string> waiting = waiting_;
    for (const std::string& service : waiting) {
        const auto found = instances_.find(service);
        if (found != instances_.end() && found->second->task &&
            !found->second->task->operation->has_pending_call()) {
            advance(service);
        }
    }
}

/// True while the service has another operation to walk: a further part of its task, or the stop
/// that waited for it.
bool ServiceRunner::operation_finished(Instance& instance, const TreeResult& result)
{
    Task& task = *instance.task;
    if (task.is_ended) {
        return finish(instance, false, 0, "ended");
    }
    if (task.is_update && task.request == TreeRequest::conditional_stop) {
        return update_stopped(instance, result);
    }
    if (task.request == TreeRequest::status || task.is_inline_recovery) {
        return check_finished(instance, result);
    }
    return finish(instance, result.is_good(), result.exit_code,
                  result.is_good() ? "" : task.last_words);
}

/// Independent subtrees that failed are restarted in place (spec 4.6); else the check's result is
/// the answer.
bool ServiceRunner::check_finished(Instance& instance, const TreeResult& result)
{
    Task& task = *instance.task;
    const std::string& service = instance.service;
    if (task.request == TreeRequest::status && !result.failed && result.recoverable) {
        handlers_.on_note(service, {NoteLevel::notice, "Some independent resources in " + service +
                                                           " failed; Attempting inline recovery"});
        task.is_inline_recovery = true;
        task.was_partial = result.partial;
        begin_operation(instance, TreeRequest::conditional_stop, options());
        return true;
    }
    if (task.request == TreeRequest::conditional_stop) {
        if (result.failed) {
            handlers_.on_note(service,
                              {NoteLevel::error, "Inline recovery of " + service + " failed"});
            return finish(instance, false, result.exit_code, task.last_words);
        }
        begin_operation(instance, TreeRequest::conditional_start, options());
        return true;
    }
    if (task.request == TreeRequest::conditional_start) {
        handlers_.on_note(service,
                          {NoteLevel::notice, "Inline recovery of " + service + " complete"});
        return finish(instance, true, 0, "");
    }
    return finish(instance, result.is_good(), result.exit_code,
                  result.is_good() ? "" : task.last_words);
}

/// What was removed or changed is down; now the new tree takes over the state of what stayed.
bool ServiceRunner::update_stopped(Instance& instance, const TreeResult& result)
{
    Task& task = *instance.task;
    if (result.failed) {
        // The old tree stays: only it knows what was not stopped, and stops it again (S9).
        handlers_.on_note(instance.service, {NoteLevel::error, "Stopping changed resources of " +
                                                                   instance.service + " failed"});
        return finish(instance, false, result.exit_code, task.last_words);
    }
    const auto newer = trees_.at(task.to_version);
    const TreeNodeIndex root = *newer->root(instance.service);
    const ConfigurationDiff diff = diff_configurations(*instance.trees, *newer);
    TreeState carried = carry_over(diff, *instance.trees, instance.state, *newer, root, resources_);
    task.operation.reset();  // it refers to the state that goes
    instance.state = std::move(carried);
    instance.trees = newer;
    instance.version = task.to_version;
    begin_operation(instance, TreeRequest::conditional_start, options());
    return true;
}

/// True if the stop that waited for this task is prepared.
bool ServiceRunner::finish(Instance& instance, bool succeeded, int agent_code,
                           const std::string& words)
{
    TaskFinished finished{instance.service, instance.task->number,
                          succeeded,        instance.task->was_partial,
                          agent_code,       words};
    const std::optional<StopService> stop_next = instance.task->stop_next;
    const bool was_stop = instance.task->request == TreeRequest::stop;
    const std::string service = instance.service;
    instance.task.reset();
    if (was_stop && succeeded) {
        instance.state.forget(*instance.trees, resources_);
        instances_.erase(service);
        drop_unused_trees();
    }
    answer(std::move(finished));
    return stop_next && prepare_stop(*stop_next);
}

std::string ServiceRunner::reason_to_hold(const std::string& service)
{
    std::erase_if(unended_, [](const io::RecordedChild& child) { return !is_group_alive(child); });
    for (const io::RecordedChild& child : unended_) {
        if (child.subject == service) {
            return "process group " + std::to_string(child.group) + " (" + child.action +
                   ") of a former rgmanager still lives and cannot be ended";
        }
    }
    return {};
}

void ServiceRunner::finish_unknown(const std::string& service, std::uint64_t task,
                                   const std::string& words)
{
    TaskFinished finished;
    finished.service = service;
    finished.task = task;
    finished.words = words;
    answer(std::move(finished));
}

void ServiceRunner::answer(TaskFinished finished)
{
    loop_.post([this, alive = alive_, finished = std::move(finished)] {
        if (*alive) {
            handlers_.on_finished(finished);
        }
    });
}

/// The running agent and its whole group are killed; the answer follows when they are reaped.
void ServiceRunner::end_task(Instance& instance)
{
    Task& task = *instance.task;
    task.is_ended = true;
    if (task.child) {
        children_.end(*task.child);
        return;
    }
    if (task.run == 0) {
        task.operation->abandon();
        advance(instance.service);
    }
}

void ServiceRunner::pass_notes(Instance& instance)
{
    for (const Note& note : instance.task->operation->take_notes()) {
        handlers_.on_note(instance.service, note);
    }
}

std::string ServiceRunner::describe() const
{
    static constexpr const char* requests[] = {
        "start",      "stop",    "status", "conditional start", "conditional stop",
        "convalesce", "migrate", "inquire"};
    std::ostringstream out;
    for (const auto& [service, instance] : instances_) {
        out << service << " under document " << instance->version << ": ";
        if (instance->task) {
            out << requests[static_cast<std::size_t>(instance->task->request)]
                << (instance->task->run != 0 ? ", an agent runs" : ", waits") << '\n';
        } else {
            out << "idle\n";
        }
        for (std::uint32_t index = instance->state.root().value;
             index < instance->trees->node(instance->state.root()).subtree_end; ++index) {
            out << "  " << instance->trees->resource(TreeNodeIndex{index}).name() << " (S"
                << static_cast<int>(instance->state.at(TreeNodeIndex{index}).state) << ")\n";
        }
    }
    return out.str();
}

}  // namespace ha::service
