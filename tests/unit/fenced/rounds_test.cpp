// SPDX-License-Identifier: Apache-2.0
#include "fenced/rounds.hpp"

#include <gmock/gmock.h>

#include "tests/support/run_until.hpp"
#include "tests/unit/fenced/agents_fixture.hpp"
#include "tests/unit/fenced/core/fence_builders.hpp"

namespace ha::fence::test {
namespace {

using ha::test::node_with;
using ha::test::run_until;
using ha::test::step;
using testing::HasSubstr;
using testing::Not;

class RoundsTest : public AgentsTest
{
protected:
    RoundFinished finish(std::uint64_t round, const model::Node& node)
    {
        const std::size_t before = events_.size();
        rounds_.run(round, node);
        EXPECT_TRUE(run_until(loop_, [&] { return events_.size() > before; }));
        return std::get<RoundFinished>(events_.back());
    }

    Journal journal_;
    std::vector<Event> events_;
    Rounds rounds_{loop_,
                   children_,
                   journal_,
                   {.search_path = dir_.path(), .limits = {}},
                   [this](const Event& event) { events_.push_back(event); }};
};

TEST_F(RoundsTest, report_a_success_with_its_method_and_say_so)
{
    agent("good", "");
    const RoundFinished end = finish(7, node_with({{"ipmi", {step("d", "good", {})}}}));
    EXPECT_EQ(end.round, 7U);
    EXPECT_EQ(end.outcome, protocol::RoundOutcome::fenced);
    EXPECT_EQ(end.method, "ipmi");
    EXPECT_THAT(journal_.text(), HasSubstr("fencing node n2"));
    EXPECT_THAT(journal_.text(), HasSubstr("fence n2 dev 0.0 agent good result: success"));
    EXPECT_THAT(journal_.text(), HasSubstr("fence n2 success"));
    EXPECT_TRUE(rounds_.is_idle());
}

TEST_F(RoundsTest, report_a_failure_with_the_agents_words_and_without_its_password)
{
    agent("bad", "echo no route to device, password hunter2 >&2; exit 1");
    const RoundFinished end =
        finish(1, node_with({{"ipmi", {step("d", "bad", {}, {{"passwd", "hunter2"}})}}}));
    EXPECT_EQ(end.outcome, protocol::RoundOutcome::failed);
    EXPECT_THAT(end.words, HasSubstr("no route to device"));
    EXPECT_THAT(end.words + journal_.text(), Not(HasSubstr("hunter2")));
    EXPECT_THAT(journal_.text(), HasSubstr("fence n2 failed"));
}

TEST_F(RoundsTest, fail_without_methods_because_only_a_person_can_help)
{
    const RoundFinished end = finish(1, node_with({}));
    EXPECT_EQ(end.outcome, protocol::RoundOutcome::failed);
    EXPECT_THAT(journal_.text(), HasSubstr("fence n2 dev 0.0 agent none result: error no method"));
}

TEST_F(RoundsTest, answer_whether_the_devices_say_off)
{
    agent("off", "echo Status: OFF; exit 2");
    rounds_.ask(3, node_with({{"ipmi", {step("d", "off", {})}}}));
    ASSERT_TRUE(run_until(loop_, [&] { return !events_.empty(); }));
    const auto answer = std::get<DevicesAnswered>(events_.back());
    EXPECT_EQ(answer.round, 3U);
    EXPECT_TRUE(answer.is_off);
}

TEST_F(RoundsTest, end_with_an_unknown_outcome_when_told_to)
{
    agent("hanging", "sleep 1000");
    rounds_.run(9, node_with({{"ipmi", {step("d", "hanging", {})}}}));
    ASSERT_TRUE(run_until(loop_, [&] { return children_.running() == 1; }));
    EXPECT_THAT(rounds_.describe(),
                HasSubstr("round 9 against n2: method \"ipmi\" device \"d\" agent hanging"));
    rounds_.end(9, "acknowledged");
    ASSERT_TRUE(run_until(loop_, [&] { return !events_.empty(); }));
    EXPECT_EQ(std::get<RoundFinished>(events_.back()).outcome, protocol::RoundOutcome::unknown);
    EXPECT_EQ(children_.running(), 0U);
}

TEST_F(RoundsTest, say_the_same_failure_only_three_times)
{
    agent("bad", "exit 1");
    const auto node = node_with({{"ipmi", {step("d", "bad", {})}}});
    for (std::uint64_t round = 1; round <= 5; ++round) {
        (void)finish(round, node);
    }
    std::size_t said = 0;
    const std::string text = journal_.text();
    for (std::size_t at = text.find("fence_round_failed"); at != std::string::npos;
         at = text.find("fence_round_failed", at + 1)) {
        ++said;
    }
    EXPECT_EQ(said, 3U);
}

}  // namespace
}  // namespace ha::fence::test
