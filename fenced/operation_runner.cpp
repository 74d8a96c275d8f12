// SPDX-License-Identifier: Apache-2.0
#include "fenced/operation_runner.hpp"

#include <map>
#include <utility>

#include "common/io/loop.hpp"
#include "common/io/process.hpp"
#include "fenced/agent_search.hpp"

namespace ha::fence {
namespace {

/// The last part of an agent's output that is kept. Source: spec fenced 3.3.
constexpr std::size_t output_bytes_max = std::size_t{16} << 10;

std::string_view purpose_word(Purpose purpose)
{
    switch (purpose) {
        case Purpose::fence:
            return "fence";
        case Purpose::unfence:
            return "unfence";
        case Purpose::status:
            return "status";
    }
    return "fence";
}

AgentFinished to_event(std::uint64_t run, const io::ProcessResult& result)
{
    AgentFinished event;
    event.run = run;
    event.output = result.output;
    event.took = result.duration;
    if (result.output_truncated) {
        // The first line kept may begin inside a secret, where masking cannot see it.
        const std::size_t line_end = event.output.find('\n');
        event.output.erase(0, line_end == std::string::npos ? event.output.size() : line_end + 1);
    }
    switch (result.outcome) {
        case io::ProcessOutcome::exited:
            event.end = AgentEnd::exited;
            event.code = result.exit_code;
            break;
        case io::ProcessOutcome::signalled:
            event.end = AgentEnd::signalled;
            event.code = result.signal;
            break;
        case io::ProcessOutcome::timed_out:
            event.end = AgentEnd::timed_out;
            break;
        case io::ProcessOutcome::ended:
        case io::ProcessOutcome::unknown:
            event.end = AgentEnd::ended;
            break;
        case io::ProcessOutcome::exec_failed:
            event.end = AgentEnd::spawn_failed;
            event.output = result.describe();
            break;
    }
    return event;
}

}  // namespace

struct OperationRunner::Impl : std::enable_shared_from_this<OperationRunner::Impl> {
    Impl(io::Loop& its_loop, io::ProcessRunner& its_children, std::string path, OperationPlan plan,
         Handlers its_handlers)
        : loop(its_loop),
          children(its_children),
          search_path(std::move(path)),
          subject(plan.node_name),
          operation(std::move(plan)),
          handlers(std::move(its_handlers))
    {}

    void handle(const std::vector<OperationAction>& actions);
    void run_agent(const RunAgent& action);
    void finish_later(std::uint64_t run, AgentEnd end, std::string output);
    void agent_finished(const AgentFinished& event);

    io::Loop& loop;
    io::ProcessRunner& children;
    std::string search_path;
    std::string subject;
    Operation operation;
    Handlers handlers;
    std::map<std::uint64_t, io::ChildId> running;
    bool is_abandoned = false;  ///< the runner is gone: handlers are void
};

void OperationRunner::Impl::handle(const std::vector<OperationAction>& actions)
{
    const auto self = shared_from_this();  // on_finished may destroy the runner
    for (const OperationAction& action : actions) {
        if (is_abandoned) {
            return;
        }
        if (const auto* run = std::get_if<RunAgent>(&action)) {
            run_agent(*run);
        } else if (const auto* end = std::get_if<EndAgent>(&action)) {
            if (const auto found = running.find(end->run); found != running.end()) {
                children.end(found->second);
            }
        } else if (const auto* reported = std::get_if<DeviceReported>(&action)) {
            if (handlers.on_device) {
                handlers.on_device(reported->record);
            }
        } else if (const auto* void_method = std::get_if<MethodNotCounted>(&action)) {
            if (handlers.on_not_counted) {
                handlers.on_not_counted(*void_method);
            }
        } else if (const auto* finished = std::get_if<OperationFinished>(&action)) {
            handlers.on_finished(finished->result);
        }
    }
}

void OperationRunner::Impl::run_agent(const RunAgent& action)
{
    if (handlers.on_agent) {
        handlers.on_agent(action);
    }
    auto path = find_agent(action.agent, search_path);
    if (!path) {
        finish_later(action.run, AgentEnd::not_found, path.error().text);
        return;
    }
    io::ProcessSpec spec;
    spec.argv = {*path};
    spec.environment = io::base_environment();
    spec.environment.emplace_back("HOME=/root");
    spec.input = action.input;
    spec.timeout = action.deadline;
    spec.output_bytes_max = output_bytes_max;
    spec.subject = subject;
    spec.action = purpose_word(action.purpose);
    auto child = children.start(std::move(spec), [self = shared_from_this(), run = action.run](
                                                     const io::ProcessResult& result) {
        self->running.erase(run);
        self->agent_finished(to_event(run, result));
    });
    if (!child) {
        finish_later(action.run, AgentEnd::spawn_failed, child.error().text);
        return;
    }
    running.emplace(action.run, *child);
}

/// For agents that never ran: the operation hears of it from the loop, as of any other.
void OperationRunner::Impl::finish_later(std::uint64_t run, AgentEnd end, std::string output)
{
    AgentFinished event;
    event.run = run;
    event.end = end;
    event.output = std::move(output);
    loop.post(
        [self = shared_from_this(), event = std::move(event)] { self->agent_finished(event); });
}

void OperationRunner::Impl::agent_finished(const AgentFinished& event)
{
    if (!is_abandoned) {
        handle(operation.on(event));
    }
}

OperationRunner::OperationRunner(io::Loop& loop, io::ProcessRunner& children,
                                 std::string search_path, OperationPlan plan, Handlers handlers)
    : impl_(std::make_shared<Impl>(loop, children, std::move(search_path), std::move(plan),
                                   std::move(handlers)))
{}

OperationRunner::~OperationRunner()
{
    impl_->is_abandoned = true;
    for (const auto& [run, child] : impl_->running) {
        impl_->children.end(child);
    }
}

void OperationRunner::start()
{
    impl_->loop.post([impl = impl_] {
        if (!impl->is_abandoned) {
            impl->handle(impl->operation.start());
        }
    });
}

void OperationRunner::end()
{
    impl_->loop.post([impl = impl_] {
        if (!impl->is_abandoned) {
            impl->handle(impl->operation.end());
        }
    });
}

std::string OperationRunner::describe() const
{
    return impl_->operation.describe();
}

}  // namespace ha::fence
