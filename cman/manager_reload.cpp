// SPDX-License-Identifier: Apache-2.0
//
// The half of the shell that serves the core of a reload (cman/core/reload.hpp): reads and checks
// documents, keeps one ready beside cluster.conf, asks fenced, and switches.
#include <sys/stat.h>

#include <utility>
#include <variant>

#include "cman/manager.hpp"
#include "common/config/diff.hpp"
#include "common/io/clock.hpp"
#include "common/io/cmap.hpp"
#include "common/io/file.hpp"
#include "common/log/log.hpp"

namespace ha::cman {

namespace {

constexpr mode_t mode_of_a_new_file = 0640;  // it holds passwords

mode_t mode_like(const std::string& path)
{
    struct stat status {};
    constexpr mode_t permissions = 07777;
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & permissions : mode_of_a_new_file;
}

std::uint32_t configured_votes(const model::ClusterModel& model)
{
    std::uint32_t sum = 0;
    for (const model::Node& node : model.nodes) {
        sum += node.votes;
    }
    return model.quorum.expected_votes.value_or(sum);
}

}  // namespace

/// Events that an action causes wait until the actions before them are done.
void Manager::tell_reload(ReloadEvent event)
{
    if (!reload_ || ending_) {
        return;
    }
    reload_events_.push_back(std::move(event));
    if (is_reloading_) {
        return;
    }
    is_reloading_ = true;
    while (!reload_events_.empty() && !ending_) {
        const ReloadEvent next = std::move(reload_events_.front());
        reload_events_.pop_front();
        const ReloadStep step = reload_->on(next, io::now());
        for (const ReloadAction& action : step.actions) {
            std::visit([this](const auto& wanted) { perform(wanted); }, action);
        }
        reload_timer_.set_or_cancel(step.wake_at);
    }
    is_reloading_ = false;
}

// ----------------------------------------------------------------------------------------- clients

/// "" if a reload may begin on this node now.
std::string Manager::why_no_reload() const
{
    if (!is_member_) {
        return "this node is not yet a cluster member";
    }
    if (!core_->is_quorate()) {
        return "this partition is not quorate: another one may load another file";
    }
    std::string without;
    for (const NodeId member : core_->nodes().members()) {
        if (!core_->peers().contains(member)) {
            without += (without.empty() ? "" : ", ") + core_->nodes().name(member);
        }
    }
    return without.empty() ? "" : "cmand does not run on " + without;
}

void Manager::handle(io::ConnectionId from, const protocol::ReloadRequest& request)
{
    if (is_member_ && core_->config_state() == ConfigState::refused) {
        take_own_file(from);
        return;
    }
    if (const std::string why = why_no_reload(); !why.empty()) {
        log::write(log::Event::config_reload_failed, why);
        send(from, protocol::Refused{protocol::Refusal::failed, why});
        return;
    }
    const Result<std::string> document = io::read_file(roots_.cluster_conf);
    const RunningCluster running{active_->written, core_->nodes().members()};
    const Result<ActiveConfiguration> candidate =
        document ? load_configuration(roots_, *document, roots_.cluster_conf, active_->overrides,
                                      &running)
                 : Result<ActiveConfiguration>(document.error());
    std::string why = candidate ? why_not_quorate(*candidate) : candidate.error().text;
    if (!why.empty()) {
        log::write(log::Event::config_reload_failed, why);
        send(from, protocol::Refused{protocol::Refusal::invalid, why});
        return;
    }
    log::write(log::Event::config_reload, "asked by cman_tool",
               {{"version", candidate->id.version}, {"running", active_->id.version}});
    tell_reload(
        ReloadAsked{ClientId{from.value}, candidate->id, candidate->document, request.own_files});
}

/// The others run a newer document that this node could not take over: its own file may be it by
/// now.
void Manager::take_own_file(io::ConnectionId from)
{
    const ConfigId wanted = core_->wanted_config();
    const Load own{wanted, std::nullopt, true};
    Result<ActiveConfiguration> candidate = load_candidate(own);
    const Status kept = candidate ? keep_ready(*std::move(candidate), false) : candidate.error();
    if (!kept) {
        send(from, protocol::Refused{protocol::Refusal::invalid, kept.error().text});
        return;
    }
    perform(Switch{wanted});
    send(from, protocol::Accepted{});
}

/// Services must not stop because the file was loaded.
std::string Manager::why_not_quorate(const ActiveConfiguration& candidate)
{
    refresh_votes();
    Ballot after = ballot();
    after.two_node = candidate.model.quorum.two_node;
    after.expected = configured_votes(candidate.model);
    after.total = 0;
    for (const NodeId member : core_->nodes().members()) {
        const model::Node* node = candidate.model.node(member);
        after.total += node != nullptr ? node->votes : 0;
    }
    const std::uint32_t required = required_votes_lowered(after);
    if (is_quorate(after, required)) {
        return {};
    }
    return "with this file the cluster would lose quorum and stop its services: " +
           std::to_string(required) + " votes needed, " + std::to_string(after.total) +
           " present; add nodes one after the other, each joined before the next";
}

void Manager::perform(const AnswerReload& action)
{
    if (!action.accepted) {
        log::write(log::Event::config_reload_failed, action.why);
    }
    const io::ConnectionId client{action.client.value};
    if (action.accepted) {
        send(client, protocol::Accepted{});
        return;
    }
    send(client,
         protocol::Refused{action.is_busy ? protocol::Refusal::busy : protocol::Refusal::failed,
                           action.why});
}

// --------------------------------------------------------------------------------------- the group

void Manager::perform(const SendOffer& action)
{
    if (!send_to_group(protocol::CmanOffer{action.number, action.config, action.chunks})) {
        log::debug("an offer was not sent");  // nobody votes; its time runs out
    }
}

void Manager::perform(const SendChunk& action)
{
    if (!send_to_group(protocol::CmanChunk{
            action.config, action.to, action.index, action.count, {action.bytes}})) {
        log::debug("a piece of the document was not sent");
    }
}

void Manager::perform(const SendVote& action)
{
    if (!send_to_group(protocol::CmanVote{action.to, action.number, action.accepted, action.why})) {
        log::debug("a vote was not sent");
    }
}

void Manager::perform(const SendCommit& action)
{
    if (!send_to_group(protocol::CmanCommit{action.number})) {
        log::debug("a commit was not sent");
    }
}

void Manager::perform(const SendDrop& action)
{
    if (!send_to_group(protocol::CmanDrop{action.number})) {
        log::debug("a drop was not sent");
    }
}

void Manager::perform(const SendWanted& action)
{
    log::debug("asking the others for their document", {{"version", action.config.version}});
    if (!send_to_group(protocol::CmanWanted{action.config})) {
        log::debug("a request for the document was not sent");
    }
}

// ------------------------------------------------------------------------------------ the document

Result<ActiveConfiguration> Manager::load_candidate(const Load& action) const
{
    const Result<std::string> document = action.document ? Result<std::string>(*action.document)
                                                         : io::read_file(roots_.cluster_conf);
    if (!document) {
        return document.error();
    }
    const RunningCluster running{active_->written, core_->nodes().members()};
    Result<ActiveConfiguration> candidate =
        load_configuration(roots_, *document, roots_.cluster_conf, active_->overrides,
                           action.is_active || !action.document ? nullptr : &running);
    if (!candidate) {
        return candidate.error();
    }
    if (candidate->id != action.config) {
        return Error{ErrorCode::invalid_input,
                     candidate->id.version == action.config.version
                         ? "its cluster.conf has the same version but another content"
                         : "its cluster.conf has version " + std::to_string(candidate->id.version) +
                               ", not " + std::to_string(action.config.version)};
    }
    if (candidate->local != active_->local) {
        return Error{ErrorCode::invalid_input, "it would make this node " + candidate->local_name +
                                                   " instead of " + active_->local_name};
    }
    return candidate;
}

/// All that the switch replaces waits on disk, so that the switch itself needs no room: who has
/// none says so now, while the old document goes on everywhere. The record comes last: what died
/// before it was in place is done once more by the cmand that is restarted.
Status Manager::keep_ready(ActiveConfiguration candidate, bool is_carried)
{
    std::vector<StagedFiles::File> files;
    const Result<std::string> present = io::read_file(roots_.cluster_conf);
    if (is_carried && (!present || *present != candidate.document)) {
        files.push_back({roots_.cluster_conf, candidate.document, mode_like(roots_.cluster_conf)});
    }
    candidate_.reset();  // what waited for it goes with the next line
    RunRecord record = record_of(candidate);
    files.push_back({roots_.run_file("corosync.conf"), corosync_conf(candidate, roots_), 0600});
    files.push_back({run_record_path(roots_), protocol::encode(record), 0600});
    if (Status waiting = staged_.stage(files); !waiting) {
        return waiting;
    }
    staged_record_ = std::move(record);
    candidate_ = std::move(candidate);
    return ok();
}

void Manager::perform(const Load& action)
{
    Result<ActiveConfiguration> candidate = load_candidate(action);
    const Status kept = candidate ? keep_ready(*std::move(candidate), action.document.has_value())
                                  : candidate.error();
    tell_reload(Loaded{action.config, kept.has_value(), kept ? "" : kept.error().text});
}

void Manager::perform(const Forget& action)
{
    if (candidate_ && candidate_->id == action.config) {
        candidate_.reset();
        staged_.drop();
    }
    asked_fence_.reset();
    for (const auto& [connection, name] : subscribers_) {
        if (name == "fenced") {
            send(io::ConnectionId{connection}, protocol::PrepareDropped{action.config});
        }
    }
}

void Manager::perform(const AskFence& action)
{
    for (const auto& [connection, name] : subscribers_) {
        if (name == "fenced") {
            asked_fence_ = {io::ConnectionId{connection}, action.number};
            send(io::ConnectionId{connection},
                 protocol::PrepareQuestion{action.number, action.config, {candidate_->document}});
            return;
        }
    }
    tell_reload(FenceAnswered{action.number, true, {}});  // no fenced, no fence domain here
}

void Manager::handle(io::ConnectionId from, const protocol::PrepareAnswer& answer)
{
    if (asked_fence_ && asked_fence_->first.value == from.value &&
        asked_fence_->second == answer.number) {
        asked_fence_.reset();
        tell_reload(FenceAnswered{answer.number, answer.accepted, answer.why});
    }
}

void Manager::subscriber_gone(io::ConnectionId gone)
{
    subscribers_.erase(gone.value);
    feed(ClientClosed{ClientId{gone.value}});
    if (asked_fence_ && asked_fence_->first.value == gone.value) {
        const std::uint64_t number = asked_fence_->second;
        asked_fence_.reset();
        tell_reload(FenceAnswered{number, false, "fenced went away while it was asked"});
    }
}

// -------------------------------------------------------------------------------------- the switch

void Manager::perform(const Switch& action)
{
    if (!candidate_ || candidate_->id != action.config) {
        return;
    }
    // The cluster switches whatever this disk says: a restarted cmand catches up.
    const Status placed = staged_.put_into_place();
    if (!placed) {
        log::write(log::Event::config_problem, placed.error().text);
    }
    const bool needs_reload =
        config::diff(active_->model, candidate_->model).needs_corosync_reload();
    active_ = *std::exchange(candidate_, std::nullopt);
    for (const std::string& complaint : active_->complaints) {
        log::write(log::Event::config_problem, complaint);
    }
    log::write(log::Event::config_loaded, "cluster.conf is active",
               {{"version", active_->id.version}, {"node", active_->local_name}});
    if (!placed || record_of(*active_) != staged_record_) {
        save_record();  // this node became a member meanwhile
    }
    callbacks_.on_switched();
    tell_reload(Switched{active_->id, active_->document, names_of(active_->model), needs_reload});
}

void Manager::perform(const TellSwitched&)
{
    feed(ConfigSwitched{active_->id, active_->model, table_of(*active_)});
}

void Manager::perform(const ReloadCorosync& action)
{
    const Status reloaded = io::cfg_reload();
    if (!reloaded) {
        log::write(log::Event::config_reload_failed, reloaded.error().text);
    }
    refresh_votes();
    if (!send_to_group(
            protocol::CmanReloaded{action.config, reloaded ? "" : reloaded.error().text})) {
        log::debug("the end of a reload was not announced");
    }
}

void Manager::perform(const CatchUp& action)
{
    log::write(log::Event::config_caught_up, "the cluster runs a newer document: taking it over",
               {{"version", action.config.version}, {"here", active_->id.version}});
    tell_reload(Behind{action.config});
}

void Manager::perform(const CatchUpFailed& action)
{
    feed(NotCaughtUp{action.config, action.why});
}

}  // namespace ha::cman
