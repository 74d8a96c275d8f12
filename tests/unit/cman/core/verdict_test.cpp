// SPDX-License-Identifier: Apache-2.0
#include "cman/core/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ha::cman {
namespace {

const ConfigId version_1{1, "aaaa"};
const ConfigId version_2{2, "bbbb"};
constexpr NodeId n1{1};
constexpr NodeId n2{2};

TEST(ConfigVerdict, is_undecided_until_every_peer_said_hello)
{
    ConfigVerdict verdict(n1, version_1, false);
    verdict.set_present({n1, n2});
    verdict.hear(n1, {version_1, false});
    EXPECT_EQ(verdict.state(), ConfigState::undecided);
    verdict.hear(n2, {version_1, false});
    EXPECT_EQ(verdict.state(), ConfigState::accepted);
}

TEST(ConfigVerdict, a_newcomer_with_an_older_document_is_told_to_copy)
{
    ConfigVerdict verdict(n2, version_1, false);
    verdict.set_present({n1, n2});
    verdict.hear(n1, {version_2, true});
    ASSERT_EQ(verdict.state(), ConfigState::refused);
    EXPECT_EQ(verdict.explain("an-node01"),
              "this node's cluster.conf has version 1, the cluster runs version 2: copy "
              "cluster.conf from an-node01 "
              "and join again");
}

TEST(ConfigVerdict, a_newcomer_with_a_newer_document_is_refused_and_the_cluster_goes_on)
{
    ConfigVerdict newcomer(n1, version_2, false);
    newcomer.set_present({n1, n2});
    newcomer.hear(n2, {version_1, true});
    EXPECT_EQ(newcomer.state(), ConfigState::refused);
    EXPECT_THAT(newcomer.explain("n2"), testing::HasSubstr("cman_tool version -r on n2"));

    ConfigVerdict old_member(n2, version_1, true);
    old_member.set_present({n1, n2});
    old_member.hear(n1, {version_2, false});
    EXPECT_EQ(old_member.state(), ConfigState::accepted);
}

TEST(ConfigVerdict, same_version_with_another_content_is_a_conflict)
{
    ConfigVerdict verdict(n2, {1, "cccc"}, false);
    verdict.set_present({n1, n2});
    verdict.hear(n1, {version_1, true});
    ASSERT_EQ(verdict.state(), ConfigState::refused);
    EXPECT_THAT(verdict.explain("n1"), testing::HasSubstr("another content"));
}

TEST(ConfigVerdict, exactly_one_of_two_newcomers_wins)
{
    for (const auto& [first, second] : {std::pair{version_1, version_2},
                                        {version_2, version_1},
                                        {version_1, ConfigId{1, "dddd"}}}) {
        ConfigVerdict a(n1, first, false);
        ConfigVerdict b(n2, second, false);
        a.set_present({n1, n2});
        b.set_present({n1, n2});
        a.hear(n1, {first, false});
        a.hear(n2, {second, false});
        b.hear(n1, {first, false});
        b.hear(n2, {second, false});
        EXPECT_NE(a.state() == ConfigState::refused, b.state() == ConfigState::refused);
    }
}

TEST(ConfigVerdict, an_older_half_is_accepted_again_when_the_other_one_is_gone)
{
    ConfigVerdict verdict(n1, version_1, true);
    verdict.set_present({n1, n2});
    verdict.hear(n2, {version_2, true});
    EXPECT_EQ(verdict.state(), ConfigState::refused);
    verdict.set_present({n1});
    EXPECT_EQ(verdict.state(), ConfigState::accepted);
    EXPECT_EQ(verdict.explain("n2"), "");
}

}  // namespace
}  // namespace ha::cman
