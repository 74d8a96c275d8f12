// SPDX-License-Identifier: Apache-2.0
#include "fenced/decision_log.hpp"

#include <gmock/gmock.h>

namespace ha::fence {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string said(const Decided& decided, const protocol::FenceFacts& facts = {})
{
    Journal journal;
    log_decision(journal, decided, "n2", facts);
    return journal.text();
}

protocol::FenceFacts settled(protocol::SettledHow how)
{
    protocol::FactSettled fact;
    fact.node = NodeId{2};
    fact.how = how;
    fact.words = "a person";
    protocol::FenceFacts facts;
    facts.settled_lives = {fact};
    return facts;
}

TEST(FenceDecisionLog, keeps_the_phrases_that_people_look_for)
{
    EXPECT_THAT(said({Decision::victim_named, NodeId{2}, "n2 must be fenced"}),
                HasSubstr(" add_victims node 2\n"));
    const Decided is_settled{Decision::victim_settled, NodeId{2}, "n2 is settled"};
    EXPECT_THAT(said(is_settled, settled(protocol::SettledHow::overridden)),
                HasSubstr("fence n2 overridden by administrator intervention"));
    EXPECT_THAT(said(is_settled, settled(protocol::SettledHow::member)),
                HasSubstr(" reduce victim n2\n"));
    EXPECT_THAT(said(is_settled, settled(protocol::SettledHow::agent)),
                Not(HasSubstr("overridden")));
}

TEST(FenceDecisionLog, names_the_victims_a_new_domain_begins_with)
{
    protocol::FenceFacts facts;
    facts.victims.resize(1);
    facts.victims[0].node = NodeId{3};
    EXPECT_THAT(said({Decision::domain_formed, NodeId{1}, "new"}, facts),
                HasSubstr("add_victims_init nodeid 3"));
}

}  // namespace
}  // namespace ha::fence
