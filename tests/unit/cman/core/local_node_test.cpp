// SPDX-License-Identifier: Apache-2.0
#include "cman/core/local_node.hpp"

#include <gtest/gtest.h>

namespace ha::cman {
namespace {

model::ClusterModel nodes(std::initializer_list<const char*> names)
{
    model::ClusterModel model;
    std::uint32_t id = 0;
    for (const char* name : names) {
        model::Node node;
        node.id = NodeId{++id};
        node.name = name;
        model.nodes.push_back(node);
    }
    return model;
}

std::uint32_t found(const Result<std::optional<NodeId>>& result)
{
    return result && *result ? (**result).value : 0;
}

TEST(LocalNode, uname_equal_to_a_name)
{
    EXPECT_EQ(found(find_by_name(nodes({"n1", "n2"}), "n2", std::nullopt)), 2U);
}

TEST(LocalNode, uname_with_domain_and_clusternode_without)
{
    EXPECT_EQ(found(find_by_name(nodes({"n1", "n2"}), "n2.example.com", std::nullopt)), 2U);
}

TEST(LocalNode, clusternode_with_domain_and_uname_without)
{
    EXPECT_EQ(found(find_by_name(nodes({"n1.example.com", "n2.example.com"}), "n2", std::nullopt)),
              2U);
}

TEST(LocalNode, names_are_compared_with_case)
{
    EXPECT_EQ(found(find_by_name(nodes({"N1"}), "n1", std::nullopt)), 0U);
}

TEST(LocalNode, a_given_name_must_be_a_clusternode_exactly)
{
    EXPECT_EQ(found(find_by_name(nodes({"n1", "n2"}), "host", "n2")), 2U);
    const auto unknown = find_by_name(nodes({"n1", "n2"}), "n1", "n2.example.com");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().text, "Overridden node name is not in CCS");
}

TEST(LocalNode, a_given_name_may_not_override_a_uname_that_is_another_node)
{
    EXPECT_FALSE(find_by_name(nodes({"n1", "n2"}), "n1", "n2"));
}

TEST(LocalNode, reverse_names_numeric_forms_and_aliases_are_tried_in_this_order)
{
    const std::vector<LocalAddress> local{{"127.0.0.1", "localhost"},
                                          {"10.0.0.2", "n2.example.com"}};
    EXPECT_EQ(find_by_address(nodes({"n1", "n2"}), local, {})->value, 2U);
    EXPECT_EQ(find_by_address(nodes({"10.0.0.1", "10.0.0.2"}), local, {})->value, 2U);
    EXPECT_EQ(find_by_address(nodes({"alias1", "alias2"}), local,
                              {{"alias1", {"10.0.0.1"}}, {"alias2", {"10.0.0.2"}}})
                  ->value,
              2U);
}

TEST(LocalNode, not_found_says_so_in_the_classic_words)
{
    const auto result = find_by_address(nodes({"a"}), {{"10.0.0.2", ""}}, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().text, "Cannot find node name in cluster.conf");
}

}  // namespace
}  // namespace ha::cman
