// SPDX-License-Identifier: Apache-2.0
//
// CorosyncProcess: the corosync that belongs to this cmand. Started as a child in its own session,
// or adopted from a former cmand. It outlives cmand on purpose (DESIGN 5: a restarted cmand adopts
// it), so it is not a child of io::ProcessRunner, whose children die with their parent.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cman/run_record.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/io/fd_watch.hpp"
#include "common/io/loop.hpp"
#include "common/io/timer.hpp"

namespace ha::cman {

class CorosyncProcess
{
public:
    /// `on_death(why)` is called once from the loop after the process is gone (a pidfd tells, at
    /// once).
    CorosyncProcess(io::Loop& loop, std::function<void(const std::string& why)> on_death);
    ~CorosyncProcess();  ///< leaves the process alone
    CorosyncProcess(const CorosyncProcess&) = delete;
    CorosyncProcess& operator=(const CorosyncProcess&) = delete;

    /// corosync -f -c FILE. Errors: system.
    [[nodiscard]] Status start(const std::string& program, const std::string& configuration);

    /// Errors: not_found when it is gone.
    [[nodiscard]] Status adopt(const ProcessIdentity& process);

    /// SIGTERM: corosync announces its leave; SIGKILL after `patience`. on_death follows.
    void stop(Duration patience);

    /// SIGKILL now. on_death follows.
    void kill();

    [[nodiscard]] const std::optional<ProcessIdentity>& identity() const { return identity_; }

private:
    [[nodiscard]] Status watch(pid_t pid);
    void on_exit();
    [[nodiscard]] std::string reap();
    void send_signal(int signal) const;

    io::Loop& loop_;
    std::function<void(const std::string&)> on_death_;
    std::optional<ProcessIdentity> identity_;
    bool is_child_ = false;
    int pidfd_ = -1;
    std::unique_ptr<io::FdWatch> watch_;
    io::Timer kill_timer_;
};

/// What corosync means by an exit code.
[[nodiscard]] std::string describe_corosync_exit(int code);

}  // namespace ha::cman
