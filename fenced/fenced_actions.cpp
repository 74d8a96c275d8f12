// SPDX-License-Identifier: Apache-2.0
//
// The half of Fenced that feeds the domain and does what it says.
#include <strings.h>

#include "common/io/clock.hpp"
#include "common/io/file.hpp"
#include "fenced/decision_log.hpp"
#include "fenced/event_text.hpp"
#include "fenced/fenced.hpp"

namespace ha::fence {

void Fenced::feed(const Event& event)
{
    if (!domain_ || is_ending_) {
        return;
    }
    if (is_starting_over_) {
        requests_.keep(event);
        go_on_in_new_life();  // that may have been the end of a round
        return;
    }
    queue_.push_back(event);
    if (is_handling_) {
        return;
    }
    is_handling_ = true;
    check_sleep(io::now());
    while (!queue_.empty() && !is_starting_over_) {
        const Event next = std::move(queue_.front());
        queue_.pop_front();
        take_step(next);
    }
    is_handling_ = false;
}

void Fenced::take_step(const Event& event)
{
    const TimePoint now = io::now();
    recorder_.record(now, event_text(event));
    const Step step = domain_->on(event, now);
    for (const Action& action : step.actions) {
        std::visit([this](const auto& alternative) { perform(alternative); }, action);
        if (is_starting_over_ || is_ending_) {
            return;  // gave up on SaveState: what it must precede does not happen
        }
    }
    wake_.set_or_cancel(step.wake_at);
}

void Fenced::perform(const SendFrame& action)
{
    if (auto sent = cpg_.send(action.bytes); !sent) {
        journal_.note(log::Event::fence_send_failed, "a message to the fence domain was not sent",
                      {{"reason", sent.error().text}});
    }
}

void Fenced::perform(const JoinGroup&)
{
    if (is_leaving_) {
        joins_after_leaving_ = true;
        return;
    }
    cpg_.join();
}

void Fenced::perform(const LeaveGroup&)
{
    leave_group();
}

void Fenced::perform(const RunRound& action)
{
    rounds_.run(action.round, victim_node(action.victim));
}

void Fenced::perform(const AskDevices& action)
{
    rounds_.ask(action.round, victim_node(action.victim));
}

void Fenced::perform(const EndRound& action)
{
    rounds_.end(action.round, action.reason);
}

void Fenced::perform(const FactsChanged& action)
{
    control_.push(action.facts);
}

void Fenced::perform(const SaveState& action)
{
    saved_state_ = action.text;
    if (auto saved =
            io::write_run_file(skeleton_.roots().run_file("fenced.state"), action.text, 0600);
        !saved) {
        // Going on would let a restarted fenced forget a victim.
        give_up(saved.error().text);
    }
}

void Fenced::perform(const KillNode& action)
{
    journal_.note(
        log::Event::fence_killing_node,
        "telling cman to remove nodeid " + std::to_string(action.node.value) + " from cluster",
        {{"reason", action.reason}});
    cman_.kill(node_name(action.node));
}

void Fenced::perform(const OpenOverride& action)
{
    override_victims_ = action.victims;
    const std::string& configured = model_->fence_daemon.override_path;
    const std::string path =
        configured.empty() ? skeleton_.roots().run_file("fenced_override") : configured;
    if (auto opened = fifo_.open(path); !opened) {
        journal_.note(log::Event::fence_override_unusable, opened.error().text);
    }
}

void Fenced::perform(const CloseOverride&)
{
    override_victims_.clear();
    fifo_.close();
}

void Fenced::perform(const StartOver& action)
{
    start_over(action.reason);
}

void Fenced::perform(const Reply& action)
{
    control_.answer(action);
}

void Fenced::perform(const AnswerPrepare& action)
{
    cman_.answer_prepare(action.number, action.accepted, action.why);
}

void Fenced::perform(const Decided& action)
{
    if (action.decision == Decision::fence_deferred && !deferred_.insert(action.node).second) {
        journal_.debug(action.reason);  // said when the first round against it began
        return;
    }
    log_decision(journal_, action, node_name(action.node), domain_->facts());
    if (action.decision == Decision::victim_settled) {
        rounds_.forget(action.node);
        deferred_.erase(action.node);
    }
}

void Fenced::name_written(const std::string& name)
{
    for (const NodeId victim : override_victims_) {
        if (::strcasecmp(node_name(victim).c_str(), name.c_str()) == 0) {
            feed(Acknowledged{0, victim, "name written to the override FIFO"});
            return;
        }
    }
    journal_.note(log::Event::fence_override_mismatch,
                  "\"" + name + "\" was written to the override FIFO, no victim");
}

/// As in the document that all members act on, which may be older than cmand's last word (S8). A
/// victim that is no longer configured has no methods: it waits for a person.
model::Node Fenced::victim_node(NodeId id) const
{
    const model::ClusterModel* active = domain_->active_model();
    if (const model::Node* node = active != nullptr ? active->node(id) : nullptr) {
        return *node;
    }
    model::Node unknown;
    unknown.id = id;
    unknown.name = node_name(id);
    return unknown;
}

std::string Fenced::node_name(NodeId id) const
{
    const model::Node* node = model_->node(id);
    return node != nullptr ? node->name : "nodeid " + std::to_string(id.value);
}

std::optional<NodeId> Fenced::node_named(const std::string& name) const
{
    for (const model::Node& node : model_->nodes) {
        if (::strcasecmp(node.name.c_str(), name.c_str()) == 0) {
            return node.id;
        }
    }
    return std::nullopt;
}

}  // namespace ha::fence
