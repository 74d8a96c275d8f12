// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/options.hpp"

#include <getopt.h>

#include <cstdio>
#include <cstdlib>

namespace ha::service {

namespace {

constexpr const char* usage =
    "usage: rgmanager [options]\n"
    "Places, starts, checks and recovers the services of cluster.conf.\n"
    "\n"
    "  -f        stay in the foreground, log to stderr too\n"
    "  -d        debug log level (also: environment variable RGMANAGER_DEBUG)\n"
    "  -N        skip the initial stop of all resources\n"
    "  -w, -q    accepted for old scripts; without effect\n"
    "  -C [0|1]  accepted for old scripts; without effect\n"
    "  -h        this help\n";

}  // namespace

ManagerOptions parse_options(int argc, char** argv)
{
    ManagerOptions options;
    options.debug = std::getenv("RGMANAGER_DEBUG") != nullptr;
    for (int letter = 0; (letter = ::getopt(argc, argv, "fdwNqC::h")) != -1;) {
        switch (letter) {
            case 'f':
                options.foreground = true;
                break;
            case 'd':
                options.debug = true;
                break;
            case 'N':
                options.skip_initial_stop = true;
                break;
            case 'w':
            case 'q':
            case 'C':
                break;
            case 'h':
                std::fputs(usage, stdout);
                options.exit_code = 0;
                return options;
            default:
                std::fputs(usage, stderr);
                options.exit_code = 1;
                return options;
        }
    }
    return options;
}

}  // namespace ha::service
