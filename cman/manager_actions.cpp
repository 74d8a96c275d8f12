// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <utility>
#include <variant>

#include "cman/manager.hpp"
#include "common/io/clock.hpp"
#include "common/io/cmap.hpp"
#include "common/log/log.hpp"
#include "common/protocol/cman_group.hpp"
#include "common/wire/frame.hpp"

namespace ha::cman {

namespace {

constexpr Duration kill_patience = std::chrono::milliseconds{500};
constexpr ClientId signal_client{0};  // SIGTERM; connections count from 1

std::string joined(const std::vector<std::string>& texts)
{
    std::string line;
    for (const std::string& text : texts) {
        line += (line.empty() ? "" : ", ") + text;
    }
    return line;
}

}  // namespace

void Manager::request_leave()
{
    if (core_ == nullptr || !corosync_.identity()) {
        end({ExitCode::done, "asked to stop"});
    } else {
        feed(LeaveRequested{signal_client, false, false});
    }
}

void Manager::feed(const Event& event)
{
    if (core_ == nullptr || (ending_ && finish_timer_.due())) {
        return;
    }
    const Step step = core_->on(event, io::now());
    core_timer_.set_or_cancel(step.wake_at);
    for (const Action& action : step.actions) {
        std::visit([this](const auto& wanted) { perform(wanted); }, action);
    }
}

void Manager::perform(const SendHello& action)
{
    protocol::CmanHello hello;
    hello.life = life_;
    hello.config = active_->id;
    hello.is_established = action.is_established;
    hello.awaits_reload = reload_->awaits_reload();
    hello.addresses = table_of(*active_);
    if (const Status sent = send_to_group(hello); !sent) {
        on_corosync_lost(sent.error().text);
    }
}

void Manager::perform(const SendLeaving& action)
{
    if (const Status sent = send_to_group(protocol::CmanLeaving{action.remove}); !sent) {
        log::debug("leaving without announcement", {{"reason", sent.error().text}});
        end({ExitCode::done, "left the cluster"});
    }
}

void Manager::perform(const SendKill& action)
{
    log::write(log::Event::kill_requested, "", {{"node", core_->nodes().name(action.victim)}});
    if (!send_to_group(protocol::CmanKill{action.victim, action.life})) {
        perform(KillThroughCorosync{action.victim});
    }
}

/// The victim's cmand has the same message and ends by itself, with who did it in its log. Corosync
/// sees to a victim whose cmand does not.
void Manager::perform(const KillThroughCorosync& action)
{
    victims_.insert(action.victim);
    if (!kill_timer_.due()) {
        kill_timer_.set_in(kill_patience);
    }
}

void Manager::kill_through_corosync()
{
    for (const NodeId victim : std::exchange(victims_, {})) {
        if (const Status killed = io::cfg_kill_node(victim, "killed by cman_tool"); !killed) {
            log::debug("corosync did not pass the kill on", {{"reason", killed.error().text}});
        }
    }
}

void Manager::perform(const Publish& action)
{
    protocol::ActiveDocument document;
    document.config = active_->id;
    document.document.bytes = active_->document;
    document.local_id = active_->local;
    document.local_name = active_->local_name;
    document.node_life = life_.node;
    document.verdict = core_->verdict_text();
    document.config_accepted = document.verdict.empty();
    for (const auto& [connection, name] : subscribers_) {
        if (!action.only || action.only->value == connection) {
            send(io::ConnectionId{connection}, document);
        }
    }
}

void Manager::perform(const AskSubscriber& action)
{
    send(io::ConnectionId{action.client.value},
         protocol::LeaveQuestion{action.number, action.remove});
}

void Manager::perform(const AnswerLeave& action)
{
    if (!action.leaving) {
        log::write(log::Event::leave_refused, joined(action.objections));
        if (action.client == signal_client) {
            callbacks_.on_stay();
        }
    }
    send(io::ConnectionId{action.client.value},
         protocol::LeaveReply{action.leaving, action.objections});
}

void Manager::perform(const AnswerClient& action)
{
    const io::ConnectionId client{action.client.value};
    switch (action.answer) {
        case Answer::accepted:
            send(client, protocol::Accepted{});
            return;
        case Answer::not_found:
            send(client, protocol::Refused{protocol::Refusal::not_found, action.text});
            return;
        case Answer::not_member:
            send(client, protocol::Refused{protocol::Refusal::not_member, action.text});
            return;
        case Answer::busy:
            send(client, protocol::Refused{protocol::Refusal::busy, action.text});
            return;
    }
}

void Manager::perform(const BecameMember&)
{
    start_timer_.cancel();
    is_member_ = true;
    save_record();
    log::write(log::Event::cluster_joined, "",
               {{"cluster", active_->model.name}, {"node", active_->local_name}});
    callbacks_.on_ready();
}

void Manager::perform(const StopCorosync& action)
{
    tell_stopping(action.clean, "the node leaves the cluster");
    end({ExitCode::done, "left the cluster"});
}

void Manager::perform(const Die& action)
{
    const std::string why = "cman killed by node " + std::to_string(action.by.value) +
                            " because we were killed by cman_tool or other application";
    log::write(log::Event::killed_by_peer, why, {{"by", core_->nodes().name(action.by)}});
    tell_stopping(false, why);
    ending_ = Ending{ExitCode::system, why};
    corosync_.kill();
}

void Manager::perform(const GiveUp& action)
{
    log::write(log::Event::config_refused, action.why);
    tell_stopping(false, action.why);
    end({ExitCode::configuration, action.why});
}

void Manager::set_expected(std::uint32_t expected, const std::string& why)
{
    const Status set = io::set_expected_votes(expected);
    if (set) {
        log::write(log::Event::votes_changed, why, {{"expected", expected}});
    } else {
        log::write(log::Event::votes_failed, set.error().text, {{"expected", expected}});
    }
    refresh_votes();
}

void Manager::perform(const LowerExpected&)
{
    refresh_votes();
    set_expected(expected_after_remove(ballot()), "a node left for good");
}

void Manager::perform(const RestoreExpected&)
{
    refresh_votes();
    std::uint32_t configured = 0;
    for (const model::Node& node : active_->model.nodes) {
        configured += node.votes;
    }
    configured = active_->model.quorum.expected_votes.value_or(configured);
    if (const auto expected = expected_to_restore(ballot(), configured)) {
        set_expected(*expected, "as configured");
    }
}

void Manager::perform(const NoteMember& action)
{
    const auto event = action.joined      ? log::Event::node_joined
                       : action.announced ? log::Event::node_left
                                          : log::Event::node_lost;
    log::write(event, "", {{"node", core_->nodes().name(action.node)}, {"id", action.node.value}});
}

void Manager::perform(const NoteQuorum& action)
{
    if (action.is_quorate) {
        log::write(log::Event::quorum_regained, "quorum regained, resuming activity");
    } else {
        log::write(log::Event::quorum_lost, "quorum lost, blocking activity");
    }
}

void Manager::perform(const NoteVerdict& action)
{
    if (action.why.empty()) {
        log::write(log::Event::config_accepted, "this node runs the cluster's configuration again");
    } else {
        log::write(log::Event::config_refused, action.why);
    }
}

void Manager::perform(const NoteAddresses& action)
{
    log::write(log::Event::addresses_differ, "",
               {{"name", core_->nodes().name(action.about)},
                {"here", joined(action.ours)},
                {"there", joined(action.theirs)},
                {"peer", core_->nodes().name(action.peer)}});
}

void Manager::tell_stopping(bool clean, const std::string& reason)
{
    for (const auto& [connection, name] : subscribers_) {
        send(io::ConnectionId{connection}, protocol::ClusterStopping{clean, reason});
    }
}

}  // namespace ha::cman
