// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/service.hpp"

#include <gtest/gtest.h>

#include "rgmanager/core/service_config.hpp"

namespace ha::service {
namespace {

TEST(ServiceStates, are_total_over_states_and_inputs)
{
    int steps = 0;
    for (const ServiceState state : table_states) {
        for (std::size_t input = 0; input < table_input_count; ++input) {
            steps += next_state(state, static_cast<ServiceInput>(input)) ? 1 : 0;
        }
    }
    const std::string printed = print_state_table();
    EXPECT_EQ(std::count(printed.begin(), printed.end(), '\n'), steps);
    EXPECT_NE(printed.find("recoverable -- stop_to_recovering -> recovering\n"), std::string::npos);
}

TEST(ServiceStates, a_failed_service_leaves_its_state_only_by_a_stop_that_a_person_asked_for)
{
    for (std::size_t input = 0; input < table_input_count; ++input) {
        const auto next = next_state(ServiceState::failed, static_cast<ServiceInput>(input));
        if (next && *next != ServiceState::failed) {
            EXPECT_EQ(*next, ServiceState::stopping);
            EXPECT_EQ(static_cast<ServiceInput>(input), ServiceInput::begin_stop);
        }
    }
}

TEST(ServiceStates, a_row_has_an_owner_exactly_while_it_is_held)
{
    ServiceRow row;
    row.state = ServiceState::started;
    EXPECT_EQ(broken_invariant(row), "started without owner");
    row.owner.node = NodeId{1};
    EXPECT_EQ(broken_invariant(row), "");
    row.state = ServiceState::stopped;
    EXPECT_EQ(broken_invariant(row), "stopped with an owner");
    row.state = ServiceState::failed;
    EXPECT_EQ(broken_invariant(row), "");
    row.owner = {};
    row.state = ServiceState::recovering;
    EXPECT_EQ(broken_invariant(row), "recovering without operation");
}

TEST(ServiceConfig, autostart_and_exclusive_take_words_and_numbers)
{
    EXPECT_TRUE(read_autostart("1"));
    EXPECT_TRUE(read_autostart("yes"));
    EXPECT_TRUE(read_autostart("on"));
    EXPECT_FALSE(read_autostart("0"));
    EXPECT_FALSE(read_autostart("No"));
    EXPECT_TRUE(read_exclusive("yes"));
    EXPECT_TRUE(read_exclusive("2"));
    EXPECT_FALSE(read_exclusive("0"));
    EXPECT_FALSE(read_exclusive("true"));
}

TEST(ServiceConfig, recovery_policies_match_without_regard_to_case)
{
    EXPECT_EQ(read_recovery_policy("Relocate"), RecoveryPolicy::relocate);
    EXPECT_EQ(read_recovery_policy("DISABLE"), RecoveryPolicy::disable);
    EXPECT_EQ(read_recovery_policy("restart,disable"), RecoveryPolicy::restart_disable);
    EXPECT_EQ(read_recovery_policy("whatever"), RecoveryPolicy::restart);
}

}  // namespace
}  // namespace ha::service
