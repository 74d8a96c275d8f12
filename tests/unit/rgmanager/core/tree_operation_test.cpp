// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/tree_operation.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/resource_trees.hpp"

namespace ha::service {
namespace {

using namespace std::chrono_literals;
using test::build;
using testing::ElementsAre;
using testing::IsEmpty;

/// Runs operations on one service against agents whose exit codes are set per `action type:key`.
class Tree
{
public:
    explicit Tree(const std::string& rm, const std::string& root = "a",
                  RuleSet rules = test::standard_rules())
        : configuration(build(rm, std::move(rules)).configuration),
          state(*configuration, *configuration->root(root))
    {}

    TreeResult run(TreeRequest request, OperationOptions options = {})
    {
        calls.clear();
        TreeOperation operation(configuration, state, resources, request, std::move(options));
        for (;;) {
            const TreeStep step = operation.next({now, may_check_status});
            if (const auto* call = std::get_if<AgentCall>(&step)) {
                last = *call;
                const std::string name = call->action + " " + call->resource;
                calls.push_back(call->action == "status" ? name + " " + std::to_string(call->depth)
                                                         : name);
                now += takes;
                operation.on({exit_codes.count(name) != 0 ? exit_codes[name] : 0}, now);
                continue;
            }
            for (const Note& note : operation.take_notes()) {
                if (note.level != NoteLevel::debug) {
                    notes.push_back(note.text);
                }
            }
            HA_ASSERT(std::holds_alternative<TreeFinished>(step));
            return std::get<TreeFinished>(step).result;
        }
    }

    TreeNodeStatus& at(std::uint32_t node) { return state.at(TreeNodeIndex{node}); }

