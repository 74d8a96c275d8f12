// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/tool/rg_test/walker.hpp"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "common/base/assert.hpp"
#include "rgmanager/tool/rg_test/child.hpp"

namespace ha::service {
namespace {

TimePoint boot_time()
{
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return TimePoint{std::chrono::seconds{now.tv_sec} +
                     std::chrono::microseconds{now.tv_nsec / 1000}};
}

/// Only what the conditional requests say about nodes; what agents returned shows in the result.
void print_conditions(const Notes& notes)
{
    for (const Note& note : notes) {
        if (note.level == NoteLevel::debug) {
            std::printf("%s\n", note.text.c_str());
        }
    }
}

TreeResult combine(const TreeResult& a, const TreeResult& b)
{
    TreeResult both;
    both.failed = a.failed || b.failed;
    both.recoverable = a.recoverable || b.recoverable;
    both.partial = a.partial || b.partial;
    both.exit_code = b.exit_code != 0 ? b.exit_code : a.exit_code;
    return both;
}

}  // namespace

Walker::Walker(std::shared_ptr<const ResourceConfiguration> configuration, AgentRuns runs,
               std::string ocf_root)
    : configuration_(std::move(configuration)),
      runs_(runs),
      ocf_root_(std::move(ocf_root))
{}

TreeResult Walker::walk_all(TreeRequest request, const OperationOptions& options)
{
    std::vector<TreeNodeIndex> roots = configuration_->roots;
    if (request == TreeRequest::stop) {
        std::reverse(roots.begin(), roots.end());
    }
    TreeResult all;
    for (const TreeNodeIndex root : roots) {
        TreeState state(*configuration_, root);
        all = combine(all, walk(state, request, options));
        if (all.failed && request != TreeRequest::stop) {
            break;
        }
    }
    return all;
}

TreeResult Walker::walk(TreeState& state, TreeRequest request, OperationOptions options)
{
    options.ocf_root = ocf_root_;
    TreeOperation operation(configuration_, state, resources_, request, std::move(options));
    for (;;) {
        const TreeStep step = operation.next({boot_time(), true});
        print_conditions(operation.take_notes());
        if (const auto* finished = std::get_if<TreeFinished>(&step)) {
            return finished->result;
        }
        const auto* call = std::get_if<AgentCall>(&step);
        HA_ASSERT(call !=
                  nullptr);  // nobody else runs agents here, so there is nothing to wait for
        const AgentResult result = run(*call);
        operation.on(result, boot_time());
    }
}

AgentResult Walker::run(const AgentCall& call)
{
    if (runs_ == AgentRuns::real) {
        return run_for_real(call);
    }
    ++printed_;
    std::printf("[%s] %s\n", call.action.c_str(), call.resource.c_str());
    return {0};
}

AgentResult Walker::run_for_real(const AgentCall& call)
{
    std::fflush(stdout);  // the agent writes to it too
    ChildSpec spec;
    spec.argv = call.arguments();
    spec.environment = call.environment;
    if (call.enforce_timeout && call.timeout.count() > 0) {
        spec.timeout = call.timeout;
    }
    const ChildResult result = run_child(spec);
    if (!result.error.empty()) {
        std::fprintf(stderr, "%s: %s\n", call.agent.c_str(), result.error.c_str());
    }
    if (result.timed_out) {
        std::fprintf(stderr, "%s\n", describe_timeout(call).c_str());
    }
    return {result.exit_code};
}

}  // namespace ha::service
