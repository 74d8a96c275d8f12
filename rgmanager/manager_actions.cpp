// SPDX-License-Identifier: Apache-2.0
// Makes the core's actions true, in the order they come.
#include <utility>

#include "common/daemon/node_life.hpp"
#include "common/io/file.hpp"
#include "common/io/loop.hpp"
#include "common/log/log.hpp"
#include "common/protocol/service_tool.hpp"
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
    cpg_.leave([this] { left_group(); });
}

/// The others know that we are gone: only now may this life end.
void Manager::left_group()
{
    if (begins_anew_) {
        begins_anew_ = false;
        life_ = daemon::new_daemon_life(life_.node);
        is_first_of_life_ = false;
        core_.reset();
        events_.clear();
        skeleton_.loop().post([this] { create_core(); });
        return;
    }
    if (finished_) {
        skeleton_.stop(finished_->is_clean ? ExitCode::done : ExitCode::system);
    }
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
    if (const Status saved =
            io::write_run_file(roots_.run_file("rgmanager.state"), action.bytes, 0600);
        !saved) {
        log::write(log::Event::service_error, "the table could not be kept in the run root",
                   {{"reason", saved.error().text}});
    }
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
    skeleton_.announce(core_->is_quorate() ? "quorate" : "not quorate");
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
    fence_.said_goodbye(action.is_empty);
}

void Manager::act(const DemandFence& action)
{
    fence_.demand(action.node, action.life, action.cause);
}

void Manager::act(const BeginAnew&)
{
    begins_anew_ = true;
    cpg_.leave([this] { left_group(); });
}

void Manager::act(const Finished& action)
{
    finished_ = action;
    log::write(action.is_clean ? log::Event::service_notice : log::Event::service_error,
               action.is_clean ? "Shutdown complete, exiting" : "#67: Shutting down uncleanly",
               {{"reason", action.reason}});
    if (cpg_.is_joined()) {
        cpg_.leave([this] { left_group(); });
        return;
    }
    left_group();
}

}  // namespace ha::service
