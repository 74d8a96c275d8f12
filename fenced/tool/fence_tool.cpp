// SPDX-License-Identifier: Apache-2.0
//
// fence_tool: joins and leaves the fence domain, shows its state.
#include "fenced/tool/fence_tool.hpp"

#include <getopt.h>

#include <cstdio>
#include <optional>

namespace {

using namespace ha::fence::tool;

constexpr const char* usage =
    "Usage:\n"
    "\n"
    "fence_tool <join|leave|ls|dump> [options]\n"
    "\n"
    "Actions:\n"
    "  join             join the fence domain\n"
    "  leave            leave the fence domain\n"
    "  ls               list the members, victims and state of the fence domain\n"
    "  dump             print fenced's record of what happened\n"
    "\n"
    "Options:\n"
    "  -n               ls: also list all nodes\n"
    "  -t <seconds>     join: retry the connection to cman (0: fail at once, -1: for ever)\n"
    "  -q <seconds>     join: wait for quorum\n"
    "  -m <seconds>     join: wait until all nodes of cluster.conf are cluster members\n"
    "  -w <seconds>     join, leave: wait for the result; exit 1 when it does not come\n"
    "  -V               print version\n"
    "  -h               print this help\n";

struct Parsed {
    FenceToolOptions options;
    std::optional<int> exit_code;  ///< done already
};

Parsed parse(int argc, char** argv, const Program& program)
{
    Parsed parsed;
    FenceToolOptions& options = parsed.options;
    for (int letter = 0; (letter = ::getopt(argc, argv, "nt:q:m:w:Vh")) != -1;) {
        switch (letter) {
            case 'n':
                options.all_nodes = true;
                break;
            case 't':
                options.cman_limit_s = classic_number(optarg);
                break;
            case 'q':
                options.quorum_limit_s = classic_number(optarg);
                break;
            case 'm':
                options.members_limit_s = classic_number(optarg);
                break;
            case 'w':
                options.result_limit_s = classic_number(optarg);
                break;
            case 'V':
                parsed.exit_code = program.show_version();
                return parsed;
            case 'h':
                std::fputs(usage, stdout);
                parsed.exit_code = 0;
                return parsed;
            default:
                parsed.exit_code = program.bad_option();
                return parsed;
        }
    }
    for (int i = optind; i < argc; ++i) {
        const std::string word = argv[i];
        if (word != "join" && word != "leave" && word != "ls" && word != "dump") {
            parsed.exit_code = program.fail("unknown option " + word);
            return parsed;
        }
        options.operation = word;  // the last one wins
    }
    if (options.operation.empty()) {
        parsed.exit_code = program.fail("no operation specified");
    }
    return parsed;
}

}  // namespace

int main(int argc, char** argv)
{
    const Program program("fence_tool");
    const Parsed parsed = parse(argc, argv, program);
    if (parsed.exit_code) {
        return *parsed.exit_code;
    }
    const ha::Roots roots = ha::Roots::from_environment();
    if (parsed.options.operation == "join") {
        return join_domain(program, roots, parsed.options);
    }
    if (parsed.options.operation == "leave") {
        return leave_domain(program, roots, parsed.options);
    }
    if (parsed.options.operation == "ls") {
        return list_domain(program, roots, parsed.options);
    }
    return dump(program, roots);
}
