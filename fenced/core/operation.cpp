// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/operation.hpp"

#include <algorithm>
#include <utility>

#include "common/base/assert.hpp"

namespace ha::fence {

std::string describe(const DeviceRecord& record)
{
    return "dev " + std::to_string(record.method) + "." + std::to_string(record.device) +
           " agent " + (record.agent.empty() ? "none" : record.agent) +
           " result: " + std::string(to_string(record.word));
}

Operation::Operation(OperationPlan plan) : plan_(std::move(plan))
{}

std::vector<OperationAction> Operation::start()
{
    HA_ASSERT(lanes_.empty() && !is_finished_);
    Actions out;
    open_lanes(out);
    if (lanes_.empty()) {
        decide(Verdict::undefined, out);
        return out;
    }
    for (std::size_t lane = 0; lane < lanes_.size() && !is_decided_; ++lane) {
        go_on(lane, out);
    }
    return out;
}

/// Steps that cannot even begin end at once, so this may go through many.
void Operation::go_on(std::size_t lane, Actions& out)
{
    while (!is_decided_ && !lanes_.at(lane).is_waiting) {
        advance(lane, out);
    }
}

void Operation::open_lanes(Actions& out)
{
    const bool is_unfence = plan_.kind == OperationKind::unfence;
    if (plan_.methods.empty()) {
        if (!is_unfence) {
            DeviceRecord record;
            record.word = ResultWord::error_no_method;
            report(std::move(record), out);
        }
        failure_ = is_unfence ? "no unfence device" : "no fence method";
        return;
    }
    if (plan_.only_method && *plan_.only_method >= plan_.methods.size()) {
        DeviceRecord record;
        record.method = *plan_.only_method;
        record.word = ResultWord::error_method_number;
        report(std::move(record), out);
        failure_ = "no such method";
        return;
    }
    if (plan_.kind == OperationKind::query_off) {
        for (std::size_t method = 0; method < plan_.methods.size(); ++method) {
            lanes_.emplace_back().method = method;
        }
    } else {
        lanes_.emplace_back().method = plan_.only_method.value_or(0);
    }
    open_lanes_ = lanes_.size();
}

const model::FenceMethod& Operation::method_of(const Lane& lane) const
{
    return plan_.methods.at(lane.method);
}

Purpose Operation::purpose_of_steps() const
{
    switch (plan_.kind) {
        case OperationKind::fence:
            return Purpose::fence;
        case OperationKind::unfence:
            return Purpose::unfence;
        case OperationKind::status:
        case OperationKind::query_off:
            return Purpose::status;
    }
    return Purpose::status;
}

DeviceRecord Operation::record_for(const Lane& lane, std::size_t step, Purpose purpose) const
{
    const model::FenceMethod& method = method_of(lane);
    DeviceRecord record;
    record.method = lane.method;
    record.device = step;
    record.method_name = method.name;
    record.purpose = purpose;
    if (step < method.steps.size()) {
        record.device_name = method.steps[step].device_name;
        record.agent = method.steps[step].agent;
    }
    return record;
}

/// One move in the lane's method: its next step, the proof before it, or its end.
void Operation::advance(std::size_t lane_index, Actions& out)
{
    Lane& lane = lanes_.at(lane_index);
    const model::FenceMethod& method = method_of(lane);
    if (method.steps.empty()) {
        DeviceRecord record = record_for(lane, 0, purpose_of_steps());
        record.word = ResultWord::error_no_device;
        record.words = "the method has no device";
        step_done(lane_index, record, false, out);
        return;
    }
    if (plan_.kind == OperationKind::fence && !lane.is_proof_asked) {
        const std::vector<std::size_t> devices = distinct_devices(method);
        if (devices.size() > 1 && lane.step == 0 && turns_on_too_early(method)) {
            DeviceRecord record = record_for(lane, 0, Purpose::fence);
            record.word = ResultWord::error_config_device;
            record.words = "the method turns a device on before its last off";
            step_done(lane_index, record, false, out);
            return;
        }
        if (devices.size() > 1 && lane.step == proof_point(method)) {
            lane.is_proof_asked = true;
            lane.to_prove = devices;
        }
    }
    if (!lane.to_prove.empty()) {
        start_agent(lane_index, lane.to_prove.front(), Purpose::status, out);
    } else if (lane.step == method.steps.size()) {
        method_succeeded(lane_index, out);
    } else {
        start_agent(lane_index, lane.step, purpose_of_steps(), out);
    }
}

void Operation::start_agent(std::size_t lane_index, std::size_t step_index, Purpose purpose,
                            Actions& out)
{
    const Lane& lane = lanes_.at(lane_index);
    const model::FenceStep& step = method_of(lane).steps.at(step_index);
    const bool is_proof = !lane.to_prove.empty();
    DeviceRecord record = record_for(lane, step_index, purpose);
    if (step.agent.empty()) {
        record.word = ResultWord::error_config_agent;
        record.words = "no fencedevice of that name, or it has no agent";
        step_done(lane_index, record, is_proof, out);
        return;
    }
    auto arguments =
        agent_arguments(step, plan_.node_name, purpose, plan_.limits.arguments_bytes_max);
    if (!arguments) {
        record.word =
            purpose == Purpose::unfence && arguments.error().code == ErrorCode::invalid_input
                ? ResultWord::error_config_device
                : ResultWord::error_config_args;
        record.words = arguments.error().text;
        step_done(lane_index, record, is_proof, out);
        return;
    }
    Duration deadline = agent_deadline(step, plan_.limits.agent_deadline);
    if (purpose == Purpose::status) {
        deadline = plan_.kind == OperationKind::query_off ? plan_.limits.query_deadline
                                                          : plan_.limits.status_deadline;
    }
    RunAgent action{++last_run_,           lane.method,      step_index,
                    method_of(lane).name,  step.device_name, step.agent,
                    *std::move(arguments), purpose,          deadline};
    running_.emplace(action.run, Run{lane_index, step_index, action});
    lanes_.at(lane_index).is_waiting = true;
    out.emplace_back(std::move(action));
}

std::vector<OperationAction> Operation::on(const AgentFinished& event)
{
    Actions out;
    const auto found = running_.find(event.run);
    HA_ASSERT(found != running_.end());
    const Run run = std::move(found->second);
    running_.erase(found);

    Lane& lane = lanes_.at(run.lane);
    lane.is_waiting = false;
    DeviceRecord record = record_for(lane, run.step, run.action.purpose);
    record.arguments = run.action.input;
    record.word = run.action.purpose == Purpose::status
                      ? status_word(event, plan_.kind == OperationKind::query_off)
                      : action_word(event);
    record.exit_code = event.end == AgentEnd::exited ? std::optional(event.code) : std::nullopt;
    record.took = event.took;
    record.was_ended = event.end == AgentEnd::ended;
    record.words = words_of(event, run.action.input);
    if (is_decided_) {
        report(std::move(record), out);
        finish_when_reaped(out);
        return out;
    }
    step_done(run.lane, record, !lane.to_prove.empty(), out);
    go_on(run.lane, out);
    return out;
}

/// A step, or the status that proves one, came to its end (or could not begin).
void Operation::step_done(std::size_t lane_index, const DeviceRecord& record, bool is_proof,
                          Actions& out)
{
    Lane& lane = lanes_.at(lane_index);
    report(record, out);
    if (is_failure(record.word)) {
        failure_ = (record.device_name.empty() ? "" : "device \"" + record.device_name + "\": ") +
                   std::string(to_string(record.word)) +
                   (record.words.empty() ? "" : ": " + record.words);
    }
    if (is_proof) {
        proof_answered(lane_index, record, out);
        return;
    }
    lane.all_off = lane.all_off && record.word == ResultWord::status_off;
    ++lane.step;
    const bool query_is_over = plan_.kind == OperationKind::query_off && !lane.all_off;
    if (plan_.kind != OperationKind::unfence && (is_failure(record.word) || query_is_over)) {
        method_failed(lane_index, out);
    }
}

/// Off and "cannot tell" both let the method go on; a device that says on has kept the node alive.
void Operation::proof_answered(std::size_t lane_index, const DeviceRecord& record, Actions& out)
{
    Lane& lane = lanes_.at(lane_index);
    if (record.word == ResultWord::status_on) {
        lane.to_prove.clear();
        failure_ = "device \"" + record.device_name + "\" says on when every device should be off";
        out.emplace_back(MethodNotCounted{lane.method, method_of(lane).name, failure_});
        method_failed(lane_index, out);
        return;
    }
    lane.to_prove.erase(lane.to_prove.begin());
}

void Operation::method_succeeded(std::size_t lane_index, Actions& out)
{
    const Lane& lane = lanes_.at(lane_index);
    if (plan_.kind == OperationKind::unfence) {
        decide(std::ranges::any_of(result_.devices, is_failure, &DeviceRecord::word)
                   ? Verdict::failed
                   : Verdict::succeeded,
               out);
        return;
    }
    result_.method = lane.method;
    result_.method_name = method_of(lane).name;
    if (purpose_of_steps() == Purpose::status) {
        result_.is_off = lane.all_off;
    }
    decide(Verdict::succeeded, out);
}

void Operation::method_failed(std::size_t lane_index, Actions& out)
{
    Lane& lane = lanes_.at(lane_index);
    if (plan_.kind == OperationKind::query_off) {
        lane.is_waiting = true;  // closed
        --open_lanes_;
        if (open_lanes_ == 0) {
            result_.is_off = false;
            decide(Verdict::failed, out);
        }
        return;
    }
    if (plan_.only_method || lane.method + 1 == plan_.methods.size()) {
        decide(Verdict::failed, out);
        return;
    }
    const std::size_t next = lane.method + 1;
    lane = Lane{};
    lane.method = next;
}

void Operation::report(DeviceRecord record, Actions& out)
{
    result_.devices.push_back(record);
    out.emplace_back(DeviceReported{std::move(record)});
}

std::vector<OperationAction> Operation::end()
{
    Actions out;
    if (is_finished_) {
        return out;
    }
    if (is_decided_) {
        result_.verdict = Verdict::ended;
        result_.reason = "ended on request";
        return out;
    }
    decide(Verdict::ended, out);
    return out;
}

/// The outcome is known; what still runs (other lanes of a query, or everything after end()) is
/// ended.
void Operation::decide(Verdict verdict, Actions& out)
{
    is_decided_ = true;
    result_.verdict = verdict;
    switch (verdict) {
        case Verdict::succeeded:
            result_.reason =
                result_.method_name.empty() ? "" : "method \"" + result_.method_name + "\"";
            break;
        case Verdict::ended:
            result_.reason = "ended on request";
            break;
        case Verdict::failed:
        case Verdict::undefined:
            result_.reason = failure_;
            break;
    }
    for (const auto& [run, what] : running_) {
        out.emplace_back(EndAgent{run});
    }
    finish_when_reaped(out);
}

void Operation::finish_when_reaped(Actions& out)
{
    if (running_.empty()) {
        is_finished_ = true;
        out.emplace_back(OperationFinished{result_});
    }
}

std::string Operation::describe() const
{
    std::string text;
    for (const auto& [id, run] : running_) {
        text += text.empty() ? "" : ", ";
        text += "method \"" + run.action.method_name + "\" device \"" + run.action.device_name +
                "\" agent " + run.action.agent;
    }
    return text.empty() ? "nothing runs" : text;
}

}  // namespace ha::fence
