// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/ccs_config_dump/dump.hpp"

#include <gtest/gtest.h>

#include "common/config/load.hpp"

namespace ha::cman {
namespace {

constexpr const char* document =
    "<cluster name='an-cluster' config_version='1'><!-- hidden --><clusternodes>"
    "<clusternode name='a' nodeid='1'/></clusternodes>"
    "<fencedevices><fencedevice name='d' agent='fence_na' passwd='&lt;&amp;&quot;'/></fencedevices>"
    "</cluster>";

TEST(Dump, has_one_tab_a_level_and_what_the_manager_knows)
{
    const auto text = dump_document(document, "a");
    ASSERT_TRUE(text);
    EXPECT_EQ(*text,
              "<?xml version=\"1.0\"?>\n"
              "<cluster name=\"an-cluster\" config_version=\"1\">\n"
              "\t<cman nodename=\"a\" cluster_id=\"31412\"/>\n"
              "\t<clusternodes>\n"
              "\t\t<clusternode name=\"a\" nodeid=\"1\"/>\n"
              "\t</clusternodes>\n"
              "\t<fencedevices>\n"
              "\t\t<fencedevice name=\"d\" agent=\"fence_na\" passwd=\"&lt;&amp;&quot;\"/>\n"
              "\t</fencedevices>\n"
              "</cluster>\n");
}

TEST(Dump, validates_again)
{
    const auto text = dump_document(document, "a");
    ASSERT_TRUE(text);
    const auto loaded = config::load(*text, "dump");
    ASSERT_TRUE(loaded);
    EXPECT_FALSE(loaded->is_invalid());
    EXPECT_EQ(loaded->model.cluster_id, 31412);
}

TEST(Dump, replaces_a_node_name_somebody_wrote_into_the_file)
{
    const auto text = dump_document("<cluster><cman nodename='x' port='1'/></cluster>", "a");
    ASSERT_TRUE(text);
    EXPECT_NE(text->find("<cman nodename=\"a\" port=\"1\" cluster_id=\"0\"/>"), std::string::npos);
}

TEST(Dump, is_an_error_for_what_is_no_xml)
{
    EXPECT_FALSE(dump_document("<cluster>", "a"));
}

}  // namespace
}  // namespace ha::cman
