// SPDX-License-Identifier: Apache-2.0
#include "cman/corosync/render.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/load.hpp"
#include "tests/support/config_world.hpp"

namespace ha::cman {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Rendered {
    config::Loaded loaded;
    std::string text;
};

Rendered render_bytes(const std::string& bytes, const std::string& uname,
                      const RenderOptions& options = {})
{
    ha::test::ConfigWorld world;
    world.uname = uname;
    auto loaded = config::load(bytes, "cluster.conf", world.facts());
    EXPECT_TRUE(loaded);
    for (const auto& problem : loaded->problems) {
        EXPECT_EQ(problem.consequence, config::Consequence::warn)
            << describe(problem, "cluster.conf");
    }
    std::string text = render(loaded->model, loaded->addresses, options);
    return {std::move(*loaded), std::move(text)};
}

std::string golden(const std::string& name)
{
    return ha::test::read_file(HA_SOURCE_DIR "/tests/golden/corosync/" + name);
}

/// Two nodes; `extra` goes into `<cluster>`.
std::string two_nodes(const std::string& extra)
{
    return "<cluster name=\"alpha\" config_version=\"2\">" + extra +
           "<clusternodes><clusternode name=\"node1\" nodeid=\"1\"/>"
           "<clusternode name=\"node2\" nodeid=\"2\"/></clusternodes></cluster>";
}

std::string three_nodes(const std::string& extra)
{
    std::string text = two_nodes(extra);
    text.replace(text.find("</clusternodes>"), 0, "<clusternode name=\"node3\" nodeid=\"3\"/>");
    return text;
}

TEST(Render, writes_example_a_of_the_specification_byte_for_byte)
{
    EXPECT_EQ(render_bytes(golden("example_a.conf"), "an-node01.alteeve.com").text,
              golden("example_a.expected"));
}

TEST(Render, writes_example_b_of_the_specification_byte_for_byte)
{
    EXPECT_EQ(render_bytes(golden("example_b.conf"), "n2").text, golden("example_b.expected"));
}

TEST(Render, is_the_same_on_every_node)
{
    EXPECT_EQ(render_bytes(golden("example_b.conf"), "n1").text,
              render_bytes(golden("example_b.conf"), "n3").text);
}

TEST(Render, derives_the_key_from_the_cluster_name_if_there_is_no_key_file)
{
    const std::string text = render_bytes(two_nodes(""), "node1").text;
    EXPECT_THAT(text, HasSubstr("    crypto_hash: sha256\n    key: "));
    // printf alpha | sha512sum
    EXPECT_THAT(text, HasSubstr("key: ba3ce58667ca9b12"));
    EXPECT_THAT(text, Not(HasSubstr("keyfile")));
}

TEST(Render, takes_consensus_from_token_and_the_number_of_nodes)
{
    EXPECT_THAT(render_bytes(two_nodes(""), "node1").text, HasSubstr("    consensus: 600\n"));
    EXPECT_THAT(render_bytes(three_nodes(""), "node1").text, HasSubstr("    consensus: 3600\n"));
    EXPECT_THAT(render_bytes(two_nodes("<totem token='5000'/>"), "node1").text,
                HasSubstr("    consensus: 1000\n"));
    EXPECT_THAT(render_bytes(two_nodes("<totem token='600'/>"), "node1").text,
                HasSubstr("    consensus: 200\n"));
    EXPECT_THAT(render_bytes(two_nodes("<totem token='60000'/>"), "node1").text,
                HasSubstr("    consensus: 2000\n"));
    EXPECT_THAT(render_bytes(two_nodes("<totem consensus='777'/>"), "node1").text,
                HasSubstr("    consensus: 777\n"));
}

TEST(Render, prefers_the_key_file_of_cman)
{
    const std::string both =
        "<cman keyfile='/etc/cluster/alpha.key'/><totem keyfile='/etc/cluster/beta.key'/>";
    EXPECT_THAT(render_bytes(two_nodes(both), "node1").text,
                HasSubstr("    keyfile: /etc/cluster/alpha.key\n"));
}

TEST(Render, writes_expected_votes_only_as_given)
{
    EXPECT_THAT(render_bytes(three_nodes("<cman expected_votes='3'/>"), "node1").text,
                HasSubstr("    expected_votes: 3\n    wait_for_all: 0\n"));
    EXPECT_THAT(render_bytes(three_nodes(""), "node1").text, Not(HasSubstr("expected_votes")));
    EXPECT_THAT(
        render_bytes(two_nodes("<cman two_node='1' expected_votes='1' wait_for_all='1'/>"), "node1")
            .text,
        HasSubstr("    expected_votes: 2\n    two_node: 1\n    wait_for_all: 1\n"));
}

TEST(Render, passes_further_totem_keys_in_document_order)
{
    EXPECT_THAT(
        render_bytes(two_nodes("<totem window_size='50' hold='180'/>"), "node1").text,
        HasSubstr("    fail_recv_const: 2500\n    window_size: 50\n    hold: 180\n    crypto"));
}

TEST(Render, prefers_ipv6_if_the_multicast_address_is_one)
{
    const std::string text =
        "<cluster name='six' config_version='1'><cman><multicast addr='ff15::1'/></cman>"
        "<clusternodes><clusternode name='node3' nodeid='3'/></clusternodes></cluster>";
    const std::string rendered = render_bytes(text, "node3").text;
    EXPECT_THAT(rendered, HasSubstr("    ip_version: ipv6-4\n"));
    EXPECT_THAT(rendered, HasSubstr("        ring0_addr: fd00::3\n"));
}

TEST(Render, gives_the_second_link_the_next_port_and_passive_mode)
{
    std::string text = two_nodes("");
    for (const char* node : {"1", "2"}) {
        const std::string tag = "nodeid=\"" + std::string(node) + "\"/>";
        text.replace(text.find(tag), tag.size(),
                     "nodeid=\"" + std::string(node) + "\"><altname name=\"node" + node +
                         "-b\"/></clusternode>");
    }
    const std::string rendered = render_bytes(text, "node1").text;
    EXPECT_THAT(rendered, HasSubstr("    link_mode: passive\n"));
    EXPECT_THAT(rendered, HasSubstr("        linknumber: 1\n        mcastport: 5406\n"));
}

TEST(Render, lets_the_daemon_beat_the_global_log_settings)
{
    const std::string logging =
        "<logging to_syslog='no' logfile_priority='err' debug='on'>"
        "<logging_daemon name='corosync' to_syslog='yes' debug='off' logfile='/tmp/c.log'/>"
        "<logging_daemon name='fenced' to_syslog='no'/></logging>";
    const std::string text = render_bytes(two_nodes(logging), "node1").text;
    EXPECT_THAT(text, HasSubstr("    to_syslog: yes\n"));
    EXPECT_THAT(text, HasSubstr("    logfile: /tmp/c.log\n    logfile_priority: err\n"));
    const std::string debug = render_bytes(two_nodes("<logging debug='on'/>"), "node1").text;
    EXPECT_THAT(debug, HasSubstr("    logfile_priority: debug\n"));
}

TEST(Render, keeps_the_default_for_names_that_do_not_exist)
{
    const std::string text =
        render_bytes(two_nodes("<logging syslog_facility='lokal4' syslog_priority='ERR'/>"),
                     "node1")
            .text;
    EXPECT_THAT(text, HasSubstr("    syslog_facility: local4\n    syslog_priority: err\n"));
}

TEST(Render, takes_log_file_and_scheduling_from_its_options)
{
    const RenderOptions options{.logfile = "/lab/node1/corosync.log", .realtime = false};
    const std::string text = render_bytes(two_nodes(""), "node1", options).text;
    EXPECT_THAT(text, HasSubstr("    logfile: /lab/node1/corosync.log\n"));
    EXPECT_THAT(text, HasSubstr("system {\n    sched_rr: no\n}\n"));
}

TEST(Render, leaves_out_a_node_without_address)
{
    const auto loaded = config::load(two_nodes(""), "cluster.conf");
    ASSERT_TRUE(loaded);
    const std::string text = render(loaded->model, {{NodeId{2}, "10.0.0.2", ""}});
    EXPECT_THAT(text, Not(HasSubstr("node1")));
    EXPECT_THAT(text, HasSubstr("        name: node2\n"));
}

}  // namespace
}  // namespace ha::cman
