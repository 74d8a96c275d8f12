// SPDX-License-Identifier: Apache-2.0
#include "cman/corosync_process.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

extern char** environ;

namespace ha::cman {

namespace {

Error system_error(const std::string& what, int code)
{
    return Error{ErrorCode::system, what + ": " + std::strerror(code)};
}

/// COROSYNC_* and a path, nothing else.
std::vector<std::string> corosync_environment()
{
    std::vector<std::string> variables{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"};
    for (char** entry = environ; *entry != nullptr; ++entry) {
        if (std::string_view(*entry).rfind("COROSYNC_", 0) == 0) {
            variables.emplace_back(*entry);
        }
    }
    return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> list;
    for (std::string& text : texts) {
        list.push_back(text.data());
    }
    list.push_back(nullptr);
    return list;
}

/// Attributes and file actions of the spawn: own session, default signals, /dev/null, nothing
/// inherited.
class SpawnSetup
{
public:
    SpawnSetup()
    {
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawn_file_actions_init(&actions_);
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions_, 2, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
    }
    ~SpawnSetup()
    {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnSetup(const SpawnSetup&) = delete;
    SpawnSetup& operator=(const SpawnSetup&) = delete;

    [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }
    [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }

private:
    posix_spawnattr_t attributes_{};
    posix_spawn_file_actions_t actions_{};
};

}  // namespace

std::string describe_corosync_exit(int code)
{
    const char* meaning = "";
    switch (code) {
        case 0:
            meaning = ": it was shut down";
            break;
        case 7:
            meaning = ": could not read the logging configuration";
            break;
        case 8:
            meaning = ": could not read the configuration";
            break;
        case 9:
            meaning = ": could not set up logging";
            break;
        case 12:
            meaning = ": could not set up its key store";
            break;
        case 13:
            meaning = ": could not start its services";
            break;
        case 15:
            meaning = ": fatal error";
            break;
        case 16:
            meaning = ": a directory it needs is missing";
            break;
        case 17:
            meaning = ": could not take its lock file";
            break;
        case 18:
            meaning = ": another corosync is running";
            break;
        case 20:
            meaning = ": could not start its service engine";
            break;
        case 21:
            meaning = ": could not store the ring id";
            break;
        default:
            break;
    }
    return "exit code " + std::to_string(code) + meaning;
}

CorosyncProcess::CorosyncProcess(io::Loop& loop, std::function<void(const std::string&)> on_death)
    : loop_(loop),
      on_death_(std::move(on_death)),
      kill_timer_(loop, [this] { kill(); })
{}

CorosyncProcess::~CorosyncProcess()
{
    watch_.reset();
    if (pidfd_ >= 0) {
        ::close(pidfd_);
    }
}

Status CorosyncProcess::start(const std::string& program, const std::string& configuration)
{
    const SpawnSetup setup;
    std::vector<std::string> arguments{program, "-f", "-c", configuration};
    std::vector<std::string> environment = corosync_environment();
    pid_t pid = 0;
    const int failed = ::posix_spawn(&pid, program.c_str(), setup.actions(), setup.attributes(),
                                     pointers(arguments).data(), pointers(environment).data());
    if (failed != 0) {
        return system_error("cannot execute " + program, failed);
    }
    is_child_ = true;
    identity_ = identify_process(pid);
    if (!identity_) {
        identity_ = ProcessIdentity{pid, 0};  // gone already: the watch reports it
    }
    return watch(pid);
}

Status CorosyncProcess::adopt(const ProcessIdentity& process)
{
    const Status watched = watch(process.pid);
    if (!watched ||
        !is_alive(process)) {  // asked after the pidfd is open: the pid cannot be reused any more
        return Error{ErrorCode::not_found,
                     "corosync (pid " + std::to_string(process.pid) + ") is gone"};
    }
    identity_ = process;
    return ok();
}

Status CorosyncProcess::watch(pid_t pid)
{
    pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (pidfd_ < 0) {
        return system_error("pidfd_open of corosync", errno);
    }
    ::fcntl(pidfd_, F_SETFL, ::fcntl(pidfd_, F_GETFL) | O_NONBLOCK);
    watch_ = std::make_unique<io::FdWatch>(loop_, pidfd_, [this] { on_exit(); });
    return ok();
}

void CorosyncProcess::on_exit()
{
    watch_.reset();
    kill_timer_.cancel();
    const std::string why = reap();
    ::close(pidfd_);
    pidfd_ = -1;
    identity_.reset();
    on_death_(why);
}

std::string CorosyncProcess::reap()
{
    siginfo_t information{};
    if (!is_child_ || ::waitid(P_PIDFD, static_cast<id_t>(pidfd_), &information, WEXITED) != 0) {
        return "it is gone (adopted: its exit code is not known)";
    }
    if (information.si_code == CLD_EXITED) {
        return describe_corosync_exit(information.si_status);
    }
    return "killed by signal " + std::to_string(information.si_status);
}

void CorosyncProcess::send_signal(int signal) const
{
    if (pidfd_ >= 0) {
        ::syscall(SYS_pidfd_send_signal, pidfd_, signal, nullptr, 0);
    }
}

void CorosyncProcess::stop(Duration patience)
{
    send_signal(SIGTERM);
    kill_timer_.set_in(patience);
}

void CorosyncProcess::kill()
{
    send_signal(SIGKILL);
}

}  // namespace ha::cman
