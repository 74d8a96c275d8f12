// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/supervise/supervisor.hpp"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "common/base/exit_codes.hpp"
#include "common/daemon/supervise/restart_policy.hpp"
#include "common/io/clock.hpp"
#include "common/io/fd_watch.hpp"
#include "common/io/loop.hpp"
#include "common/io/timer.hpp"
#include "common/log/log.hpp"

extern char** environ;  // NOLINT: POSIX names it so

namespace ha::daemon {

namespace {

bool is_abnormal(int status, bool exit_is_final)
{
    if (!WIFEXITED(status)) {
        return true;
    }
    if (exit_is_final) {
        return false;
    }
    const int code = WEXITSTATUS(status);
    return code != exit_status(ExitCode::done) && code != exit_status(ExitCode::usage) &&
           code != exit_status(ExitCode::configuration);
}

std::string describe(int status)
{
    return WIFEXITED(status) ? "ended with exit code " + std::to_string(WEXITSTATUS(status))
                             : "was killed by signal " + std::to_string(WTERMSIG(status));
}

int code_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : exit_status(ExitCode::system);
}

Error system_error(const std::string& what, int error)
{
    return Error{ErrorCode::system, what + ": " + std::strerror(error)};
}

/// A datagram socket without a name in the file system: nothing to clean up.
Result<int> open_notify_socket()
{
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return system_error("socket", errno);
    }
    const std::string name = "ha-supervise-" + std::to_string(::getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(static_cast<char*>(address.sun_path) + 1, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
        const int error = errno;
        ::close(fd);
        return system_error("notify socket", error);
    }
    ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    return fd;
}

/// The program with our streams, default signals, in a group of its own: a Ctrl-C at a terminal
/// reaches us only, and we pass it on.
Result<pid_t> spawn(const std::vector<std::string>& argv)
{
    std::vector<char*> pointers;
    for (const std::string& argument : argv) {
        pointers.push_back(const_cast<char*>(argument.c_str()));  // posix_spawn's old signature
    }
    pointers.push_back(nullptr);
    posix_spawnattr_t attributes{};
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    pid_t pid = 0;
    const int error =
        ::posix_spawnp(&pid, pointers[0], nullptr, &attributes, pointers.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        return system_error("cannot start " + argv[0], error);
    }
    return pid;
}

}  // namespace

struct Supervisor::Impl {
    Impl(io::Loop& event_loop, Options given, Handlers given_handlers)
        : loop(event_loop),
          options(std::move(given)),
          handlers(std::move(given_handlers)),
          policy(options.restarts, options.window),
          restart(event_loop, [this] { run_again(); })
    {}

    Status run();
    void run_again();
    void on_exit();
    void on_notification();
    void finish(int code);

    io::Loop& loop;
    Options options;
    Handlers handlers;
    RestartPolicy policy;
    io::Timer restart;
    pid_t pid = 0;
    int pidfd = -1;
    int notify_fd = -1;
    bool is_ready = false;
    bool is_terminating = false;
    std::unique_ptr<io::FdWatch> exit_watch;
    std::unique_ptr<io::FdWatch> notify_watch;
};

Status Supervisor::Impl::run()
{
    const Result<pid_t> spawned = spawn(options.argv);
    if (!spawned) {
        return spawned.error();
    }
    pid = *spawned;
    pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (pidfd < 0) {
        const int error = errno;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        pid = 0;
        return system_error("pidfd_open", error);
    }
    exit_watch = std::make_unique<io::FdWatch>(loop, pidfd, [this] { on_exit(); });
    return ok();
}

void Supervisor::Impl::run_again()
{
    if (const Status started = run(); !started) {
        log::write(log::Event::supervised_given_up, started.error().text);
        finish(exit_status(ExitCode::system));
    }
}

void Supervisor::Impl::on_exit()
{
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) != pid) {
        return;
    }
    exit_watch.reset();
    ::close(pidfd);
    pid = 0;
    pidfd = -1;
    const std::string words = options.argv[0] + " " + describe(status);
    if (is_terminating || !is_abnormal(status, options.exit_is_final)) {
        finish(code_of(status));
    } else if (policy.may_restart(io::now())) {
        log::write(log::Event::supervised_restarted, words + ", starting it again");
        restart.set_in(options.pause);
    } else {
        log::write(
            log::Event::supervised_given_up, words + " too often",
            {{"restarts", options.restarts},
             {"window_s", std::chrono::floor<std::chrono::seconds>(options.window).count()}});
        finish(code_of(status));
    }
}

void Supervisor::Impl::on_notification()
{
    std::array<char, 4096> bytes;
    const ssize_t size = ::recv(notify_fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size <= 0 || is_ready) {
        return;
    }
    const std::string text = "\n" + std::string(bytes.data(), static_cast<std::size_t>(size));
    if (text.find("\nREADY=1") != std::string::npos) {
        is_ready = true;
        handlers.on_ready();
    }
}

void Supervisor::Impl::finish(int code)
{
    handlers.on_end(code);
}

Supervisor::Supervisor(io::Loop& loop, Options options, Handlers handlers)
    : impl_(std::make_shared<Impl>(loop, std::move(options), std::move(handlers)))
{}

Supervisor::~Supervisor()
{
    impl_->exit_watch.reset();
    impl_->notify_watch.reset();
    for (const int fd : {impl_->pidfd, impl_->notify_fd}) {
        if (fd >= 0) {
            ::close(fd);
        }
    }
}

Status Supervisor::start()
{
    const Result<int> socket = open_notify_socket();
    if (!socket) {
        return socket.error();
    }
    impl_->notify_fd = *socket;
    impl_->notify_watch = std::make_unique<io::FdWatch>(
        impl_->loop, impl_->notify_fd, [impl = impl_.get()] { impl->on_notification(); });
    return impl_->run();
}

void Supervisor::terminate()
{
    impl_->is_terminating = true;
    if (impl_->pid != 0) {
        ::kill(impl_->pid, SIGTERM);
    } else if (impl_->restart.due()) {
        impl_->restart.cancel();
        impl_->loop.post([impl = impl_] { impl->finish(exit_status(ExitCode::done)); });
    }
}

void Supervisor::pass(int signal)
{
    if (impl_->pid != 0) {
        ::kill(impl_->pid, signal);
    }
}

}  // namespace ha::daemon
