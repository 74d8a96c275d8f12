// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/saved_table.hpp"

#include <gtest/gtest.h>

#include "tests/unit/rgmanager/core/service_fixture.hpp"

namespace ha::service::test {
namespace {

const NodeLife life{"life1"};

protocol::MemberReport report_with(const ServiceRow& row)
{
    protocol::MemberReport report;
    report.node = n1;
    report.life = life;
    report.table.rows[row.name] = row;
    return report;
}

TEST(SavedTable, what_an_rgmanager_wrote_is_read_again)
{
    const protocol::MemberReport report = report_with(owned_row("service:web", n1));
    const auto read = read_report(protocol::encode(report), life);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, report);
    EXPECT_TRUE(read_table(protocol::encode(report.table)));
}

TEST(SavedTable, a_file_cut_in_half_is_refused)
{
    const std::string text = protocol::encode(report_with(owned_row("service:web", n1)));
    EXPECT_FALSE(read_report(text.substr(0, text.size() / 2), life));
    EXPECT_FALSE(read_report("", life));
}

TEST(SavedTable, a_report_of_another_node_life_is_refused)
{
    const std::string text = protocol::encode(report_with(owned_row("service:web", n1)));
    EXPECT_FALSE(read_report(text, NodeLife{"life2"}));
}

/// Found by the fuzzer: a stopped row with an owner ended the daemon at its first decision.
TEST(SavedTable, rows_that_no_rgmanager_writes_are_refused)
{
    ServiceRow owned = owned_row("service:web", n1);
    owned.state = ServiceState::stopped;
    ServiceRow ownerless = stopped_row("service:web");
    ownerless.state = ServiceState::started;
    ServiceRow timeless = stopped_row("service:web");
    timeless.version = UINT64_MAX;
    for (const ServiceRow& row : {owned, ownerless, timeless}) {
        const protocol::MemberReport report = report_with(row);
        const auto read = read_report(protocol::encode(report), life);
        ASSERT_FALSE(read);
        EXPECT_TRUE(read.error().text.starts_with("service:web: ")) << read.error().text;
        EXPECT_FALSE(read_table(protocol::encode(report.table)));
    }
}

TEST(SavedTable, a_row_under_another_name_is_refused)
{
    protocol::MemberReport report;
    report.life = life;
    report.table.rows["service:other"] = stopped_row("service:web");
    EXPECT_FALSE(read_report(protocol::encode(report), life));
}

}  // namespace
}  // namespace ha::service::test
