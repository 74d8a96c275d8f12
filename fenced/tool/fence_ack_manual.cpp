// SPDX-License-Identifier: Apache-2.0
//
// fence_ack_manual: a person vouches that a victim can do no more harm. The dialogue is the classic
// one (spec fenced 4.3); the answer goes to this node's fenced, which passes it on to whoever
// fences.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "common/base/roots.hpp"
#include "fenced/tool/act.hpp"
#include "fenced/tool/program.hpp"

namespace {

using namespace ha::fence::tool;

int show_usage(const char* program)
{
    std::printf(
        "usage:\n"
        " \t%s <nodename>\n"
        " \t%s -n <nodename>\n"
        "\n"
        "Tells the fence domain that <nodename> is off, or cut from all shared storage: fencing it "
        "ends, and its\n"
        "services are started elsewhere. Works on any member, at any time while <nodename> is a "
        "victim.\n"
        "The -n flag exists for compatibility with previous releases and is not needed.\n",
        program, program);
    return 1;
}

bool is_confirmed(const std::string& node)
{
    std::cout << "About to override fencing for " << node << ".\n"
              << "Improper use of this command can cause severe file system damage.\n\n"
              << "Continue [NO/absolutely]? " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "absolutely";
}

}  // namespace

int main(int argc, char** argv)
{
    const Program program("fence_ack_manual");
    int next = 1;
    if (next < argc && std::string(argv[next]) == "-n") {
        ++next;
    }
    if (next >= argc || argv[next][0] == '\0' || argv[next][0] == '-') {
        return show_usage(argv[0]);
    }
    const std::string node = argv[next];
    if (!is_confirmed(node)) {
        std::puts("Aborted.");
        return 1;
    }
    const ha::Roots roots = ha::Roots::from_environment();
    auto fenced = DaemonClient::connect(roots.run_file("fenced.sk"));
    if (!fenced) {
        return program.fail("can't communicate with fenced: " + fenced.error().text);
    }
    const std::string who = "user id " + std::to_string(::getuid());
    if (auto done = ask_to_act(*fenced, ha::protocol::Acknowledge{node, who}); !done) {
        return program.fail(done.error().text);
    }
    std::puts("Done");
    return 0;
}
