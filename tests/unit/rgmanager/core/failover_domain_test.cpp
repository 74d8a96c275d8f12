// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/failover_domain.hpp"

#include <gtest/gtest.h>

#include "tests/unit/rgmanager/core/service_fixture.hpp"

namespace ha::service {
namespace {

using namespace test;  // NOLINT: builders

constexpr auto started = protocol::ServiceState::started;
constexpr auto stopped = protocol::ServiceState::stopped;

class FailoverDomains : public ::testing::Test
{
protected:
    const FailoverDomain& domain(const DomainSpec& spec)
    {
        document_.domains.clear();
        add_domain(document_, "d", spec);
        return document_.domains.front();
    }

    ServicesDocument document_ = document_of(3);
    std::set<NodeId> all_{n1, n2, n3};
};

TEST_F(FailoverDomains, an_offline_node_is_never_legal)
{
    EXPECT_EQ(score(nullptr, n1, {n2}, {}), Score::illegal);
}

TEST_F(FailoverDomains, without_a_domain_every_online_node_is_best)
{
    EXPECT_EQ(score(nullptr, n2, all_, {}), Score::best);
}

TEST_F(FailoverDomains, an_ordered_domain_prefers_the_lowest_number)
{
    const FailoverDomain& ordered = domain({{{n1, 1}, {n2, 2}}, true});
    EXPECT_EQ(score(&ordered, n1, all_, {}), Score::best);
    EXPECT_EQ(score(&ordered, n2, all_, {}), Score::better);
    EXPECT_EQ(score(&ordered, n2, {n2, n3}, {}), Score::best);
}

TEST_F(FailoverDomains, a_node_without_priority_ranks_behind_all_others)
{
    const FailoverDomain& ordered = domain({{{n1, 0}, {n2, 100}}, true});
    EXPECT_EQ(score(&ordered, n2, all_, {}), Score::best);
    EXPECT_EQ(score(&ordered, n1, all_, {}), Score::better);
}

TEST_F(FailoverDomains, outside_an_unrestricted_domain_is_good_until_no_member_is_online)
{
    const FailoverDomain& open = domain({{{n1, 0}, {n2, 0}}});
    EXPECT_EQ(score(&open, n3, all_, {}), Score::good);
    EXPECT_EQ(score(&open, n3, {n3}, {}), Score::best);
}

TEST_F(FailoverDomains, outside_a_restricted_domain_is_illegal_even_when_no_member_is_online)
{
    const FailoverDomain& closed = domain({{{n1, 0}, {n2, 0}}, false, true});
    EXPECT_EQ(score(&closed, n3, all_, {}), Score::illegal);
    EXPECT_EQ(score(&closed, n3, {n3}, {}), Score::illegal);
    EXPECT_FALSE(is_allowed(&closed, n3));
    EXPECT_TRUE(is_allowed(&closed, n1));
}

TEST_F(FailoverDomains, members_of_an_unordered_domain_are_equal)
{
    const FailoverDomain& open = domain({{{n1, 1}, {n2, 2}}});
    EXPECT_EQ(score(&open, n1, all_, {started, n2}), Score::best);
    EXPECT_EQ(score(&open, n2, all_, {started, n2}), Score::best);
}

TEST_F(FailoverDomains, nofailback_keeps_a_running_service_where_it_is)
{
    const FailoverDomain& sticky = domain({{{n1, 1}, {n2, 2}}, true, false, true});
    EXPECT_EQ(score(&sticky, n2, all_, {started, n2}), Score::best);
    EXPECT_EQ(score(&sticky, n1, all_, {started, n2}), Score::better);
    EXPECT_EQ(score(&sticky, n1, all_, {protocol::ServiceState::starting, n2}), Score::better);
    EXPECT_EQ(score(&sticky, n1, all_, {stopped, NodeId{}}), Score::best);
}

TEST_F(FailoverDomains, nofailback_still_moves_a_service_in_from_outside)
{
    const FailoverDomain& sticky = domain({{{n1, 1}, {n2, 2}}, true, false, true});
    EXPECT_EQ(score(&sticky, n3, all_, {started, n3}), Score::good);
    EXPECT_GT(score(&sticky, n1, all_, {started, n3}), Score::good);
}

model::Element element(const std::string& name, std::vector<model::Attribute> attributes)
{
    model::Element made;
    made.name = name;
    made.attributes = std::move(attributes);
    return made;
}

TEST(FailoverDomainReader, reads_flags_as_numbers_and_priorities_of_ordered_domains_only)
{
    model::ClusterModel model;
    model.nodes.resize(1);
    model.nodes[0].id = n1;
    model.nodes[0].name = "node1";
    model::Element section = element("failoverdomains", {});
    model::Element ordered = element(
        "failoverdomain", {{"name", "web", 1}, {"ordered", "1", 1}, {"restricted", "yes", 1}});
    ordered.children.push_back(
        element("failoverdomainnode", {{"name", "node1", 1}, {"priority", "7", 1}}));
    ordered.children.push_back(
        element("failoverdomainnode", {{"name", "node9", 1}, {"priority", "101", 1}}));
    ordered.children.push_back(element("failoverdomainnode", {{"name", "NODE1", 1}}));
    model::Element again = element("failoverdomain", {{"name", "WEB", 1}});
    section.children = {ordered, again};
    model.rm = element("rm", {});
    model.rm.children.push_back(section);

    const DomainReading reading = read_failover_domains(model);

    ASSERT_EQ(reading.domains.size(), 1U);
    const FailoverDomain& domain = reading.domains[0];
    EXPECT_TRUE(domain.ordered);
    EXPECT_FALSE(domain.restricted);  // "yes" counts as 0
    ASSERT_EQ(domain.nodes.size(), 2U);
    EXPECT_EQ(domain.nodes[0], (DomainNode{n1, "node1", 7}));
    EXPECT_EQ(domain.nodes[1], (DomainNode{NodeId{}, "node9", 0}));
    ASSERT_EQ(reading.warnings.size(), 3U);
    EXPECT_EQ(reading.warnings[0], "Node node9 has no nodeid attribute");
    EXPECT_EQ(reading.warnings[2], "#31: Domain WEB defined multiple times");
    EXPECT_NE(find_domain(reading.domains, "Web"), nullptr);
}

}  // namespace
}  // namespace ha::service
