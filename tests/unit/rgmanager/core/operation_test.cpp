// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/operation.hpp"

#include <gtest/gtest.h>

#include "tests/unit/rgmanager/core/service_fixture.hpp"

namespace ha::service {
namespace {

using namespace test;  // NOLINT: builders

class Operations : public ::testing::Test
{
protected:
    Operations() { config_ = &add_service(world_.document, "service:web"); }

    /// A row stopped on n1 in the middle of an operation.
    ServiceRow between(OperationKind kind, NodeId target = {})
    {
        ServiceRow row = stopped_row("service:web");
        row.op.kind = kind;
        row.op.requester = n1;
        row.op.requester_life = life_of(n1);
        row.op.ticket = 9;
        row.op.origin = n1;
        row.op.target = target;
        row.last_owner = n1;
        return row;
    }

    NextStep next(const ServiceRow& row)
    {
        return next_step(row, world_.placement(), world_.online);
    }

    RowChange stopped(const ServiceRow& row, bool succeeded = true)
    {
        StopEnd end;
        end.config = config_;
        end.succeeded = succeeded;
        end.membership_epoch = 3;
        end.now_s = now_s_;
        end.wall_s = 2000;
        return after_stop(row, end);
    }

    ServiceRow after_failed_check(OperationKind kind = OperationKind::recover)
    {
        ServiceRow row = owned_row("service:web", n1, ServiceState::recoverable);
        row.op = between(kind, n1).op;
        row.op.ticket = 0;
        return row;
    }

