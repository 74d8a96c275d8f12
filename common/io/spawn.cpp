// SPDX-License-Identifier: Apache-2.0
#include "common/io/detail/spawn.hpp"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <spawn.h>

#include <csignal>
#include <vector>

namespace ha::io {

namespace {

/// Where the child finds the gate; ha_exec.cpp knows the number too.
constexpr int gate_fd = 3;

struct Pipe {
    Fd read;
    Fd write;
};

Result<Pipe> make_pipe()
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return errno_error("pipe");
    }
    return Pipe{Fd(ends[0]), Fd(ends[1])};
}

Status make_non_blocking(const Fd& fd)
{
    if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) {
        return errno_error("fcntl");
    }
    return ok();
}

/// Both ends of everything, before the child's ends are closed.
struct Ends {
    SpawnedChild ours;
    Fd gate;
    Fd input;
    Fd output;
    Fd error;
};

Status open_gate(Ends& ends)
{
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return errno_error("socketpair");
    }
    ends.ours.gate = Fd(pair[0]);
    ends.gate = Fd(pair[1]);
    return make_non_blocking(ends.ours.gate);
}

Status open_input(const ProcessSpec& spec, Ends& ends)
{
    if (spec.input.empty()) {
        ends.input = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        return ends.input.is_open() ? ok() : Status{errno_error("/dev/null")};
    }
    Result<Pipe> pipe = make_pipe();
    if (!pipe) {
        return pipe.error();
    }
    ends.input = std::move(pipe->read);
    ends.ours.input = std::move(pipe->write);
    return make_non_blocking(ends.ours.input);
}

Status open_output(Fd& ours, Fd& childs)
{
    Result<Pipe> pipe = make_pipe();
    if (!pipe) {
        return pipe.error();
    }
    ours = std::move(pipe->read);
    childs = std::move(pipe->write);
    return make_non_blocking(ours);
}

Status open_ends(const ProcessSpec& spec, Ends& ends)
{
    if (Status opened = open_gate(ends); !opened) {
        return opened;
    }
    if (Status opened = open_input(spec, ends); !opened) {
        return opened;
    }
    if (spec.stdio == ProcessOutput::inherit) {
        return ok();
    }
    if (spec.stdio == ProcessOutput::discard) {
        ends.output = Fd(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        return ends.output.is_open() ? ok() : Status{errno_error("/dev/null")};
    }
    if (Status opened = open_output(ends.ours.output, ends.output); !opened) {
        return opened;
    }
    return spec.merge_stderr ? ok() : open_output(ends.ours.error, ends.error);
}

/// posix_spawn's two argument objects, destroyed with the scope.
struct SpawnSettings {
    SpawnSettings()
    {
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawnattr_init(&attributes);
    }
    ~SpawnSettings()
    {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

void describe_descriptors(const ProcessSpec& spec, const Ends& ends, SpawnSettings& settings)
{
    auto* actions = &settings.actions;
    ::posix_spawn_file_actions_adddup2(actions, ends.input.get(), STDIN_FILENO);
    if (ends.output.is_open()) {
        const int error = ends.error.is_open() ? ends.error.get() : ends.output.get();
        ::posix_spawn_file_actions_adddup2(actions, ends.output.get(), STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(actions, error, STDERR_FILENO);
    }
    ::posix_spawn_file_actions_adddup2(actions, ends.gate.get(), gate_fd);
    ::posix_spawn_file_actions_addclosefrom_np(actions, gate_fd + 1);
    ::posix_spawn_file_actions_addchdir_np(actions, spec.directory.c_str());
}

void describe_attributes(SpawnSettings& settings)
{
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&settings.attributes, &none);
    ::posix_spawnattr_setsigdefault(&settings.attributes, &all);
    ::posix_spawnattr_setflags(&settings.attributes,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

std::vector<char*> pointers(const std::vector<std::string>& texts)
{
    std::vector<char*> result;
    result.reserve(texts.size() + 2);
    for (const std::string& text : texts) {
        result.push_back(const_cast<char*>(text.c_str()));  // posix_spawn's old signature
    }
    result.push_back(nullptr);
    return result;
}

}  // namespace

Result<Fd> open_pidfd(pid_t pid)
{
    const long fd = ::syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0) {
        return errno_error("pidfd_open");
    }
    return Fd(static_cast<int>(fd));
}

Result<SpawnedChild> spawn_behind_gate(const ProcessSpec& spec, const std::string& helper)
{
    Ends ends;
    if (Status opened = open_ends(spec, ends); !opened) {
        return opened.error();
    }
    SpawnSettings settings;
    describe_descriptors(spec, ends, settings);
    describe_attributes(settings);

    std::vector<char*> argv = pointers(spec.argv);
    argv.insert(argv.begin(), const_cast<char*>(helper.c_str()));
    std::vector<char*> environment = pointers(spec.environment);
    const int error = ::posix_spawn(&ends.ours.pid, helper.c_str(), &settings.actions,
                                    &settings.attributes, argv.data(), environment.data());
    if (error != 0) {
        return errno_error("start " + helper + " in " + spec.directory, error);
    }
    Result<Fd> pidfd = open_pidfd(ends.ours.pid);
    if (!pidfd) {
        ends.ours.gate.reset();  // end of file at the gate: it exits
        ::waitpid(ends.ours.pid, nullptr, 0);
        return pidfd.error();
    }
    ends.ours.pidfd = std::move(*pidfd);
    return std::move(ends.ours);
}

}  // namespace ha::io
