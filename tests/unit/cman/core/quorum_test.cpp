// SPDX-License-Identifier: Apache-2.0
#include "cman/core/quorum.hpp"

#include <gtest/gtest.h>

namespace ha::cman {
namespace {

TEST(Quorum, three_nodes_need_two_votes_and_dead_ones_keep_counting)
{
    const Ballot all{3, 3, 3, false};
    const std::uint32_t required = required_votes(all, 0);
    EXPECT_EQ(required, 2U);
    EXPECT_TRUE(is_quorate(all, required));
    const Ballot two{2, 2, 3, false};
    EXPECT_EQ(required_votes(two, required), 2U);
    EXPECT_TRUE(is_quorate(two, required));
    const Ballot one{1, 1, 3, false};
    EXPECT_EQ(required_votes(one, required), 2U);
    EXPECT_FALSE(is_quorate(one, required));
}

TEST(Quorum, never_falls_by_itself)
{
    EXPECT_EQ(required_votes(Ballot{1, 1, 1, false}, 3), 3U);
    EXPECT_EQ(required_votes_lowered(Ballot{1, 1, 1, false}), 1U);
}

TEST(Quorum, leave_remove_twice_leaves_a_quorate_last_node)
{
    const Ballot two{2, 2, 3, false};
    EXPECT_EQ(expected_after_remove(two), 2U);
    EXPECT_EQ(required_votes_lowered(Ballot{2, 2, 2, false}), 2U);
    const Ballot one{1, 1, 2, false};
    EXPECT_EQ(expected_after_remove(one), 1U);
    const std::uint32_t required = required_votes_lowered(Ballot{1, 1, 1, false});
    EXPECT_EQ(required, 1U);
    EXPECT_TRUE(is_quorate(one, required));
}

TEST(Quorum, remove_counts_nodes_but_votequorum_takes_no_less_than_the_votes_present)
{
    EXPECT_EQ(expected_after_remove(Ballot{2, 5, 7, false}), 5U);
}

TEST(Quorum, expected_with_three_of_five_dead_accepts_up_to_three)
{
    const Ballot two_of_five{2, 2, 5, false};
    EXPECT_EQ(required_votes(two_of_five, 0), 3U);
    EXPECT_EQ(expected_to_set(two_of_five, 2), 2U);
    EXPECT_EQ(expected_to_set(two_of_five, 3), 3U);
    EXPECT_EQ(required_votes_lowered(Ballot{2, 2, 3, false}), 2U);
    EXPECT_EQ(expected_to_set(two_of_five, 4), std::nullopt);
    EXPECT_EQ(expected_to_set(two_of_five, 0), std::nullopt);
}

TEST(Quorum, expected_below_the_votes_present_is_accepted_as_those_votes)
{
    EXPECT_EQ(expected_to_set(Ballot{2, 4, 5, false}, 1), 4U);
}

TEST(Quorum, two_node_needs_one_vote_with_at_most_two_members)
{
    EXPECT_EQ(required_votes(Ballot{1, 1, 2, true}, 0), 1U);
    EXPECT_EQ(required_votes(Ballot{2, 2, 2, true}, 2), 1U);
    EXPECT_EQ(required_votes(Ballot{3, 3, 2, true}, 0), 2U);
    EXPECT_EQ(required_votes(Ballot{1, 1, 2, false}, 0), 2U);
}

TEST(Quorum, a_device_counts_as_votes)
{
    EXPECT_TRUE(is_quorate(Ballot{1, 4, 7, false}, required_votes(Ballot{1, 4, 7, false}, 0)));
    EXPECT_EQ(required_votes(Ballot{1, 4, 7, false}, 0), 4U);
    EXPECT_TRUE(is_quorate(Ballot{1, 2, 3, false}, required_votes(Ballot{1, 2, 3, false}, 0)));
}

TEST(Quorum, a_returning_node_restores_what_remove_lowered)
{
    EXPECT_EQ(expected_to_restore(Ballot{2, 2, 2, false}, 3), 3U);
    EXPECT_EQ(expected_to_restore(Ballot{2, 2, 3, false}, 3), std::nullopt);
}

TEST(Quorum, what_a_refused_newcomer_raised_is_lowered_again)
{
    EXPECT_EQ(expected_to_restore(Ballot{2, 2, 4, false}, 3), 3U);
}

TEST(Quorum, restoring_never_makes_a_quorate_cluster_inquorate)
{
    EXPECT_EQ(expected_to_restore(Ballot{2, 2, 2, false}, 5), std::nullopt);
    EXPECT_EQ(expected_to_restore(Ballot{1, 1, 2, true}, 1), std::nullopt);
}

TEST(Quorum, votes_may_change_only_if_the_rest_stays_quorate)
{
    const Ballot three{3, 3, 3, false};
    EXPECT_FALSE(may_set_votes(three, 1, 0, true));
    EXPECT_TRUE(may_set_votes(three, 1, 5, true));
    const Ballot weighted{2, 5, 7, false};
    EXPECT_FALSE(may_set_votes(weighted, 4, 2, true));  // 3 present of 7
    EXPECT_TRUE(may_set_votes(weighted, 4, 2, false));  // an absent node's votes change nothing now
}

}  // namespace
}  // namespace ha::cman
