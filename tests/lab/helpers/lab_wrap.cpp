// SPDX-License-Identifier: Apache-2.0
//
// Stands in an agent folder under an agent's name, notes begin and end of every call in the lab's
// journal, and runs the real agent, to which the link /lab/wrapped/NAME points. So the times of any
// agent, ours or another's, are known without touching it. Input, output, environment and exit code
// are the agent's own.
#include <sys/wait.h>

#include <spawn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/lab/helpers/note.hpp"

namespace {

/// When the agent was executed; before this helper's libraries get ready, which is no agent's time.
std::int64_t begun = 0;

[[gnu::constructor(101)]] void note_begin()
{
    begun = ha::lab::now_ns();
}

/// The part of a journal line that says which call this is.
std::string description(const std::string& agent, int argc, char** argv)
{
    std::string words = " agent=" + agent + " pid=" + std::to_string(getpid());
    if (argc > 1) {
        words += std::string(" action=") + argv[1];
    }
    if (const char* instance = std::getenv("OCF_RESOURCE_INSTANCE")) {
        words += std::string(" resource=") + instance;
    }
    return words;
}

}  // namespace

int main(int argc, char** argv)
{
    const std::string self = argv[0];
    const std::string agent = self.substr(self.rfind('/') + 1);
    const std::string real = "/lab/wrapped/" + agent;
    char target[4096];
    const ssize_t length = readlink(real.c_str(), target, sizeof target - 1);
    if (length < 0) {
        std::perror(real.c_str());
        return 5;
    }
    target[length] = '\0';

    const bool is_query = argc > 1 && std::string(argv[1]) == "meta-data";
    const std::string words = description(agent, argc, argv);
    if (!is_query) {
        ha::lab::note("run-begin" + words, begun);
    }
    argv[0] = target;
    pid_t child = 0;
    if (const int error = posix_spawn(&child, target, nullptr, nullptr, argv, environ)) {
        errno = error;
        std::perror(target);
        return 127;
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (!is_query) {
        ha::lab::note("run-end" + words + " result=" + std::to_string(code));
    }
    return code;
}
