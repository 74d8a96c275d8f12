// SPDX-License-Identifier: Apache-2.0
//
// ServiceRunner: makes the service manager's tasks true. It keeps the resource trees of every
// document in use, what runs of each service on this node, and walks the trees with agents as
// children, one at a time per service. It decides nothing: which service is to start, stop or be
// checked comes from the core.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/io/process.hpp"
#include "rgmanager/core/events.hpp"
#include "rgmanager/core/note.hpp"
#include "rgmanager/core/resource_tree.hpp"
#include "rgmanager/core/tree_operation.hpp"
#include "rgmanager/core/tree_state.hpp"

namespace ha::io {
class Loop;
}

namespace ha::service {

class ServiceRunner
{
public:
    struct Handlers {
        std::function<void(const TaskFinished&)> on_finished;  ///< from the loop, once per task
        std::function<void(const std::string& service, const Note&)> on_note;
    };

    /// `children` outlives this.
    ServiceRunner(io::Loop& loop, io::ProcessRunner& children, std::string ocf_root,
                  Handlers handlers);
    ~ServiceRunner();
    ServiceRunner(const ServiceRunner&) = delete;
    ServiceRunner& operator=(const ServiceRunner&) = delete;

    /// Trees of a document; kept while a service runs under it, and from `active` on: this node may
    /// hold newer documents than the one all members act on (S8). 0: not known yet, all are kept.
    void add_configuration(std::uint64_t version,
                           std::shared_ptr<const ResourceConfiguration> trees, int status_child_max,
                           std::uint64_t active);

    /// Agents of a former rgmanager that cannot be ended (they hang in the kernel) may act at any
    /// time later: while one lives, every task of its service fails. What cannot be ended holds its
    /// row (DESIGN 5).
    void hold(std::vector<io::RecordedChild> unended) { unended_ = std::move(unended); }

    void start(const StartService& task);
    void stop(const StopService& task);  ///< ends a running check or update of the service first
    void check(const CheckService& task);
    void migrate(const MigrateService& task);
    void update(const UpdateService& task);
    void end_start(const EndStart& task);

    /// Every service, its task and the state of its tree, as text.
    [[nodiscard]] std::string describe() const;

private:
    struct Instance;
    struct Task;

    [[nodiscard]] std::shared_ptr<const ResourceConfiguration> trees_of(
        std::uint64_t version) const;
    Instance* instance(const std::string& service, std::uint64_t version, bool may_replace);
    void begin(const std::string& service, std::uint64_t task, std::uint64_t version,
               TreeRequest request, OperationOptions options);
    [[nodiscard]] OperationOptions options(std::string target = {},
                                           std::optional<TimePoint> deadline = {}) const;
    [[nodiscard]] bool prepare(const std::string& service, std::uint64_t task,
                               std::uint64_t version, TreeRequest request,
                               OperationOptions options);
    [[nodiscard]] bool prepare_stop(const StopService& task);
    void begin_operation(Instance& instance, TreeRequest request, OperationOptions options);
    void advance(const std::string& service);
    void run(Instance& instance, const AgentCall& call);
    void agent_ended(const std::string& service, std::uint64_t run, const AgentCall& call,
                     const io::ProcessResult& result);
    [[nodiscard]] bool operation_finished(Instance& instance, const TreeResult& result);
    [[nodiscard]] bool check_finished(Instance& instance, const TreeResult& result);
    [[nodiscard]] bool update_stopped(Instance& instance, const TreeResult& result);
    [[nodiscard]] bool finish(Instance& instance, bool succeeded, int agent_code,
                              const std::string& words);
    void finish_unknown(const std::string& service, std::uint64_t task, const std::string& words);
    void answer(TaskFinished finished);
    void end_task(Instance& instance);
    [[nodiscard]] std::string reason_to_hold(const std::string& service);
    void wake_waiting();
    void drop_unused_trees();
    void pass_notes(Instance& instance);
    [[nodiscard]] bool may_check_status() const;

    io::Loop& loop_;
    io::ProcessRunner& children_;
    std::string ocf_root_;
    Handlers handlers_;
    std::map<std::uint64_t, std::shared_ptr<const ResourceConfiguration>> trees_;
    std::map<std::string, std::unique_ptr<Instance>> instances_;
    LocalResources resources_;
    std::vector<io::RecordedChild> unended_;
    std::set<std::string> waiting_;  ///< services whose next call waits for a resource
    std::uint64_t active_ = 0;       ///< version all members act on, as last heard
    int status_child_max_ = 0;
    int checks_running_ = 0;
    std::uint64_t last_run_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ha::service
