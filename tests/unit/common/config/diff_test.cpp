// SPDX-License-Identifier: Apache-2.0
#include "common/config/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/build_model.hpp"
#include "common/config/xml_tree.hpp"
#include "common/config/xml_write.hpp"
#include "tests/support/config_world.hpp"

namespace ha::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string howto()
{
    return ha::test::read_file(HA_SOURCE_DIR "/schemas/examples/howto.conf");
}

model::ClusterModel model_of(const std::string& bytes)
{
    auto tree = parse_xml(bytes, "cluster.conf");
    EXPECT_TRUE(tree);
    return build_model(*tree);
}

/// The how-to with `from` (which must be in it) replaced, against the how-to.
ModelDiff diff_with(const std::string& from, const std::string& to)
{
    std::string changed = howto();
    const std::size_t place = changed.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    changed.replace(place, from.size(), to);
    return diff(model_of(howto()), model_of(changed));
}

TEST(Diff, is_empty_for_another_version_comments_and_lines)
{
    EXPECT_TRUE(diff_with("config_version=\"17\"", "config_version=\"18\"").is_empty());
    EXPECT_TRUE(diff_with("<rm ", "<!-- a comment -->\n\n<rm ").is_empty());
    EXPECT_TRUE(diff_with("<resources>", "<!-- a comment -->\n\n<resources>").is_empty());
}

TEST(Diff, names_added_and_removed_nodes)
{
    const std::string third = "<clusternode name=\"third\" nodeid=\"3\"/></clusternodes>";
    const ModelDiff more = diff_with("</clusternodes>", third);
    EXPECT_THAT(more.added, ElementsAre(NodeId{3}));
    EXPECT_TRUE(more.needs_corosync_reload());
    std::string changed = howto();
    changed.replace(changed.find("</clusternodes>"), 15, third);
    EXPECT_THAT(diff(model_of(changed), model_of(howto())).removed, ElementsAre(NodeId{3}));
}

TEST(Diff, sees_what_a_reload_takes_over)
{
    EXPECT_THAT(diff_with(" votes=\"1\"", " votes=\"2\"").votes_changed, ElementsAre(NodeId{1}));
    EXPECT_TRUE(diff_with("expected_votes=\"1\"", "").quorum_changed);
    EXPECT_TRUE(diff_with("<totem ", "<totem token=\"9000\" ").totem_changed);
    const ModelDiff delay = diff_with("post_join_delay=\"60\"", "post_join_delay=\"30\"");
    EXPECT_TRUE(delay.fence_daemon_changed);
    EXPECT_FALSE(delay.needs_corosync_reload());
    EXPECT_TRUE(diff_with("autostart=\"0\"", "autostart=\"1\"").rm_changed);
    EXPECT_TRUE(diff_with("<rm ", "<logging debug=\"on\"/><rm ").logging_changed);
    EXPECT_TRUE(diff_with("<rm ", "<uidgid uid=\"x\"/><rm ").uidgid_changed);
}

TEST(Diff, sees_fencing_through_its_devices)
{
    EXPECT_THAT(diff_with("port=\"02\"", "port=\"03\"").fencing_changed, ElementsAre(NodeId{2}));
    EXPECT_THAT(diff_with("passwd=\"secret\" quiet", "passwd=\"new\" quiet").fencing_changed,
                ElementsAre(NodeId{1}, NodeId{2}));
}

TEST(Diff, names_the_nodes_that_lose_their_last_method)
{
    std::string changed = howto();
    const std::size_t begin = changed.find("<method name=\"node_assassin\">");
    const std::size_t end = changed.find("</fence>");
    changed.erase(begin, end - begin);
    EXPECT_THAT(diff(model_of(howto()), model_of(changed)).lost_last_method,
                ElementsAre(NodeId{1}));
}

TEST(Diff, knows_what_only_a_restart_can_change)
{
    EXPECT_THAT(diff_with("post_join_delay=\"60\"", "post_join_delay=\"30\"").needs_restart,
                IsEmpty());
    EXPECT_EQ(diff_with("name=\"an-cluster\"", "name=\"beta\"").needs_restart.size(), 1u);
    EXPECT_EQ(diff_with("<cman ", "<cman port=\"6000\" ").needs_restart.size(), 1u);
    EXPECT_EQ(diff_with("<cman ", "<cman cluster_id=\"6\" ").needs_restart.size(), 1u);
    const ModelDiff renumbered = diff_with("nodeid=\"2\"", "nodeid=\"5\"");
    ASSERT_EQ(renumbered.needs_restart.size(), 1u);
    EXPECT_EQ(renumbered.needs_restart[0].node, NodeId{5});
    EXPECT_THAT(renumbered.removed, ElementsAre(NodeId{2}));
    EXPECT_EQ(diff_with("name=\"an-node02.example.com\" nodeid", "name=\"other\" nodeid")
                  .needs_restart.size(),
              1u);
}

TEST(WriteXml, gives_a_document_that_reads_the_same)
{
    model::Element tree{"a",
                        {{"b", "x & <y> \"z\"\n\t'", 0}},
                        {{"c", {}, {}, "", 0}, {"d", {}, {}, "1 < 2", 0}},
                        "",
                        0};
    const std::string text = write_xml(tree);
    EXPECT_EQ(text.substr(0, 22), "<?xml version=\"1.0\"?>\n");
    EXPECT_NE(text.find("\n\t<c/>\n"), std::string::npos);
    auto read = parse_xml(text, "x");
    ASSERT_TRUE(read);
    EXPECT_TRUE(same_content(*read, tree)) << text;
}

}  // namespace
}  // namespace ha::config
