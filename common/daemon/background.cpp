// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/background.hpp"

#include <sys/wait.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/base/exit_codes.hpp"

namespace ha::daemon {

namespace {

constexpr char ready_byte = 'R';

Error system_error(const char* what)
{
    return Error{ErrorCode::system, std::string(what) + ": " + std::strerror(errno)};
}

[[noreturn]] void wait_for_child(pid_t child, int from_child)
{
    char byte = 0;
    ssize_t size = 0;
    do {
        size = ::read(from_child, &byte, 1);
    } while (size < 0 && errno == EINTR);
    if (size == 1 && byte == ready_byte) {
        ::_exit(exit_status(ExitCode::done));
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status)) {
        // A daemon that ends before it is ready has failed, whatever it says.
        const int code = WEXITSTATUS(status);
        ::_exit(code != 0 ? code : exit_status(ExitCode::system));
    }
    std::fprintf(stderr, "killed by signal %d before it was ready\n", WTERMSIG(status));
    ::_exit(exit_status(ExitCode::system));
}

}  // namespace

Status open_standard_streams()
{
    int fd = ::open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO) {
        fd = ::open("/dev/null", O_RDWR);  // fills a gap
    }
    if (fd < 0 || ::dup2(fd, STDIN_FILENO) < 0) {
        return system_error("/dev/null");
    }
    ::close(fd);
    return ok();
}

Background::~Background()
{
    if (to_parent_ >= 0) {
        ::close(to_parent_);
    }
}

Status Background::enter()
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return system_error("pipe");
    }
    const pid_t child = ::fork();
    if (child < 0) {
        return system_error("fork");
    }
    if (child > 0) {
        ::close(ends[1]);
        wait_for_child(child, ends[0]);
    }
    ::close(ends[0]);
    to_parent_ = ends[1];
    ::setsid();
    return ok();
}

void drop_standard_output()
{
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) {
        ::dup2(null, STDOUT_FILENO);
        ::dup2(null, STDERR_FILENO);
        ::close(null);
    }
}

void Background::ready()
{
    if (to_parent_ < 0) {
        return;
    }
    drop_standard_output();
    static_cast<void>(!::write(to_parent_, &ready_byte, 1));
    ::close(to_parent_);
    to_parent_ = -1;
}

}  // namespace ha::daemon
