// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/fence_round.hpp"

#include <utility>

namespace ha::sim {

namespace {

constexpr Duration question_takes = std::chrono::milliseconds{300};
constexpr Duration outlet_on_takes = std::chrono::milliseconds{200};

/// The value of `key=...` on an agent's stdin, "" without.
std::string value_of(const std::string& input, const std::string& key)
{
    const std::string line = "\n" + key + "=";
    const std::size_t at = ("\n" + input).rfind(line);
    if (at == std::string::npos) {
        return "";
    }
    const std::size_t from = at + line.size() - 1;
    return input.substr(from, input.find('\n', from) - from);
}

}  // namespace

model::FenceMethod fence_method(std::uint32_t power_supplies)
{
    model::FenceMethod method;
    method.name = "power";
    if (power_supplies < 2) {
        method.steps.push_back({"switch", "fence_sim", {}, {}});
        return method;
    }
    for (const char* action : {"off", "on"}) {
        for (const char* outlet : {"A", "B"}) {
            method.steps.push_back(
                {"switch", "fence_sim", {{"port", outlet}, {"action", action}}, {}});
        }
    }
    return method;
}

FenceRound::FenceRound(World& world, ChildHost& host, NodeId victim, fence::OperationPlan plan,
                       Finished finished)
    : world_(world),
      host_(host),
      victim_(victim),
      operation_(std::move(plan)),
      finished_(std::move(finished))
{}

void FenceRound::handle(const std::vector<fence::OperationAction>& actions)
{
    const auto self = shared_from_this();  // finished_ may drop it
    for (const fence::OperationAction& action : actions) {
        if (const auto* run = std::get_if<fence::RunAgent>(&action)) {
            run_agent(*run);
        } else if (const auto* end = std::get_if<fence::EndAgent>(&action)) {
            timed_out_.emplace(end->run, false);
            host_.kill_child(children_.at(end->run));
        } else if (const auto* record = std::get_if<fence::DeviceReported>(&action)) {
            host_.trace(fence::describe(record->record));
        } else if (const auto* not_counted = std::get_if<fence::MethodNotCounted>(&action)) {
            world_.probes().reached("fenced: a method did not count");
            host_.decided(not_counted->reason);
        } else if (const auto* finished = std::get_if<fence::OperationFinished>(&action)) {
            finished_(finished->result);
        }
    }
}

void FenceRound::run_agent(const fence::RunAgent& action)
{
    const std::string what = value_of(action.input, "action");
    const std::string outlet = value_of(action.input, "port");
    const auto answer = std::make_shared<Answer>();
    const bool is_question = action.purpose != fence::Purpose::fence;
    ChildSpec spec = is_question ? ask(outlet, answer) : act(what, outlet, *answer);
    spec.subject = std::string(is_question ? "status " : "fence ") + std::to_string(victim_.value) +
                   (outlet.empty() ? "" : " " + (is_question ? "" : what + " ") + outlet);
    spec.is_routine = is_question;
    spec.ended = [self = shared_from_this(), run = action.run, answer](bool was_killed) {
        self->agent_ended(run, *answer, was_killed);
    };
    children_[action.run] = host_.spawn(std::move(spec));
    host_.after(action.deadline, [self = shared_from_this(), run = action.run] {
        if (self->children_.contains(run)) {
            self->timed_out_.emplace(run, true);
            self->host_.kill_child(self->children_.at(run));
        }
    });
}

ChildSpec FenceRound::act(const std::string& action, const std::string& outlet, Answer& answer)
{
    const DeviceBehaviour device = world_.device(victim_);
    ChildSpec spec;
    spec.takes = device.hangs ? Duration::max() : action == "on" ? outlet_on_takes : device.takes;
    const bool succeeds = !device.fails && !device.hangs;
    answer = succeeds ? Answer{0, "it is off"} : Answer{1, "no answer"};
    spec.outcome = succeeds ? "success" : "failure";
    if (succeeds && device.lies) {
        world_.note_lie(victim_);
        return spec;
    }
    if (!succeeds) {
        return spec;
    }
    const auto power = [&world = world_, victim = victim_, outlet](bool on) {
        return [&world, victim, outlet, on] { world.switch_outlet(victim, outlet, on); };
    };
    if (action == "on") {
        if (device.boots_again) {
            spec.effects.push_back({spec.takes / 2, power(true)});
        }
        return spec;
    }
    spec.effects.push_back({device.shot_after, power(false)});
    if (action != "off" && device.boots_again) {
        spec.effects.push_back({(device.shot_after + device.takes) / 2, power(true)});
    }
    return spec;
}

ChildSpec FenceRound::ask(const std::string& outlet, const std::shared_ptr<Answer>& answer)
{
    const DeviceBehaviour device = world_.device(victim_);
    ChildSpec spec;
    spec.takes = device.hangs ? Duration::max() : question_takes;
    *answer = Answer{1, "no answer"};
    if (!device.fails && !device.hangs) {
        spec.effects.push_back(
            {question_takes / 2, [&world = world_, victim = victim_, outlet, answer] {
                 const bool is_on = world.has_power(victim, outlet);
                 *answer = is_on ? Answer{0, "Status: ON"} : Answer{2, "Status: OFF"};
             }});
    }
    return spec;
}

void FenceRound::agent_ended(std::uint64_t run, const Answer& answer, bool was_killed)
{
    children_.erase(run);
    fence::AgentFinished event;
    event.run = run;
    event.code = answer.code;
    event.output = answer.output;
    if (was_killed) {
        const auto why = timed_out_.find(run);
        const bool at_deadline = why != timed_out_.end() && why->second;
        event.end = at_deadline ? fence::AgentEnd::timed_out : fence::AgentEnd::ended;
    }
    handle(operation_.on(event));
}

}  // namespace ha::sim
