// SPDX-License-Identifier: Apache-2.0
//
// ha-exec PROGRAM ARGUMENT...: what a ProcessRunner spawns instead of the program itself.
// Descriptor 3 is a socket to the parent. We ask to die with it, wait for one byte of it (it writes
// our record first), and become PROGRAM. End of file instead of the byte: the parent died, nothing
// ran. The byte is 'k' (die with the parent) or 'o' (outlive it). If PROGRAM cannot be executed we
// answer with errno. Linked statically and without sanitizers: every agent call pays for our start.
#include <sys/prctl.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace {

constexpr int gate = 3;
constexpr int exit_usage = 100;
constexpr int exit_no_parent = 111;
constexpr int exit_exec_failed = 127;

char wait_for_byte()
{
    char byte = 0;
    ssize_t size = 0;
    do {
        size = ::read(gate, &byte, 1);
    } while (size < 0 && errno == EINTR);
    return size == 1 ? byte : '\0';
}

int usage(int status)
{
    static const char text[] =
        "Usage: ha-exec PROGRAM ARGUMENT...\n"
        "Runs PROGRAM once its parent says so over descriptor 3. Started by the cluster's daemons "
        "only.\n";
    const ssize_t written = ::write(status == 0 ? 1 : 2, text, sizeof text - 1);
    return written < 0 ? exit_usage : status;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        return usage(exit_usage);
    }
    if (std::strcmp(argv[1], "-h") == 0 || std::strcmp(argv[1], "--help") == 0) {
        return usage(0);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const char byte = wait_for_byte();
    if (byte == 'o') {
        ::prctl(PR_SET_PDEATHSIG, 0);
    } else if (byte != 'k') {
        return exit_no_parent;
    }
    ::fcntl(gate, F_SETFD, FD_CLOEXEC);
    ::execv(argv[1], argv + 1);
    const int error = errno;
    const ssize_t told = ::write(gate, &error, sizeof error);
    return told == static_cast<ssize_t>(sizeof error) ? exit_exec_failed : exit_no_parent;
}
