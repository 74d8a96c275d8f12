// SPDX-License-Identifier: Apache-2.0
#include "common/io/detail/spawn.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <spawn.h>

#include <array>
#include <csignal>

#include "common/io/detail/exec_order.hpp"
#include "common/io/detail/process_record.hpp"

namespace ha::io {

namespace {

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
    Fd text;
    Fd directory;
    Fd input;
    Fd output;
    Fd error;
};

Status open_null(Fd& fd, int access)
{
    fd = Fd(::open("/dev/null", access | O_CLOEXEC));
    return fd.is_open() ? ok() : Status{errno_error("/dev/null")};
}

Status open_input(const ProcessSpec& spec, Ends& ends)
{
    if (spec.input.empty()) {
        return open_null(ends.input, O_RDONLY);
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

Status open_directory(const ProcessSpec& spec, Ends& ends)
{
    ends.directory = Fd(::open(spec.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    return ends.directory.is_open() ? ok() : Status{errno_error("enter " + spec.directory)};
}

Status open_ends(const ProcessSpec& spec, Ends& ends)
{
    if (Status opened = open_directory(spec, ends); !opened) {
        return opened;
    }
    if (Status opened = open_input(spec, ends); !opened) {
        return opened;
    }
    if (spec.stdio == ProcessOutput::inherit) {
        return ok();
    }
    if (spec.stdio == ProcessOutput::discard) {
        return open_null(ends.output, O_WRONLY);
    }
    if (Status opened = open_output(ends.ours.output, ends.output); !opened) {
        return opened;
    }
    return spec.merge_stderr ? ok() : open_output(ends.ours.error, ends.error);
}

// ------------------------------------------------------------------------------------- the order

Result<Fd> text_in_memory(const std::string& text)
{
    Fd file(::memfd_create("ha-exec order", MFD_CLOEXEC));
    // A file in memory takes all that memory has room for, or fails.
    if (!file.is_open() ||
        ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        return errno_error("order in memory");
    }
    return file;
}

std::string order_text_of(const ProcessSpec& spec)
{
    std::string text;
    for (const auto* list : {&spec.argv, &spec.environment}) {
        for (const std::string& word : *list) {
            text.append(word.c_str());  // what execve would take of it
            text += '\0';
        }
    }
    return text;
}

Status send_order(const Fd& gate, const ExecOrder& order, const Ends& ends)
{
    const int output = ends.output.is_open() ? ends.output.get() : STDOUT_FILENO;
    const int own_error = ends.output.is_open() ? output : STDERR_FILENO;
    std::array<int, order_descriptors> descriptors{};
    descriptors[order_text] = ends.text.get();
    descriptors[order_directory] = ends.directory.get();
    descriptors[order_input] = ends.input.get();
    descriptors[order_output] = output;
    descriptors[order_error] = ends.error.is_open() ? ends.error.get() : own_error;

    ExecOrder copy = order;
    iovec bytes{&copy, sizeof copy};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof descriptors)> control{};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof descriptors);
    std::memcpy(CMSG_DATA(rights), descriptors.data(), sizeof descriptors);
    // The gate is new and empty: this neither blocks nor is cut.
    if (::sendmsg(gate.get(), &message, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof copy)) {
        return errno_error("tell ha-exec its order");
    }
    return ok();
}

// ------------------------------------------------------------------------------------ the helper

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

void describe_descriptors(const Fd& gate, SpawnSettings& settings)
{
    auto* actions = &settings.actions;
    ::posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    ::posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(actions, gate.get(), exec_gate);
    ::posix_spawn_file_actions_addclosefrom_np(actions, exec_gate + 1);
    ::posix_spawn_file_actions_addchdir_np(actions, "/");
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

}  // namespace

Result<Fd> open_pidfd(pid_t pid)
{
    const long fd = ::syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0) {
        return errno_error("pidfd_open");
    }
    return Fd(static_cast<int>(fd));
}

Result<WaitingHelper> spawn_helper(const std::string& path)
{
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return errno_error("socketpair");
    }
    WaitingHelper helper;
    helper.gate = Fd(pair[0]);
    const Fd gate(pair[1]);
    if (Status prepared = make_non_blocking(helper.gate); !prepared) {
        return prepared.error();
    }
    SpawnSettings settings;
    describe_descriptors(gate, settings);
    describe_attributes(settings);

    std::string name = path;
    std::array<char*, 2> argv{name.data(), nullptr};
    std::array<char*, 1> environment{nullptr};
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, path.c_str(), &settings.actions, &settings.attributes,
                                    argv.data(), environment.data());
    if (error != 0) {
        return errno_error("start " + path, error);
    }
    helper.pid = pid;
    Result<Fd> pidfd = open_pidfd(pid);
    if (!pidfd) {
        return pidfd.error();
    }
    helper.pidfd = std::move(*pidfd);
    const Result<std::uint64_t> ticks = process_start_ticks(pid);
    if (!ticks) {
        return ticks.error();
    }
    helper.start_ticks = *ticks;
    return helper;
}

WaitingHelper::~WaitingHelper()
{
    gate.reset();  // end of file: it exits
    if (pid > 0) {
        ::kill(pid, SIGKILL);  // should something keep it from that
        ::waitpid(pid, nullptr, 0);
    }
}

WaitingHelper::WaitingHelper(WaitingHelper&& other) noexcept
    : pid(std::exchange(other.pid, 0)),
      start_ticks(other.start_ticks),
      pidfd(std::move(other.pidfd)),
      gate(std::move(other.gate))
{}

Result<SpawnedChild> give_order(WaitingHelper helper, const ProcessSpec& spec)
{
    Ends ends;
    if (Status opened = open_ends(spec, ends); !opened) {
        return opened.error();
    }
    const std::string text = order_text_of(spec);
    Result<Fd> file = text_in_memory(text);
    if (!file) {
        return file.error();
    }
    ends.text = std::move(*file);
    ExecOrder order;
    order.magic = exec_order_magic;
    order.arguments = static_cast<std::uint32_t>(spec.argv.size());
    order.variables = static_cast<std::uint32_t>(spec.environment.size());
    order.text_bytes = static_cast<std::uint32_t>(text.size());
    if (Status sent = send_order(helper.gate, order, ends); !sent) {
        return sent.error();
    }
    ends.ours.pid = std::exchange(helper.pid, 0);
    ends.ours.start_ticks = helper.start_ticks;
    ends.ours.pidfd = std::move(helper.pidfd);
    ends.ours.gate = std::move(helper.gate);
    return std::move(ends.ours);
}

}  // namespace ha::io
