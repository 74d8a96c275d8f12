// SPDX-License-Identifier: Apache-2.0
// Makes the core's actions true, in the order they come.
#include <utility>

#include "common/daemon/node_life.hpp"
#include "common/io/file.hpp"
#include "common/io/loop.hpp"
#include "common/log/log.hpp"
#include "common/protocol/service_tool.hpp"
#include "rgmanager/former_run.hpp"
#include "rgmanager/manager.hpp"

namespace ha::service {

void Manager::handle(const Action& action)
{
    std::visit([this](const auto& alternative) { act(alternative); }, action);
}

void Manager::act(const JoinGroup&)
{
    cpg_.join();
}

void Manager::act(const LeaveGroup&)
{
    leave_group();
}

/// Once: a second cpg_leave would cut the first one short, before corosync has announced it.
void Manager::leave_group()
{
    if (is_leaving_) {
        return;
    }
    is_leaving_ = true;
    cpg_.leave([this] {
        is_leaving_ = false;
        left_group();
    });
}

/// The others know that we are gone: only now may this life end.
void Manager::left_group()
{
    if (finished_) {
        skeleton_.stop(finished_->is_clean ? ExitCode::done : ExitCode::system);
        return;
    }
    if (!begins_anew_) {
        return;  // BeginAnew or Finished comes next
    }
    begins_anew_ = false;
    core_.reset();
    events_.clear();
    if (is_shutting_down_ || is_cluster_lost_) {
        skeleton_.stop(is_shutting_down_ ? ExitCode::done : ExitCode::system);
        return;
    }
    life_ = daemon::new_daemon_life(life_.node);
    is_first_of_life_ = false;
    skeleton_.loop().post([this] {
        if (!core_) {
            create_core();
        }
    });
}

void Manager::act(const SendFrame& action)
{
    if (const Status sent = cpg_.send(action.bytes); !sent) {
        log::write(log::Event::service_error, "a message to the other members could not be sent",
                   {{"reason", sent.error().text}});
    }
}

void Manager::act(const SaveState& action)
{
    saved_state_ = action.bytes;
    is_saved_state_doubted_ = action.is_doubted;
    const Status saved = keep_state(roots_, action.bytes, action.is_doubted);
    is_state_kept_ = saved.has_value();
    if (!saved) {
        log::write(log::Event::service_error, "the table could not be kept in the run root",
                   {{"reason", saved.error().text}});
    }
}

/// What the run root does not know of, a restarted rgmanager would take for stopped: never started.
void Manager::act(const StartService& action)
{
    if (is_state_kept_) {
        runner_.start(action);
        return;
    }
    refuse(action.service, action.task, "nothing was started");
}

/// Nor does anything leave: a restarted rgmanager would not ask the other end for it.
void Manager::act(const MigrateService& action)
{
    if (is_state_kept_) {
        runner_.migrate(action);
        return;
    }
    refuse(action.service, action.task, "nothing was migrated", agent_not_running);
}

void Manager::act(const NoteGuest& action)
{
    if (!is_state_kept_) {
        refuse(action.service, action.task, "no guest may come");
        return;
    }
    TaskFinished noted;
    noted.service = action.service;
    noted.task = action.task;
    noted.succeeded = true;
    skeleton_.loop().post([this, noted] { enqueue(noted); });
}

void Manager::refuse(const std::string& service, std::uint64_t task, const std::string& what,
                     int agent_code)
{
    TaskFinished refused;
    refused.service = service;
    refused.task = task;
    refused.agent_code = agent_code;
    refused.words = what + ": the run root " + roots_.run + " cannot be written";
    skeleton_.loop().post([this, refused] { enqueue(refused); });
}

void Manager::act(const Reply& action)
{
    const auto request = requests_.extract(action.ticket);
    if (!request.empty()) {
        reply(request.mapped(), {action.code, action.owner, action.why});
    }
}

void Manager::act(const TableChanged&)
{
    if (!core_) {
        return;  // it began anew in this very step
    }
    skeleton_.announce(core_->is_quorate() ? "quorate" : "not quorate");
    if (kept_documents_.size() > 1) {
        drop_kept_documents();
    }
}

void Manager::act(const LogDecision& action)
{
    static constexpr log::Event events[] = {
        log::Event::service_debug,    log::Event::service_info,  log::Event::service_notice,
        log::Event::service_warning,  log::Event::service_error, log::Event::service_alert,
        log::Event::service_emergency};
    const log::Event event = events[static_cast<std::size_t>(action.level)];
    if (action.service.empty()) {
        log::write(event, action.text);
    } else {
        log::write(event, action.text, {{"service", action.service}});
    }
}

void Manager::act(const ReportJoined&)
{
    fence_.joined();
}

void Manager::act(const ReportGoodbye& action)
{
    fence_.said_goodbye(action.is_empty, action.is_handed_over);
}

void Manager::act(const DemandFence& action)
{
    fence_.demand(action.node, action.life, action.cause);
}

void Manager::act(const BeginAnew&)
{
    begins_anew_ = true;
    if (!is_leaving_) {
        left_group();
    }
}

void Manager::act(const Finished& action)
{
    finished_ = action;
    log::write(action.is_clean ? log::Event::service_notice : log::Event::service_error,
               action.is_clean ? "Shutdown complete, exiting" : "#67: Shutting down uncleanly",
               {{"reason", action.reason}});
    if (!is_leaving_) {
        left_group();
    }
}

}  // namespace ha::service
