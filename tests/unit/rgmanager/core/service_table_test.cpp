// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/service_table.hpp"

#include <gtest/gtest.h>

#include "tests/unit/rgmanager/core/service_fixture.hpp"

namespace ha::service {
namespace {

using namespace test;  // NOLINT: builders

RowChange claim_by(const ServiceRow& row, NodeId node)
{
    RowChange change{row.version, ServiceInput::claim, row, std::nullopt};
    change.row.state = ServiceState::starting;
    change.row.owner = Owner{node, life_of(node), AdmissionNumber{node.value}};
    return change;
}

ServiceTable table_with(const ServiceRow& row)
{
    protocol::TableState state;
    state.rows[row.name] = row;
    ServiceTable table;
    table.load(state);
    return table;
}

TEST(ServiceTable, the_first_of_two_claims_wins)
{
    ServiceTable table = table_with(stopped_row("service:web"));
    const ServiceRow row = table.row_or_new("service:web");
    EXPECT_TRUE(table.apply(claim_by(row, n2), member(n2)));
    EXPECT_FALSE(table.apply(claim_by(row, n1), member(n1)));
    EXPECT_EQ(table.find("service:web")->owner.node, n2);
    EXPECT_EQ(table.find("service:web")->version, row.version + 1);
}

TEST(ServiceTable, nobody_claims_for_another_node_or_another_life)
{
    ServiceTable table = table_with(stopped_row("service:web"));
    const ServiceRow row = table.row_or_new("service:web");
    EXPECT_FALSE(table.apply(claim_by(row, n2), member(n1)));
    view::Member reborn = member(n2);
    reborn.life.node.value = "another";
    EXPECT_FALSE(table.apply(claim_by(row, n2), reborn));
}

TEST(ServiceTable, only_the_owner_changes_an_owned_row_but_all_may_ask)
{
    ServiceTable table = table_with(owned_row("service:web", n1));
    const ServiceRow row = table.row_or_new("service:web");
    RowChange stop{row.version, ServiceInput::begin_stop, row, std::nullopt};
    stop.row.state = ServiceState::stopping;
    EXPECT_FALSE(table.apply(stop, member(n2)));
    RowChange freeze{row.version, ServiceInput::freeze, row, std::nullopt};
    freeze.row.frozen = true;
    EXPECT_TRUE(table.apply(freeze, member(n2)));
}

TEST(ServiceTable, a_second_operation_is_void)
{
    ServiceTable table = table_with(owned_row("service:web", n1));
    ServiceRow row = table.row_or_new("service:web");
    RowChange begin{row.version, ServiceInput::begin_operation, row, std::nullopt};
    begin.row.op.kind = OperationKind::relocate;
    EXPECT_TRUE(table.apply(begin, member(n2)));
    row = table.row_or_new("service:web");
    begin = RowChange{row.version, ServiceInput::begin_operation, row, std::nullopt};
    begin.row.op.kind = OperationKind::stop;
    EXPECT_FALSE(table.apply(begin, member(n3)));
}

TEST(ServiceTable, settling_releases_only_rows_of_that_admission_or_an_earlier_one)
{
    protocol::TableState state;
    ServiceRow old = owned_row("service:old", n1);
    old.owner.admission = AdmissionNumber{4};
    ServiceRow fresh = owned_row("service:new", n1);
    fresh.owner.admission = AdmissionNumber{6};
    state.rows = {{old.name, old}, {fresh.name, fresh}};
    ServiceTable table;
    table.load(state);

    table.settle({n1, NodeLife{"gone"}, AdmissionNumber{5}, "fenced"});

    EXPECT_EQ(table.find("service:old")->state, ServiceState::stopped);
    EXPECT_EQ(table.find("service:old")->last_owner, n1);
    EXPECT_EQ(table.find("service:new")->state, ServiceState::started);
}

TEST(ServiceTable, settling_keeps_failed_and_frozen_and_finishes_a_disable)
{
    protocol::TableState state;
    ServiceRow failed = owned_row("service:failed", n1, ServiceState::failed);
    ServiceRow frozen = owned_row("service:frozen", n1);
    frozen.frozen = true;
    ServiceRow disabling = owned_row("service:disabling", n1, ServiceState::stopping);
    disabling.op.kind = OperationKind::disable;
    state.rows = {{failed.name, failed}, {frozen.name, frozen}, {disabling.name, disabling}};
    ServiceTable table;
    table.load(state);

    table.settle({n1, NodeLife{"gone"}, AdmissionNumber{1}, "fenced"});

    EXPECT_EQ(table.find("service:failed")->state, ServiceState::failed);
    EXPECT_FALSE(table.find("service:failed")->owner.is_somebody());
    EXPECT_EQ(table.find("service:frozen")->state, ServiceState::stopped);
    EXPECT_TRUE(table.find("service:frozen")->frozen);
    EXPECT_EQ(table.find("service:disabling")->state, ServiceState::disabled);
}

TEST(ServiceTable, a_member_that_returns_owns_its_rows_again_in_its_node_life_only)
{
    ServiceTable table = table_with(owned_row("service:web", n1));
    view::Member again = member(n1);
    again.life.started_us = 99;
    table.member_admitted(again, {}, {{n1, again}});
    EXPECT_EQ(table.find("service:web")->owner.life, again.life);

    view::Member reborn = member(n1);
    reborn.life.node.value = "next";
    table.member_admitted(reborn, {}, {{n1, reborn}});
    EXPECT_EQ(table.find("service:web")->state, ServiceState::stopped);  // the old life is gone
}

/// A table on probation hears last of all what was long over when it was formed.
TEST(ServiceTable, a_late_report_brings_no_row_to_a_settled_owner_or_an_earlier_life)
{
    ServiceTable table;
    table.form({});
    table.settle({n3, NodeLife{"gone"}, AdmissionNumber{9}, "fenced"});
    view::Member reborn = member(n1);
    reborn.life.node.value = "next";
    table.member_admitted(reborn, {}, {{n1, reborn}});

    protocol::MemberReport late;
    late.table.rows["service:of_n1"] = owned_row("service:of_n1", n1);
    late.table.rows["service:of_n3"] = owned_row("service:of_n3", n3);
    table.member_admitted(member(n2), late, {{n1, reborn}, {n2, member(n2)}});

    EXPECT_EQ(table.find("service:of_n1")->state, ServiceState::stopped);
    EXPECT_EQ(table.find("service:of_n3")->state, ServiceState::stopped);
    EXPECT_EQ(table.find("service:of_n3")->last_owner, n3);
}

TEST(ServiceTable, a_late_report_gives_its_rows_to_the_present_daemon_of_their_owner)
{
    ServiceTable table;
    table.form({});
    view::Member again = member(n1);
    again.life.started_us = 99;
    table.member_admitted(again, {}, {{n1, again}});

    protocol::MemberReport late;
    late.table.rows["service:web"] = owned_row("service:web", n1);
    table.member_admitted(member(n2), late, {{n1, again}, {n2, member(n2)}});
    EXPECT_EQ(table.find("service:web")->owner.life, again.life);
}

TEST(ServiceTable, a_reported_stop_that_failed_makes_the_row_failed_unless_another_node_owns_it)
{
    protocol::MemberReport report;
    report.held.push_back({"service:web", true, 1});
    ServiceTable mine = table_with(stopped_row("service:web"));
    mine.member_admitted(member(n1), report, {{n1, member(n1)}});
    EXPECT_EQ(mine.find("service:web")->state, ServiceState::failed);
    ServiceTable others = table_with(owned_row("service:web", n2));
    others.member_admitted(member(n1), report, {{n1, member(n1)}});
    EXPECT_EQ(others.find("service:web")->state, ServiceState::started);
}

TEST(ServiceTable, the_loss_of_requester_or_target_ends_an_operation_but_not_a_disable)
{
    for (const OperationKind kind : {OperationKind::relocate, OperationKind::disable}) {
        ServiceRow row = owned_row("service:web", n1, ServiceState::stopping);
        row.op.kind = kind;
        row.op.requester = n2;
        row.op.requester_life = life_of(n2);
        ServiceTable table = table_with(row);
        table.member_lost(member(n2), false);
        EXPECT_EQ(table.find("service:web")->op.kind,
                  kind == OperationKind::disable ? OperationKind::disable : OperationKind::none);
    }
    ServiceRow row = owned_row("service:web", n1, ServiceState::stopping);
    row.op.kind = OperationKind::relocate;
    row.op.requester = n1;
    row.op.requester_life = life_of(n1);
    row.op.target = n2;
    row.op.target_life = life_of(n2);
    ServiceTable table = table_with(row);
    table.member_lost(member(n2), false);
    EXPECT_EQ(table.find("service:web")->op.kind, OperationKind::none);
}

TEST(ServiceTable, a_recovering_row_whose_node_is_lost_becomes_stopped)
{
    ServiceRow row = stopped_row("service:web");
    row.state = ServiceState::recovering;
    row.op.kind = OperationKind::recover;
    row.op.requester = n1;
    row.op.requester_life = life_of(n1);
    ServiceTable table = table_with(row);
    table.member_lost(member(n1), false);
    EXPECT_EQ(table.find("service:web")->state, ServiceState::stopped);
}

TEST(ServiceTable, an_empty_goodbye_releases_what_the_member_owned)
{
    ServiceTable table = table_with(owned_row("service:web", n1));
    table.member_lost(member(n1), true);
    EXPECT_EQ(table.find("service:web")->state, ServiceState::stopped);
}

/// On its way from n1 to n2.
ServiceRow migrating_row()
{
    ServiceRow row = owned_row("vm:guest", n1);
    row.op.kind = OperationKind::migrate;
    row.op.target = n2;
    row.op.target_life = life_of(n2);
    row.op.target_admission = AdmissionNumber{2};
    return row;
}

RowChange handed_over(const ServiceRow& row)
{
    RowChange change{row.version, ServiceInput::migrated, row, std::nullopt};
    change.row.owner = Owner{row.op.target, row.op.target_life, row.op.target_admission};
    return change;
}

TEST(ServiceTable, a_lost_end_of_a_migration_hands_over_to_the_surviving_one)
{
    ServiceTable table = table_with(migrating_row());
    table.settle({n1, NodeLife{"gone"}, AdmissionNumber{1}, "fenced"});
    EXPECT_EQ(table.find("vm:guest")->state, ServiceState::started);
    EXPECT_EQ(table.find("vm:guest")->owner.node, n2);
    EXPECT_TRUE(is_arriving(*table.find("vm:guest"))) << "n2 has not said that it runs there";
}

TEST(ServiceTable, both_lost_ends_of_a_migration_release_it)
{
    for (const auto& [first, second] : {std::pair(n1, n2), std::pair(n2, n1)}) {
        ServiceTable table = table_with(migrating_row());
        table.settle({first, NodeLife{"gone"}, AdmissionNumber{2}, "fenced"});
        EXPECT_TRUE(table.find("vm:guest")->owner.is_somebody());
        table.settle({second, NodeLife{"gone"}, AdmissionNumber{2}, "fenced"});
        EXPECT_EQ(table.find("vm:guest")->state, ServiceState::stopped);
        EXPECT_FALSE(table.find("vm:guest")->owner.is_somebody());
    }
}

TEST(ServiceTable, both_ends_of_a_migration_in_new_lives_release_it)
{
    ServiceTable table = table_with(migrating_row());
    view::Member source = member(n1);
    source.life.node.value = "another";
    view::Member target = member(n2);
    target.life.node.value = "another";
    table.member_admitted(target, {}, {{n1, source}, {n2, target}});
    EXPECT_EQ(table.find("vm:guest")->state, ServiceState::stopped);
}

TEST(ServiceTable, a_source_that_leaves_empty_handed_leaves_the_migration_to_its_target)
{
    ServiceTable table = table_with(migrating_row());
    table.member_lost(member(n1), true);
    EXPECT_EQ(table.find("vm:guest")->owner.node, n2);
    EXPECT_TRUE(is_arriving(*table.find("vm:guest")));
}

TEST(ServiceTable, a_migration_outlives_the_table_it_began_in)
{
    protocol::MemberReport source;
    source.node = n1;
    source.life = life_of(n1).node;
    source.table.rows["vm:guest"] = migrating_row();
    ServiceTable formed;
    formed.form({source});
    EXPECT_EQ(formed.find("vm:guest")->op.kind, OperationKind::migrate);

    ServiceTable on_probation;
    on_probation.form({});
    on_probation.member_admitted(member(n1), source, {{n1, member(n1)}});
    EXPECT_EQ(on_probation.find("vm:guest")->op.kind, OperationKind::migrate);
}

/// Its migration from n1 to n2 failed in a way that leaves open where the guest is.
ServiceRow half_migrated_row()
{
    ServiceRow row = migrating_row();
    row.state = ServiceState::failed;
    return row;
}

RowChange cleared(const ServiceRow& row)
{
    RowChange change{row.version, ServiceInput::end_operation, row, std::nullopt};
    change.row.op = {};
    return change;
}

TEST(ServiceTable, only_the_target_says_that_a_failed_migration_left_nothing_there)
{
    ServiceTable table = table_with(half_migrated_row());
    const ServiceRow row = *table.find("vm:guest");
    EXPECT_TRUE(has_unproven_end(row));
    EXPECT_FALSE(table.apply(cleared(row), member(n3)));
    ASSERT_TRUE(table.apply(cleared(row), member(n2)));
    EXPECT_EQ(table.find("vm:guest")->state, ServiceState::failed);
    EXPECT_EQ(table.find("vm:guest")->owner.node, n1);
    EXPECT_FALSE(has_unproven_end(*table.find("vm:guest")));
}

TEST(ServiceTable, the_target_of_a_failed_migration_stays_to_be_proven_when_the_owner_is_settled)
{
    ServiceTable table = table_with(half_migrated_row());
    table.settle({n1, NodeLife{"gone"}, AdmissionNumber{2}, "fenced"});
    EXPECT_FALSE(table.find("vm:guest")->owner.is_somebody());
    EXPECT_TRUE(has_unproven_end(*table.find("vm:guest")));
    table.settle({n2, NodeLife{"gone"}, AdmissionNumber{2}, "fenced"});
    EXPECT_EQ(table.find("vm:guest")->state, ServiceState::failed);
    EXPECT_FALSE(has_unproven_end(*table.find("vm:guest")));
}

TEST(ServiceTable, a_new_life_of_the_target_has_nothing_of_a_failed_migration)
{
    ServiceTable table = table_with(half_migrated_row());
    view::Member target = member(n2);
    target.life.node.value = "another";
    table.member_admitted(target, {}, {{n1, member(n1)}, {n2, target}});
    EXPECT_EQ(table.find("vm:guest")->state, ServiceState::failed);
    EXPECT_FALSE(has_unproven_end(*table.find("vm:guest")));
}

TEST(ServiceTable, a_migration_that_fails_after_its_target_is_settled_leaves_nothing_to_prove)
{
    ServiceTable table = table_with(migrating_row());
    const ServiceRow row = *table.find("vm:guest");
    table.settle({n2, NodeLife{"gone"}, AdmissionNumber{2}, "fenced"});
    RowChange failed{row.version, ServiceInput::stop_failed, row, std::nullopt};
    failed.row.state = ServiceState::failed;
    ASSERT_TRUE(table.apply(failed, member(n1)));
    EXPECT_FALSE(has_unproven_end(*table.find("vm:guest")));
}

TEST(ServiceTable, nothing_is_handed_over_to_a_settled_node)
{
    ServiceTable table = table_with(migrating_row());
    const ServiceRow row = *table.find("vm:guest");
    table.settle({n2, NodeLife{"gone"}, AdmissionNumber{2}, "fenced"});
    EXPECT_FALSE(table.other_end(*table.find("vm:guest")));
    EXPECT_FALSE(table.apply(handed_over(row), member(n1)));
    EXPECT_EQ(table.find("vm:guest")->owner.node, n1);
}

/// rgmanager of n2 left empty-handed, came back under the same fence admission, and is sent a
/// guest.
TEST(ServiceTable, a_settled_admission_does_not_free_what_migrates_there_later)
{
    ServiceTable table = table_with(owned_row("vm:guest", n1));
    table.settle({n2, NodeLife{}, AdmissionNumber{2}, "everything was stopped there"});
    RowChange begin{table.find("vm:guest")->version, ServiceInput::begin_operation,
                    *table.find("vm:guest"), std::nullopt};
    begin.row.op = migrating_row().op;
    ASSERT_TRUE(table.apply(begin, member(n3)));
    EXPECT_TRUE(table.apply(handed_over(*table.find("vm:guest")), member(n1)));
    EXPECT_EQ(table.find("vm:guest")->owner.node, n2);
}

TEST(ServiceTable, a_table_formed_from_reports_takes_the_highest_version_then_the_safer_state)
{
    protocol::MemberReport first;
    protocol::MemberReport second;
    ServiceRow row = stopped_row("service:a");
    row.version = 5;
    first.table.rows[row.name] = row;
    row.version = 4;
    row.state = ServiceState::disabled;
    second.table.rows[row.name] = row;
    ServiceRow tied = stopped_row("service:b");
    first.table.rows[tied.name] = tied;
    tied.state = ServiceState::failed;
    second.table.rows[tied.name] = tied;
    ServiceTable table;
    table.form({first, second});
    EXPECT_EQ(table.find("service:a")->state, ServiceState::stopped);
    EXPECT_EQ(table.find("service:b")->state, ServiceState::failed);
    EXPECT_TRUE(table.state().probation);
}

/// rgmanager of n1 left empty-handed, came back under the same fence admission and claimed a
/// service.
TEST(ServiceTable, a_settled_admission_does_not_free_what_is_claimed_under_it_later)
{
    ServiceTable table = table_with(stopped_row("service:web"));
    table.settle({n1, NodeLife{}, AdmissionNumber{1}, "everything was stopped there"});
    ASSERT_TRUE(table.apply(claim_by(*table.find("service:web"), n1), member(n1)));
    table.member_lost(member(n1), false);
    table.member_admitted(member(n3), {}, {{n3, member(n3)}});
    EXPECT_EQ(table.find("service:web")->owner.node, n1);
    EXPECT_EQ(table.find("service:web")->state, ServiceState::starting);
}

/// n2 stopped everything and left; n1 lost its table with a reboot, and claimed the service anew.
struct OlderTableOfHigherVersions {
    OlderTableOfHigherVersions()
    {
        running.node = n1;
        running.life = life_of(n1).node;
        running.table.rows["service:web"] = owned_row("service:web", n1);
        running.table.rows["service:web"].version = 3;
        left.node = n2;
        left.life = life_of(n2).node;
        left.left = true;
        for (const char* name : {"service:web", "service:other"}) {
            left.table.rows[name] = stopped_row(name);
            left.table.rows[name].version = 9;
        }
    }

