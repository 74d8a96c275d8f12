// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/request.hpp"

#include <gtest/gtest.h>

#include "tests/unit/rgmanager/core/service_fixture.hpp"

namespace ha::service {
namespace {

using namespace test;  // NOLINT: builders

class Requests : public ::testing::Test
{
protected:
    Requests() { add_service(world_.document, "service:web"); }

    Verdict judged(Verb verb, const ServiceRow& row, NodeId target = {})
    {
        world_.put(row);
        const Placement placement = world_.placement();
        std::map<NodeId, view::Member> members;
        std::map<NodeId, AdmissionNumber> admissions;
        for (const NodeId node : world_.online) {
            members[node] = member(node);
            admissions[node] = AdmissionNumber{node.value};
        }
        const RequestWorld world{world_.document, placement,          members,
                                 member(n1),      AdmissionNumber{1}, admissions,
                                 locked_,         blocked_,           1};
        return judge(Requested{5, verb, row.name, target, uid_}, row, world);
    }

    ReturnCode code(Verb verb, const ServiceRow& row, NodeId target = {})
    {
        const Verdict verdict = judged(verb, row, target);
        EXPECT_FALSE(verdict.change) << "accepted";
        return verdict.code;
    }

    ServiceRow in_state(ServiceState state)
    {
        if (is_held(state) || state == ServiceState::failed) {
            return owned_row("service:web", n2, state);
        }
        ServiceRow row = stopped_row("service:web");
        row.state = state;
        return row;
    }

