// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/operation.hpp"

#include <deque>
#include <functional>

#include <gtest/gtest.h>

#include "tests/unit/fenced/core/fence_builders.hpp"

namespace ha::fence {
namespace {

using test::node_with;
using test::power_step;
using test::step;
using testing::Test;

/// Runs one operation against agents that answer at once; remembers who was asked for what.
class Bench
{
public:
    using Agent = std::function<AgentFinished(const RunAgent&)>;

    Bench(OperationKind kind, const model::Node& node, Agent agent)
        : operation_(plan_operation(kind, node, {})),
          agent_(std::move(agent))
    {}

    OperationResult run()
    {
        handle(operation_.start());
        while (!waiting_.empty()) {
            const RunAgent next = waiting_.front();
            waiting_.pop_front();
            AgentFinished finished = agent_(next);
            finished.run = next.run;
            handle(operation_.on(finished));
        }
        EXPECT_TRUE(result_.has_value());
        return result_.value_or(OperationResult{});
    }

    std::vector<std::string> calls;    ///< `port action`
    std::vector<std::string> reports;  ///< the lines of fence_node -v
    std::vector<std::string> not_counted;

private:
    void handle(const std::vector<OperationAction>& actions)
    {
        for (const OperationAction& action : actions) {
            EXPECT_FALSE(result_.has_value()) << "an action after the last one";
            if (const auto* agent = std::get_if<RunAgent>(&action)) {
                calls.push_back(agent->device_name + " " + action_in(agent->input));
                waiting_.push_back(*agent);
            } else if (const auto* line = std::get_if<DeviceReported>(&action)) {
                reports.push_back(describe(line->record));
            } else if (const auto* method = std::get_if<MethodNotCounted>(&action)) {
                not_counted.push_back(method->reason);
            } else if (const auto* end = std::get_if<OperationFinished>(&action)) {
                result_ = end->result;
            }
        }
    }

    static std::string action_in(const std::string& input)
    {
        const std::size_t at = input.rfind("action=");
        return at == std::string::npos ? "-" : input.substr(at + 7, input.find('\n', at) - at - 7);
    }

