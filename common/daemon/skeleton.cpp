// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/skeleton.hpp"

#include <sys/stat.h>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <optional>
#include <utility>

#include <systemd/sd-daemon.h>

#include "common/base/assert.hpp"
#include "common/daemon/background.hpp"
#include "common/daemon/node_life.hpp"
#include "common/daemon/priority.hpp"
#include "common/io/file.hpp"
#include "common/io/loop.hpp"
#include "common/io/signals.hpp"

namespace ha::daemon {

namespace {

/// Under systemd or ha-supervise stderr is the starter's (or the journal, which has the line
/// already).
bool is_supervised()
{
    return std::getenv("NOTIFY_SOCKET") != nullptr;
}

}  // namespace

struct Skeleton::Impl {
    explicit Impl(Options given) : options(std::move(given)) {}

    Status prepare_folders() const;
    Status detach();
    void install_signals();
    void terminate();
    void reload();
    void dump();

    Options options;
    Background background;
    std::optional<io::PidLock> pid_lock;
    DaemonLife life;
    std::unique_ptr<io::Loop> loop;
    std::unique_ptr<io::Signals> signals;
    std::function<void()> on_terminate;
    std::function<void()> on_reload;
    std::function<std::string()> on_dump;
    bool is_ready = false;
    bool is_terminating = false;
    ExitCode exit_code = ExitCode::done;
};

Status Skeleton::Impl::prepare_folders() const
{
    if (Status made = io::make_directories(options.roots.run, 0755); !made) {
        return made;
    }
    // Without a log folder there is still syslog: not worth a cluster.
    static_cast<void>(io::make_directories(options.roots.log, 0755));
    return ok();
}

Status Skeleton::Impl::detach()
{
    if (!options.foreground && !is_supervised()) {
        if (Status entered = background.enter(); !entered) {
            return entered;
        }
        if (Status opened = open_standard_streams(); !opened) {
            return opened;
        }
    }
    ::umask(022);
    if (::chdir("/") != 0) {
        return Error{ErrorCode::system, "cannot enter /"};
    }
    return ok();
}

void Skeleton::Impl::install_signals()
{
    signals = std::make_unique<io::Signals>(*loop);
    signals->on(SIGTERM, [this] { terminate(); });
    signals->on(SIGINT, [this] { terminate(); });
    signals->on(SIGHUP, [this] { reload(); });
    signals->on(SIGUSR1, [this] { dump(); });
}

void Skeleton::Impl::terminate()
{
    if (is_terminating) {
        return;
    }
    is_terminating = true;
    if (on_terminate) {
        on_terminate();
    } else {
        loop->stop();
    }
}

void Skeleton::Impl::reload()
{
    static_cast<void>(log::configure(log::settings()));  // a rotated log file is opened anew
    if (on_reload) {
        on_reload();
    }
}

void Skeleton::Impl::dump()
{
    const std::string path = options.roots.run_file(options.name + ".dump");
    const std::string text = on_dump ? on_dump() : std::string("no state\n");
    const Status written = io::write_run_file(path, text, 0600);
    log::write(log::Event::state_dumped, written ? path : written.error().text);
}

Skeleton::Skeleton(Options options) : impl_(std::make_unique<Impl>(std::move(options)))
{}
Skeleton::~Skeleton() = default;

Status Skeleton::start()
{
    if (Status detached = impl_->detach(); !detached) {
        return detached;
    }
    if (Status prepared = impl_->prepare_folders(); !prepared) {
        return prepared;
    }
    // fcntl locks belong to the process that takes them: only now, after the fork.
    Result<io::PidLock> lock =
        io::PidLock::take(impl_->options.roots.run_file(impl_->options.name + ".pid"));
    if (!lock) {
        return lock.error();
    }
    impl_->pid_lock = std::move(*lock);
    impl_->loop = std::make_unique<io::Loop>();
    // From here on the log hears why we end: under a supervisor nobody reads our standard error.
    log::Settings settings;
    settings.to_logfile = true;
    configure_log(settings);
    const Result<NodeLife> node = read_or_make_node_life(impl_->options.roots);
    if (!node) {
        return node.error();
    }
    impl_->life = new_daemon_life(*node);
    impl_->install_signals();
    log::write(log::Event::daemon_started, "",
               {{"node_life", impl_->life.node.value}, {"pid", ::getpid()}});
    if (const Status stays = stay_in_memory(); !stays) {
        log::debug(stays.error().text);
    }
    return ok();
}

io::Loop& Skeleton::loop()
{
    HA_ASSERT(impl_->loop != nullptr);
    return *impl_->loop;
}

const DaemonLife& Skeleton::life() const
{
    return impl_->life;
}

const Roots& Skeleton::roots() const
{
    return impl_->options.roots;
}

void Skeleton::configure_log(log::Settings settings)
{
    settings.program = impl_->options.name;
    settings.to_stderr = impl_->options.foreground && !is_supervised();
    settings.debug = settings.debug || impl_->options.debug;
    if (settings.logfile.empty()) {
        settings.logfile = impl_->options.roots.log + "/" + impl_->options.name + ".log";
    }
    if (settings == log::settings()) {
        return;
    }
    if (Status configured = log::configure(settings); !configured) {
        log::write(log::Event::log_file_unusable, configured.error().text);
    }
}

void Skeleton::on_terminate(std::function<void()> handler)
{
    impl_->on_terminate = std::move(handler);
}

void Skeleton::stay()
{
    impl_->is_terminating = false;
}

void Skeleton::on_reload(std::function<void()> handler)
{
    impl_->on_reload = std::move(handler);
}

void Skeleton::on_dump(std::function<std::string()> handler)
{
    impl_->on_dump = std::move(handler);
}

void Skeleton::ready()
{
    if (impl_->is_ready) {
        return;
    }
    impl_->is_ready = true;
    // Under ha-supervise a script may wait for the end of our output; systemd's journal keeps it.
    if (is_supervised() && !impl_->options.foreground && std::getenv("JOURNAL_STREAM") == nullptr) {
        drop_standard_output();
    }
    ::sd_notify(0, "READY=1");
    impl_->background.ready();
}

void Skeleton::announce(const std::string& status)
{
    ::sd_notify(0, ("STATUS=" + status).c_str());
}

int Skeleton::run()
{
    loop().run();
    ::sd_notify(0, "STOPPING=1");
    log::write(log::Event::daemon_stopped, "", {{"exit_code", exit_status(impl_->exit_code)}});
    return exit_status(impl_->exit_code);
}

void Skeleton::stop(ExitCode code)
{
    impl_->exit_code = code;
    loop().stop();
}

int Skeleton::fail(ExitCode code, const std::string& reason)
{
    const bool is_heard = impl_->loop == nullptr || log::settings().to_stderr;
    log::write(log::Event::daemon_failed, reason, {{"exit_code", exit_status(code)}});
    if (!is_heard && !impl_->is_ready) {
        const std::string words = impl_->options.name + ": " + reason + "\n";
        static_cast<void>(!::write(STDERR_FILENO, words.data(), words.size()));
    }
    return exit_status(code);
}

void log_stranger(const std::string& group, NodeId node, std::uint32_t pid)
{
    log::write(log::Event::group_stranger,
               "another process speaks in group " + group + "; what it says is dropped",
               {{"nodeid", std::to_string(node.value)}, {"pid", std::to_string(pid)}});
}

}  // namespace ha::daemon
