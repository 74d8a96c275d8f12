// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/resource_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/resource_trees.hpp"

namespace ha::service {
namespace {

using test::build;
using test::Built;
using test::outline;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ResourceTree, takes_typed_children_in_rule_order_and_the_others_in_document_order)
{
    const Built built = build(
        "<service name='a'><plain name='p2'/><script name='s' file='/s'/><plain name='p1'/>"
        "<ip address='10.0.0.1'/><fs name='f' mountpoint='/f' device='/dev/f'/></service>");
    EXPECT_THAT(outline(*built.configuration),
                ElementsAre("service:a", "  fs:f", "  ip:10.0.0.1", "  script:s", "  plain:p2",
                            "  plain:p1"));
    EXPECT_THAT(built.notes, IsEmpty());
}

TEST(ResourceTree, keeps_the_first_of_two_equal_inline_addresses)
{
    const Built built = build(
        "<service name='a'><ip address='10.0.0.1'/><ip address='10.0.0.1'/>"
        "<script name='s' file='/s'/></service>");
    EXPECT_THAT(outline(*built.configuration),
                ElementsAre("service:a", "  ip:10.0.0.1", "  script:s"));
    EXPECT_THAT(built.notes, ElementsAre("Error: Primary attribute collision. type=ip attr=address "
                                         "value=10.0.0.1",
                                         "Error storing ip resource"));
}

TEST(ResourceTree, names_a_collision_of_a_unique_attribute)
{
    const Built built =
        build("<resources><script name='a' file='/x'/><script name='b' file='/x'/></resources>");
    EXPECT_THAT(built.notes,
                ElementsAre("Error: Unique attribute collision. type=script attr=file value=/x",
                            "Error storing script resource"));
}

TEST(ResourceTree, refuses_more_references_than_instances_with_the_subtree)
{
    const Built built = build(
        "<resources><fs name='f' mountpoint='/f' device='/dev/f'/></resources>"
        "<service name='a'><fs ref='f'/><fs ref='f'><plain name='p'/></fs></service>");
    EXPECT_THAT(outline(*built.configuration), ElementsAre("service:a", "  fs:f"));
    EXPECT_THAT(built.notes,
                ElementsAre("Warning: Max references exceeded for resource f (type fs)"));
}

TEST(ResourceTree, finds_a_reference_by_key_first_and_by_a_unique_required_attribute_then)
{
    const Built built = build(
        "<resources><fs name='one' mountpoint='/1' device='two'/>"
        "<fs name='two' mountpoint='/2' device='/dev/2'/></resources>"
        "<service name='a'><fs ref='two'/><fs ref='/1'/></service>");
    EXPECT_THAT(outline(*built.configuration), ElementsAre("service:a", "  fs:two", "  fs:one"));
}

TEST(ResourceTree, refuses_references_to_inline_and_unknown_resources)
{
    const Built built = build(
        "<service name='a'><script name='s' file='/s'/></service>"
        "<service name='b'><script ref='s'/><ip ref='10.0.0.9'/></service>");
    EXPECT_THAT(outline(*built.configuration), ElementsAre("service:a", "  script:s", "service:b"));
    EXPECT_THAT(built.notes,
                ElementsAre("Error: Reference to nonexistent resource 10.0.0.9 (type ip)",
                            "Error: Reference to inlined resource s (type script) is illegal"));
}

TEST(ResourceTree, drops_forbidden_children_silently)
{
    const Built built =
        build("<service name='a'><ip address='1.1.1.1'><nfsexport name='e'/></ip></service>");
    EXPECT_THAT(outline(*built.configuration), ElementsAre("service:a", "  ip:1.1.1.1"));
    EXPECT_THAT(built.notes, IsEmpty());
}

TEST(ResourceTree, ignores_unknown_elements)
{
    const Built built = build("<service name='a'><nonsense name='x'/></service><failoverdomains/>");
    EXPECT_THAT(outline(*built.configuration), ElementsAre("service:a"));
    EXPECT_THAT(built.notes, IsEmpty());
}

TEST(ResourceTree, makes_a_root_of_every_known_element_of_rm)
{
    const Built built = build("<script name='s' file='/s'/><service name='a'/>");
    EXPECT_THAT(outline(*built.configuration), ElementsAre("script:s", "service:a"));
    EXPECT_EQ(built.configuration->root("a"), TreeNodeIndex{1});
    EXPECT_EQ(built.configuration->root("script:s"), TreeNodeIndex{0});
    EXPECT_EQ(built.configuration->root("s"), std::nullopt);
}

TEST(ResourceTree, skips_only_the_bad_element)
{
    const Built built = build(
        "<resources><fs name='bad'/><fs name='good' mountpoint='/g' device='/dev/g'/></resources>"
        "<service/><service name='a'><plain/><plain name='p'/><fs ref='good'/></service>");
    EXPECT_THAT(outline(*built.configuration), ElementsAre("service:a", "  fs:good", "  plain:p"));
    EXPECT_THAT(built.notes, ElementsAre("No resource found @ /cluster/rm/resources/fs[1]",
                                         "No resource found @ /cluster/rm/service[1]",
                                         "No resource found @ /cluster/rm/service[2]/plain[1]"));
}

TEST(ResourceTree, refuses_a_second_root_of_one_name)
{
    const Built built = build(
        "<resources><script name='s' file='/s'/></resources>"
        "<script ref='s'/><script ref='s'/>");
    EXPECT_THAT(outline(*built.configuration), ElementsAre("script:s"));
    EXPECT_THAT(built.notes, ElementsAre("Error: Service script:s is defined twice"));
}

TEST(ResourceTree, bounds_its_depth)
{
    model::Element rm;
    rm.name = "rm";
    model::Element* at = &rm;
    for (int i = 0; i < tree_depth_max + 5; ++i) {
        model::Element child;
        child.name = "plain";
        child.attributes.push_back({"name", "p" + std::to_string(i), 0});
        at->children.push_back(child);
        at = &at->children.back();
    }
    const auto [configuration, notes] = build_configuration(test::standard_rules(), rm);
    EXPECT_EQ(configuration.nodes.size(), static_cast<std::size_t>(tree_depth_max));
    EXPECT_EQ(notes.size(), 1u);
}

TEST(Inheritance, looks_at_the_direct_parent_and_follows_on)
{
    const Built built = build(
        "<service name='a'><fs name='f' mountpoint='/mnt' device='/dev/f'>"
        "<nfsexport name='e'><nfsclient name='c' target='*'/></nfsexport></fs></service>");
    const ResourceConfiguration& configuration = *built.configuration;
    EXPECT_EQ(resolve_attribute(configuration, TreeNodeIndex{3}, "path"), "/mnt");
    EXPECT_EQ(resolve_attribute(configuration, TreeNodeIndex{1}, "nfslock"), "0");
}

TEST(Inheritance, has_no_value_when_the_parent_lacks_the_attribute)
{
    const Built built = build("<service name='a'><nfsexport name='e'/></service>");
    EXPECT_EQ(resolve_attribute(*built.configuration, TreeNodeIndex{1}, "path"), std::nullopt);
}

TEST(Inheritance, by_type_reaches_through_other_parents)
{
    const Built built = build(
        "<service name='a'><fs name='f' mountpoint='/f' device='/d'>"
        "<script name='s' file='/s'/></fs></service><script name='t' file='/t'/>");
    EXPECT_EQ(resolve_attribute(*built.configuration, TreeNodeIndex{2}, "service_name"), "a");
    EXPECT_EQ(resolve_attribute(*built.configuration, TreeNodeIndex{3}, "service_name"),
              std::nullopt);
}

TEST(Inheritance, gives_way_to_an_explicit_value)
{
    const Built built =
        build("<service name='a'><script name='s' file='/s' service_name='mine'/></service>");
    EXPECT_EQ(resolve_attribute(*built.configuration, TreeNodeIndex{1}, "service_name"), "mine");
}

TEST(ResourceDefaults, change_defaults_and_end_inheritance_for_the_whole_type)
{
    const Built built = build(
        "<resource-defaults><script service_name='all' name='no'/><plain "
        "size='9'/></resource-defaults>"
        "<resources><plain name='p'/></resources>"
        "<service name='a'><script name='s' file='/s'/><plain ref='p'/></service>");
    EXPECT_THAT(built.notes,
                testing::UnorderedElementsAre(
                    "changing default for script attr service_name from service%name to all",
                    "changing default for plain attr size from 1 to 9"));
    EXPECT_EQ(resolve_attribute(*built.configuration, TreeNodeIndex{1}, "service_name"), "all");
    EXPECT_EQ(resolve_attribute(*built.configuration, TreeNodeIndex{2}, "size"), "9");
}

TEST(ResourceDefaults, can_set_a_default_where_there_was_none)
{
    const Built built =
        build("<resource-defaults><vm memory='5'/></resource-defaults><vm name='v'/>");
    EXPECT_THAT(built.notes, ElementsAre("setting default for vm attr memory to 5"));
    EXPECT_EQ(resolve_attribute(*built.configuration, TreeNodeIndex{0}, "memory"), "5");
}

TEST(ActionOverride, with_any_depth_changes_all_entries)
{
    const Built built = build(
        "<service name='a'><plain name='p'>"
        "<action name='status' depth='*' interval='5'/></plain></service>");
    const Resource& resource = built.configuration->resource(TreeNodeIndex{1});
    EXPECT_EQ(resource.action("status", 0)->interval.count(), 5);
    EXPECT_EQ(resource.action("status", 10)->interval.count(), 5);
    EXPECT_THAT(built.notes, ElementsAre("Replacing action 'status' depth 0: interval: 30->5",
                                         "Replacing action 'status' depth 10: interval: 60->5"));
}

TEST(ActionOverride, changes_only_given_fields_and_zero_switches_a_check_off)
{
    const Built built = build(
        "<service name='a'><plain name='p'><action name='start' depth='9' timeout='1m'/>"
        "<action name='status' depth='10' interval='0' timeout='2'/></plain></service>");
    const Resource& resource = built.configuration->resource(TreeNodeIndex{1});
    EXPECT_EQ(resource.action("start", 0)->timeout.count(), 60);
    EXPECT_EQ(resource.action("status", 10)->interval.count(), 0);
    EXPECT_THAT(built.notes,
                ElementsAre("Replacing action 'start' depth 0: timeout: 20->60",
                            "Replacing action 'status' depth 10: timeout: 0->2 interval: 60->0"));
}

TEST(ActionOverride, adds_an_entry_only_if_it_is_complete)
{
    const Built built = build(
        "<service name='a'><plain name='p'><action name='status' depth='20' timeout='5'/>"
        "<action name='status' depth='30' timeout='5' interval='9'/>"
        "<action name='promote' depth='1' timeout='5' interval='9'/></plain></service>");
    const Resource& resource = built.configuration->resource(TreeNodeIndex{1});
    EXPECT_EQ(resource.action("status", 20), nullptr);
    EXPECT_NE(resource.action("status", 30), nullptr);
    EXPECT_EQ(resource.actions.size(), 5u);
}

TEST(ActionOverride, has_no_effect_under_a_reference)
{
    const Built built = build(
        "<resources><plain name='p'/></resources><service name='a'><plain ref='p'>"
        "<action name='status' interval='5'/></plain></service>");
    EXPECT_EQ(built.configuration->resource(TreeNodeIndex{1}).action("status", 0)->interval.count(),
              30);
}

TEST(GenericAttributes, are_read_where_the_element_stands)
{
    const Built built = build(
        "<resources><plain name='p' __independent_subtree='1' __enforce_timeouts='1'/></resources>"
        "<service name='a' __independent_subtree='1' __enforce_timeouts='yes'><plain ref='p'/>"
        "<plain name='q' __independent_subtree='yes' __max_restarts='3' __restart_expire_time='1h'"
        " __max_failures='2' __failure_expire_time='5m'/></service>");
    const auto& nodes = built.configuration->nodes;
    EXPECT_EQ(nodes[0].independence, Independence::none);
    EXPECT_TRUE(nodes[0].enforce_timeouts);
    EXPECT_EQ(nodes[1].independence, Independence::none);
    EXPECT_FALSE(nodes[1].enforce_timeouts);
    EXPECT_EQ(nodes[2].independence, Independence::critical);
    EXPECT_EQ(nodes[2].restarts, (Threshold{3, std::chrono::hours{1}}));
    EXPECT_EQ(nodes[2].failures, (Threshold{2, std::chrono::minutes{5}}));
}

TEST(GenericAttributes, need_both_figures_of_a_threshold)
{
    const Built built = build(
        "<service name='a'><plain name='p' __independent_subtree='2' __max_restarts='3'"
        " __failure_expire_time='5'/></service>");
    EXPECT_FALSE(built.configuration->nodes[1].restarts.in_use());
    EXPECT_FALSE(built.configuration->nodes[1].failures.in_use());
}

TEST(GenericAttributes, non_critical_is_dropped_at_the_second_reference_and_kept_at_the_first)
{
    const Built built = build(
        "<resources><plain name='p'/></resources>"
        "<service name='a'><plain ref='p' __independent_subtree='2'/></service>"
        "<service name='b'><plain ref='p' __independent_subtree='non-critical'/></service>");
    EXPECT_EQ(built.configuration->nodes[1].independence, Independence::non_critical);
    EXPECT_EQ(built.configuration->nodes[3].independence, Independence::critical);
    EXPECT_THAT(
        built.notes,
        ElementsAre("Non-critical flag for plain:p is being cleared due to multiple references."));
}

TEST(Migratory, is_a_root_that_declares_migrate_and_has_no_children)
{
    const Built built =
        build("<vm name='v'/><vm name='w'><plain name='p'/></vm><service name='a'/>");
    EXPECT_TRUE(is_migratory(*built.configuration, *built.configuration->root("vm:v")));
    EXPECT_FALSE(is_migratory(*built.configuration, *built.configuration->root("vm:w")));
    EXPECT_FALSE(is_migratory(*built.configuration, *built.configuration->root("a")));
}

}  // namespace
}  // namespace ha::service
