// SPDX-License-Identifier: Apache-2.0
#include "common/config/local_node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/config_world.hpp"

namespace ha::config {
namespace {

using ::testing::HasSubstr;

model::ClusterModel cluster_of(const std::vector<std::string>& names)
{
    model::ClusterModel model;
    for (const std::string& name : names) {
        model::Node node;
        node.id = NodeId{static_cast<std::uint32_t>(model.nodes.size() + 1)};
        node.name = name;
        model.nodes.push_back(node);
    }
    return model;
}

class LocalNode : public ::testing::Test
{
protected:
    std::uint32_t find(const std::vector<std::string>& names)
    {
        NameFacts facts = world_.names();
        facts.override_name = override_name_;
        const auto found = find_local_node(cluster_of(names), facts);
        error_ = found ? "" : found.error().text;
        return found ? found->value : 0;
    }

    ha::test::ConfigWorld world_;
    std::optional<std::string> override_name_;
    std::string error_;
};

TEST_F(LocalNode, is_the_one_called_like_the_machine)
{
    world_.uname = "b.example.com";
    EXPECT_EQ(find({"a.example.com", "b.example.com"}), 2u);
    EXPECT_EQ(find({"b", "b.example.com"}), 2u);
}

TEST_F(LocalNode, may_have_a_domain_on_one_side_only)
{
    world_.uname = "b.example.com";
    EXPECT_EQ(find({"a", "b"}), 2u);
    world_.uname = "b";
    EXPECT_EQ(find({"a.example.com", "b.example.com"}), 2u);
    world_.uname = "b.other.org";
    EXPECT_EQ(find({"a.example.com", "b.example.com"}), 2u);
}

TEST_F(LocalNode, is_told_apart_by_case)
{
    world_.uname = "Node1";
    world_.hosts.clear();
    EXPECT_EQ(find({"node1", "node2"}), 0u);
    EXPECT_EQ(error_, "Cannot find node name in cluster.conf");
}

TEST_F(LocalNode, may_be_found_by_the_reverse_name_of_an_interface)
{
    world_.uname = "localhost";
    world_.interfaces = {{false, "192.168.9.9"}, {false, "10.0.0.77"}};
    world_.reverse = {{"10.0.0.77", "cluster-b.example.com"}};
    world_.hosts.clear();
    EXPECT_EQ(find({"cluster-a", "cluster-b"}), 2u);
    EXPECT_EQ(find({"cluster-a.example.com", "cluster-b.example.com"}), 2u);
}

TEST_F(LocalNode, may_be_named_by_an_address)
{
    world_.uname = "localhost";
    world_.interfaces = {{true, "fd00::7"}};
    EXPECT_EQ(find({"fd00::6", "fd00::7"}), 2u);
}

TEST_F(LocalNode, may_be_an_alias_of_the_hosts_file)
{
    world_.uname = "localhost";
    world_.interfaces = {{false, "10.0.0.2"}};
    EXPECT_EQ(find({"node1", "node2"}), 2u);
}

TEST_F(LocalNode, asks_for_no_reverse_name_if_the_host_name_is_known)
{
    NameFacts facts = world_.names();
    facts.interfaces = {{false, "10.0.0.1"}};
    facts.reverse_name = [](const Address&) -> std::string {
        ADD_FAILURE() << "asked";
        return "";
    };
    const auto found = find_local_node(cluster_of({"node1", "node2"}), facts);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, NodeId{1});
}

TEST_F(LocalNode, is_the_one_the_operator_names)
{
    world_.uname = "elsewhere";
    override_name_ = "node2";
    EXPECT_EQ(find({"node1", "node2"}), 2u);
    override_name_ = "node3";
    EXPECT_EQ(find({"node1", "node2"}), 0u);
    EXPECT_THAT(error_, HasSubstr("Overridden node name is not in CCS"));
}

TEST_F(LocalNode, is_not_one_node_by_order_and_another_by_name)
{
    world_.uname = "node1";
    override_name_ = "node2";
    EXPECT_EQ(find({"node1", "node2"}), 0u);
    EXPECT_THAT(error_, HasSubstr("corosync would take that one"));
}

TEST(FindNode, takes_short_names_any_case_altnames_and_addresses)
{
    auto model = cluster_of({"node1.example.com", "node2.example.com"});
    model.nodes[1].altname = "link-b.example.com";
    ha::test::ConfigWorld world;
    world.hosts["node2.example.com"] = {{false, "10.0.0.2"}};
    const auto resolve = world.names().resolve;
    EXPECT_EQ(find_node(model, "node2.example.com"), NodeId{2});
    EXPECT_EQ(find_node(model, "NODE2"), NodeId{2});
    EXPECT_EQ(find_node(model, "link-b"), NodeId{2});
    EXPECT_EQ(find_node(model, "node2.other.org"), NodeId{2});
    EXPECT_EQ(find_node(model, "n2", resolve), NodeId{2});
    EXPECT_EQ(find_node(model, "n2"), std::nullopt);
    EXPECT_EQ(find_node(model, "n3", resolve), std::nullopt);
    EXPECT_EQ(find_node(model, ""), std::nullopt);
}

}  // namespace
}  // namespace ha::config
