// SPDX-License-Identifier: Apache-2.0
#include "cman/core/leave.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ha::cman {
namespace {

constexpr TimePoint deadline{std::chrono::seconds{5}};
const std::vector<Subscriber> two_subscribers{{ClientId{1}, "fenced"}, {ClientId{2}, "rgmanager"}};
using State = LeaveProcedure::State;

TEST(LeaveProcedure, agrees_when_all_say_yes)
{
    LeaveProcedure leave;
    leave.begin(two_subscribers, false, false, deadline);
    leave.answer(ClientId{1}, leave.number(), true, "");
    EXPECT_EQ(leave.state(), State::asking);
    leave.answer(ClientId{2}, leave.number(), true, "");
    EXPECT_EQ(leave.state(), State::agreed);
}

TEST(LeaveProcedure, one_no_refuses_and_says_who_and_why)
{
    LeaveProcedure leave;
    leave.begin(two_subscribers, false, false, deadline);
    leave.answer(ClientId{1}, leave.number(), false, "the node is in the fence domain");
    leave.answer(ClientId{2}, leave.number(), true, "");
    EXPECT_EQ(leave.state(), State::refused);
    EXPECT_THAT(leave.objections(),
                testing::ElementsAre("fenced: the node is in the fence domain"));
}

TEST(LeaveProcedure, silence_is_a_no)
{
    LeaveProcedure leave;
    leave.begin(two_subscribers, false, false, deadline);
    leave.answer(ClientId{1}, leave.number(), true, "");
    leave.pass_time(deadline - Duration{1});
    EXPECT_EQ(leave.state(), State::asking);
    leave.pass_time(deadline);
    EXPECT_EQ(leave.state(), State::refused);
    EXPECT_THAT(leave.objections(), testing::ElementsAre("rgmanager: no answer"));
}

TEST(LeaveProcedure, who_hangs_up_says_yes)
{
    LeaveProcedure leave;
    leave.begin(two_subscribers, false, false, deadline);
    leave.hang_up(ClientId{1});
    leave.hang_up(ClientId{2});
    EXPECT_EQ(leave.state(), State::agreed);
}

TEST(LeaveProcedure, force_and_nobody_to_ask_agree_at_once)
{
    LeaveProcedure forced;
    forced.begin(two_subscribers, true, false, deadline);
    EXPECT_EQ(forced.state(), State::agreed);
    LeaveProcedure lonely;
    lonely.begin({}, false, true, deadline);
    EXPECT_EQ(lonely.state(), State::agreed);
    EXPECT_TRUE(lonely.is_remove());
}

TEST(LeaveProcedure, an_answer_to_an_earlier_question_does_not_count)
{
    LeaveProcedure leave;
    leave.begin(two_subscribers, false, false, deadline);
    const std::uint64_t earlier = leave.number();
    leave.pass_time(deadline);
    leave.reset();
    leave.begin(two_subscribers, false, false, deadline + Duration{1});
    leave.answer(ClientId{1}, earlier, true, "");
    leave.answer(ClientId{2}, earlier, true, "");
    EXPECT_EQ(leave.state(), State::asking);
}

TEST(LeaveProcedure, an_answer_from_a_stranger_does_not_count)
{
    LeaveProcedure leave;
    leave.begin(two_subscribers, false, false, deadline);
    leave.answer(ClientId{9}, leave.number(), false, "me too");
    leave.hang_up(ClientId{1});
    leave.hang_up(ClientId{2});
    EXPECT_EQ(leave.state(), State::agreed);
}

}  // namespace
}  // namespace ha::cman
