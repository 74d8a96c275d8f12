// SPDX-License-Identifier: Apache-2.0
//
// Supervisor: runs one program in the foreground and starts it again when it dies abnormally (a
// signal, or an exit code other than 0, 100 usage and 102 configuration, which a restart cannot
// heal). It takes readiness from the program by systemd's protocol (NOTIFY_SOCKET), so that scripts
// can wait for it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace ha::io {
class Loop;
}

namespace ha::daemon {

class Supervisor
{
public:
    struct Options {
        std::vector<std::string> argv;  ///< the program, found on PATH, and its arguments
        std::size_t restarts = 5;
        Duration window = std::chrono::seconds{60};
        /// Only death by a signal is followed by a restart: every exit of its own is meant.
        bool exit_is_final = false;
        Duration pause = std::chrono::milliseconds{100};  ///< between death and restart
    };

    struct Handlers {
        std::function<void()> on_ready;        ///< the program said READY=1; once
        std::function<void(int code)> on_end;  ///< nothing runs any more and nothing will
    };

    Supervisor(io::Loop& loop, Options options, Handlers handlers);
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// Errors: system (the program cannot be started at all).
    [[nodiscard]] Status start();

    /// Passes SIGTERM on and restarts no more; on_end comes when the program is gone, however long
    /// it takes.
    void terminate();

    /// Passes any other signal on.
    void pass(int signal);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace ha::daemon