    protocol::MemberReport running;
    protocol::MemberReport left;
};

TEST(ServiceTable, forms_with_what_runs_although_one_that_left_reports_a_higher_version)
{
    const OlderTableOfHigherVersions reports;
    ServiceTable table;
    table.form({reports.left, reports.running});
    EXPECT_EQ(table.find("service:web")->owner.node, n1);
    EXPECT_EQ(table.find("service:other")->version, 9U);
}

TEST(ServiceTable, a_late_report_of_one_that_left_takes_nothing_from_a_present_owner)
{
    OlderTableOfHigherVersions reports;
    const std::map<NodeId, view::Member> first{{n1, member(n1)}};
    const std::map<NodeId, view::Member> both{{n1, member(n1)}, {n2, member(n2)}};
    ServiceTable table;
    table.form({reports.running});
    table.member_admitted(member(n1), reports.running, first);
    table.member_admitted(member(n2), reports.left, both);
    EXPECT_EQ(table.find("service:web")->owner.node, n1);
    EXPECT_EQ(table.find("service:other")->version, 9U);

    // Of its own services it knows best.
    ServiceTable of_n2;
    reports.running.table.rows["service:web"] = owned_row("service:web", n2);
    of_n2.form({reports.running});
    of_n2.member_admitted(member(n1), reports.running, first);
    of_n2.member_admitted(member(n2), reports.left, both);
    EXPECT_EQ(of_n2.find("service:web")->state, ServiceState::stopped);
}

TEST(ServiceTable, a_joiner_makes_a_service_failed_that_the_table_does_not_know)
{
    protocol::MemberReport report;
    report.node = n1;
    report.life = life_of(n1).node;
    report.held.push_back({"service:web", true, 1});
    ServiceTable table;
    table.load({});
    table.member_admitted(member(n1), report, {{n1, member(n1)}});
    ASSERT_NE(table.find("service:web"), nullptr);
    EXPECT_EQ(table.find("service:web")->state, ServiceState::failed);
    EXPECT_EQ(table.find("service:web")->owner.node, n1);
}

TEST(ServiceTable, keeps_the_last_lives_of_a_victim_only)
{
    ServiceTable table;
    for (int life = 1; life <= 1000; ++life) {
        table.bar(n2, NodeLife{"life" + std::to_string(life)});
        table.bar(n2, NodeLife{"life" + std::to_string(life)});
    }
    EXPECT_EQ(table.state().barred.at(n2).size(), 16U);
    EXPECT_TRUE(table.is_barred(n2, NodeLife{"life1000"}));
    EXPECT_TRUE(table.is_barred(n2, NodeLife{"life985"}));
    EXPECT_FALSE(table.is_barred(n2, NodeLife{"life984"}));
    table.pardon(n2, NodeLife{"life1000"});
    EXPECT_FALSE(table.is_barred(n2, NodeLife{"life1000"}));
}

}  // namespace
}  // namespace ha::service
