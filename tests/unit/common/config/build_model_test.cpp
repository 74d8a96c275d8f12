// SPDX-License-Identifier: Apache-2.0
#include "common/config/build_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/hash.hpp"
#include "common/config/load.hpp"
#include "tests/support/config_world.hpp"

namespace ha::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

model::ClusterModel model_of(const std::string& bytes)
{
    auto loaded = load(bytes, "cluster.conf");
    EXPECT_TRUE(loaded);
    return loaded->model;
}

std::string two_nodes(const std::string& extra)
{
    return "<cluster name=\"alpha\" config_version=\"2\">" + extra +
           "<clusternodes><clusternode name=\"node1\" nodeid=\"1\"/>"
           "<clusternode name=\"node2\" nodeid=\"2\"/></clusternodes></cluster>";
}

// The figures of spec/cman.md 1.3.
TEST(ClusterId, is_derived_from_the_name_as_cman_did)
{
    EXPECT_EQ(derived_cluster_id("an-cluster"), 31412);
    EXPECT_EQ(derived_cluster_id("alpha"), 3169);
    EXPECT_EQ(derived_cluster_id("RHCluster"), 41524);
    EXPECT_EQ(hashed_cluster_id("an-cluster"), 39317);
    EXPECT_EQ(hashed_cluster_id("alpha"), 12320);
    EXPECT_EQ(hashed_cluster_id("RHCluster"), 26061);
}

TEST(BuildModel, takes_a_given_cluster_id_before_a_derived_one)
{
    EXPECT_EQ(model_of(two_nodes("")).cluster_id, 3169);
    EXPECT_EQ(model_of(two_nodes("<cman hash_cluster_id='YES'/>")).cluster_id, 12320);
    EXPECT_EQ(model_of(two_nodes("<cman cluster_id='7' hash_cluster_id='on'/>")).cluster_id, 7);
}

TEST(BuildModel, joins_each_device_with_its_fencedevice)
{
    const auto model = model_of(ha::test::read_file(HA_SOURCE_DIR "/schemas/examples/howto.conf"));
    ASSERT_EQ(model.nodes.size(), 2u);
    ASSERT_EQ(model.nodes[1].methods.size(), 2u);
    EXPECT_EQ(model.nodes[1].methods[0].name, "node_assassin");
    ASSERT_EQ(model.nodes[1].methods[0].steps.size(), 1u);
    const model::FenceStep& step = model.nodes[1].methods[0].steps[0];
    EXPECT_EQ(step.device_name, "batou");
    EXPECT_EQ(step.agent, "fence_na");
    EXPECT_THAT(step.device_attributes,
                ElementsAre(model::KeyValue{"port", "02"}, model::KeyValue{"action", "reboot"}));
    EXPECT_EQ(step.fencedevice_attributes.front(),
              (model::KeyValue{"ipaddr", "batou.example.com"}));
    EXPECT_TRUE(model.quorum.two_node);
    EXPECT_EQ(model.quorum.expected_votes, 1u);
    EXPECT_EQ(model.fence_daemon.post_join_delay, std::chrono::seconds(60));
    EXPECT_EQ(model.rm.name, "rm");
}

TEST(BuildModel, has_the_defaults_of_the_specification)
{
    const auto model = model_of(two_nodes(""));
    EXPECT_EQ(model.totem.token, std::chrono::milliseconds(3000));
    EXPECT_EQ(model.totem.port, 5405);
    EXPECT_TRUE(model.totem.secauth);
    EXPECT_EQ(model.fence_daemon.post_join_delay, std::chrono::seconds(6));
    EXPECT_EQ(model.fence_daemon.post_fail_delay, std::chrono::seconds(0));
    EXPECT_EQ(model.fence_daemon.override_time, std::chrono::seconds(3));
    EXPECT_EQ(model.fence_daemon.restart_grace, std::chrono::seconds(10));
    EXPECT_EQ(model.shutdown_timeout, std::chrono::milliseconds(5000));
    EXPECT_TRUE(model.rm.name.empty());
}

TEST(BuildModel, accepts_for_ever_as_a_delay)
{
    const auto model = model_of(two_nodes("<fence_daemon post_join_delay='-1'/>"));
    EXPECT_EQ(model.fence_daemon.post_join_delay, std::chrono::seconds(-1));
}

TEST(BuildModel, keeps_the_default_where_a_value_is_wrong)
{
    const auto model =
        model_of(two_nodes("<cman port='0' two_node='yes'/><totem token='3s'/><fence_daemon "
                           "post_join_delay='soon'/>"));
    EXPECT_EQ(model.totem.port, 5405);
    EXPECT_FALSE(model.quorum.two_node);
    EXPECT_EQ(model.totem.token, std::chrono::milliseconds(3000));
    EXPECT_EQ(model.fence_daemon.post_join_delay, std::chrono::seconds(6));
}

TEST(BuildModel, merges_totem_sections_and_takes_the_first_cman)
{
    const auto model = model_of(
        two_nodes("<totem token='4000'/><totem token='5000' join='90'/><cman port='6000'/><cman "
                  "port='7000'/>"));
    EXPECT_EQ(model.totem.token, std::chrono::milliseconds(4000));
    EXPECT_EQ(model.totem.join, std::chrono::milliseconds(90));
    EXPECT_EQ(model.totem.port, 6000);
}

TEST(Load, tells_refusals_from_complaints_and_warnings)
{
    const auto complaint = load(two_nodes("<cman no_such='1'/>"), "cluster.conf");
    ASSERT_TRUE(complaint);
    EXPECT_TRUE(complaint->is_invalid());
    EXPECT_FALSE(complaint->is_refused());
    const auto refusal = load(two_nodes("<quorumd/>"), "cluster.conf");
    ASSERT_TRUE(refusal);
    EXPECT_TRUE(refusal->is_refused());
    const auto warning = load(two_nodes("<cman upgrading='yes'/>"), "cluster.conf");
    ASSERT_TRUE(warning);
    EXPECT_FALSE(warning->is_invalid());
    EXPECT_FALSE(warning->problems.empty());
}

TEST(Load, is_an_error_with_file_and_line_if_the_bytes_are_no_xml)
{
    const auto loaded = load("<cluster>\n<cman>\n</cluster>", "/etc/cluster/cluster.conf");
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::invalid_input);
    EXPECT_THAT(loaded.error().text, HasSubstr("/etc/cluster/cluster.conf:3: "));
}

TEST(Load, names_a_document_by_version_and_hash)
{
    const auto loaded = load(two_nodes(""), "cluster.conf");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->id.version, 2u);
    EXPECT_EQ(loaded->id.hash, sha256_hex(two_nodes("")));
    // printf '' | sha256sum
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Load, resolves_every_name_once_and_finds_this_node)
{
    ha::test::ConfigWorld world;
    world.uname = "node2.example.com";
    const auto loaded = load(two_nodes(""), "cluster.conf", world.facts());
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->local, NodeId{2});
    EXPECT_THAT(loaded->addresses, ElementsAre(model::NodeAddress{NodeId{1}, "10.0.0.1", ""},
                                               model::NodeAddress{NodeId{2}, "10.0.0.2", ""}));
}

}  // namespace
}  // namespace ha::config
