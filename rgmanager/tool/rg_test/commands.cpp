// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/tool/rg_test/commands.hpp"

#include <cstdio>
#include <optional>

#include "rgmanager/core/configuration_text.hpp"
#include "rgmanager/tool/rg_test/document.hpp"
#include "rgmanager/tool/rg_test/output.hpp"
#include "rgmanager/tool/rg_test/walker.hpp"

namespace ha::service {
namespace {

constexpr int failure = 255;

/// Heading and text, or nothing if there is no text.
void print_section(const std::string& heading, const std::string& text)
{
    if (!text.empty()) {
        std::printf("=== %s ===\n%s", heading.c_str(), text.c_str());
    }
}

void print_count(const RuleSet& rules)
{
    std::fflush(stdout);
    std::fprintf(stderr, "Loaded %zu resource rules\n", rules.all().size());
}

void print_messages(const Document& document)
{
    for (const std::string& message : document.messages) {
        say(message);
    }
}

void print_document(const ResourceConfiguration& configuration, const Document& document)
{
    const std::vector<ChangeFlags> of_resources(configuration.resources.all().size());
    const std::vector<ChangeFlags> of_nodes(configuration.nodes.size());
    print_section("Resources List", describe_resources(configuration, of_resources));
    print_section("Resource Tree", describe_trees(configuration, of_nodes));
    print_section("Failover Domains", describe_domains(document.domains));
    print_section("Event Triggers", describe_events(document.events));
}

/// Words of one operation; the second also says what to say when it failed, if anything.
struct OperationWords {
    TreeRequest request;
    std::string before;
    std::string good;
    std::string bad;
};

std::optional<OperationWords> words_for(const std::string& operation, const std::string& name,
                                        const std::string& node)
{
    if (operation == "start") {
        return OperationWords{TreeRequest::start, "Starting " + name + "...",
                              "Start of " + name + " complete", "Failed to start " + name};
    }
    if (operation == "stop") {
        return OperationWords{TreeRequest::stop, "Stopping " + name + "...",
                              "Stop of " + name + " complete", ""};
    }
    if (operation == "status") {
        return OperationWords{TreeRequest::status, "Checking status of " + name + "...",
                              "Status of " + name + " is good",
                              "Status check of " + name + " failed"};
    }
    if (operation == "migrate" && !node.empty()) {
        return OperationWords{TreeRequest::migrate, "Migrating " + name + " to " + node + "...",
                              "Migration of " + name + " complete", ""};
    }
    return std::nullopt;
}

/// A migration concerns the root that is the resource, everything else all its occurrences.
TreeResult carry_out(Walker& walker, const ResourceConfiguration& configuration,
                     TreeRequest request, const OperationOptions& options)
{
    if (request != TreeRequest::migrate) {
        return walker.walk_all(request, options);
    }
    for (const TreeNodeIndex root : configuration.roots) {
        if (configuration.node(root).resource == options.only) {
            TreeState state(configuration, root);
            return walker.walk(state, request, options);
        }
    }
    TreeResult not_a_root;
    not_a_root.failed = true;
    return not_a_root;
}

int run_operation(const RgTestContext& context, AgentRuns runs,
                  const std::shared_ptr<const ResourceConfiguration>& configuration)
{
    const std::vector<std::string>& words = context.arguments;  // CONF OP TYPE NAME [NODE]
    if (words.size() < 4) {
        return 0;
    }
    OperationOptions options;
    options.target = words.size() > 4 ? words[4] : "";
    const auto operation = words_for(words[1], words[3], options.target);
    if (!operation) {
        return 0;
    }
    const Rule* rule = configuration->rules.find(words[2]);
    options.only = rule != nullptr ? configuration->resources.find(*rule, words[3]) : std::nullopt;
    if (!options.only) {
        say("No resource " + words[3] + " of type " + words[2] + " found");
        return 0;
    }
    say(operation->before);
    Walker walker(configuration, runs, context.ocf_root);
    const TreeResult result = carry_out(walker, *configuration, operation->request, options);
    if (result.is_good()) {
        say(operation->good);
        return 0;
    }
    if (!operation->bad.empty()) {
        say(operation->bad);
    }
    return operation->request == TreeRequest::status ? result.bits() : failure;
}

int run_test_or_noop(const RgTestContext& context, AgentRuns runs)
{
    std::fprintf(stderr, "Running in test mode.\n");
    const auto document = read_document_or_complain(context.arguments.front());
    if (!document) {
        return 0;
    }
    RuleSet rules = load_rules(context.agent_directory);
    const bool only_show = context.arguments.size() == 1;
    if (only_show) {
        print_count(rules);
    }
    const auto configuration = build_trees(std::move(rules), *document);
    print_messages(*document);
    if (only_show) {
        print_document(*configuration, *document);
        return 0;
    }
    return run_operation(context, runs, configuration);
}

}  // namespace

int run_rules(const RgTestContext& context)
{
    std::fprintf(stderr, "Running in rules mode.\n");
    const RuleSet rules = load_rules(context.agent_directory);
    print_count(rules);
    for (const Rule& rule : rules.all()) {
        std::printf("%s", describe_rule(rule).c_str());
    }
    return 0;
}

int run_test(const RgTestContext& context)
{
    return run_test_or_noop(context, AgentRuns::real);
}

int run_noop(const RgTestContext& context)
{
    return run_test_or_noop(context, AgentRuns::printed);
}

}  // namespace ha::service
