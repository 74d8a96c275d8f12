// SPDX-License-Identifier: Apache-2.0
#include "fenced/tool/fence_node_words.hpp"

#include <algorithm>

#include "fenced/core/arguments.hpp"

namespace ha::fence::tool {
namespace {

std::string verb(OperationKind kind)
{
    switch (kind) {
        case OperationKind::fence:
            return "fence";
        case OperationKind::unfence:
            return "unfence";
        case OperationKind::status:
        case OperationKind::query_off:
            return "status";
    }
    return "fence";
}

/// `failed 1` where the agent says error; `failed invalid N` where it ended in a way no agent
/// should.
std::string status_failure(const OperationResult& result)
{
    const auto last = std::find_if(
        result.devices.rbegin(), result.devices.rend(),
        [](const DeviceRecord& record) { return record.word == ResultWord::status_error; });
    const int code = last != result.devices.rend() ? last->exit_code.value_or(1) : 1;
    return code == 1 ? "failed 1" : "failed invalid " + std::to_string(code);
}

}  // namespace

FenceNodeEnd conclude(OperationKind kind, const std::string& typed, const OperationResult& result)
{
    const std::string head = verb(kind) + " " + typed + " ";
    const bool is_status = kind == OperationKind::status;
    switch (result.verdict) {
        case Verdict::succeeded:
            return {head + "success" +
                        (is_status ? (result.is_off.value_or(false) ? " off" : " on") : ""),
                    0};
        case Verdict::undefined:
            return {head + "undefined", 2};
        case Verdict::failed:
        case Verdict::ended:
            return {head + (is_status ? status_failure(result) : "failed"), 1};
    }
    return {head + "failed", 1};
}

std::vector<std::string> device_lines(OperationKind kind, const std::string& typed,
                                      const DeviceRecord& record, bool with_arguments)
{
    std::vector<std::string> lines{verb(kind) + " " + typed + " " + describe(record)};
    if (with_arguments && !record.arguments.empty()) {
        lines.push_back("agent args: " + printable_arguments(record.arguments));
    }
    return lines;
}

}  // namespace ha::fence::tool