    World world_;
    ServiceConfig* config_ = nullptr;
    std::int64_t now_s_ = 100;
};

TEST_F(Operations, a_relocation_goes_to_its_target)
{
    EXPECT_EQ(next(between(OperationKind::relocate, n3)).claimer, n3);
}

TEST_F(Operations, a_relocation_to_an_offline_target_takes_another_node)
{
    world_.online = {n1, n2};
    EXPECT_EQ(next(between(OperationKind::relocate, n3)).claimer, n2);
}

TEST_F(Operations, a_relocation_whose_target_is_not_legal_goes_home_without_trying_others)
{
    add_domain(world_.document, "web", {{{n1, 0}, {n2, 0}}, false, true});
    config_->domain = "web";
    const NextStep step = next(between(OperationKind::relocate, n3));
    EXPECT_EQ(step.claimer, n1);
    EXPECT_TRUE(step.going_home);
}

TEST_F(Operations, a_relocation_strikes_nodes_until_none_is_left_and_then_goes_home)
{
    ServiceRow row = between(OperationKind::relocate, n2);
    row.op.struck = {n2};
    EXPECT_EQ(next(row).claimer, n3);
    row.op.struck = {n2, n3};
    EXPECT_EQ(next(row).claimer, n1);
    EXPECT_TRUE(next(row).going_home);
    EXPECT_EQ(next(row).reason, "back on its original owner: its start failed on node2 and node3");
    row.op.going_home = true;
    row.op.struck.push_back(n1);
    EXPECT_EQ(next(row).claimer, NodeId{});
    EXPECT_EQ(next(row).code, ReturnCode::fail);
    EXPECT_EQ(next(row).ending, ServiceInput::give_up);
}

TEST_F(Operations, an_enable_that_fails_everywhere_leaves_the_service_stopped_with_a_failure)
{
    ServiceRow row = between(OperationKind::enable, n1);
    EXPECT_EQ(next(row).claimer, n1);
    row.op.in_recovery = true;
    row.op.struck = {n1};
    world_.online = {n1, n2};
    EXPECT_EQ(next(row).claimer, n2);
    row.op.struck = {n1, n2};
    EXPECT_EQ(next(row).claimer, NodeId{});
    EXPECT_EQ(next(row).code, ReturnCode::fail);
}

TEST_F(Operations, recovery_with_nobody_else_online_gives_up_and_with_no_legal_node_goes_home)
{
    ServiceRow row = between(OperationKind::recover, n1);
    row.op.in_recovery = true;
    row.op.struck = {n1};
    world_.online = {n1};
    EXPECT_EQ(next(row).claimer, NodeId{});
    world_.online = {n1, n3};
    add_domain(world_.document, "web", {{{n1, 0}}, false, true});
    config_->domain = "web";
    EXPECT_EQ(next(row).claimer, n1);
    EXPECT_TRUE(next(row).going_home);
}

TEST_F(Operations, enable_anywhere_takes_the_best_node_the_origin_included)
{
    add_domain(world_.document, "web", {{{n1, 1}, {n2, 2}}, true});
    config_->domain = "web";
    ServiceRow row = between(OperationKind::enable_anywhere);
    EXPECT_EQ(next(row).claimer, n1);
    row.op.struck = {n1};
    EXPECT_EQ(next(row).claimer, n2);
}

TEST_F(Operations, a_missing_dependency_ends_a_start)
{
    config_->depend = "service:db";
    EXPECT_EQ(next(between(OperationKind::enable, n1)).code, ReturnCode::depend);
}

TEST_F(Operations,
       an_exclusive_conflict_sends_a_stopped_service_elsewhere_and_refuses_a_disabled_one)
{
    add_service(world_.document, "service:alone").exclusive = true;
    world_.put(owned_row("service:alone", n1));
    world_.online = {n1, n2};
    ServiceRow row = between(OperationKind::enable, n1);
    EXPECT_EQ(next(row).claimer, n2);
    row.state = ServiceState::disabled;
    EXPECT_EQ(next(row).code, ReturnCode::invalid);
    EXPECT_EQ(next(row).ending, ServiceInput::end_operation);
}

TEST_F(Operations, policy_restart_recovers_in_place_and_counts)
{
    config_->max_restarts = 2;
    config_->restart_expires = std::chrono::seconds{60};
    ServiceRow row = after_failed_check();
    row.restart_times_s = {10};  // expired
    const RowChange change = stopped(row);
    EXPECT_EQ(change.row.state, ServiceState::recovering);
    EXPECT_EQ(change.row.restart_times_s, (std::vector<std::int64_t>{100}));
    EXPECT_FALSE(change.row.owner.is_somebody());
    EXPECT_EQ(change.row.last_owner, n1);
    EXPECT_EQ(next(change.row).claimer, n1);
}

TEST_F(Operations, the_third_failure_within_the_window_relocates_with_max_restarts_two)
{
    config_->max_restarts = 2;
    config_->restart_expires = std::chrono::seconds{600};
    ServiceRow row = after_failed_check();
    row.restart_times_s = {80, 90};
    const RowChange change = stopped(row);
    EXPECT_EQ(change.row.state, ServiceState::recovering);
    EXPECT_TRUE(change.row.restart_times_s.empty());
    EXPECT_NE(next(change.row).claimer, n1);
    EXPECT_NE(next(change.row).claimer, NodeId{});
}

TEST_F(Operations, policy_relocate_restarts_locally_only_if_others_are_online_but_none_is_legal)
{
    config_->recovery = RecoveryPolicy::relocate;
    const RowChange change = stopped(after_failed_check());
    EXPECT_NE(next(change.row).claimer, n1);
    world_.online = {n1};
    EXPECT_EQ(next(change.row).claimer, NodeId{});
    EXPECT_EQ(next(change.row).ending, ServiceInput::give_up);
}

TEST_F(Operations, policy_disable_disables)
{
    config_->recovery = RecoveryPolicy::disable;
    EXPECT_EQ(stopped(after_failed_check()).row.state, ServiceState::disabled);
}

TEST_F(Operations, policy_restart_disable_disables_when_the_restart_fails)
{
    config_->recovery = RecoveryPolicy::restart_disable;
    ServiceRow row = after_failed_check();
    EXPECT_EQ(stopped(row).row.state, ServiceState::recovering);
    row.state = ServiceState::starting;
    const RowChange failed = after_failed_start(row, 1, "");
    EXPECT_EQ(stopped(failed.row).row.state, ServiceState::disabled);
}

TEST_F(Operations, a_failed_start_that_nobody_asked_for_is_recovered_elsewhere)
{
    const RowChange failed =
        after_failed_start(owned_row("service:web", n1, ServiceState::starting), 1, "no such file");
    EXPECT_EQ(failed.row.state, ServiceState::recoverable);
    EXPECT_EQ(failed.row.reason, "its start failed: no such file");
    const RowChange recovered = stopped(failed.row);
    EXPECT_EQ(recovered.row.state, ServiceState::recovering);
    EXPECT_EQ(next(recovered.row).claimer, n2);
    EXPECT_EQ(next(recovered.row).reason.find("its start failed on node1; next, "), 0U);
}

TEST_F(Operations, a_start_that_fails_on_every_node_says_on_which)
{
    ServiceRow row = owned_row("service:web", n1, ServiceState::starting);
    row = stopped(after_failed_start(row, 1, "").row).row;
    for (const NodeId node : {n2, n3}) {
        ASSERT_EQ(next(row).claimer, node);
        row.state = ServiceState::starting;
        row.owner.node = node;
        row = stopped(after_failed_start(row, 1, "").row).row;
    }
    EXPECT_EQ(next(row).claimer.value, 0U);
    EXPECT_EQ(next(row).ending, ServiceInput::give_up);
    EXPECT_EQ(next(row).reason,
              "its start failed on node1, node2 and node3; no other node is online to recover it");
}

TEST_F(Operations, policy_restart_disable_is_about_restarts_not_about_the_first_start)
{
    config_->recovery = RecoveryPolicy::restart_disable;
    const RowChange failed =
        after_failed_start(owned_row("service:web", n1, ServiceState::starting), 1, "");
    EXPECT_EQ(next(stopped(failed.row).row).claimer, n2);
}

TEST_F(Operations, a_failed_stop_is_failed_and_keeps_its_owner)
{
    ServiceRow row = owned_row("service:web", n1, ServiceState::stopping);
    row.op = between(OperationKind::stop).op;
    const RowChange change = stopped(row, false);
    EXPECT_EQ(change.row.state, ServiceState::failed);
    EXPECT_EQ(change.row.owner.node, n1);
    ASSERT_TRUE(change.outcome);
    EXPECT_EQ(change.outcome->code, ReturnCode::fail);
    row.op.kind = OperationKind::relocate;
    EXPECT_EQ(stopped(row, false).outcome->code, ReturnCode::abort);
}

TEST_F(Operations, disabling_a_failed_service_ends_disabled_even_if_its_stop_fails_again)
{
    ServiceRow row = owned_row("service:web", n1, ServiceState::stopping);
    row.op = between(OperationKind::disable).op;
    row.op.was_failed = true;
    const RowChange change = stopped(row, false);
    EXPECT_EQ(change.row.state, ServiceState::disabled);
    EXPECT_EQ(change.outcome->code, ReturnCode::warning);
    EXPECT_EQ(change.row.reason.rfind("warning: ", 0), 0U) << change.row.reason;
}

TEST_F(Operations, disabling_a_failed_service_warns_although_its_stop_claims_success_now)
{
    ServiceRow row = owned_row("service:web", n1, ServiceState::stopping);
    row.op = between(OperationKind::disable).op;
    EXPECT_EQ(stopped(row).row.reason, "disabled by request");
    row.op.was_failed = true;
    const RowChange change = stopped(row);
    EXPECT_EQ(change.row.state, ServiceState::disabled);
    EXPECT_EQ(change.outcome->code, ReturnCode::success) << "the old words on standard output";
    EXPECT_EQ(change.row.reason.rfind("warning: ", 0), 0U) << change.row.reason;
}

TEST_F(Operations, a_user_stop_parks_the_service_until_the_members_change)
{
    ServiceRow row = owned_row("service:web", n1, ServiceState::stopping);
    row.op = between(OperationKind::stop).op;
    const RowChange change = stopped(row);
    EXPECT_EQ(change.row.state, ServiceState::stopped);
    EXPECT_EQ(change.row.parked_at, 3U);
    EXPECT_EQ(change.outcome->code, ReturnCode::success);
}

TEST_F(Operations, a_stop_keeps_frozen_and_clears_partial)
{
    ServiceRow row = owned_row("service:web", n1, ServiceState::stopping);
    row.frozen = true;
    row.partial = true;
    EXPECT_TRUE(stopped(row).row.frozen);
    EXPECT_FALSE(stopped(row).row.partial);
}

TEST_F(Operations, restart_and_relocate_go_on_after_the_stop)
{
    ServiceRow row = owned_row("service:web", n1, ServiceState::stopping);
    row.op = between(OperationKind::restart, n1).op;
    const RowChange change = stopped(row);
    EXPECT_EQ(change.row.state, ServiceState::stopped);
    EXPECT_FALSE(change.outcome);
    EXPECT_EQ(next(change.row).claimer, n1);
}

}  // namespace
}  // namespace ha::service
