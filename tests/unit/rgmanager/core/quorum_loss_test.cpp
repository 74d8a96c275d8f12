// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <variant>

#include <gtest/gtest.h>

#include "rgmanager/core/service_manager.hpp"
#include "tests/unit/rgmanager/core/service_fixture.hpp"

namespace ha::service {
namespace {

using namespace test;  // NOLINT: builders
using namespace std::chrono_literals;

constexpr TimePoint begin{1000s};

/// A second rgmanager of a node life whose saved table is gone: any service may run here.
class LossOfQuorum : public ::testing::Test
{
protected:
    LossOfQuorum()
    {
        document_ = document_of(3);
        document_.quorum_stop_timeout = 7s;
        add_service(document_, "service:web");
        std::ignore = manager_.on(Started{"", false, false}, begin);
        std::ignore = manager_.on(ServicesConfigured{document_}, begin);
    }

    template <class Action>
    static std::optional<Action> find(const Step& step)
    {
        for (const auto& action : step.actions) {
            if (const auto* found = std::get_if<Action>(&action)) {
                return *found;
            }
        }
        return std::nullopt;
    }

    StopService lose_quorum()
    {
        const auto stop = find<StopService>(
            manager_.on(view::GroupEvent{view::QuorumChanged{RingId{}, false}}, begin));
        return stop.value_or(StopService{});
    }

    ServicesDocument document_;
    ServiceManager manager_{{.self = n1, .life = life_of(n1)}};
};

TEST_F(LossOfQuorum, gives_a_stop_as_long_as_the_document_says)
{
    const StopService stop = lose_quorum();
    EXPECT_EQ(stop.service, "service:web");
    EXPECT_EQ(stop.purpose, StopPurpose::quorum_lost);
    EXPECT_EQ(stop.deadline, begin + 7s);
}

TEST_F(LossOfQuorum, a_failed_stop_makes_the_node_unsafe_and_is_said_in_words)
{
    const StopService stop = lose_quorum();
    EXPECT_FALSE(manager_.is_unsafe("service:web"));
    const Step step =
        manager_.on(TaskFinished{stop.service, stop.task, false, false, 0, "it hangs"}, begin + 7s);
    EXPECT_TRUE(manager_.is_unsafe("service:web"));
    const std::string waits = manager_.status("service:web").waits_for;
    EXPECT_NE(waits.find("unsafe"), std::string::npos) << waits;
    EXPECT_NE(waits.find("clusvcadm -d service:web"), std::string::npos) << waits;
    EXPECT_TRUE(std::any_of(step.actions.begin(), step.actions.end(), [](const auto& action) {
        const auto* said = std::get_if<LogDecision>(&action);
        return said != nullptr && said->level == LogLevel::alert &&
               said->text.find("unsafe") != std::string::npos;
    }));
}

TEST_F(LossOfQuorum, a_stop_that_succeeded_is_not_unsafe)
{
    const StopService stop = lose_quorum();
    std::ignore =
        manager_.on(TaskFinished{stop.service, stop.task, true, false, 0, ""}, begin + 1s);
    EXPECT_FALSE(manager_.is_unsafe("service:web"));
}

}  // namespace
}  // namespace ha::service
