// SPDX-License-Identifier: Apache-2.0
//
// cman_tool join: checks, then starts cmand and waits until it is ready. And version -r, which
// shares the check.
#include <sys/mman.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <vector>

#include "cman/local_facts.hpp"
#include "cman/run_record.hpp"
#include "cman/tool/cman_tool/commands.hpp"
#include "cman/tool/cman_tool/connection.hpp"
#include "common/config/load.hpp"
#include "common/io/file.hpp"

extern char** environ;

namespace ha::cman {

namespace {

void check_join_arguments(const Arguments& arguments)
{
    constexpr int port_max = 65535;
    constexpr int node_id_max = 4096;
    if (arguments.two_node && arguments.expected != 1) {
        fail(arguments.program, "expected_votes must be 1 for a two-node cluster (-2 needs -e 1)");
    }
    if (arguments.port && (*arguments.port < 1 || *arguments.port > port_max)) {
        fail(arguments.program, "port must be a number between 1 and 65535");
    }
    if (arguments.node_id && *arguments.node_id > node_id_max) {
        fail(arguments.program, "node id must be a number between 0 and 4096");
    }
    if (arguments.no_config_file) {
        fail(arguments.program,
             "-X is not supported: a cluster without cluster.conf has no fence devices; write one");
    }
    if (!arguments.config_loader.empty() && arguments.config_loader != "xmlconfig") {
        fail(arguments.program, "configuration loader " + arguments.config_loader +
                                    " is not supported, only xmlconfig (the file cluster.conf)");
    }
    if (arguments.multicast) {
        std::fprintf(stderr, "%s: -m has no effect: corosync 3 (knet) uses no multicast\n",
                     arguments.program.c_str());
    }
}

/// What -D is about; class E problems are cmand's (or the reload's) to refuse.
bool is_valid_or_tolerated(const Arguments& arguments, const Roots& roots)
{
    if (arguments.validation == Validation::none) {
        return true;
    }
    const Result<std::string> document = io::read_file(roots.cluster_conf);
    if (!document) {
        std::fprintf(stderr, "%s\n", document.error().text.c_str());
        return arguments.validation != Validation::fail;
    }
    const Result<config::Loaded> loaded = config::load(*document, roots.cluster_conf);
    if (!loaded) {
        std::fprintf(stderr, "%s\n", loaded.error().text.c_str());
        return arguments.validation != Validation::fail;
    }
    const auto is_complaint = [](const config::Problem& problem) {
        return problem.consequence == config::Consequence::complain;
    };
    const bool ends_here =
        arguments.validation == Validation::fail &&
        std::any_of(loaded->problems.begin(), loaded->problems.end(), is_complaint);
    for (const config::Problem& problem : loaded->problems) {
        const bool is_refusal = problem.consequence == config::Consequence::refuse;
        if (is_complaint(problem) ||
            (ends_here && is_refusal)) {  // else cmand says what it refuses
            std::fprintf(stderr, "%s\n", config::describe(problem, roots.cluster_conf).c_str());
        }
    }
    return !ends_here;
}

/// The program beside this one (a build folder, /usr/sbin), else where packages put it.
std::string program_path(const std::string& name)
{
    std::array<char, PATH_MAX> self{};
    const ssize_t length = ::readlink("/proc/self/exe", self.data(), self.size() - 1);
    if (length > 0) {
        const std::string own(self.data(), static_cast<std::size_t>(length));
        const std::string beside = own.substr(0, own.rfind('/') + 1) + name;
        if (::access(beside.c_str(), X_OK) == 0) {
            return beside;
        }
    }
    return "/usr/sbin/" + name;
}

std::vector<std::string> cmand_command(const Arguments& arguments, const Roots& roots)
{
    // Restarted only when it crashed, to adopt its corosync: a cmand that ends by itself has a
    // reason, and a node whose corosync died does not join again by itself.
    std::vector<std::string> command{roots.libexec_file("ha-supervise"), "-b", "-x", "--",
                                     program_path("cmand")};
    const auto add = [&command](const char* option, const auto& value) {
        if (value) {
            command.emplace_back(option);
            if constexpr (requires { std::to_string(*value); }) {
                command.push_back(std::to_string(*value));
            } else {
                command.push_back(*value);
            }
        }
    };
    if (!arguments.node_names.empty()) {
        add("-n", std::optional(arguments.node_names.front()));
    }
    add("-c", arguments.cluster_name);
    add("-v", arguments.votes);
    add("-e", arguments.expected);
    add("-p", arguments.port);
    add("-N", arguments.node_id);
    add("-k", arguments.keyfile);
    if (arguments.two_node) {
        command.emplace_back("-2");
    }
    if (arguments.no_realtime) {
        command.emplace_back("-P");
    }
    if (arguments.debug > 0) {
        command.emplace_back("-d");
    }
    return command;
}

struct Started {
    int exit_code = 0;
    std::string words;  ///< what it wrote to stderr
};

/// Runs cmand until it put itself into the background (ready) or failed. Its stderr goes to a
/// memory file, not a pipe: nothing it leaves open can make us wait.
Started start_cmand(const Arguments& arguments, const Roots& roots)
{
    std::vector<std::string> command = cmand_command(arguments, roots);
    std::vector<char*> pointers;
    for (std::string& word : command) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    const int words = ::memfd_create("cmand-stderr", MFD_CLOEXEC);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, words, STDERR_FILENO);
    pid_t pid = 0;
    const int failed =
        ::posix_spawn(&pid, pointers[0], &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    Started started{1, failed != 0 ? command[0] + ": " + std::strerror(failed) : ""};
    if (failed == 0) {
        int status = 0;
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        started.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        std::array<char, 65536> text{};
        const ssize_t length = ::pread(words, text.data(), text.size(), 0);
        started.words.assign(text.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    }
    ::close(words);
    return started;
}

/// Each line without the daemon's name before it.
std::string without_prefix(const std::string& words)
{
    constexpr std::string_view prefix = "cmand: ";
    std::string text = words.rfind(prefix, 0) == 0 ? words.substr(prefix.size()) : words;
    if (!text.empty() && text.back() != '\n') {
        text += '\n';
    }
    return text;
}

/// A person joins anew after corosync died: the record that kept a supervisor from doing so goes.
void forget_dead_corosync(const Roots& roots)
{
    const Result<std::optional<RunRecord>> record = read_run_record(roots);
    if (!record || (*record && !is_alive((*record)->corosync))) {
        if (const Status removed = remove_run_record(roots); !removed) {
            std::fprintf(stderr, "%s\n", removed.error().text.c_str());
        }
    }
}

/// Silent on success; else the reason, and the old configuration stays.
int activate(const Arguments& arguments, Connection& connection)
{
    // cmand has its own limits for the votes and for the switch; this one is for a cmand that
    // hangs.
    constexpr Duration patience = std::chrono::seconds{60};
    const auto answer =
        connection.ask<protocol::Accepted>(protocol::ReloadRequest{arguments.no_sync}, patience);
    if (!answer) {
        fail(arguments.program, "cman does not answer: " + answer.error().text);
    }
    const auto* refused = std::get_if<protocol::Refused>(&*answer);
    if (refused == nullptr) {
        return 0;
    }
    if (refused->code == protocol::Refusal::denied) {
        fail(arguments.program, "Cannot open connection to cman, permission denied.");
    }
    std::fprintf(stderr, "%s\n", refused->text.c_str());
    fail(arguments.program, "Error loading configuration in corosync/cman");
}

}  // namespace

int run_join(const Arguments& arguments, const Roots& roots)
{
    check_join_arguments(arguments);
    if (!is_valid_or_tolerated(arguments, roots)) {
        fail(arguments.program, "Not joining, configuration is not valid");
    }
    if (Connection::open(roots)) {
        fail(arguments.program, "Node is already active");
    }
    forget_dead_corosync(roots);
    const Started started = start_cmand(arguments, roots);
    if (started.exit_code != 0) {
        std::fputs(without_prefix(started.words).c_str(), stderr);
        fail(arguments.program, "corosync daemon didn't start");
    }
    return arguments.wait || arguments.quorum ? run_wait(arguments, roots) : 0;
}

int run_version(const Arguments& arguments, const Roots& roots)
{
    Result<Connection> connection = Connection::open(roots);
    if (!connection) {
        fail(arguments.program, "Cannot open connection to cman, is it running ?");
    }
    const auto answer = connection->ask<protocol::StatusReply>(protocol::StatusRequest{});
    if (!answer || !std::holds_alternative<protocol::StatusReply>(*answer)) {
        fail(arguments.program, "cman does not answer");
    }
    const std::uint64_t running = std::get<protocol::StatusReply>(*answer).config_version;
    if (!arguments.reload) {
        std::printf("6.2.0 config %llu\n", static_cast<unsigned long long>(running));
        return 0;
    }
    if (arguments.reload_version) {
        std::fprintf(
            stderr,
            "Warning: specifying a version for the -r flag is deprecated and no longer used\n");
    }
    const Result<std::string> document = io::read_file(roots.cluster_conf);
    const auto loaded = document ? config::load(*document, roots.cluster_conf, local_facts(roots))
                                 : Result<config::Loaded>(document.error());
    if (!loaded) {
        std::fprintf(stderr, "%s\n", loaded.error().text.c_str());
        fail(arguments.program, "Unable to retrive the new config version");
    }
    if (arguments.validation != Validation::none && loaded->id.version <= running) {
        fail(arguments.program, "Not reloading, config version older or equal the running config");
    }
    if (loaded->is_refused() || !is_valid_or_tolerated(arguments, roots)) {
        for (const config::Problem& problem : loaded->problems) {
            if (problem.consequence == config::Consequence::refuse) {
                std::fprintf(stderr, "%s\n", config::describe(problem, roots.cluster_conf).c_str());
            }
        }
        fail(arguments.program, "Not reloading, configuration is not valid");
    }
    return activate(arguments, *connection);
}

}  // namespace ha::cman
