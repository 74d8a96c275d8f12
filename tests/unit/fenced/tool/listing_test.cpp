// SPDX-License-Identifier: Apache-2.0
#include "fenced/tool/listing.hpp"

#include <gtest/gtest.h>

namespace ha::fence::tool {
namespace {

using protocol::ClassicHow;
using protocol::DomainListing;
using protocol::FenceWait;
using protocol::ListedNode;

DomainListing two_members()
{
    DomainListing listing;
    listing.in_domain = true;
    listing.member_count = 2;
    listing.master = NodeId{1};
    listing.members = {NodeId{1}, NodeId{2}};
    listing.nodes = {{NodeId{1}, "n1", true, false, NodeId{0}, ClassicHow::none, ""},
                     {NodeId{2}, "n2", true, false, NodeId{1}, ClassicHow::agent, ""}};
    return listing;
}

TEST(FenceToolListing, prints_the_seven_classic_lines_and_an_empty_one)
{
    EXPECT_EQ(render_listing(two_members(), false),
              "fence domain\n"
              "member count  2\n"
              "victim count  0\n"
              "victim now    0\n"
              "master nodeid 1\n"
              "wait state    none\n"
              "members       1 2 \n"
              "\n");
}

TEST(FenceToolListing, lists_all_nodes_with_who_fenced_them_last)
{
    const std::string text = render_listing(two_members(), true);
    EXPECT_NE(text.find("members       1 2 \n"
                        "all nodes\n"
                        "nodeid 1 member 1 victim 0 last fence master 0 how none\n"
                        "nodeid 2 member 1 victim 0 last fence master 1 how agent\n"
                        "\n"),
              std::string::npos)
        << text;
}

TEST(FenceToolListing, says_for_each_victim_what_is_awaited)
{
    DomainListing listing = two_members();
    listing.victim_count = 1;
    listing.victim_now = NodeId{2};
    listing.wait = FenceWait::fencing;
    listing.nodes[1].is_victim = true;
    listing.nodes[1].waiting = "a fence agent; fence_ack_manual n2";
    EXPECT_EQ(render_listing(listing, false),
              "fence domain\n"
              "member count  2\n"
              "victim count  1\n"
              "victim now    2\n"
              "master nodeid 1\n"
              "wait state    fencing\n"
              "members       1 2 \n"
              "waiting for   n2: a fence agent; fence_ack_manual n2\n"
              "\n");
}

}  // namespace
}  // namespace ha::fence::tool
