// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/metadata.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/resource_trees.hpp"

namespace ha::service {
namespace {

using test::parse;
using test::rule;
using testing::HasSubstr;

std::string rejection(const std::string& text)
{
    const Result<Rule> read = rule_from_metadata(parse(text), "/agents/x.sh");
    return read ? "" : read.error().text;
}

std::vector<std::string> names(const Rule& read)
{
    std::vector<std::string> all;
    for (const AttributeRule& attribute : read.attributes) {
        all.push_back(attribute.name);
    }
    return all;
}

TEST(Metadata, puts_the_primary_parameter_first_and_the_former_first_last_of_the_list_so_far)
{
    const Rule read = rule("x",
                           "<parameters><parameter name='a'/><parameter name='b'/>"
                           "<parameter name='key' primary='1'/><parameter name='c'/></parameters>");
    EXPECT_THAT(names(read), testing::ElementsAre("key", "b", "a", "c"));
}

TEST(Metadata, keeps_order_without_a_primary_parameter_so_that_the_first_is_the_key)
{
    const Rule read = rule("db2",
                           "<parameters><parameter name='instance' required='1' unique='1'/>"
                           "<parameter name='x'/></parameters>");
    EXPECT_THAT(names(read), testing::ElementsAre("instance", "x"));
    EXPECT_FALSE(read.attributes[0].primary);
}

TEST(Metadata, rejects_two_primary_parameters)
{
    EXPECT_THAT(rejection("<resource-agent name='x'><parameters><parameter name='a' primary='1'/>"
                          "<parameter name='b' primary='yes'/></parameters></resource-agent>"),
                HasSubstr("two primary parameters, a and b"));
}

TEST(Metadata, rejects_inheritance_of_a_primary_unique_or_required_parameter)
{
    for (const std::string flag : {"primary", "unique", "required"}) {
        EXPECT_THAT(
            rejection("<resource-agent name='x'><parameters><parameter name='a' inherit='b' " +
                      flag + "='1'/></parameters></resource-agent>"),
            HasSubstr("parameter a is inherited"));
    }
}

TEST(Metadata, rejects_the_reserved_type_a_missing_name_and_a_rule_without_parameters)
{
    EXPECT_THAT(rejection("<resource-agent name='action'><parameters><parameter name='a'/>"
                          "</parameters></resource-agent>"),
                HasSubstr("reserved"));
    EXPECT_THAT(rejection("<resource-agent/>"), HasSubstr("no <resource-agent name=...>"));
    EXPECT_THAT(rejection("<other name='x'/>"), HasSubstr("no <resource-agent name=...>"));
    EXPECT_THAT(rejection("<resource-agent name='x'/>"), HasSubstr("no parameter"));
}

TEST(Metadata, reads_flags_defaults_and_inheritance)
{
    const Rule read =
        rule("x",
             "<parameters><parameter name='a' unique='yes' required='1'/>"
             "<parameter name='b' reconfig='1'><content default='7'/></parameter>"
             "<parameter name='c' inherit='service%name'><content default='z'/></parameter>"
             "<parameter name='d'><content default=''/></parameter></parameters>");
    EXPECT_TRUE(read.attribute("a")->unique && read.attribute("a")->required);
    EXPECT_TRUE(read.attribute("b")->reconfig);
    EXPECT_EQ(read.attribute("b")->default_value, "7");
    EXPECT_EQ(read.attribute("c")->inherit, "service%name");
    EXPECT_EQ(read.attribute("d")->default_value, "");
}

TEST(Metadata, knows_interval_zero_from_no_interval)
{
    const Rule read = rule("x",
                           "<parameters><parameter name='a'/></parameters><actions>"
                           "<action name='status' timeout='1m'/>"
                           "<action name='status' depth='10' interval='0'/>"
                           "<action name='status' depth='20' interval='5m'/></actions>");
    EXPECT_EQ(read.action("status", 0)->interval.count(), 0);
    EXPECT_EQ(read.action("status", 0)->timeout.count(), 60);
    EXPECT_EQ(read.action("status", 10)->interval.count(), 1);
    EXPECT_EQ(read.action("status", 20)->interval.count(), 300);
}

TEST(Metadata, reads_a_depth_for_status_and_monitor_only)
{
    const Rule read = rule("x",
                           "<parameters><parameter name='a'/></parameters><actions>"
                           "<action name='start' depth='5'/><action name='status' depth='-1'/>"
                           "<action name='monitor' depth='3'/></actions>");
    EXPECT_NE(read.action("start", 0), nullptr);
    EXPECT_EQ(read.action("start", 5), nullptr);
    EXPECT_NE(read.action("status", 0), nullptr);
    EXPECT_NE(read.action("monitor", 3), nullptr);
}

TEST(Metadata, replaces_the_figures_of_a_repeated_action)
{
    const Rule read = rule("x",
                           "<parameters><parameter name='a'/></parameters><actions>"
                           "<action name='stop' timeout='5'/><action name='start' timeout='1'/>"
                           "<action name='stop' timeout='9'/></actions>");
    ASSERT_EQ(read.actions.size(), 2u);
    EXPECT_EQ(read.actions[0].timeout.count(), 9);
}

TEST(Metadata, reads_instances_flags_and_children_from_rgmanagers_section_only)
{
    const Rule read =
        rule("x",
             "<parameters><parameter name='a'/></parameters>"
             "<special tag='other'><attributes maxinstances='9'/><child type='y'/></special>"
             "<special tag='rgmanager'><attributes maxinstances='2' init_on_add='0'/>"
             "<child type='fs' start='1' stop='3'/><child type='ip' forbid='1'/></special>");
    EXPECT_EQ(read.max_instances, 2);
    EXPECT_FALSE(read.init_on_add);
    EXPECT_TRUE(read.destroy_on_delete);
    ASSERT_EQ(read.children.size(), 2u);
    EXPECT_EQ(read.children[0], (ChildRule{"fs", 1, 3, false}));
    EXPECT_TRUE(read.children[1].forbidden);
}

TEST(RuleSet, sorts_by_type_without_case_and_refuses_a_second_rule_of_a_type)
{
    RuleSet rules;
    const std::string inside = "<parameters><parameter name='a'/></parameters>";
    for (const std::string type : {"vm", "SAPInstance", "fs", "ip"}) {
        EXPECT_TRUE(rules.add(rule(type, inside)));
    }
    const Status again = rules.add(rule("FS", inside));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().text, "Error storing FS: Duplicate");
    std::vector<std::string> types;
    for (const Rule& one : rules.all()) {
        types.push_back(one.type);
    }
    EXPECT_THAT(types, testing::ElementsAre("fs", "ip", "SAPInstance", "vm"));
    EXPECT_EQ(rules.find("FS"), nullptr);
    EXPECT_NE(rules.find_without_case("FS"), nullptr);
}

}  // namespace
}  // namespace ha::service
