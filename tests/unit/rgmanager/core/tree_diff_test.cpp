// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/tree_diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rgmanager/core/tree_operation.hpp"
#include "tests/support/resource_trees.hpp"

namespace ha::service {
namespace {

using test::build;
using testing::ElementsAre;
using testing::IsEmpty;

/// A service that is started under one document and changed to another.
class Change
{
public:
    Change(const std::string& old_text, const std::string& new_text)
        : before(build(old_text).configuration),
          after(build(new_text).configuration),
          diff(diff_configurations(*before, *after))
    {}

    /// Down-phase and up-phase of a root that stays; what the agents are called for.
    std::vector<std::string> apply()
    {
        LocalResources resources;
        TreeState old_state(*before, before->roots.front());
        static_cast<void>(run(before, old_state, resources, TreeRequest::start));
        flag_old_tree(diff, old_state);
        auto calls = run(before, old_state, resources, TreeRequest::conditional_stop);
        TreeState state =
            carry_over(diff, *before, old_state, *after, after->roots.front(), resources);
        for (const std::string& call :
             run(after, state, resources, TreeRequest::conditional_start)) {
            calls.push_back(call);
        }
        for (const TreeNodeStatus& status : state.all()) {
            EXPECT_EQ(status.state, TreeNodeState::started);
        }
        return calls;
    }

    static std::vector<std::string> run(const std::shared_ptr<const ResourceConfiguration>& in,
                                        TreeState& state, LocalResources& resources,
                                        TreeRequest request)
    {
        std::vector<std::string> calls;
        TreeOperation operation(in, state, resources, request);
        for (;;) {
            const TreeStep step = operation.next({});
            const auto* call = std::get_if<AgentCall>(&step);
            if (call == nullptr) {
                return calls;
            }
            calls.push_back(call->action + " " + call->resource);
            operation.on({0}, {});
        }
    }

    RootChange old_root() const
    {
        return change_of_old_root(diff, *before, *after, before->roots.front());
    }
    RootChange new_root() const
    {
        return change_of_new_root(diff, *before, *after, after->roots.front());
    }

    std::shared_ptr<const ResourceConfiguration> before;
    std::shared_ptr<const ResourceConfiguration> after;
    ConfigurationDiff diff;
};

TEST(TreeDiff, starts_only_an_added_address)
{
    Change change("<service name='a'><script name='s' file='/s'/></service>",
                  "<service name='a'><script name='s' file='/s'/><ip address='1'/></service>");
    EXPECT_EQ(change.old_root(), RootChange::unchanged);
    EXPECT_THAT(change.apply(), ElementsAre("start ip:1"));
}

TEST(TreeDiff, stops_and_starts_only_a_changed_script)
{
    Change change("<service name='a'><script name='s' file='/s'/><ip address='1'/></service>",
                  "<service name='a'><script name='s' file='/t'/><ip address='1'/></service>");
    EXPECT_THAT(change.apply(), ElementsAre("stop script:s", "start script:s"));
}

TEST(TreeDiff, reconfigures_a_root_whose_recovery_changed_and_starts_new_nodes_below)
{
    Change change(
        "<service name='a'><ip address='1'/></service>",
        "<service name='a' recovery='relocate'><ip address='1'/><ip address='2'/></service>");
    EXPECT_EQ(change.new_root(), RootChange::unchanged);
    EXPECT_THAT(change.apply(), ElementsAre("reconfig service:a", "start ip:2"));
}

TEST(TreeDiff, replaces_a_root_with_another_real_difference)
{
    Change change("<service name='a'><ip address='1'/></service>",
                  "<service name='a' nfslock='1'><ip address='1'/></service>");
    EXPECT_EQ(change.old_root(), RootChange::replaced);
    EXPECT_EQ(change.new_root(), RootChange::replaced);
    EXPECT_FALSE(
        change.diff.old_nodes[1].need_stop);  // below a node that stops nothing is examined
}

TEST(TreeDiff, names_removed_and_added_roots)
{
    Change change("<service name='a'/>", "<service name='b'/>");
    EXPECT_EQ(change.old_root(), RootChange::removed);
    EXPECT_EQ(change.new_root(), RootChange::added);
}

TEST(TreeDiff, does_nothing_for_another_order_of_siblings)
{
    Change change("<service name='a'><plain name='1'/><plain name='2'/></service>",
                  "<service name='a'><plain name='2'/><plain name='1'/></service>");
    EXPECT_THAT(change.apply(), IsEmpty());
    EXPECT_TRUE(change.diff.new_nodes[0].common && change.diff.old_nodes[2].common);
}

TEST(TreeDiff, stops_and_starts_a_resource_that_moved_to_another_parent)
{
    Change change("<service name='a'><plain name='1'/><plain name='2'/></service>",
                  "<service name='a'><plain name='1'><plain name='2'/></plain></service>");
    EXPECT_THAT(change.apply(), ElementsAre("stop plain:2", "start plain:2"));
}

TEST(TreeDiff, does_not_compare_actions_and_generic_attributes)
{
    Change change("<service name='a'><plain name='1'/></service>",
                  "<service name='a'><plain name='1' __independent_subtree='1'>"
                  "<action name='status' interval='3'/></plain></service>");
    EXPECT_THAT(change.apply(), IsEmpty());
    EXPECT_TRUE(change.diff.new_resources[1].common);
}

TEST(TreeDiff, counts_a_change_from_inherited_to_given_as_a_difference)
{
    Change change(
        "<service name='a'><script name='s' file='/s'/></service>",
        "<service name='a'><script name='s' file='/s' service_name='service%name'/></service>");
    EXPECT_THAT(change.apply(), ElementsAre("stop script:s", "start script:s"));
}

TEST(TreeDiff, leaves_a_removed_guest_running_and_an_added_one_alone)
{
    Change change("<vm name='v'/>", "<vm name='w'/>");
    EXPECT_EQ(change.old_root(), RootChange::removed);
    EXPECT_TRUE(is_left_running(*change.before, change.before->roots.front()));
    EXPECT_TRUE(is_not_initialised(*change.after, change.after->roots.front()));
    const auto service = build("<service name='a'/>").configuration;
    EXPECT_FALSE(is_left_running(*service, service->roots.front()));
    EXPECT_FALSE(is_not_initialised(*service, service->roots.front()));
}

}  // namespace
}  // namespace ha::service
