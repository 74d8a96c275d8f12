// SPDX-License-Identifier: Apache-2.0
//
// What every daemon does around its work: background with an honest exit code, pid lock, log,
// signals, readiness, state dump. A main() reads:
//
//   Skeleton skeleton({.name = "fenced", .foreground = options.foreground, .roots = roots});
//   if (auto started = skeleton.start(); !started) return skeleton.fail(ExitCode::system,
//   started.error().text); Fenced fenced(skeleton.loop(), ...);                 // sets handlers,
//   opens sockets skeleton.on_terminate([&] { fenced.stop(); });       // ends in
//   skeleton.stop(ExitCode::done) skeleton.on_dump([&] { return fenced.describe(); });
//   fenced.start([&] { skeleton.ready(); });
//   return skeleton.run();
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/exit_codes.hpp"
#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/roots.hpp"
#include "common/log/log.hpp"

namespace ha::io {
class Loop;
}

namespace ha::daemon {

class Skeleton
{
public:
    struct Options {
        std::string name;         ///< program, pid file RUN/name.pid, dump RUN/name.dump
        bool foreground = false;  ///< no fork; log to stderr too, unless supervised
        bool debug = false;       ///< cannot be switched off by the configuration
        Roots roots;
    };

    explicit Skeleton(Options options);
    ~Skeleton();
    Skeleton(const Skeleton&) = delete;
    Skeleton& operator=(const Skeleton&) = delete;

    /// Forks unless in the foreground, or under a supervisor that waits for READY=1 (NOTIFY_SOCKET:
    /// ha-supervise, systemd): the parent waits in here and exits with 0 once the daemon is
    /// ready(), else with the code it ended with and its last words on stderr. Returns in the
    /// daemon only, which then leads its own session, works in `/`, holds the pid lock, has run and
    /// log folders and a node life. Call before threads, loop or corosync handles exist.
    /// Errors: already_exists (it runs already), system.
    [[nodiscard]] Status start();

    /// Precondition of all below: start() succeeded.
    [[nodiscard]] io::Loop& loop();
    [[nodiscard]] const DaemonLife& life() const;
    [[nodiscard]] const Roots& roots() const;

    /// `<logging>` of the active document; keeps what the command line forced.
    void configure_log(log::Settings settings);

    /// SIGTERM and SIGINT; without a handler they stop the loop. A second one while stopping does
    /// nothing, unless stay() was called.
    void on_terminate(std::function<void()> handler);

    /// The daemon does not stop after all (somebody objects): the next SIGTERM asks again.
    void stay();

    /// SIGHUP; ignored without a handler.
    void on_reload(std::function<void()> handler);

    /// SIGUSR1 writes what this returns to RUN/name.dump and logs where.
    void on_dump(std::function<std::string()> handler);

    /// Announces readiness, once: the waiting parent exits 0, systemd gets READY=1.
    void ready();

    /// Words for `systemctl status`.
    void announce(const std::string& status);

    /// Runs the loop; returns the exit code given to stop().
    [[nodiscard]] int run();
    void stop(ExitCode code);

    /// The daemon cannot go on: logs, tells a waiting parent, returns the exit code for main().
    int fail(ExitCode code, const std::string& reason);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Logs that another process than the daemon of `node` spoke in cpg group `group`.
void log_stranger(const std::string& group, NodeId node, std::uint32_t pid);

}  // namespace ha::daemon
