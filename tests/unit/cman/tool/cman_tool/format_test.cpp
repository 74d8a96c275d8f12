// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/cman_tool/format.hpp"

#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

namespace ha::cman {
namespace {

protocol::StatusReply two_node_status()
{
    protocol::StatusReply status;
    status.config_version = 1;
    status.cluster_name = "an-cluster";
    status.cluster_id = 31412;
    status.generation = 24;
    status.state = protocol::MembershipState::member;
    status.members = 2;
    status.expected_votes = 1;
    status.total_votes = 2;
    status.node_votes = 1;
    status.quorum = 1;
    status.quorate = true;
    status.subsystems = 8;
    status.flags = {"2node"};
    status.ports = {0, 11, 177};
    status.node_name = "an-node01.alteeve.com";
    status.node_id = NodeId{1};
    status.node_addresses = {"192.168.1.71"};
    return status;
}

protocol::NodesReply two_nodes()
{
    protocol::NodesReply reply;
    reply.nodes = {{NodeId{1},
                    "an-node01.alteeve.com",
                    protocol::NodeState::member,
                    20,
                    1287618011,
                    {"192.168.1.71"},
                    1,
                    2},
                   {NodeId{2},
                    "an-node02.alteeve.com",
                    protocol::NodeState::dead,
                    0,
                    std::nullopt,
                    {"192.168.1.72", "10.1.0.2"},
                    1,
                    2}};
    return reply;
}

/// Local time is UTC in here.
class NodesFormat : public testing::Test
{
protected:
    void SetUp() override
    {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
    }
};

TEST(StatusFormat, is_the_how_tos_to_the_last_blank)
{
    EXPECT_EQ(format_status(two_node_status()),
              "Version: 6.2.0\n"
              "Config Version: 1\n"
              "Cluster Name: an-cluster\n"
              "Cluster Id: 31412\n"
              "Cluster Member: Yes\n"
              "Cluster Generation: 24\n"
              "Membership state: Cluster-Member\n"
              "Nodes: 2\n"
              "Expected votes: 1\n"
              "Total votes: 2\n"
              "Node votes: 1\n"
              "Quorum: 1  \n"
              "Active subsystems: 8\n"
              "Flags: 2node \n"
              "Ports Bound: 0 11 177  \n"
              "Node name: an-node01.alteeve.com\n"
              "Node ID: 1\n"
              "Multicast addresses: 255.255.255.255 \n"
              "Node addresses: 192.168.1.71 \n");
}

TEST(StatusFormat, says_when_activity_is_blocked_and_shows_one_address_per_link)
{
    protocol::StatusReply status = two_node_status();
    status.quorate = false;
    status.quorum = 2;
    status.flags.clear();
    status.node_addresses = {"10.0.0.1", "10.1.0.1"};
    const std::string text = format_status(status);
    EXPECT_NE(text.find("\nQuorum: 2 Activity blocked\n"), std::string::npos);
    EXPECT_NE(text.find("\nFlags: \n"), std::string::npos);
    EXPECT_NE(text.find("\nMulticast addresses: 255.255.255.255 255.255.255.255 \n"),
              std::string::npos);
    EXPECT_NE(text.find("\nNode addresses: 10.0.0.1 10.1.0.1 \n"), std::string::npos);
}

TEST_F(NodesFormat, a_node_that_is_no_member_has_nineteen_blanks)
{
    EXPECT_EQ(format_nodes(two_nodes(), {}),
              "Node  Sts   Inc   Joined               Name\n"
              "   1   M     20   2010-10-20 23:40:11  an-node01.alteeve.com\n"
              "   2   X      0                        an-node02.alteeve.com\n");
}

TEST_F(NodesFormat, a_dead_node_keeps_its_incarnation)
{
    protocol::NodesReply reply = two_nodes();
    reply.nodes[1].incarnation = 24;
    EXPECT_NE(format_nodes(reply, {}).find("   2   X     24                        an-node02"),
              std::string::npos);
}

TEST_F(NodesFormat, addresses_follow_each_row)
{
    EXPECT_EQ(format_nodes(two_nodes(),
                           {.addresses = true, .names = {"an-node02.alteeve.com"}, .fields = {}}),
              "Node  Sts   Inc   Joined               Name\n"
              "   2   X      0                        an-node02.alteeve.com\n"
              "       Addresses: 192.168.1.72 10.1.0.2 \n");
}

TEST_F(NodesFormat, fields_come_without_header_each_with_a_blank)
{
    const std::vector<std::string> first{"an-node01.alteeve.com"};
    EXPECT_EQ(format_nodes(two_nodes(), {false, first, {"id"}}), "1 \n");
    EXPECT_EQ(format_nodes(two_nodes(), {false, first, {"id", "type"}}), "1 M \n");
    EXPECT_EQ(format_nodes(two_nodes(), {true, {}, {"id", "name"}}),
              "1 an-node01.alteeve.com \n2 an-node02.alteeve.com \n");
    EXPECT_EQ(format_nodes(two_nodes(), {false, {"an-node02.alteeve.com"}, {"addr"}}),
              "192.168.1.72,10.1.0.2 \n");
    EXPECT_EQ(format_nodes(two_nodes(), {false, first, {"state", "votes", "colour", "exp"}}),
              "Member 1 2 \n");
}

TEST_F(NodesFormat, an_unknown_name_prints_no_row)
{
    EXPECT_EQ(format_nodes(two_nodes(), {false, {"nobody"}, {}}),
              "Node  Sts   Inc   Joined               Name\n");
    EXPECT_EQ(format_nodes(two_nodes(), {false, {"nobody"}, {"id"}}), "");
}

}  // namespace
}  // namespace ha::cman
