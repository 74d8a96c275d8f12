// SPDX-License-Identifier: Apache-2.0
//
// fence_node: one pass over a node's fence methods, by a person's order. The one tool that runs
// agents itself: it works without fenced and without quorum, and tells fenced, where there is one,
// before and after.
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <optional>

#include "common/base/roots.hpp"
#include "common/config/local_node.hpp"
#include "common/io/loop.hpp"
#include "common/io/process.hpp"
#include "common/log/log.hpp"
#include "common/protocol/cman.hpp"
#include "fenced/document.hpp"
#include "fenced/operation_runner.hpp"
#include "fenced/tool/act.hpp"
#include "fenced/tool/fence_node_options.hpp"
#include "fenced/tool/fence_node_words.hpp"
#include "fenced/tool/resolve.hpp"

namespace {

using namespace ha;
using namespace ha::fence;
using namespace ha::fence::tool;

/// How often the connection to cman is tried, a second apart. Source: spec fenced 4.1.
constexpr int cman_tries = 3;

std::optional<protocol::ActiveDocument> fetch_document(const Roots& roots)
{
    for (int i = 0; i < cman_tries; ++i) {
        if (i > 0) {
            const timespec second{1, 0};
            ::nanosleep(&second, nullptr);
        }
        auto cman = DaemonClient::connect(roots.run_file("cmand.sk"));
        if (!cman) {
            continue;
        }
        if (auto document =
                cman->ask<protocol::ActiveDocument>(protocol::Subscribe{"fence_node"})) {
            return *std::move(document);
        }
    }
    return std::nullopt;
}

/// Tells fenced that a person fences `node`, for as long as this object lives. Silent where none
/// runs.
class Announcement
{
public:
    Announcement(const Roots& roots, const OperationPlan& plan, NodeId node) : node_(node)
    {
        if (auto fenced = DaemonClient::connect(roots.run_file("fenced.sk"))) {
            protocol::ExternalBegin begin{node, plan.node_name, longest_duration(plan).count()};
            if (ask_to_act(*fenced, begin, std::chrono::seconds{5})) {
                fenced_.emplace(*std::move(fenced));
            }
        }
    }

    void finish(const OperationResult& result)
    {
        if (!fenced_) {
            return;
        }
        const bool succeeded = result.verdict == Verdict::succeeded;
        if (auto told =
                ask_to_act(*fenced_, protocol::ExternalEnd{node_, succeeded, result.reason});
            !told) {
            log::debug("fenced did not take the result", {{"reason", told.error().text}});
        }
    }

private:
    NodeId node_;
    std::optional<DaemonClient> fenced_;
};

OperationResult run_operation(const Roots& roots, const OperationPlan& plan,
                              const FenceNodeOptions& options)
{
    io::Loop loop;
    io::ProcessRunner children(loop, {.records_directory = roots.run_file("agents"),
                                      .owner = "fence_node",
                                      .exec_helper = roots.libexec_file("ha-exec")});
    OperationResult result;
    OperationRunner::Handlers handlers;
    handlers.on_device = [&](const DeviceRecord& record) {
        if (options.verbosity > 0) {
            for (const std::string& line :
                 device_lines(options.kind, options.name, record, options.verbosity > 1)) {
                std::cerr << line << '\n';
            }
        }
    };
    handlers.on_not_counted = [](const MethodNotCounted& method) {
        std::cerr << method.reason << '\n';
    };
    handlers.on_finished = [&](const OperationResult& finished) {
        result = finished;
        loop.stop();
    };
    OperationRunner runner(loop, children, roots.fence_agent_path, plan, std::move(handlers));
    runner.start();
    loop.run();
    return result;
}

/// On failure `-S` prints the `-v` lines unasked.
void explain_status(const FenceNodeOptions& options, const OperationResult& result)
{
    if (options.kind != OperationKind::status || options.verbosity > 0 ||
        result.verdict != Verdict::failed) {
        return;
    }
    for (const DeviceRecord& record : result.devices) {
        for (const std::string& line : device_lines(options.kind, options.name, record, false)) {
            std::cerr << line << '\n';
        }
    }
}

int finish(const FenceNodeOptions& options, const OperationResult& result)
{
    explain_status(options, result);
    const FenceNodeEnd end = conclude(options.kind, options.name, result);
    std::cerr << end.text << '\n';
    const bool is_silent =
        options.kind == OperationKind::status ||
        (options.kind == OperationKind::unfence && result.verdict == Verdict::undefined);
    if (!is_silent) {
        log::write(
            end.exit_code == 0 ? log::Event::fence_node_succeeded : log::Event::fence_node_failed,
            end.text, {{"reason", result.reason}});
    }
    return end.exit_code;
}

}  // namespace

int main(int argc, char** argv)
{
    const Program program(argv[0]);
    ParsedFenceNode parsed = parse_fence_node(argc, argv, program);
    if (parsed.exit_code) {
        return *parsed.exit_code;
    }
    if (::geteuid() != 0) {
        return program.fail("cannot connect to cman: permission denied, only root may fence nodes");
    }
    FenceNodeOptions& options = parsed.options;
    const Roots roots = Roots::from_environment();
    const auto document = fetch_document(roots);
    if (!document) {
        return program.fail("cannot connect to cman");
    }
    const auto model = read_document(document->document.bytes);
    if (!model) {
        return program.fail(model.error().text);
    }
    log::Settings log_settings;
    log_settings.program = "fence_node";
    (void)log::configure(log_settings);  // without a log the result still stands on stderr
    if (options.name.empty()) {
        options.name = document->local_name;
    }
    const auto node_id = config::find_node(*model, options.name, resolve);
    const model::Node* node = node_id ? model->node(*node_id) : nullptr;
    OperationPlan plan = plan_operation(options.kind, node != nullptr ? *node : model::Node{}, {});
    plan.only_method = options.only_method;

    std::optional<Announcement> announcement;
    if (options.kind == OperationKind::fence && options.tell_fenced && node != nullptr &&
        !plan.methods.empty()) {
        announcement.emplace(roots, plan, node->id);
    }
    const OperationResult result = run_operation(roots, plan, options);
    if (announcement) {
        announcement->finish(result);
    }
    return finish(options, result);
}
