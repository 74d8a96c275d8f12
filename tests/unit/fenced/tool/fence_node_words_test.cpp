// SPDX-License-Identifier: Apache-2.0
#include "fenced/tool/fence_node_words.hpp"

#include <gtest/gtest.h>

namespace ha::fence::tool {
namespace {

OperationResult result(Verdict verdict)
{
    OperationResult of;
    of.verdict = verdict;
    return of;
}

OperationResult failed_status(int exit_code)
{
    OperationResult of = result(Verdict::failed);
    DeviceRecord record;
    record.word = ResultWord::status_error;
    record.exit_code = exit_code;
    of.devices = {record};
    return of;
}

void expect_end(const FenceNodeEnd& end, const std::string& text, int exit_code)
{
    EXPECT_EQ(end.text, text);
    EXPECT_EQ(end.exit_code, exit_code);
}

TEST(FenceNodeWords, are_those_of_the_specification)
{
    expect_end(conclude(OperationKind::fence, "n2", result(Verdict::succeeded)), "fence n2 success",
               0);
    expect_end(conclude(OperationKind::fence, "n2", result(Verdict::failed)), "fence n2 failed", 1);
    expect_end(conclude(OperationKind::fence, "n2", result(Verdict::undefined)),
               "fence n2 undefined", 2);
    expect_end(conclude(OperationKind::unfence, "n1", result(Verdict::succeeded)),
               "unfence n1 success", 0);
    expect_end(conclude(OperationKind::unfence, "n1", result(Verdict::undefined)),
               "unfence n1 undefined", 2);
}

TEST(FenceNodeWords, tell_what_the_devices_say)
{
    OperationResult on = result(Verdict::succeeded);
    on.is_off = false;
    expect_end(conclude(OperationKind::status, "n2", on), "status n2 success on", 0);
    on.is_off = true;
    expect_end(conclude(OperationKind::status, "n2", on), "status n2 success off", 0);
    expect_end(conclude(OperationKind::status, "n2", failed_status(1)), "status n2 failed 1", 1);
    expect_end(conclude(OperationKind::status, "n2", failed_status(127)),
               "status n2 failed invalid 127", 1);
}

TEST(FenceNodeWords, show_arguments_only_when_asked_and_never_a_password)
{
    DeviceRecord record;
    record.agent = "T";
    record.arguments = "nodename=n2\npasswd=hunter2\n";
    EXPECT_EQ(device_lines(OperationKind::fence, "n2", record, false),
              std::vector<std::string>{"fence n2 dev 0.0 agent T result: success"});
    EXPECT_EQ(device_lines(OperationKind::fence, "n2", record, true).back(),
              "agent args: nodename=n2 passwd=********");
}

}  // namespace
}  // namespace ha::fence::tool
