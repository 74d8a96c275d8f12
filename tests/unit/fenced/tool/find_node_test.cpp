// SPDX-License-Identifier: Apache-2.0
#include "fenced/tool/find_node.hpp"

#include <map>

#include <gtest/gtest.h>

namespace ha::fence::tool {
namespace {

model::ClusterModel cluster()
{
    model::ClusterModel model;
    model.nodes.resize(2);
    model.nodes[0].id = NodeId{1};
    model.nodes[0].name = "an-node01.alteeve.com";
    model.nodes[1].id = NodeId{2};
    model.nodes[1].name = "n2";
    model.nodes[1].altname = "n2-link1.example";
    return model;
}

std::vector<std::string> resolve(const std::string& name)
{
    static const std::map<std::string, std::vector<std::string>> hosts{
        {"n2", {"192.0.2.2", "N2.example"}},
        {"192.0.2.2", {"192.0.2.2", "n2.example"}},
        {"storage-alias", {"192.0.2.2"}},
    };
    const auto found = hosts.find(name);
    return found == hosts.end() ? std::vector<std::string>{} : found->second;
}

std::string found(const std::string& typed)
{
    const model::ClusterModel model = cluster();
    const model::Node* node = find_node(model, typed, resolve);
    return node == nullptr ? "" : node->name;
}

TEST(FindNode, knows_a_node_by_its_name_its_short_name_and_in_any_case)
{
    EXPECT_EQ(found("an-node01.alteeve.com"), "an-node01.alteeve.com");
    EXPECT_EQ(found("an-node01"), "an-node01.alteeve.com");
    EXPECT_EQ(found("AN-NODE01.other"), "an-node01.alteeve.com");
    EXPECT_EQ(found("n2.example"), "n2");
}

TEST(FindNode, knows_a_node_by_its_second_name)
{
    EXPECT_EQ(found("n2-link1"), "n2");
}

TEST(FindNode, knows_a_node_by_address_and_by_an_alias_of_it)
{
    EXPECT_EQ(found("192.0.2.2"), "n2");
    EXPECT_EQ(found("storage-alias"), "n2");
}

TEST(FindNode, finds_nobody_for_a_strange_name_or_address)
{
    EXPECT_EQ(found("n3"), "");
    EXPECT_EQ(found("192.0.2.9"), "");
}

}  // namespace
}  // namespace ha::fence::tool