    std::shared_ptr<const ResourceConfiguration> configuration;
    TreeState state;
    LocalResources resources;
    std::map<std::string, int> exit_codes;
    std::vector<std::string> calls;
    std::vector<std::string> notes;
    AgentCall last;
    TimePoint now{1000s};
    Duration takes{0};
    bool may_check_status = true;
};

/// The example of the specification, written in any order.
const char* const example =
    "<service name='a'><plain name='a1'/><script name='s' file='/s'/><ip address='1'/>"
    "<fs name='f' mountpoint='/f' device='/d'><nfsexport name='e'><nfsclient name='c1' target='*'/>"
    "<nfsclient name='c2' target='*'/></nfsexport></fs><plain name='a2'/></service>";

TEST(TreeOrder, starts_by_level_and_untyped_children_last)
{
    Tree tree(example);
    EXPECT_TRUE(tree.run(TreeRequest::start).is_good());
    EXPECT_THAT(tree.calls, ElementsAre("start service:a", "start fs:f", "start nfsexport:e",
                                        "start nfsclient:c1", "start nfsclient:c2", "start ip:1",
                                        "start script:s", "start plain:a1", "start plain:a2"));
}

TEST(TreeOrder, stops_untyped_children_first_and_by_stop_level_then)
{
    Tree tree(example);
    EXPECT_TRUE(tree.run(TreeRequest::stop).is_good());
    EXPECT_THAT(tree.calls, ElementsAre("stop plain:a2", "stop plain:a1", "stop script:s",
                                        "stop ip:1", "stop nfsclient:c2", "stop nfsclient:c1",
                                        "stop nfsexport:e", "stop fs:f", "stop service:a"));
}

TEST(TreeOrder, starts_a_nested_file_system_before_the_export_beside_it)
{
    Tree tree(
        "<service name='a'><fs name='f' mountpoint='/f' device='/d'><nfsexport name='e'/>"
        "<fs name='g' mountpoint='/g' device='/e'/></fs></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    EXPECT_THAT(tree.calls,
                ElementsAre("start service:a", "start fs:f", "start fs:g", "start nfsexport:e"));
}

TEST(TreeOrder, treats_a_type_with_only_a_start_level_as_without_level_when_stopping)
{
    RuleSet rules;
    ASSERT_TRUE(rules.add(test::rule(
        "top", "<parameters>" + test::name_parameter + "</parameters>" + test::polled_actions +
                   "<special tag='rgmanager'><child type='half' start='1'/>"
                   "<child type='full' start='2' stop='2'/></special>")));
    for (const std::string type : {"half", "full"}) {
        ASSERT_TRUE(rules.add(test::rule(
            type, "<parameters>" + test::name_parameter + "</parameters>" + test::polled_actions)));
    }
    Tree tree("<top name='t'><full name='f'/><half name='h'/></top>", "top:t", rules);
    static_cast<void>(tree.run(TreeRequest::start));
    EXPECT_THAT(tree.calls, ElementsAre("start top:t", "start half:h", "start full:f"));
    static_cast<void>(tree.run(TreeRequest::stop));
    EXPECT_THAT(tree.calls, ElementsAre("stop half:h", "stop full:f", "stop top:t"));
}

TEST(Start, ends_at_the_first_failure)
{
    Tree tree("<service name='a'><plain name='1'/><plain name='2'/><plain name='3'/></service>");
    tree.exit_codes["start plain:2"] = 1;
    EXPECT_EQ(tree.run(TreeRequest::start), (TreeResult{true, false, false, 1}));
    EXPECT_THAT(tree.calls, ElementsAre("start service:a", "start plain:1", "start plain:2"));
    EXPECT_EQ(tree.at(1).state, TreeNodeState::started);
    EXPECT_EQ(tree.at(2).state, TreeNodeState::failed);
    EXPECT_EQ(tree.at(3).state, TreeNodeState::stopped);
    EXPECT_THAT(tree.notes, ElementsAre("start on plain \"2\" returned 1 (generic error)"));
}

TEST(Start, returning_5_does_not_make_a_node_failed_so_its_stop_may_return_5)
{
    Tree tree("<service name='a'><plain name='1'/></service>");
    tree.exit_codes["start plain:1"] = tree.exit_codes["stop plain:1"] = 5;
    EXPECT_TRUE(tree.run(TreeRequest::start).failed);
    EXPECT_EQ(tree.at(1).state, TreeNodeState::stopped);
    EXPECT_TRUE(tree.run(TreeRequest::stop).is_good());
}

TEST(Stop, never_ends_early_and_fails_the_ancestors_of_a_failed_node_only)
{
    Tree tree(
        "<service name='a'><plain name='1'><plain name='2'/></plain><plain name='3'/></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    tree.exit_codes["stop plain:2"] = 1;
    EXPECT_TRUE(tree.run(TreeRequest::stop).failed);
    EXPECT_THAT(tree.calls,
                ElementsAre("stop plain:3", "stop plain:2", "stop plain:1", "stop service:a"));
    EXPECT_EQ(tree.at(0).state, TreeNodeState::failed);
    EXPECT_EQ(tree.at(1).state, TreeNodeState::failed);
    EXPECT_EQ(tree.at(2).state, TreeNodeState::failed);
    EXPECT_EQ(tree.at(3).state, TreeNodeState::stopped);
}

TEST(Stop, returning_5_fails_a_node_that_was_started)
{
    Tree tree("<service name='a'/>");
    static_cast<void>(tree.run(TreeRequest::start));
    tree.exit_codes["stop service:a"] = 5;
    EXPECT_TRUE(tree.run(TreeRequest::stop).failed);
}

TEST(Stop, under_a_deadline_leaves_time_for_those_after_a_hung_agent)
{
    Tree tree("<service name='a'><plain name='1'/><plain name='2'/></service>");
    OperationOptions options;
    options.deadline = tree.now + 60s;
    TreeOperation operation(tree.configuration, tree.state, tree.resources, TreeRequest::stop,
                            options);
    std::vector<Duration> shares;
    for (;;) {
        const TreeStep step = operation.next({tree.now, true});
        const auto* call = std::get_if<AgentCall>(&step);
        if (call == nullptr) {
            break;
        }
        shares.push_back(*call->ends_at(tree.now) - tree.now);
        tree.now = *call->ends_at(tree.now);  // hangs until it is killed
        operation.on(AgentResult::killed(), tree.now);
    }
    EXPECT_THAT(shares, ElementsAre(30s, 15s, 15s));
    EXPECT_EQ(tree.now, *options.deadline);
}

TEST(Stop, counts_what_is_not_called_in_time_as_failed)
{
    Tree tree("<service name='a'/>");
    OperationOptions options;
    options.deadline = tree.now;
    EXPECT_TRUE(tree.run(TreeRequest::stop, options).failed);
    EXPECT_THAT(tree.calls, IsEmpty());
    EXPECT_THAT(tree.notes, ElementsAre("stop on service:a not called: out of time"));
}

TEST(AgentCall, has_exactly_the_documented_environment)
{
    Tree tree(
        "<service name='a'><script name='s' file='/s'><action name='start' "
        "timeout='1m'/></script></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    EXPECT_THAT(
        tree.last.environment,
        testing::UnorderedElementsAre(
            "OCF_RESKEY_name=s", "OCF_RESKEY_file=/s", "OCF_RESKEY_service_name=a",
            "OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=0", "OCF_ROOT=/usr/share/cluster",
            "OCF_RESOURCE_INSTANCE=script:s", "OCF_RESOURCE_TYPE=script", "OCF_CHECK_LEVEL=0",
            "OCF_RESKEY_RGMANAGER_meta_refcnt=0", "OCF_RESKEY_RGMANAGER_meta_timeout=60"));
    EXPECT_THAT(tree.last.arguments(), ElementsAre("/agents/script.sh", "start"));
    EXPECT_EQ(tree.last.ends_at(tree.now), std::nullopt);
}

TEST(AgentCall, with_an_enforced_timeout_is_ended_by_us_and_not_told_of_it)
{
    Tree tree("<service name='a'><script name='s' file='/s' __enforce_timeouts='1'/></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    EXPECT_THAT(tree.last.environment, testing::Contains("OCF_RESKEY_RGMANAGER_meta_timeout=0"));
    EXPECT_EQ(tree.last.ends_at(tree.now), tree.now + 20s);
    EXPECT_EQ(describe_timeout(tree.last), "start on script:s timed out after 20 seconds");
}

TEST(AgentCall, tells_how_many_other_occurrences_run_on_this_node)
{
    const auto configuration =
        build(
            "<resources><plain name='p'/></resources><service name='a'><plain ref='p'/></service>"
            "<service name='b'><plain ref='p'/></service>")
            .configuration;
    LocalResources resources;
    TreeState a(*configuration, *configuration->root("a"));
    TreeState b(*configuration, *configuration->root("b"));
    std::vector<std::string> seen;
    const auto run = [&](TreeState& state, TreeRequest request) {
        TreeOperation operation(configuration, state, resources, request);
        for (;;) {
            const TreeStep step = operation.next({});
            const auto* call = std::get_if<AgentCall>(&step);
            if (call == nullptr) {
                return;
            }
            if (call->resource == "plain:p") {
                for (const std::string& variable : call->environment) {
                    if (variable.find("refcnt") != std::string::npos) {
                        seen.push_back(variable.substr(variable.find('=') + 1));
                    }
                }
            }
            operation.on({0}, {});
        }
    };
    run(a, TreeRequest::start);
    run(b, TreeRequest::start);
    run(a, TreeRequest::stop);
    run(b, TreeRequest::stop);
    EXPECT_THAT(seen, ElementsAre("0", "1", "1", "0"));
}

TEST(AgentCall, of_one_resource_waits_for_the_call_of_another_service)
{
    const auto configuration =
        build(
            "<resources><plain name='p'/></resources><service name='a'><plain ref='p'/></service>"
            "<service name='b'><plain ref='p'/></service>")
            .configuration;
    LocalResources resources;
    TreeState a(*configuration, *configuration->root("a"));
    TreeState b(*configuration, *configuration->root("b"));
    TreeOperation first(configuration, a, resources, TreeRequest::stop);
    TreeOperation second(configuration, b, resources, TreeRequest::stop);
    EXPECT_TRUE(std::holds_alternative<AgentCall>(first.next({})));
    EXPECT_EQ(second.next({}), TreeStep(WaitForResource{"plain:p"}));
    first.on({0}, {});
    EXPECT_TRUE(std::holds_alternative<AgentCall>(second.next({})));
}

TEST(Status, runs_the_deepest_due_check_and_the_shallower_one_at_the_next_scan)
{
    Tree tree("<service name='a'><plain name='p'/></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    EXPECT_TRUE(tree.run(TreeRequest::status).is_good());
    EXPECT_THAT(tree.calls, IsEmpty());
    tree.now += 30s;
    static_cast<void>(tree.run(TreeRequest::status));
    EXPECT_THAT(tree.calls, ElementsAre("status plain:p 0"));
    tree.now += 30s;
    static_cast<void>(tree.run(TreeRequest::status));
    EXPECT_THAT(tree.calls, ElementsAre("status plain:p 10"));
    static_cast<void>(tree.run(TreeRequest::status));
    EXPECT_THAT(tree.calls, ElementsAre("status plain:p 0"));
    static_cast<void>(tree.run(TreeRequest::status));
    EXPECT_THAT(tree.calls, IsEmpty());
}

TEST(Status, repeats_the_last_result_while_no_check_is_due_or_none_may_run)
{
    Tree tree("<service name='a'><plain name='p'/></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    tree.exit_codes["status plain:p"] = 7;
    tree.now += 60s;
    tree.may_check_status = false;
    EXPECT_TRUE(tree.run(TreeRequest::status).is_good());
    tree.may_check_status = true;
    EXPECT_TRUE(tree.run(TreeRequest::status).failed);
    EXPECT_THAT(tree.notes, ElementsAre("status on plain \"p\" returned 7 (unspecified)"));
    tree.may_check_status = false;
    EXPECT_TRUE(tree.run(TreeRequest::status).failed);
    EXPECT_THAT(tree.calls, IsEmpty());
}

TEST(Status, ends_at_the_first_failure)
{
    Tree tree("<service name='a'><plain name='1'/><plain name='2'/></service>");
    tree.exit_codes["status plain:1"] = 1;
    EXPECT_EQ(tree.run(TreeRequest::status).bits(), 1);
    EXPECT_THAT(tree.calls, ElementsAre("status plain:1 10"));
}

TEST(Status, forgives_failures_up_to_the_threshold)
{
    Tree tree(
        "<service name='a'><plain name='p' __max_failures='2' "
        "__failure_expire_time='10m'/></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    tree.exit_codes["status plain:p"] = 1;
    const auto scan = [&] {
        tree.now += 60s;
        return tree.run(TreeRequest::status).failed;
    };
    EXPECT_FALSE(scan());
    EXPECT_FALSE(scan());
    tree.now += 10min;
    EXPECT_FALSE(scan());  // the first two have expired
    EXPECT_FALSE(scan());
    EXPECT_TRUE(scan());
}

TEST(Status, is_good_after_a_good_recover_also_at_the_next_scan_without_a_check)
{
    Tree tree("<service name='a'><nfsclient name='c' target='*'/></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    tree.exit_codes["status nfsclient:c"] = 1;
    tree.now += 30s;
    EXPECT_TRUE(tree.run(TreeRequest::status).is_good());
    EXPECT_THAT(tree.calls, ElementsAre("status nfsclient:c 0", "recover nfsclient:c"));
    EXPECT_TRUE(tree.run(TreeRequest::status).is_good());
    EXPECT_THAT(tree.calls, IsEmpty());
    tree.exit_codes["recover nfsclient:c"] = 1;
    tree.now += 30s;
    EXPECT_TRUE(tree.run(TreeRequest::status).failed);
}

TEST(IndependentSubtree, recovers_in_line_and_only_itself)
{
    Tree tree(
        "<service name='a'><plain name='1' __independent_subtree='1'><plain name='2'/></plain>"
        "<plain name='3'/></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    tree.exit_codes["status plain:2"] = 1;
    tree.now += 30s;
    EXPECT_EQ(tree.run(TreeRequest::status).bits(), 2);
    EXPECT_THAT(tree.calls,
                ElementsAre("status plain:1 0", "status plain:2 0", "status plain:3 0"));
    EXPECT_TRUE(tree.run(TreeRequest::conditional_stop).is_good());
    EXPECT_THAT(tree.calls, ElementsAre("stop plain:2", "stop plain:1"));
    EXPECT_TRUE(tree.run(TreeRequest::conditional_start).is_good());
    EXPECT_THAT(tree.calls, ElementsAre("start plain:1", "start plain:2"));
    EXPECT_TRUE(tree.run(TreeRequest::status).is_good());
    static_cast<void>(tree.run(TreeRequest::conditional_start));
    EXPECT_THAT(tree.calls, IsEmpty());
}

TEST(IndependentSubtree, is_taken_at_the_lowest_level)
{
    Tree tree(
        "<service name='a'><plain name='1' __independent_subtree='1'>"
        "<plain name='2' __independent_subtree='1'/></plain></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    tree.exit_codes["status plain:2"] = 1;
    tree.now += 30s;
    EXPECT_EQ(tree.run(TreeRequest::status).bits(), 2);
    static_cast<void>(tree.run(TreeRequest::conditional_stop));
    EXPECT_THAT(tree.calls, ElementsAre("stop plain:2"));
}

TEST(IndependentSubtree, leaves_out_the_remaining_levels_but_not_children_without_level)
{
    Tree tree(
        "<service name='a'><fs name='f' mountpoint='/f' device='/d' __independent_subtree='1'/>"
        "<ip address='1'/><plain name='p'/></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    tree.exit_codes["status fs:f"] = 1;
    tree.now += 30s;
    EXPECT_EQ(tree.run(TreeRequest::status).bits(), 2);
    EXPECT_THAT(tree.calls, ElementsAre("status fs:f 0", "status plain:p 0"));
}

TEST(IndependentSubtree, fails_the_service_when_its_restarts_are_used_up)
{
    Tree tree(
        "<service name='a'><plain name='p' __independent_subtree='1' __max_restarts='2'"
        " __restart_expire_time='1h'/></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    tree.exit_codes["status plain:p"] = 1;
    std::vector<int> bits;
    for (int i = 0; i < 4; ++i) {
        tree.now += 60s;
        bits.push_back(tree.run(TreeRequest::status).bits());
        static_cast<void>(tree.run(TreeRequest::conditional_stop));
        static_cast<void>(tree.run(TreeRequest::conditional_start));
    }
    EXPECT_THAT(bits, ElementsAre(2, 2, 1, 2));
}

TEST(IndependentSubtree, tries_again_at_the_next_scan_after_a_failed_start)
{
    Tree tree("<service name='a'><plain name='p' __independent_subtree='1'/></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    tree.exit_codes["status plain:p"] = tree.exit_codes["start plain:p"] = 1;
    tree.now += 60s;
    static_cast<void>(tree.run(TreeRequest::status));
    static_cast<void>(tree.run(TreeRequest::conditional_stop));
    EXPECT_TRUE(tree.run(TreeRequest::conditional_start).failed);
    EXPECT_EQ(tree.at(1).state, TreeNodeState::failed);
    tree.may_check_status = false;
    EXPECT_EQ(tree.run(TreeRequest::status).bits(), 2);
}

TEST(NonCriticalSubtree, is_switched_off_and_convalesces)
{
    Tree tree(
        "<service name='a'><plain name='1' __independent_subtree='2'><plain "
        "name='2'/></plain></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    tree.exit_codes["status plain:1"] = 1;
    tree.exit_codes["stop plain:1"] = 2;
    tree.now += 60s;
    EXPECT_EQ(tree.run(TreeRequest::status).bits(), 6);
    tree.notes.clear();
    EXPECT_TRUE(tree.run(TreeRequest::conditional_stop).is_good());
    EXPECT_THAT(
        tree.notes,
        ElementsAre("stop on plain \"1\" returned 2 (invalid argument(s))",
                    "Failed to stop subtree plain:1 during non-critical recovery operation"));
    EXPECT_EQ(tree.at(1).state, TreeNodeState::disabled);
    EXPECT_EQ(tree.at(2).state, TreeNodeState::disabled);
    static_cast<void>(tree.run(TreeRequest::conditional_start));
    EXPECT_THAT(tree.calls, IsEmpty());
    tree.now += 60s;
    EXPECT_TRUE(tree.run(TreeRequest::status).is_good());
    EXPECT_THAT(tree.calls, IsEmpty());
    EXPECT_TRUE(tree.run(TreeRequest::convalesce).is_good());
    EXPECT_THAT(tree.calls, ElementsAre("start plain:1", "start plain:2"));
    EXPECT_EQ(tree.at(2).state, TreeNodeState::started);
}

TEST(NonCriticalSubtree, that_did_not_stop_fails_the_stop_of_the_whole_service)
{
    Tree tree("<service name='a'><plain name='1' __independent_subtree='2'/></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    tree.exit_codes["status plain:1"] = tree.exit_codes["stop plain:1"] = 1;
    tree.now += 60s;
    static_cast<void>(tree.run(TreeRequest::status));
    EXPECT_TRUE(tree.run(TreeRequest::conditional_stop).is_good());
    EXPECT_TRUE(tree.run(TreeRequest::stop).failed);
}

TEST(NonCriticalSubtree, with_restarts_left_is_restarted_first)
{
    Tree tree(
        "<service name='a'><plain name='1' __independent_subtree='2' __max_restarts='1'"
        " __restart_expire_time='1h'/></service>");
    static_cast<void>(tree.run(TreeRequest::start));
    tree.exit_codes["status plain:1"] = 1;
    tree.now += 60s;
    EXPECT_EQ(tree.run(TreeRequest::status).bits(), 2);
    static_cast<void>(tree.run(TreeRequest::conditional_stop));
    static_cast<void>(tree.run(TreeRequest::conditional_start));
    EXPECT_THAT(tree.calls, ElementsAre("start plain:1"));
    tree.now += 60s;
    EXPECT_EQ(tree.run(TreeRequest::status).bits(), 6);
}

TEST(Inquiry, checks_the_root_at_depth_zero_and_changes_nothing)
{
    Tree tree("<vm name='v'/>", "vm:v");
    const TreeState before = tree.state;
    EXPECT_TRUE(tree.run(TreeRequest::inquire).is_good());
    EXPECT_THAT(tree.calls, ElementsAre("status vm:v 0"));
    EXPECT_EQ(tree.state, before);
    tree.exit_codes["status vm:v"] = 1;
    EXPECT_TRUE(tree.run(TreeRequest::inquire).failed);
}

TEST(Inquiry, of_a_root_without_status_finds_nothing)
{
    Tree tree("<service name='a'/>");
    EXPECT_TRUE(tree.run(TreeRequest::inquire).failed);
}

TEST(Migrate, passes_the_target_and_reports_the_exit_code)
{
    Tree tree("<vm name='v'/>", "vm:v");
    static_cast<void>(tree.run(TreeRequest::start));
    OperationOptions options;
    options.target = "node2";
    tree.exit_codes["migrate vm:v"] = 150;
    EXPECT_EQ(tree.run(TreeRequest::migrate, options).exit_code, 150);
    EXPECT_EQ(tree.at(0).state, TreeNodeState::started);
    EXPECT_THAT(tree.last.arguments(), ElementsAre("/agents/vm.sh", "migrate", "node2"));
    tree.exit_codes.clear();
    EXPECT_TRUE(tree.run(TreeRequest::migrate, options).is_good());
    EXPECT_EQ(tree.at(0).state, TreeNodeState::stopped);
}

TEST(Only, takes_the_occurrences_of_one_resource_with_their_subtrees)
{
    Tree tree(example);
    OperationOptions options;
    options.only =
        tree.configuration->resources.find(*tree.configuration->rules.find("nfsexport"), "e");
    static_cast<void>(tree.run(TreeRequest::stop, options));
    EXPECT_THAT(tree.calls,
                ElementsAre("stop nfsclient:c2", "stop nfsclient:c1", "stop nfsexport:e"));
    tree.exit_codes["status nfsexport:e"] = 1;
    EXPECT_EQ(tree.run(TreeRequest::status, options).bits(), 1);
    EXPECT_THAT(tree.calls, ElementsAre("status nfsexport:e 10"));
}

TEST(Abandon, finishes_as_failed_after_the_pending_call)
{
    Tree tree("<service name='a'><plain name='p'/></service>");
    TreeOperation operation(tree.configuration, tree.state, tree.resources, TreeRequest::start);
    EXPECT_TRUE(std::holds_alternative<AgentCall>(operation.next({})));
    operation.on({0}, {});
    operation.abandon();
    EXPECT_EQ(operation.next({}), TreeStep(TreeFinished{TreeResult{true, false, false, 0}}));
}

TEST(Adoption, checks_everything_at_the_first_scan)
{
    Tree tree("<service name='a'><plain name='p'/></service>");
    tree.state.assume_started(*tree.configuration, tree.resources);
    EXPECT_TRUE(tree.run(TreeRequest::status).is_good());
    EXPECT_THAT(tree.calls, ElementsAre("status plain:p 10"));
    EXPECT_EQ(tree.resources.holders("plain:p"), 1);
    tree.state.forget(*tree.configuration, tree.resources);
    EXPECT_EQ(tree.resources.holders("plain:p"), 0);
}

}  // namespace
}  // namespace ha::service
