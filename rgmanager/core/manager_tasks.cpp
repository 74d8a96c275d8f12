// SPDX-License-Identifier: Apache-2.0
// Tasks of agents: numbers, deadlines, what is remembered of them.
#include <utility>

#include "rgmanager/core/service_manager.hpp"

namespace ha::service {

void ServiceManager::check_when_due(const ServiceRow& row, LocalService& local)
{
    const bool is_adopted = local.running == Running::unknown;
    if (local.is_busy() || (!is_adopted && local.next_check > now_)) {
        return;
    }
    start_task(local, TaskKind::check);
    local.next_check = now_ + active_->status_poll_interval;
    act(CheckService{row.name, local.task_id, row.config_version, is_adopted});
}

// ----------------------------------------------------------------------------------------------
// tasks

void ServiceManager::start_task(LocalService& local, TaskKind kind)
{
    local.task = kind;
    local.task_id = ++next_task_;
    local.task_is_ending = false;
    local.task_is_initial = false;
    local.task_is_old = false;
    local.start_failed = false;
    local.check_failed = false;
    local.stop_result.reset();
    local.words.clear();
}

void ServiceManager::run_start(const ServiceRow& row, LocalService& local)
{
    start_task(local, TaskKind::start);
    local.running = Running::unknown;
    local.is_doubted = false;
    local.config_version = row.config_version;
    local.next_check = now_ + active_->status_poll_interval;
    save(true);
    const bool is_recovery = row.op.kind == OperationKind::recover || row.op.in_recovery;
    act(StartService{row.name, local.task_id, row.config_version, is_recovery});
}

void ServiceManager::run_stop(const std::string& service, LocalService& local, StopPurpose purpose)
{
    start_task(local, TaskKind::stop);
    local.task_is_initial = purpose == StopPurpose::initial;
    std::optional<TimePoint> deadline;
    if (purpose == StopPurpose::quorum_lost) {
        deadline = now_ + quorum_stop_timeout();
    } else if (purpose == StopPurpose::shutdown) {
        deadline = now_ + config_.knobs.shutdown_stop_limit;
    }
    act(StopService{service, local.task_id, local.config_version, purpose, deadline});
}

}  // namespace ha::service
