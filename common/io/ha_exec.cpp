// SPDX-License-Identifier: Apache-2.0
//
// ha-exec: what a ProcessRunner spawns instead of the program itself. Descriptor 3 is a socket to
// the parent, the gate. We ask to die with it, take its order (program, arguments, environment,
// streams: detail/exec_order.hpp), wait for one byte (it writes our record first), and become the
// program. End of file instead: the parent died or needs us no more, nothing ran. So one of us may
// wait long before it is needed, and an agent's start then costs one execve. If the program cannot
// be executed we answer with errno. Linked statically and without sanitizers: agent calls pay for
// us.
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "common/io/detail/exec_order.hpp"

namespace {

using namespace ha::io;

constexpr int exit_usage = 100;
constexpr int exit_no_parent = 111;
constexpr int exit_exec_failed = 127;

struct Order {
    ExecOrder header;
    int descriptors[order_descriptors];
    char** arguments;
    char** variables;
};

bool receive(Order& order)
{
    iovec bytes{&order.header, sizeof order.header};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof order.descriptors)];
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t size = 0;
    do {
        size = ::recvmsg(exec_gate, &message, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    const cmsghdr* rights = CMSG_FIRSTHDR(&message);
    if (size != static_cast<ssize_t>(sizeof order.header) || rights == nullptr ||
        order.header.magic != exec_order_magic ||
        rights->cmsg_len != CMSG_LEN(sizeof order.descriptors)) {
        return false;
    }
    std::memcpy(order.descriptors, CMSG_DATA(rights), sizeof order.descriptors);
    return true;
}

/// `count` texts of [text, end) become a null-ended list; where the next one begins, or null.
char* point_at(char* text, const char* end, std::uint32_t count, char** list)
{
    for (std::uint32_t i = 0; i < count; ++i) {
        void* const nul =
            text < end ? std::memchr(text, '\0', static_cast<std::size_t>(end - text)) : nullptr;
        if (nul == nullptr) {
            return nullptr;
        }
        list[i] = text;
        text = static_cast<char*>(nul) + 1;
    }
    list[count] = nullptr;
    return text;
}

bool read_text(Order& order)
{
    const ExecOrder& header = order.header;
    void* const text = ::mmap(nullptr, header.text_bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_POPULATE, order.descriptors[order_text], 0);
    const std::size_t pointers = std::size_t{header.arguments} + header.variables + 2;
    void* const room = ::mmap(nullptr, pointers * sizeof(char*), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (text == MAP_FAILED || room == MAP_FAILED || header.arguments == 0) {
        return false;
    }
    auto** const list = static_cast<char**>(room);
    order.arguments = list;
    order.variables = list + header.arguments + 1;
    char* const begin = static_cast<char*>(text);
    const char* const end = begin + header.text_bytes;
    char* const rest = point_at(begin, end, header.arguments, order.arguments);
    return rest != nullptr && point_at(rest, end, header.variables, order.variables) == end;
}

bool take_place(const Order& order)
{
    return ::fchdir(order.descriptors[order_directory]) == 0 &&
           ::dup2(order.descriptors[order_input], STDIN_FILENO) >= 0 &&
           ::dup2(order.descriptors[order_output], STDOUT_FILENO) >= 0 &&
           ::dup2(order.descriptors[order_error], STDERR_FILENO) >= 0;
}

char wait_for_byte()
{
    char byte = 0;
    ssize_t size = 0;
    do {
        size = ::read(exec_gate, &byte, 1);
    } while (size < 0 && errno == EINTR);
    return size == 1 ? byte : '\0';
}

int tell(int error)
{
    const ssize_t told = ::write(exec_gate, &error, sizeof error);
    return told == static_cast<ssize_t>(sizeof error) ? exit_exec_failed : exit_no_parent;
}

int usage(int status)
{
    static const char text[] =
        "Usage: ha-exec\n"
        "Waits on descriptor 3 for what its parent wants executed. Started by the cluster's "
        "daemons "
        "only.\n";
    const ssize_t written = ::write(status == 0 ? 1 : 2, text, sizeof text - 1);
    return written < 0 ? exit_usage : status;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc > 1) {
        const bool is_help = std::strcmp(argv[1], "-h") == 0 || std::strcmp(argv[1], "--help") == 0;
        return usage(is_help ? 0 : exit_usage);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    Order order{};
    if (!receive(order)) {
        return errno == ENOTSOCK || errno == EBADF ? usage(exit_usage) : exit_no_parent;
    }
    if (!read_text(order) || !take_place(order)) {
        return tell(errno);
    }
    const char byte = wait_for_byte();
    if (byte == go_and_outlive_parent) {
        ::prctl(PR_SET_PDEATHSIG, 0);
    } else if (byte != go_and_die_with_parent) {
        return exit_no_parent;
    }
    ::fcntl(exec_gate, F_SETFD, FD_CLOEXEC);
    ::execve(order.arguments[0], order.arguments, order.variables);
    return tell(errno);
}
