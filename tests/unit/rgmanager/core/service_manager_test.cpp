// SPDX-License-Identifier: Apache-2.0
// One ServiceManager without a group: what it owes its own node. With peers, and time: tests/sim.
#include "rgmanager/core/service_manager.hpp"

#include <gtest/gtest.h>

#include "tests/unit/rgmanager/core/service_fixture.hpp"

namespace ha::service {
namespace {

using namespace test;  // NOLINT: builders

/// rgmanager of node 1 was killed after it had joined, and starts again while fenced wants a reset.
class RestartBeforeReset : public testing::Test
{
protected:
    void start(const ServiceRow& row, bool stop_failed)
    {
        protocol::MemberReport saved;
        saved.node = n1;
        saved.life = life_of(n1).node;
        saved.table.rows[row.name] = row;
        saved.held.push_back({row.name, stop_failed, 1});
        facts_.must_stop = true;
        start(protocol::encode(saved), row.name);
    }

    /// As a member of the fence domain, with a table that calls nothing this node's.
    void start(const ServiceRow& row)
    {
        protocol::MemberReport saved;
        saved.node = n1;
        saved.life = life_of(n1).node;
        saved.table.rows[row.name] = row;
        start(protocol::encode(saved), row.name);
    }

    void start(const std::string& run_root, const std::string& service)
    {
        ServicesDocument document = document_of(3);
        add_service(document, service);
        feed(Started{run_root, false, false, is_run_root_doubted_});
        feed(ServicesConfigured{document});
        facts_.life = life_of(n1);
        facts_.self = n1;
        feed(FactsChanged{facts_});
    }

    void feed(const Event& event)
    {
        for (const Action& action : manager_.on(event, now_).actions) {
            if (const auto* stop = std::get_if<StopService>(&action)) {
                stops_.push_back(*stop);
            } else if (const auto* goodbye = std::get_if<ReportGoodbye>(&action)) {
                goodbyes_.push_back(*goodbye);
                saved_at_goodbye_ = saved_.empty() ? protocol::MemberReport{} : saved_.back();
            } else if (const auto* state = std::get_if<SaveState>(&action)) {
                saved_.push_back(*protocol::decode<protocol::MemberReport>(state->bytes));
                saved_is_doubted_ = state->is_doubted;
            } else {
                joins_ += std::holds_alternative<JoinGroup>(action) ? 1 : 0;
                begins_anew_ += std::holds_alternative<BeginAnew>(action) ? 1 : 0;
            }
        }
    }

    void finish_stop(bool succeeded)
    {
        ASSERT_EQ(stops_.size(), 1U);
        feed(TaskFinished{stops_.front().service, stops_.front().task, succeeded, false, 0, {}});
    }

