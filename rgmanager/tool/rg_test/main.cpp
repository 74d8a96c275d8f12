// SPDX-License-Identifier: Apache-2.0
//
// rg_test: shows what rgmanager makes of a cluster.conf and runs its agents, offline. Never
// contacts the cluster.
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "common/base/roots.hpp"
#include "rgmanager/tool/rg_test/commands.hpp"

namespace {

using ha::service::RgTestContext;

struct Command {
    const char* name;
    std::size_t arguments_min;
    int (*run)(const RgTestContext&);
};

constexpr Command commands[] = {
    {"rules", 0, ha::service::run_rules},
    {"test", 1, ha::service::run_test},
    {"noop", 1, ha::service::run_noop},
    {"delta", 0, ha::service::run_delta},  // says itself what is missing
};

constexpr const char* usage =
    "usage: rg_test [AGENT-DIR] COMMAND\n"
    "  rules                                  show the rules that the agents declare\n"
    "  test CONF                              show resources, trees, failover domains, events\n"
    "  test CONF start|stop|status TYPE NAME  run the agents of a resource and all below it\n"
    "  test CONF migrate TYPE NAME NODE       run a migration\n"
    "  noop CONF start|stop|status TYPE NAME  show which agents that would run\n"
    "  delta CONF1 CONF2                      show what a change of configuration does\n";

bool is_directory(const std::string& path)
{
    std::error_code error;
    return std::filesystem::is_directory(path, error);
}

}  // namespace

int main(int argc, char** argv)
{
    const ha::Roots roots = ha::Roots::from_environment();
    RgTestContext context{roots.agents, roots.agents, {argv + 1, argv + argc}};
    std::vector<std::string>& words = context.arguments;
    if (!words.empty() && is_directory(words.front())) {
        context.agent_directory = words.front();
        std::fprintf(stderr, "Using %s as resource agent path\n", words.front().c_str());
        words.erase(words.begin());
    }
    for (const Command& command : commands) {
        if (!words.empty() && words.front() == command.name &&
            words.size() > command.arguments_min) {
            words.erase(words.begin());
            return command.run(context);
        }
    }
    std::printf("%s", usage);
    return 1;
}
