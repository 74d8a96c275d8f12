// SPDX-License-Identifier: Apache-2.0
// cmand of a Machine: it ends, it comes back and adopts the running corosync, and who runs beside
// it hears of both.
#include <algorithm>
#include <utility>

#include "tests/sim/machine.hpp"
#include "tests/sim/process.hpp"

namespace ha::sim {

void Machine::kill_cman(bool restart)
{
    if (!cman_runs_) {
        return;
    }
    world_.trace(id_, "cmand ends: kill -9", LineKind::journal);
    cman_runs_ = false;
    cman_ended_at_ = world_.scheduler_.now();
    for (const auto& [name, process] : processes_) {
        tell_of_cman(process);
    }
    if (restart) {
        later(Duration{cman_random_.between(20'000, world_.options().restart_delay_max.count())},
              [this] { start_cman(); });
    }
}

void Machine::start_cman()
{
    if (cman_runs_ || !stack_runs_) {
        return;
    }
    world_.trace(id_, "cmand starts, corosync runs already", LineKind::journal);
    longest_without_cman_ = longest_without_cman();
    cman_runs_ = true;
    for (const auto& [name, process] : processes_) {
        tell_of_cman(process);
    }
    for (const std::string& name : std::exchange(waits_for_cman_, {})) {
        later(Duration{cman_random_.between(50, world_.options().local_delay_max.count())},
              [this, name] {
                  if (stack_runs_) {
                      start_daemon(name, false);
                  }
              });
    }
}

/// With corosync, or with the power.
void Machine::stop_cman()
{
    longest_without_cman_ = longest_without_cman();
    cman_runs_ = false;
    cman_ended_at_ = {};
    waits_for_cman_.clear();
}

/// What it finds when it looks.
void Machine::tell_of_cman(const std::shared_ptr<Process>& process)
{
    process->later(Duration{cman_random_.between(50, world_.options().local_delay_max.count())},
                   [this](Daemon& daemon) {
                       cman_runs_ ? daemon.on_local_up(cman_name) : daemon.on_local_down(cman_name);
                   });
}

Duration Machine::longest_without_cman() const
{
    const bool is_missing = stack_runs_ && !cman_runs_;
    return is_missing ? std::max(longest_without_cman_, world_.scheduler_.now() - cman_ended_at_)
                      : longest_without_cman_;
}

}  // namespace ha::sim
