// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/tool/rg_test/child.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace ha::service {
namespace {

using Clock = std::chrono::steady_clock;

/// Closes on scope exit.
struct Descriptor {
    int fd = -1;

    Descriptor() = default;
    explicit Descriptor(int number) : fd(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { reset(); }

    void reset()
    {
        if (fd >= 0) {
            ::close(fd);
            fd = -1;
        }
    }
};

std::vector<char*> pointers(std::vector<std::string>& words)
{
    std::vector<char*> all;
    for (std::string& word : words) {
        all.push_back(word.data());
    }
    all.push_back(nullptr);
    return all;
}

/// Returns an errno.
int spawn(const ChildSpec& spec, int output, pid_t& pid)
{
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (spec.capture) {
        posix_spawn_file_actions_adddup2(&files, output, 1);
        posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    }
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    std::vector<std::string> words = spec.argv;
    std::vector<std::string> variables = spec.environment.value_or(std::vector<std::string>{});
    const int failed =
        ::posix_spawn(&pid, spec.argv.front().c_str(), &files, &attributes, pointers(words).data(),
                      spec.environment ? pointers(variables).data() : environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

int milliseconds_until(const std::optional<Clock::time_point>& deadline)
{
    if (!deadline) {
        return -1;
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
    return left < 0 ? 0 : static_cast<int>(left);
}

/// Reads what is there. False at the end of the output.
bool read_output(int fd, const ChildSpec& spec, ChildResult& result)
{
    std::array<char, 65536> buffer;
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0) {
        return errno == EINTR;
    }
    result.output.append(buffer.data(), static_cast<std::size_t>(count));
    result.too_long = result.output.size() > spec.output_bytes_max;
    return count > 0 && !result.too_long;
}

/// Waits for the child, not for the end of its output: what it left running may keep that open.
void wait_for_end(const ChildSpec& spec, int child, Descriptor& output, ChildResult& result)
{
    std::optional<Clock::time_point> deadline;
    if (spec.timeout) {
        deadline = Clock::now() + *spec.timeout;
    }
    while (child >= 0) {
        std::array<pollfd, 2> waiting{pollfd{child, POLLIN, 0}, pollfd{output.fd, POLLIN, 0}};
        const int ready = ::poll(waiting.data(), waiting.size(), milliseconds_until(deadline));
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready == 0) {
            result.timed_out = true;
            return;
        }
        if (waiting[1].revents != 0) {
            if (!read_output(output.fd, spec, result)) {
                output.reset();
            }
            if (result.too_long) {
                return;
            }
            continue;
        }
        if (waiting[0].revents != 0) {
            return;
        }
    }
}

int exit_code_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

ChildResult run_child(const ChildSpec& spec)
{
    ChildResult result;
    std::array<int, 2> pipe{-1, -1};
    if (spec.capture && ::pipe2(pipe.data(), O_CLOEXEC) != 0) {
        result.error = std::strerror(errno);
        return result;
    }
    Descriptor read_end(pipe[0]);
    Descriptor write_end(pipe[1]);
    pid_t pid = 0;
    if (const int failed = spawn(spec, write_end.fd, pid); failed != 0) {
        result.error = std::strerror(failed);
        return result;
    }
    write_end.reset();
    const Descriptor child(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    wait_for_end(spec, child.fd, read_end, result);
    const bool overrun = result.timed_out || result.too_long;
    if (overrun) {
        ::kill(-pid, SIGKILL);
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    result.exit_code = overrun ? 1 : exit_code_of(status);
    return result;
}

}  // namespace ha::service
