// SPDX-License-Identifier: Apache-2.0
#include "fenced/tool/fence_node_options.hpp"

#include <getopt.h>

#include <cstdio>

namespace ha::fence::tool {
namespace {

constexpr const char* usage =
    "Usage:\n"
    "\n"
    "fence_node [options] <nodename>\n"
    "\n"
    "Makes one pass over the fence methods of <nodename>, from this node and at once: neither "
    "fenced nor quorum\n"
    "is needed, and nobody asks whether the node is healthy.\n"
    "\n"
    "Options:\n"
    "  -U               unfence <nodename>, default this node\n"
    "  -S               show what the devices of <nodename> say; fences nothing\n"
    "  -m <number>      only this method, counted from 1\n"
    "  -e <0|1>         tell fenced (default 1)\n"
    "  -v               show the result of each device; twice: its arguments too, secrets masked\n"
    "  -V               print version\n"
    "  -h               print this help\n"
    "\n"
    "Exit code: 0 success, 1 failure, 2 nothing is configured.\n";

}  // namespace

ParsedFenceNode parse_fence_node(int argc, char** argv, const Program& program)
{
    ParsedFenceNode parsed;
    FenceNodeOptions& options = parsed.options;
    const auto done = [&parsed](int code) {
        parsed.exit_code = code;
        return parsed;
    };
    for (int letter = 0; (letter = ::getopt(argc, argv, "USm:e:vVh")) != -1;) {
        switch (letter) {
            case 'U':
                options.kind = OperationKind::unfence;
                break;
            case 'S':
                options.kind = OperationKind::status;
                break;
            case 'm': {
                const int number = classic_number(optarg);
                if (number < 1) {
                    return done(program.fail("invalid method number " + std::string(optarg)));
                }
                options.only_method = static_cast<std::size_t>(number) - 1;
                break;
            }
            case 'e':
                options.tell_fenced = classic_number(optarg) != 0;
                break;
            case 'v':
                ++options.verbosity;
                break;
            case 'V':
                return done(program.show_version());
            case 'h':
                std::fputs(usage, stdout);
                return done(0);
            default:
                return done(program.bad_option());
        }
    }
    if (optind < argc) {
        options.name = argv[optind++];
    }
    if (optind < argc) {
        return done(program.fail("unknown option " + std::string(argv[optind])));
    }
    if (options.name.empty() && options.kind != OperationKind::unfence) {
        return done(program.fail("no node name specified"));
    }
    return parsed;
}

}  // namespace ha::fence::tool
