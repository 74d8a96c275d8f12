// SPDX-License-Identifier: Apache-2.0
//
// `<rm>` from anywhere becomes trees that keep their invariants, and every walk over them ends,
// whatever the agents return: each node is called at most once, a node starts after its parent and
// stops before it.
#include "tests/support/resource_trees.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "common/base/assert.hpp"
#include "rgmanager/core/event_trigger.hpp"
#include "rgmanager/core/tree_diff.hpp"
#include "rgmanager/core/tree_operation.hpp"

namespace {

using namespace ha::service;

using Configuration = std::shared_ptr<const ResourceConfiguration>;

/// Exit codes that depend on nothing but the input.
class Fate
{
public:
    explicit Fate(std::string_view seed)
    {
        for (const char c : seed) {
            state_ = state_ * 31 + static_cast<unsigned char>(c);
        }
    }
    int exit_code()
    {
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        const auto drawn = state_ >> 59;  // 0 to 31
        return drawn < 24 ? 0 : static_cast<int>(drawn - 23);
    }

private:
    std::uint64_t state_ = 1;
};

void check_trees(const ResourceConfiguration& configuration)
{
    for (std::uint32_t i = 0; i < configuration.nodes.size(); ++i) {
        const TreeNode& node = configuration.nodes[i];
        HA_ASSERT(node.subtree_end > i && node.subtree_end <= configuration.nodes.size());
        for (const TreeNodeIndex child : node.children) {
            HA_ASSERT(configuration.node(child).parent == TreeNodeIndex{i});
            HA_ASSERT(child.value > i && child.value < node.subtree_end);
        }
    }
}

void check_order(const ResourceConfiguration& configuration, TreeRequest request,
                 const AgentCall& call, std::set<TreeNodeIndex>& called)
{
    if (call.action != "start" && call.action != "stop") {
        return;
    }
    HA_ASSERT(called.insert(call.node).second);
    const auto parent = configuration.node(call.node).parent;
    if (request == TreeRequest::start && parent) {
        HA_ASSERT(called.count(*parent) != 0 ||
                  configuration.resource(*parent).action("start", 0) == nullptr);
    }
    if (request == TreeRequest::stop) {
        HA_ASSERT(!parent || called.count(*parent) == 0);
    }
}

TreeResult walk(const Configuration& configuration, TreeState& state, LocalResources& resources,
                TreeRequest request, Fate& fate, ha::TimePoint& now)
{
    TreeOperation operation(configuration, state, resources, request);
    std::set<TreeNodeIndex> called;
    for (std::size_t steps = 0; steps <= 3 * configuration->nodes.size(); ++steps) {
        const TreeStep step = operation.next({now, true});
        if (const auto* finished = std::get_if<TreeFinished>(&step)) {
            return finished->result;
        }
        const auto* call = std::get_if<AgentCall>(&step);
        HA_ASSERT(call != nullptr);  // one walk at a time: nothing to wait for
        check_order(*configuration, request, *call, called);
        now += std::chrono::seconds{1};
        operation.on({fate.exit_code()}, now);
    }
    HA_ASSERT(false);  // a status and a recover per node at most
    return {};
}

void live(const Configuration& configuration, Fate& fate)
{
    LocalResources resources;
    ha::TimePoint now{std::chrono::hours{1}};
    for (const TreeNodeIndex root : configuration->roots) {
        TreeState state(*configuration, root);
        static_cast<void>(walk(configuration, state, resources, TreeRequest::start, fate, now));
        for (int scan = 0; scan < 4; ++scan) {
            now += std::chrono::seconds{40};
            const TreeResult result =
                walk(configuration, state, resources, TreeRequest::status, fate, now);
            HA_ASSERT(!result.partial || result.recoverable);
            if (result.recoverable) {
                for (const auto request :
                     {TreeRequest::conditional_stop, TreeRequest::conditional_start,
                      TreeRequest::convalesce}) {
                    static_cast<void>(walk(configuration, state, resources, request, fate, now));
                }
            }
        }
        const TreeResult stop = walk(configuration, state, resources, TreeRequest::stop, fate, now);
        const bool is_failed = state.at(root).state == TreeNodeState::failed;
        HA_ASSERT(stop.failed == is_failed);
        state.forget(*configuration, resources);
    }
    for (const Resource& resource : configuration->resources.all()) {
        HA_ASSERT(resources.holders(resource.name()) == 0);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const RuleSet rules = ha::test::standard_rules();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const ha::Result<ha::model::Element> rm = ha::config::parse_xml(text, "input");
    if (!rm) {
        return 0;
    }
    auto built = build_configuration(rules, *rm);
    const auto configuration =
        std::make_shared<const ResourceConfiguration>(std::move(built.first));
    check_trees(*configuration);
    Fate fate(text);
    live(configuration, fate);
    const ConfigurationDiff same = diff_configurations(*configuration, *configuration);
    for (const ChangeFlags& flags : same.old_nodes) {
        HA_ASSERT(flags.common && !flags.need_stop);
    }
    Notes notes;
    HA_ASSERT(!read_event_triggers(*rm, notes).empty());
    return 0;
}
