// SPDX-License-Identifier: Apache-2.0
#include "fenced/rounds.hpp"

#include <utility>

#include "common/base/assert.hpp"
#include "common/io/clock.hpp"

namespace ha::fence {
namespace {

std::string seconds_text(Duration duration)
{
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
    return std::to_string(ms / 1000) + "." + std::to_string(1000 + ms % 1000).substr(1) + " s";
}

protocol::RoundOutcome outcome_of(Verdict verdict)
{
    switch (verdict) {
        case Verdict::succeeded:
            return protocol::RoundOutcome::fenced;
        case Verdict::failed:
        case Verdict::undefined:
            return protocol::RoundOutcome::failed;
        case Verdict::ended:
            return protocol::RoundOutcome::unknown;
    }
    return protocol::RoundOutcome::unknown;
}

}  // namespace

Rounds::Rounds(io::Loop& loop, io::ProcessRunner& children, Journal& journal, Config config,
               std::function<void(const Event&)> on_event)
    : loop_(loop),
      children_(children),
      journal_(journal),
      config_(std::move(config)),
      on_event_(std::move(on_event))
{}

void Rounds::run(std::uint64_t round, const model::Node& victim)
{
    announce(victim);
    start(round, OperationKind::fence, victim);
}

void Rounds::ask(std::uint64_t round, const model::Node& victim)
{
    journal_.debug("asking the devices of " + victim.name + " whether it is off");
    start(round, OperationKind::query_off, victim);
}

void Rounds::announce(const model::Node& victim)
{
    switch (log_.begin(victim.id)) {
        case RoundLog::Start::announce:
            journal_.note(log::Event::fence_round_started, "fencing node " + victim.name);
            break;
        case RoundLog::Start::still_retrying:
            journal_.note(log::Event::fence_round_repeated,
                          "fencing node " + victim.name + " still retrying");
            break;
        case RoundLog::Start::silent:
            break;
    }
}

void Rounds::start(std::uint64_t round, OperationKind kind, const model::Node& victim)
{
    HA_ASSERT(!running_.contains(round));
    OperationRunner::Handlers handlers;
    handlers.on_device = [this, round](const DeviceRecord& record) {
        device_reported(running_.at(round), record);
    };
    handlers.on_not_counted = [this, name = victim.name](const MethodNotCounted& method) {
        journal_.note(log::Event::fence_method_not_counted,
                      "method \"" + method.method_name + "\" of " + name +
                          " does not count: " + method.reason);
    };
    handlers.on_finished = [this, round](const OperationResult& result) {
        finished(round, result);
    };
    auto runner = std::make_unique<OperationRunner>(loop_, children_, config_.search_path,
                                                    plan_operation(kind, victim, config_.limits),
                                                    std::move(handlers));
    OperationRunner& started = *runner;
    running_.emplace(round, Running{kind, victim.id, victim.name, io::now(), std::move(runner)});
    started.start();
}

void Rounds::device_reported(const Running& running, const DeviceRecord& record)
{
    if (running.kind == OperationKind::fence && log_.is_loud(running.victim) && !record.was_ended) {
        log_device(running.name, record);
    } else {
        journal_.debug("fence " + running.name + " " + fence::describe(record) + " " +
                       record.words);
    }
}

void Rounds::log_device(const std::string& name, const DeviceRecord& record)
{
    const bool is_bad =
        record.word != ResultWord::success && record.word != ResultWord::status_off &&
        record.word != ResultWord::status_on && record.word != ResultWord::status_error;
    std::vector<log::Field> fields;
    for (const auto& [key, value] :
         {std::pair("method", record.method_name), std::pair("device", record.device_name),
          std::pair("words", record.words)}) {
        if (!value.empty()) {
            fields.emplace_back(key, value);
        }
    }
    if (record.exit_code) {
        fields.emplace_back("exit", *record.exit_code);
        fields.emplace_back("took", seconds_text(record.took));
    }
    journal_.note(is_bad ? log::Event::fence_device_failed : log::Event::fence_device_worked,
                  "fence " + name + " " + fence::describe(record), fields);
}

void Rounds::finished(std::uint64_t round, const OperationResult& result)
{
    const auto found = running_.find(round);
    HA_ASSERT(found != running_.end());
    const Running running =
        std::move(found->second);  // its runner may go: the operation is finished
    running_.erase(found);
    if (running.kind == OperationKind::fence) {
        round_finished(round, running, result);
        return;
    }
    const bool is_off = result.verdict == Verdict::succeeded && result.is_off.value_or(false);
    journal_.debug("the devices of " + running.name +
                   (is_off ? " say that it is off" : " do not say that it is off"));
    on_event_(DevicesAnswered{round, is_off, result.method_name, result.reason});
}

void Rounds::round_finished(std::uint64_t round, const Running& running,
                            const OperationResult& result)
{
    log_round(running, result);
    on_event_(RoundFinished{round, outcome_of(result.verdict), result.method_name, result.reason,
                            io::now() - running.begin});
}

void Rounds::log_round(const Running& running, const OperationResult& result)
{
    const std::string took = seconds_text(io::now() - running.begin);
    switch (result.verdict) {
        case Verdict::succeeded:
            journal_.note(log::Event::fence_round_succeeded, "fence " + running.name + " success",
                          {{"method", result.method_name}, {"took", took}});
            log_.forget(running.victim);
            break;
        case Verdict::ended:
            journal_.note(log::Event::fence_round_ended,
                          "fencing of " + running.name + " ended before its result",
                          {{"took", took}});
            break;
        case Verdict::failed:
        case Verdict::undefined: {
            const bool was_loud = log_.is_loud(running.victim);
            const bool is_news = log_.finish_failed(running.victim, result);
            if (is_news) {
                for (const DeviceRecord& record : result.devices) {
                    log_device(running.name, record);
                }
            }
            if (was_loud || is_news) {
                journal_.note(log::Event::fence_round_failed, "fence " + running.name + " failed",
                              {{"reason", result.reason}, {"took", took}});
            } else {
                journal_.debug("fence " + running.name + " failed");
            }
            break;
        }
    }
}

void Rounds::end(std::uint64_t round, const std::string& reason)
{
    if (const auto found = running_.find(round); found != running_.end()) {
        journal_.debug("ending the fencing of " + found->second.name + ": " + reason);
        found->second.runner->end();
    }
}

void Rounds::end_all(const std::string& reason)
{
    for (const auto& [round, running] : running_) {
        end(round, reason);
    }
}

std::string Rounds::describe() const
{
    std::string text;
    for (const auto& [round, running] : running_) {
        text += "round " + std::to_string(round) + " against " + running.name + ": " +
                running.runner->describe() + ", since " + seconds_text(io::now() - running.begin) +
                "\n";
    }
    return text;
}

}  // namespace ha::fence
