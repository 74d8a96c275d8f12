// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/placement.hpp"

#include <gtest/gtest.h>

#include "tests/unit/rgmanager/core/service_fixture.hpp"

namespace ha::service {
namespace {

using namespace test;  // NOLINT: builders

TEST(Placement, starts_on_the_best_node_of_an_ordered_domain_then_on_the_next)
{
    World world;
    add_domain(world.document, "web", {{{n1, 2}, {n2, 1}}, true});
    add_service(world.document, "service:web", "WEB");
    const ServiceRow row = stopped_row("service:web");
    EXPECT_EQ(world.placement().consider_start(row).node, n2);
    world.online = {n1, n3};
    EXPECT_EQ(world.placement().consider_start(row).node, n1);
}

TEST(Placement, spreads_services_without_domain_over_the_nodes)
{
    World world;
    for (int index = 0; index < 9; ++index) {
        add_service(world.document, "service:s" + std::to_string(index));
    }
    std::map<NodeId, int> count;
    for (const auto& [name, choice] : world.placement().plan(1)) {
        ++count[choice.node];
    }
    EXPECT_EQ(count[n1], 3);
    EXPECT_EQ(count[n2], 3);
    EXPECT_EQ(count[n3], 3);
}

TEST(Placement, a_restricted_domain_without_online_members_leaves_the_service_stopped)
{
    World world;
    add_domain(world.document, "web", {{{n1, 0}, {n2, 0}}, false, true});
    add_service(world.document, "service:web", "web");
    world.online = {n3};
    const Choice choice = world.placement().consider_start(stopped_row("service:web"));
    EXPECT_EQ(choice.node, NodeId{});
    EXPECT_EQ(choice.reason, "no member of its restricted failover domain web is online");
    world.online = {n2, n3};
    EXPECT_EQ(world.placement().consider_start(stopped_row("service:web")).node, n2);
}

TEST(Placement, members_of_an_unordered_domain_do_not_attract_each_others_services)
{
    World world;
    add_domain(world.document, "web", {{{n1, 0}, {n2, 0}}});
    add_service(world.document, "service:web", "web");
    const ServiceRow& row = world.put(owned_row("service:web", n2));
    EXPECT_FALSE(world.placement().is_better(row, n1));
}

TEST(Placement, a_better_node_of_an_ordered_domain_attracts_a_service_unless_nofailback)
{
    World world;
    add_domain(world.document, "moves", {{{n1, 1}, {n2, 2}}, true});
    add_domain(world.document, "stays", {{{n1, 1}, {n2, 2}}, true, false, true});
    add_service(world.document, "service:moves", "moves");
    add_service(world.document, "service:stays", "stays");
    EXPECT_TRUE(world.placement().is_better(owned_row("service:moves", n2), n1));
    EXPECT_FALSE(world.placement().is_better(owned_row("service:stays", n2), n1));
    EXPECT_TRUE(world.placement().is_better(owned_row("service:stays", n3), n1));  // from outside
}

TEST(Placement, an_exclusive_service_takes_an_empty_node_and_the_others_avoid_it)
{
    World world;
    add_service(world.document, "service:alone").exclusive = true;
    add_service(world.document, "service:web");
    add_service(world.document, "service:mail");
    world.put(owned_row("service:web", n1));
    world.online = {n1, n2};
    EXPECT_EQ(world.placement().consider_start(stopped_row("service:alone")).node, n2);
    world.put(owned_row("service:alone", n2));
    EXPECT_EQ(world.placement().consider_start(stopped_row("service:mail")).node, n1);
    EXPECT_EQ(world.placement().exclusive_conflict("service:mail", n2),
              "exclusive service service:alone runs on node2");
}

TEST(Placement, two_exclusive_services_are_planned_on_two_nodes)
{
    World world;
    add_service(world.document, "service:a").exclusive = true;
    add_service(world.document, "service:b").exclusive = true;
    world.online = {n1, n2};
    const auto plan = world.placement().plan(1);
    EXPECT_NE(plan.at("service:a").node, plan.at("service:b").node);
    EXPECT_NE(plan.at("service:b").node, NodeId{});
}

TEST(Placement, waits_for_a_dependency_that_is_not_started)
{
    World world;
    add_service(world.document, "service:db");
    add_service(world.document, "service:web").depend = "service:db";
    world.put(owned_row("service:db", n1, ServiceState::starting));
    const Choice choice = world.placement().consider_start(stopped_row("service:web"));
    EXPECT_EQ(choice.node, NodeId{});
    EXPECT_EQ(choice.reason, "it depends on service:db, which is starting");
    world.put(owned_row("service:db", n1));
    EXPECT_NE(world.placement().consider_start(stopped_row("service:web")).node, NodeId{});
}

TEST(Placement, plans_nothing_for_frozen_parked_disabled_and_never_autostarted_services)
{
    World world;
    for (const char* name :
         {"service:frozen", "service:parked", "service:disabled", "service:new"}) {
        add_service(world.document, name);
    }
    world.document.services["service:new"].autostart = false;
    world.put(stopped_row("service:frozen")).frozen = true;
    world.put(stopped_row("service:parked")).parked_at = 7;
    world.put(stopped_row("service:disabled")).state = ServiceState::disabled;
    const auto plan = world.placement().plan(7);
    EXPECT_EQ(plan.count("service:parked"), 0U);
    EXPECT_EQ(plan.count("service:disabled"), 0U);
    EXPECT_EQ(plan.count("service:new"), 0U);
    EXPECT_EQ(plan.at("service:frozen").node, NodeId{});
    EXPECT_EQ(world.placement().plan(8).count("service:parked"), 1U);  // the membership changed
}

TEST(Placement, relocation_prefers_the_domain_and_shuffles_equals_with_the_row_version)
{
    World world;
    add_domain(world.document, "web", {{{n1, 0}, {n2, 0}}});
    add_service(world.document, "service:web", "web");
    add_service(world.document, "service:free");
    EXPECT_EQ(world.placement().best_node(owned_row("service:web", n1), {n1}).node, n2);
    EXPECT_EQ(world.placement().best_node(owned_row("service:web", n1), {n1, n2}).node, n3);
    std::set<NodeId> seen;
    ServiceRow row = owned_row("service:free", n1);
    for (row.version = 1; row.version < 20; ++row.version) {
        seen.insert(world.placement().best_node(row, {n1}).node);
    }
    EXPECT_EQ(seen, (std::set<NodeId>{n2, n3}));
}

}  // namespace
}  // namespace ha::service
