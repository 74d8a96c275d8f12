// SPDX-License-Identifier: Apache-2.0
#include "cman/core/address_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ha::cman {
namespace {

model::ClusterModel two_nodes()
{
    model::ClusterModel model;
    for (const std::uint32_t id : {1U, 2U}) {
        model::Node node;
        node.id = NodeId{id};
        node.name = "n" + std::to_string(id);
        node.line = static_cast<int>(10 + id);
        model.nodes.push_back(node);
    }
    return model;
}

ResolvedName address(const char* text)
{
    const std::string literal = text;
    return {{{literal, literal.find(':') != std::string::npos,
              literal.rfind("127.", 0) == 0 || literal == "::1"}},
            ""};
}

TEST(AddressCheck, takes_the_ipv4_address_of_each_name)
{
    std::map<std::string, ResolvedName> resolved{{"n1", address("fd00::1")},
                                                 {"n2", address("10.0.0.2")}};
    resolved["n1"].addresses.push_back({"10.0.0.1", false, false});
    const AddressChoice choice = choose_addresses(two_nodes(), resolved);
    EXPECT_TRUE(choice.problems.empty());
    EXPECT_EQ(choice.table, (AddressTable{{NodeId{1}, {"10.0.0.1"}}, {NodeId{2}, {"10.0.0.2"}}}));
}

TEST(AddressCheck, a_second_link_follows_the_first)
{
    model::ClusterModel model = two_nodes();
    model.nodes[0].altname = "n1b";
    model.nodes[1].altname = "n2b";
    EXPECT_THAT(names_to_resolve(model), testing::ElementsAre("n1", "n1b", "n2", "n2b"));
    const AddressChoice choice = choose_addresses(model, {{"n1", address("10.0.0.1")},
                                                          {"n2", address("10.0.0.2")},
                                                          {"n1b", address("fd00::1")},
                                                          {"n2b", address("fd00::2")}});
    EXPECT_TRUE(choice.problems.empty());
    EXPECT_EQ(choice.table.at(NodeId{2}), (std::vector<std::string>{"10.0.0.2", "fd00::2"}));
}

TEST(AddressCheck, loopback_is_refused_for_every_node_debians_127_0_1_1_too)
{
    const AddressChoice choice =
        choose_addresses(two_nodes(), {{"n1", address("10.0.0.1")}, {"n2", address("127.0.1.1")}});
    ASSERT_EQ(choice.problems.size(), 1U);
    EXPECT_EQ(choice.problems[0].line, 12);
    EXPECT_THAT(choice.problems[0].text,
                testing::StartsWith("Node name resolves to localhost, please check"));
    EXPECT_THAT(choice.problems[0].text, testing::HasSubstr("n2 is 127.0.1.1"));
}

TEST(AddressCheck, a_name_without_address_is_refused_with_the_resolvers_words)
{
    const AddressChoice choice = choose_addresses(
        two_nodes(), {{"n1", address("10.0.0.1")}, {"n2", {{}, "Name or service not known"}}});
    ASSERT_EQ(choice.problems.size(), 1U);
    EXPECT_THAT(choice.problems[0].text,
                testing::HasSubstr("n2 cannot be resolved (Name or service not known)"));
}

TEST(AddressCheck, a_link_has_one_family)
{
    const AddressChoice choice =
        choose_addresses(two_nodes(), {{"n1", address("10.0.0.1")}, {"n2", address("fd00::2")}});
    ASSERT_EQ(choice.problems.size(), 1U);
    EXPECT_THAT(choice.problems[0].text, testing::HasSubstr("one family"));
}

TEST(AddressCheck, an_ipv6_multicast_address_asks_for_ipv6)
{
    model::ClusterModel model = two_nodes();
    model.totem.ipv6 = true;
    const AddressChoice choice =
        choose_addresses(model, {{"n1", address("10.0.0.1")}, {"n2", address("fd00::2")}});
    ASSERT_EQ(choice.problems.size(), 1U);
    EXPECT_THAT(choice.problems[0].text,
                testing::StartsWith("Node address family does not match multicast"));
}

}  // namespace
}  // namespace ha::cman
