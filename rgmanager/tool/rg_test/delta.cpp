// SPDX-License-Identifier: Apache-2.0
//
// rg_test delta: what a change of configuration does, as the daemon would do it.
#include <cstdio>

#include "rgmanager/core/configuration_text.hpp"
#include "rgmanager/tool/rg_test/commands.hpp"
#include "rgmanager/tool/rg_test/document.hpp"
#include "rgmanager/tool/rg_test/output.hpp"
#include "rgmanager/tool/rg_test/walker.hpp"

namespace ha::service {
namespace {

constexpr int failure = 255;

/// The stop of a whole tree, the word in front of its first line.
void stop_all(const char* word, TreeState& state, Walker& walker)
{
    std::printf("%s", word);
    const int printed = walker.printed();
    walker.walk(state, TreeRequest::stop);
    std::printf("%s", walker.printed() == printed ? "\n" : "");
}

void down_phase(const ConfigurationDiff& diff,
                const std::shared_ptr<const ResourceConfiguration>& before,
                const ResourceConfiguration& after, Walker& walker)
{
    for (const TreeNodeIndex root : before->roots) {
        TreeState state(*before, root);
        if (change_of_old_root(diff, *before, after, root) == RootChange::unchanged) {
            flag_old_tree(diff, state);
            walker.walk(state, TreeRequest::conditional_stop);
        } else if (is_left_running(*before, root)) {
            say("[no-op] " + before->resource(root).name() +
                " was removed from the config, but I am not stopping it.");
        } else {
            stop_all("[kill] ", state, walker);
        }
    }
}

void up_phase(const ConfigurationDiff& diff, const ResourceConfiguration& before,
              const std::shared_ptr<const ResourceConfiguration>& after, Walker& walker)
{
    for (const TreeNodeIndex root : after->roots) {
        const RootChange change = change_of_new_root(diff, before, *after, root);
        TreeState state(*after, root);
        if (change == RootChange::unchanged) {
            flag_new_tree(diff, state);
            walker.walk(state, TreeRequest::conditional_start);
        } else if (change == RootChange::added && is_not_initialised(*after, root)) {
            say("[noop] " + after->resource(root).name() +
                " was added, but I am not initializing it");
        } else {
            stop_all("[init] ", state, walker);
        }
    }
}

}  // namespace

int run_delta(const RgTestContext& context)
{
    std::fprintf(stderr, "Running in resource tree delta test mode.\n");
    if (context.arguments.size() < 2) {
        say("Operation requires two arguments");
        say("usage: rg_test [AGENT-DIR] delta CONF1 CONF2");
        return failure;
    }
    const auto old_document = read_document_or_complain(context.arguments[0]);
    const auto new_document =
        old_document ? read_document_or_complain(context.arguments[1]) : std::nullopt;
    if (!new_document) {
        return 1;
    }
    const RuleSet rules = load_rules(context.agent_directory);
    const auto before = build_trees(rules, *old_document);
    const auto after = build_trees(rules, *new_document);
    const ConfigurationDiff diff = diff_configurations(*before, *after);
    std::printf("=== Old Resource List ===\n%s",
                describe_resources(*before, diff.old_resources).c_str());
    std::printf("=== New Resource List ===\n%s",
                describe_resources(*after, diff.new_resources).c_str());
    std::printf("=== Old Resource Tree ===\n%s", describe_trees(*before, diff.old_nodes).c_str());
    std::printf("=== New Resource Tree ===\n%s", describe_trees(*after, diff.new_nodes).c_str());
    std::printf("=== Operations (down-phase) ===\n");
    Walker down(before, AgentRuns::printed, context.ocf_root);
    down_phase(diff, before, *after, down);
    std::printf("=== Operations (up-phase) ===\n");
    Walker up(after, AgentRuns::printed, context.ocf_root);
    up_phase(diff, *before, after, up);
    return 0;
}

}  // namespace ha::service