    Operation operation_;
    Agent agent_;
    std::deque<RunAgent> waiting_;
    std::optional<OperationResult> result_;
};

AgentFinished exits(int code, std::string output = "")
{
    return {
        .run = 0, .end = AgentEnd::exited, .code = code, .output = std::move(output), .took = {}};
}

Bench::Agent always(int code)
{
    return [code](const RunAgent&) { return exits(code); };
}

/// Outlets that do as they are told and answer status.
Bench::Agent outlets(std::map<std::string, bool>& is_on)
{
    return [&is_on](const RunAgent& run) {
        if (run.input.find("action=off") != std::string::npos) {
            is_on[run.device_name] = false;
        } else if (run.input.find("action=on") != std::string::npos) {
            is_on[run.device_name] = true;
        } else if (run.purpose == Purpose::status) {
            return is_on[run.device_name] ? exits(0, "Status: ON\n") : exits(2, "Status: OFF\n");
        }
        return exits(0);
    };
}

std::vector<std::string> lines(std::initializer_list<std::string> list)
{
    return list;
}

TEST(FenceOperation, tries_second_method_when_first_fails_and_not_the_third)
{
    const auto node = node_with({{"ipmi", {power_step("a", "")}},
                                 {"pdu", {power_step("b", "")}},
                                 {"last", {power_step("c", "")}}});
    Bench bench(OperationKind::fence, node,
                [](const RunAgent& run) { return exits(run.device_name == "a" ? 1 : 0); });
    const OperationResult result = bench.run();
    EXPECT_EQ(result.verdict, Verdict::succeeded);
    EXPECT_EQ(result.method_name, "pdu");
    EXPECT_EQ(bench.calls, lines({"a -", "b -"}));
    EXPECT_EQ(bench.reports, lines({"dev 0.0 agent T result: error from agent",
                                    "dev 1.0 agent T result: success"}));
}

TEST(FenceOperation, skips_the_rest_of_a_method_when_a_device_fails)
{
    const auto node = node_with({{"m", {power_step("a", "off"), power_step("b", "off")}}});
    Bench bench(OperationKind::fence, node, always(1));
    EXPECT_EQ(bench.run().verdict, Verdict::failed);
    EXPECT_EQ(bench.calls, lines({"a off"}));
}

TEST(FenceOperation, runs_off_off_on_on_in_order_and_asks_every_outlet_between)
{
    const auto node = node_with({{"pdu",
                                  {power_step("a", "off"), power_step("b", "off"),
                                   power_step("a", "on"), power_step("b", "on")}}});
    std::map<std::string, bool> is_on{{"a", true}, {"b", true}};
    Bench bench(OperationKind::fence, node, outlets(is_on));
    EXPECT_EQ(bench.run().verdict, Verdict::succeeded);
    EXPECT_EQ(bench.calls, lines({"a off", "b off", "a status", "b status", "a on", "b on"}));
    EXPECT_EQ(bench.reports.at(2), "dev 0.0 agent T result: status off");
}

TEST(FenceOperation, fails_the_method_when_its_last_on_fails)
{
    const auto node = node_with({{"pdu",
                                  {power_step("a", "off"), power_step("b", "off"),
                                   power_step("a", "on"), power_step("b", "on")}}});
    Bench bench(OperationKind::fence, node, [](const RunAgent& run) {
        const bool is_last = run.device == 3;
        return exits(is_last ? 1 : run.purpose == Purpose::status ? 2 : 0);
    });
    EXPECT_EQ(bench.run().verdict, Verdict::failed);
    EXPECT_EQ(bench.calls.back(), "b on");
}

TEST(FenceOperation, does_not_count_a_method_while_one_outlet_says_on)
{
    const auto node = node_with({{"pdu",
                                  {power_step("a", "off"), power_step("b", "off"),
                                   power_step("a", "on"), power_step("b", "on")}}});
    Bench bench(OperationKind::fence, node, [](const RunAgent& run) {
        const bool lies = run.purpose == Purpose::status && run.device_name == "b";
        return lies || run.purpose != Purpose::status ? exits(0) : exits(2);
    });
    const OperationResult result = bench.run();
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(bench.calls, lines({"a off", "b off", "a status", "b status"}));
    ASSERT_EQ(bench.not_counted.size(), 1U);
    EXPECT_EQ(result.reason, bench.not_counted[0]);
}

TEST(FenceOperation, lets_a_device_that_cannot_tell_its_status_count)
{
    const auto node = node_with({{"san", {power_step("a", "off"), power_step("b", "off")}}});
    Bench bench(OperationKind::fence, node,
                [](const RunAgent& run) { return exits(run.purpose == Purpose::status ? 1 : 0); });
    EXPECT_EQ(bench.run().verdict, Verdict::succeeded);
    EXPECT_EQ(bench.calls, lines({"a off", "b off", "a status", "b status"}));
}

TEST(FenceOperation, does_not_count_reboots_one_after_another_because_power_was_never_cut)
{
    const auto node = node_with({{"pdu", {power_step("a", "reboot"), power_step("b", "reboot")}}});
    std::map<std::string, bool> is_on{{"a", true}, {"b", true}};
    Bench bench(OperationKind::fence, node, outlets(is_on));
    EXPECT_EQ(bench.run().verdict, Verdict::failed);
}

TEST(FenceOperation, shoots_nothing_with_a_method_that_turns_on_before_its_last_off)
{
    const auto node = node_with({{"pdu",
                                  {power_step("a", "off"), power_step("a", "on"),
                                   power_step("b", "off"), power_step("b", "on")}}});
    Bench bench(OperationKind::fence, node, always(0));
    EXPECT_EQ(bench.run().verdict, Verdict::failed);
    EXPECT_TRUE(bench.calls.empty());
    EXPECT_EQ(bench.reports, lines({"dev 0.0 agent T result: error config device"}));
}

TEST(FenceOperation, needs_no_proof_for_a_single_device)
{
    const auto node = node_with({{"pdu", {power_step("a", "off"), power_step("a", "on")}}});
    Bench bench(OperationKind::fence, node, always(0));
    EXPECT_EQ(bench.run().verdict, Verdict::succeeded);
    EXPECT_EQ(bench.calls, lines({"a off", "a on"}));
}

TEST(FenceOperation, is_undefined_without_methods)
{
    Bench bench(OperationKind::fence, node_with({}), always(0));
    EXPECT_EQ(bench.run().verdict, Verdict::undefined);
    EXPECT_EQ(bench.reports, lines({"dev 0.0 agent none result: error no method"}));
}

TEST(FenceOperation, takes_fence_manual_for_no_method)
{
    const auto node = node_with({{"human", {step("person", "fence_manual", {})}}});
    Bench bench(OperationKind::fence, node, always(0));
    EXPECT_EQ(bench.run().verdict, Verdict::undefined);
    EXPECT_TRUE(bench.calls.empty());
}

TEST(FenceOperation, fails_a_method_without_devices_and_goes_on)
{
    const auto node = node_with({{"empty", {}}, {"m", {power_step("a", "")}}});
    Bench bench(OperationKind::fence, node, always(0));
    EXPECT_EQ(bench.run().method_name, "m");
    EXPECT_EQ(bench.reports, lines({"dev 0.0 agent none result: error no device",
                                    "dev 1.0 agent T result: success"}));
}

TEST(FenceOperation, names_a_device_without_agent)
{
    Bench bench(OperationKind::fence, node_with({{"m", {step("x", "", {})}}}), always(0));
    EXPECT_EQ(bench.run().verdict, Verdict::failed);
    EXPECT_EQ(bench.reports, lines({"dev 0.0 agent none result: error config agent"}));
}

TEST(FenceOperation, does_not_run_an_agent_whose_arguments_are_too_long)
{
    const auto node = node_with({{"m", {step("x", "T", {{"a", std::string(5000, 'b')}})}}});
    Bench bench(OperationKind::fence, node, always(0));
    EXPECT_EQ(bench.run().verdict, Verdict::failed);
    EXPECT_TRUE(bench.calls.empty());
    EXPECT_EQ(bench.reports, lines({"dev 0.0 agent T result: error config args"}));
}

TEST(FenceOperation, takes_every_bad_end_of_an_agent_for_an_error_from_agent)
{
    const std::vector<AgentFinished> ends{
        exits(1),
        exits(2),
        exits(127),
        {.run = 0, .end = AgentEnd::signalled, .code = 11, .output = "", .took = {}},
        {.run = 0, .end = AgentEnd::timed_out, .code = 0, .output = "", .took = {}},
        {.run = 0, .end = AgentEnd::not_found, .code = 0, .output = "", .took = {}}};
    for (const AgentFinished& end : ends) {
        Bench bench(OperationKind::fence, node_with({{"m", {power_step("a", "")}}}),
                    [&](const RunAgent&) { return end; });
        EXPECT_EQ(bench.run().verdict, Verdict::failed);
        EXPECT_EQ(bench.reports, lines({"dev 0.0 agent T result: error from agent"}));
    }
}

TEST(FenceOperation, calls_a_failed_start_an_error_from_fork)
{
    Bench bench(
        OperationKind::fence, node_with({{"m", {power_step("a", "")}}}), [](const RunAgent&) {
            return AgentFinished{
                .run = 0, .end = AgentEnd::spawn_failed, .code = 0, .output = "", .took = {}};
        });
    (void)bench.run();
    EXPECT_EQ(bench.reports, lines({"dev 0.0 agent T result: error from fork"}));
}

TEST(FenceOperation, keeps_the_agents_last_words_without_its_password)
{
    const auto node = node_with({{"m", {step("x", "T", {}, {{"passwd", "hunter2"}})}}});
    Bench bench(OperationKind::fence, node,
                [](const RunAgent&) { return exits(1, "login with hunter2 refused\n"); });
    const OperationResult result = bench.run();
    EXPECT_EQ(result.devices.at(0).words, "login with ******** refused");
    EXPECT_EQ(result.reason, "device \"x\": error from agent: login with ******** refused");
}

TEST(FenceOperation, gives_each_agent_its_deadline_and_announces_the_longest_pass)
{
    const auto node = node_with({{"m",
                                  {step("a", "T", {{"action", "off"}, {"delay", "10"}}),
                                   step("b", "T", {{"action", "off"}})}}});
    Bench bench(OperationKind::fence, node, [](const RunAgent& run) {
        if (run.purpose == Purpose::fence) {
            EXPECT_EQ(run.deadline, std::chrono::seconds{run.device_name == "a" ? 130 : 120});
        }
        return exits(run.purpose == Purpose::status ? 2 : 0);
    });
    (void)bench.run();
    EXPECT_EQ(longest_duration(plan_operation(OperationKind::fence, node, {})),
              std::chrono::seconds{130 + 120 + 2 * 60});
}

TEST(FenceOperation, ends_on_request_only_when_its_agent_is_reaped)
{
    Operation operation(
        plan_operation(OperationKind::fence, node_with({{"m", {power_step("a", "")}}}), {}));
    const auto started = operation.start();
    ASSERT_EQ(started.size(), 1U);
    const auto ending = operation.end();
    ASSERT_EQ(ending.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<EndAgent>(ending[0]));
    EXPECT_FALSE(operation.is_finished());

    AgentFinished late = exits(0);
    late.run = std::get<RunAgent>(started[0]).run;
    const auto finished = operation.on(late);
    ASSERT_TRUE(std::holds_alternative<OperationFinished>(finished.back()));
    EXPECT_EQ(std::get<OperationFinished>(finished.back()).result.verdict, Verdict::ended);
    EXPECT_TRUE(operation.is_finished());
    EXPECT_TRUE(operation.end().empty());
}

TEST(UnfenceOperation, tries_all_devices_although_the_first_fails)
{
    model::Node node = node_with({});
    node.unfence = {power_step("a", "on"), power_step("b", "on")};
    Bench bench(OperationKind::unfence, node,
                [](const RunAgent& run) { return exits(run.device_name == "a" ? 1 : 0); });
    EXPECT_EQ(bench.run().verdict, Verdict::failed);
    EXPECT_EQ(bench.calls, lines({"a on", "b on"}));
}

TEST(UnfenceOperation, never_runs_a_device_that_does_not_say_on)
{
    model::Node node = node_with({});
    node.unfence = {power_step("a", ""), power_step("b", "on")};
    Bench bench(OperationKind::unfence, node, always(0));
    EXPECT_EQ(bench.run().verdict, Verdict::failed);
    EXPECT_EQ(bench.calls, lines({"b on"}));
    EXPECT_EQ(bench.reports.at(0), "dev 0.0 agent T result: error config device");
}

TEST(UnfenceOperation, is_undefined_without_devices)
{
    Bench bench(OperationKind::unfence, node_with({}), always(0));
    EXPECT_EQ(bench.run().verdict, Verdict::undefined);
    EXPECT_TRUE(bench.reports.empty());
}

TEST(StatusOperation, answers_with_the_first_method_whose_devices_all_answer)
{
    const auto node =
        node_with({{"bad", {power_step("a", "reboot")}}, {"good", {power_step("b", "reboot")}}});
    Bench bench(OperationKind::status, node,
                [](const RunAgent& run) { return exits(run.device_name == "a" ? 1 : 2); });
    const OperationResult result = bench.run();
    EXPECT_EQ(result.verdict, Verdict::succeeded);
    EXPECT_EQ(result.is_off, true);
    EXPECT_EQ(bench.calls, lines({"a status", "b status"}));
}

TEST(StatusOperation, asks_only_the_method_named)
{
    const auto node = node_with({{"one", {power_step("a", "")}}, {"two", {power_step("b", "")}}});
    OperationPlan plan = plan_operation(OperationKind::status, node, {});
    plan.only_method = 1;
    Operation operation(plan);
    const auto started = operation.start();
    EXPECT_EQ(std::get<RunAgent>(started.at(0)).device_name, "b");

    plan.only_method = 2;
    Operation beyond(plan);
    const auto none = beyond.start();
    EXPECT_EQ(std::get<OperationFinished>(none.back()).result.verdict, Verdict::undefined);
}

TEST(OffQuery, is_answered_yes_only_by_all_devices_of_one_method)
{
    const auto node = node_with({{"ipmi", {power_step("a", "")}},
                                 {"pdu", {power_step("b", "off"), power_step("c", "off")}}});
    std::map<std::string, bool> is_on{{"a", true}, {"b", false}, {"c", true}};
    Bench one_on(OperationKind::query_off, node, outlets(is_on));
    EXPECT_EQ(one_on.run().is_off, false);

    is_on["c"] = false;
    Bench all_off(OperationKind::query_off, node, outlets(is_on));
    const OperationResult result = all_off.run();
    EXPECT_EQ(result.is_off, true);
    EXPECT_EQ(result.method_name, "pdu");
}

TEST(OffQuery, does_not_believe_an_exit_code_2_that_says_nothing_of_off)
{
    const auto node = node_with({{"m", {power_step("a", "")}}});
    const auto believes = [&](const std::string& output) {
        Bench bench(OperationKind::query_off, node,
                    [&](const RunAgent&) { return exits(2, output); });
        return bench.run().is_off == true;
    };
    for (const char* output :
         {"", "error: unrecognized arguments\n", "usage: fence_x [-o on|off]\n",
          "fence_x: error: argument -o: invalid choice: 'status' (choose from 'on', 'off')\n",
          "cannot open offset.conf\n", "off\n", "Status: OFFLINE\n", "Status: not off\n"}) {
        EXPECT_FALSE(believes(output)) << output;
    }
    for (const char* output : {"Status: OFF\n", "debug\nStatus: off", "Chassis power = Off \n",
                               "Chassis Power is off\n", "WARNING: slow\r\nStatus: OFF\r\n\n"}) {
        EXPECT_TRUE(believes(output)) << output;
    }
}

TEST(OffQuery, ends_the_other_methods_once_one_says_off)
{
    const auto node =
        node_with({{"slow", {power_step("a", "")}}, {"quick", {power_step("b", "")}}});
    Operation operation(plan_operation(OperationKind::query_off, node, {}));
    const auto started = operation.start();
    ASSERT_EQ(started.size(), 2U);

    AgentFinished quick = exits(2, "Status: OFF");
    quick.run = std::get<RunAgent>(started[1]).run;
    const auto decided = operation.on(quick);
    EXPECT_TRUE(std::holds_alternative<EndAgent>(decided.back()));
    EXPECT_FALSE(operation.is_finished());

    AgentFinished slow{.run = std::get<RunAgent>(started[0]).run,
                       .end = AgentEnd::ended,
                       .code = 9,
                       .output = "",
                       .took = {}};
    const auto finished = operation.on(slow);
    EXPECT_EQ(std::get<OperationFinished>(finished.back()).result.is_off, true);
}

}  // namespace
}  // namespace ha::fence