    TimePoint now_{std::chrono::seconds{100}};
    protocol::FenceFacts facts_;
    bool is_run_root_doubted_ = false;
    ServiceManager manager_{
        {n1, DaemonLife{life_of(n1).node, life_of(n1).started_us + 1}, ServiceKnobs{}}};
    std::vector<StopService> stops_;
    std::vector<ReportGoodbye> goodbyes_;
    std::vector<protocol::MemberReport> saved_;
    bool saved_is_doubted_ = false;  ///< the last one
    protocol::MemberReport saved_at_goodbye_;
    int joins_ = 0;
    int begins_anew_ = 0;
};

TEST_F(RestartBeforeReset,
       stops_what_its_former_process_ran_and_tells_fenced_although_it_never_joined)
{
    start(owned_row("service:web", n1), false);
    EXPECT_TRUE(goodbyes_.empty());
    finish_stop(true);
    ASSERT_EQ(goodbyes_.size(), 1U);
    EXPECT_TRUE(goodbyes_.front().is_empty);
    EXPECT_EQ(begins_anew_, 0);

    facts_.must_stop = false;
    facts_.is_admitted = true;
    feed(FactsChanged{facts_});
    EXPECT_EQ(joins_, 1) << "fenced has reset and is a member again";
}

TEST_F(RestartBeforeReset, hands_a_failed_service_over_and_does_not_call_that_empty)
{
    start(owned_row("service:web", n1, ServiceState::failed), true);
    ASSERT_EQ(goodbyes_.size(), 1U);
    EXPECT_FALSE(goodbyes_.front().is_empty);
    EXPECT_TRUE(goodbyes_.front().is_handed_over);
}

/// Frozen, it is not looked for when it is adopted; so the file says that it may be stopped by
/// then.
TEST_F(RestartBeforeReset, doubts_its_file_while_it_stops_a_frozen_service)
{
    ServiceRow row = owned_row("service:web", n1);
    row.frozen = true;
    start(row, false);
    ASSERT_FALSE(saved_.empty());
    EXPECT_TRUE(saved_is_doubted_);
    finish_stop(true);
    EXPECT_FALSE(saved_is_doubted_);
}

TEST_F(RestartBeforeReset, does_not_doubt_its_file_for_what_is_looked_for_anyway)
{
    start(owned_row("service:web", n1), false);
    ASSERT_FALSE(saved_.empty());
    EXPECT_FALSE(saved_is_doubted_);
}

/// A third process must know what the second had no time to do.
TEST_F(RestartBeforeReset, keeps_the_doubt_until_the_group_told_what_is_its_own)
{
    protocol::MemberReport saved;
    saved.node = n1;
    saved.life = life_of(n1).node;
    ServiceRow row = owned_row("service:web", n1);
    row.frozen = true;
    saved.table.rows[row.name] = row;
    saved.held.push_back({row.name, false, 1});
    facts_.is_admitted = true;
    is_run_root_doubted_ = true;
    start(protocol::encode(saved), row.name);
    EXPECT_EQ(joins_, 1);
    ASSERT_FALSE(saved_.empty());
    EXPECT_TRUE(saved_is_doubted_);
}

/// What others claim from now on is newer than this file, whatever its versions.
TEST_F(RestartBeforeReset, marks_its_table_as_left_on_disk_before_it_tells_fenced)
{
    start(owned_row("service:web", n1), false);
    finish_stop(true);
    ASSERT_EQ(goodbyes_.size(), 1U);
    EXPECT_TRUE(saved_at_goodbye_.left);
}

TEST_F(RestartBeforeReset, says_nothing_while_a_stop_is_not_proven_and_nobody_knows_it_as_failed)
{
    start(owned_row("service:web", n1), false);
    finish_stop(false);
    EXPECT_TRUE(goodbyes_.empty());
}

TEST_F(RestartBeforeReset, stops_what_an_unreadable_table_may_have_known_before_it_joins)
{
    facts_.is_admitted = true;
    start("{\"node\": 1, \"li", "service:web");
    EXPECT_EQ(joins_, 0);
    finish_stop(true);
    EXPECT_EQ(joins_, 1);
}

/// The one that found the table unreadable was killed while it stopped everything.
TEST_F(RestartBeforeReset, stops_what_its_own_rows_do_not_name_before_it_joins)
{
    protocol::MemberReport saved;
    saved.node = n1;
    saved.life = life_of(n1).node;
    saved.held.push_back({"service:web", false, 1});
    facts_.is_admitted = true;
    start(protocol::encode(saved), "service:web");
    EXPECT_EQ(joins_, 0);
    finish_stop(true);
    EXPECT_EQ(joins_, 1);
}

/// fenced of this node was restarted and on its way into the domain when quorum was lost: it need
/// not reset. This daemon gave all up, its table may be one that nobody else comes back to.
TEST_F(RestartBeforeReset, begins_anew_once_the_fenced_it_told_became_a_member)
{
    facts_.is_admitted = true;
    facts_.admission = AdmissionNumber{3};
    start(owned_row("service:web", n2));
    EXPECT_EQ(joins_, 1);
    feed(FactsChanged{std::nullopt});
    facts_ = protocol::FenceFacts{};
    facts_.self = n1;
    facts_.life = DaemonLife{life_of(n1).node, life_of(n1).started_us + 7};
    feed(FactsChanged{facts_});
    feed(view::GroupEvent{view::QuorumChanged{RingId{}, false}});
    ASSERT_EQ(goodbyes_.size(), 1U);
    feed(FactsChanged{facts_});
    EXPECT_EQ(begins_anew_, 0) << "the domain is not formed yet";
    facts_.is_admitted = true;
    facts_.admission = AdmissionNumber{4};
    feed(FactsChanged{facts_});
    EXPECT_EQ(begins_anew_, 1);
}

/// No rgmanager ran in this node life before: what an administrator left running is unknown.
class FirstStart : public RestartBeforeReset
{
protected:
    void start_first(bool skip_initial_stop)
    {
        ServicesDocument document = document_of(3);
        add_service(document, "service:web");
        feed(Started{"", true, skip_initial_stop});
        feed(ServicesConfigured{document});
        facts_.life = life_of(n1);
        facts_.self = n1;
        facts_.is_admitted = true;
        feed(FactsChanged{facts_});
    }
};

TEST_F(FirstStart, stops_every_service_before_it_joins)
{
    start_first(false);
    ASSERT_EQ(stops_.size(), 1U);
    EXPECT_EQ(stops_.front().service, "service:web");
    EXPECT_EQ(joins_, 0);
    finish_stop(true);
    EXPECT_EQ(joins_, 1);
}

/// A file of the first rgmanager that names nothing tells the second that nothing is left to stop.
TEST_F(FirstStart, keeps_nothing_on_disk_before_all_is_stopped)
{
    start_first(false);
    feed(view::GroupEvent{view::QuorumChanged{RingId{}, false}});
    now_ += std::chrono::seconds{60};
    feed(TimePassed{});
    EXPECT_TRUE(saved_.empty());
    finish_stop(true);
    EXPECT_FALSE(saved_.empty());
}

TEST_F(FirstStart, joins_at_once_and_stops_nothing_with_option_N)
{
    start_first(true);
    EXPECT_TRUE(stops_.empty());
    EXPECT_EQ(joins_, 1);
}

}  // namespace
}  // namespace ha::service