    World world_;
    bool locked_ = false;
    std::string blocked_;
    std::uint32_t uid_ = 0;
};

TEST_F(Requests, an_unknown_service_does_not_exist)
{
    EXPECT_EQ(code(Verb::enable, stopped_row("service:nope")), ReturnCode::no_service);
}

TEST_F(Requests, what_a_removed_service_left_is_ended_by_a_person)
{
    ServiceRow row = owned_row("service:nope", n1);
    row.frozen = true;
    EXPECT_EQ(code(Verb::enable, row), ReturnCode::no_service);
    EXPECT_TRUE(judged(Verb::unfreeze, row).change);
    const ServiceRow failed = owned_row("service:nope", n1, ServiceState::failed);
    EXPECT_TRUE(judged(Verb::disable, failed).change);
}

TEST_F(Requests, enable_of_a_running_service_says_so)
{
    EXPECT_EQ(code(Verb::enable, in_state(ServiceState::started)), ReturnCode::already_running);
}

TEST_F(Requests, a_failed_service_can_only_be_disabled)
{
    const ServiceRow failed = in_state(ServiceState::failed);
    EXPECT_EQ(code(Verb::enable, failed), ReturnCode::abort);
    EXPECT_EQ(code(Verb::stop, failed), ReturnCode::fail);
    EXPECT_EQ(code(Verb::restart, failed), ReturnCode::fail);
    EXPECT_EQ(code(Verb::relocate, failed), ReturnCode::fail);
    const Verdict verdict = judged(Verb::disable, failed);
    ASSERT_TRUE(verdict.change);
    EXPECT_EQ(verdict.change->row.op.kind, OperationKind::disable);
    EXPECT_TRUE(verdict.change->row.op.was_failed);
    EXPECT_EQ(verdict.change->row.owner.node, n2);  // its stop runs where the first one failed
}

TEST_F(Requests, who_disables_a_failed_service_is_on_record)
{
    uid_ = 77;
    ServiceRow failed = in_state(ServiceState::failed);
    const std::string who = "being disabled by request of uid 77 on node1";
    EXPECT_EQ(judged(Verb::disable, failed).change->row.reason, who);
    failed.owner = {};  // it was settled: the node asked stops it again
    EXPECT_EQ(judged(Verb::disable, failed).change->row.reason, who);
    EXPECT_EQ(judged(Verb::disable, in_state(ServiceState::started)).change->row.reason,
              "being disabled by request");
}

TEST_F(Requests, a_disabled_service_cannot_be_relocated_or_restarted)
{
    EXPECT_EQ(code(Verb::relocate, in_state(ServiceState::disabled)), ReturnCode::invalid);
    EXPECT_EQ(code(Verb::restart, in_state(ServiceState::disabled)), ReturnCode::invalid);
}

TEST_F(Requests, a_frozen_service_is_left_alone_until_unfrozen)
{
    ServiceRow frozen = in_state(ServiceState::started);
    frozen.frozen = true;
    for (const Verb verb :
         {Verb::enable, Verb::disable, Verb::stop, Verb::restart, Verb::relocate}) {
        EXPECT_EQ(code(verb, frozen), ReturnCode::frozen);
    }
    const Verdict verdict = judged(Verb::unfreeze, frozen);
    ASSERT_TRUE(verdict.change);
    EXPECT_FALSE(verdict.change->row.frozen);
    EXPECT_EQ(verdict.change->outcome->code, ReturnCode::success);
}

TEST_F(Requests, a_transitional_row_asks_to_try_again)
{
    for (const ServiceState state :
         {ServiceState::starting, ServiceState::stopping, ServiceState::recoverable}) {
        for (const Verb verb :
             {Verb::enable, Verb::disable, Verb::stop, Verb::relocate, Verb::freeze}) {
            EXPECT_EQ(code(verb, in_state(state)), ReturnCode::again);
        }
    }
}

TEST_F(Requests, a_start_during_a_relocation_would_deadlock_and_anything_else_tries_again)
{
    ServiceRow row = in_state(ServiceState::stopping);
    row.op.kind = OperationKind::relocate;
    EXPECT_EQ(code(Verb::enable, row), ReturnCode::deadlock);
    EXPECT_EQ(code(Verb::relocate, row), ReturnCode::deadlock);
    EXPECT_EQ(code(Verb::disable, row), ReturnCode::again);
}

TEST_F(Requests, a_service_of_an_owner_that_is_gone_asks_to_try_again)
{
    world_.online = {n1, n3};
    const Verdict verdict = judged(Verb::disable, in_state(ServiceState::started));
    EXPECT_FALSE(verdict.change);
    EXPECT_EQ(verdict.code, ReturnCode::again);
    EXPECT_EQ(verdict.why, "its owner node2 is not there and not settled");
}

TEST_F(Requests, a_stop_of_a_stopped_service_is_done_already)
{
    EXPECT_EQ(code(Verb::stop, in_state(ServiceState::stopped)), ReturnCode::success);
    EXPECT_EQ(code(Verb::stop, in_state(ServiceState::disabled)), ReturnCode::success);
}

TEST_F(Requests, a_disable_of_a_stopped_service_runs_its_stop_again_on_the_asked_node)
{
    const Verdict verdict = judged(Verb::disable, in_state(ServiceState::stopped));
    ASSERT_TRUE(verdict.change);
    EXPECT_EQ(verdict.change->row.state, ServiceState::stopping);
    EXPECT_EQ(verdict.change->row.owner.node, n1);
}

TEST_F(Requests, starts_wait_for_locks_and_fencing_but_stops_do_not)
{
    blocked_ = "waits until node3 is settled";
    EXPECT_EQ(code(Verb::enable, in_state(ServiceState::stopped)), ReturnCode::again);
    EXPECT_TRUE(judged(Verb::disable, in_state(ServiceState::started)).change);
    EXPECT_TRUE(judged(Verb::restart, in_state(ServiceState::started)).change);  // its owner may
    blocked_.clear();
    locked_ = true;
    EXPECT_EQ(code(Verb::enable, in_state(ServiceState::stopped)), ReturnCode::again);
    EXPECT_TRUE(judged(Verb::stop, in_state(ServiceState::started)).change);
}

TEST_F(Requests, enable_respects_a_restricted_domain_and_absent_nodes)
{
    add_domain(world_.document, "web", {{{n2, 0}}, false, true});
    world_.document.services["service:web"].domain = "web";
    EXPECT_EQ(code(Verb::enable, in_state(ServiceState::stopped)), ReturnCode::fail);
    EXPECT_TRUE(judged(Verb::enable, in_state(ServiceState::stopped), n2).change);
    world_.online = {n1, n2};
    EXPECT_EQ(code(Verb::enable, in_state(ServiceState::stopped), n3), ReturnCode::no_node);
}

TEST_F(Requests, relocate_forgets_an_offline_target_and_refuses_an_exclusive_conflict)
{
    world_.online = {n1, n2};
    const Verdict verdict = judged(Verb::relocate, in_state(ServiceState::started), n3);
    ASSERT_TRUE(verdict.change);
    EXPECT_EQ(verdict.change->row.op.target, NodeId{});
    add_service(world_.document, "service:alone").exclusive = true;
    world_.put(owned_row("service:alone", n1));
    EXPECT_EQ(code(Verb::relocate, in_state(ServiceState::started), n1), ReturnCode::depend);
}

TEST_F(Requests, a_missing_dependency_is_named)
{
    world_.document.services["service:web"].depend = "service:db";
    EXPECT_EQ(code(Verb::enable, in_state(ServiceState::stopped)), ReturnCode::depend);
}

TEST_F(Requests, only_a_migratory_service_migrates_and_only_to_a_member)
{
    EXPECT_EQ(code(Verb::migrate, in_state(ServiceState::started), n1), ReturnCode::invalid);
    world_.document.services["service:web"].can_migrate = true;
    EXPECT_EQ(code(Verb::migrate, in_state(ServiceState::started), n2), ReturnCode::success);
    const Verdict verdict = judged(Verb::migrate, in_state(ServiceState::started), n1);
    ASSERT_TRUE(verdict.change);
    EXPECT_EQ(verdict.change->row.op.target_admission, AdmissionNumber{1});
    world_.online = {n1, n2};
    EXPECT_EQ(code(Verb::migrate, in_state(ServiceState::started), n3), ReturnCode::no_node);
}

TEST_F(Requests, an_enable_on_a_node_with_an_exclusive_service_is_invalid_for_a_disabled_one)
{
    add_service(world_.document, "service:alone").exclusive = true;
    world_.put(owned_row("service:alone", n1));
    EXPECT_EQ(code(Verb::enable, in_state(ServiceState::disabled)), ReturnCode::invalid);
    EXPECT_TRUE(judged(Verb::enable, in_state(ServiceState::stopped)).change);
}

}  // namespace
}  // namespace ha::service
