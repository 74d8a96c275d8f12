// SPDX-License-Identifier: Apache-2.0
#include "fenced/options.hpp"

#include <getopt.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace ha::fence {
namespace {

constexpr std::chrono::seconds override_time_min{3};

constexpr const char* usage =
    "Usage:\n"
    "\n"
    "fenced [options]\n"
    "\n"
    "Fences nodes that failed while they were in the fence domain. Joins it with fence_tool join.\n"
    "\n"
    "Options:\n"
    "  -D               foreground, debug on stderr\n"
    "  -L               debug in the log file\n"
    "  -j <seconds>     post_join_delay: wait before fencing when nodes joined (default 6, -1: for "
    "ever)\n"
    "  -f <seconds>     post_fail_delay: wait before fencing otherwise (default 0, -1: for ever)\n"
    "  -c               all nodes are clean at start: no startup fencing\n"
    "  -s               no startup fencing of nodes without fence methods\n"
    "  -O <path>        FIFO that takes the name of a victim to acknowledge it\n"
    "  -R <seconds>     pause between two rounds against one victim (default 3, at least 3)\n"
    "  -r <path>        further directory that must be empty at start; '-': do not check the "
    "default ones\n"
    "  -g <0|1|2>       accepted, ignored\n"
    "  -q               accepted, ignored (no D-Bus signal is sent)\n"
    "  -V               print version\n"
    "  -h               print this help\n";

std::chrono::seconds seconds_in(const char* text)
{
    return std::chrono::seconds{std::atoi(text)};
}

int show_version()
{
    std::printf("fenced %s (built %s %s)\n", HA_VERSION, __DATE__, __TIME__);
    std::puts("Copyright (C) the Cluster Suite authors. Licensed under Apache-2.0.");
    return EXIT_SUCCESS;
}

int complain(const std::string& text)
{
    std::fprintf(stderr, "fenced: %s\n", text.c_str());
    return EXIT_FAILURE;
}

/// Exit code when the letter ends the program.
std::optional<int> take(DaemonOptions& options, int letter)
{
    switch (letter) {
        case 'D':
            options.foreground = true;
            options.debug = true;
            return std::nullopt;
        case 'L':
            options.debug = true;
            return std::nullopt;
        case 'j':
            options.post_join_delay = seconds_in(optarg);
            return std::nullopt;
        case 'f':
            options.post_fail_delay = seconds_in(optarg);
            return std::nullopt;
        case 'c':
            options.clean_start = true;
            return std::nullopt;
        case 's':
            options.skip_undefined = true;
            return std::nullopt;
        case 'O':
            options.override_path = optarg;
            return std::nullopt;
        case 'R':
            options.override_time = std::max(seconds_in(optarg), override_time_min);
            return std::nullopt;
        case 'r':
            if (std::string(optarg) == "-") {
                options.checks_default_directories = false;
            } else {
                options.further_directories.emplace_back(optarg);
            }
            return std::nullopt;
        case 'g':
            options.groupd_compat = std::atoi(optarg);
            return std::nullopt;
        case 'q':
            return std::nullopt;
        case 'V':
            return show_version();
        case 'h':
            std::fputs(usage, stdout);
            return EXIT_SUCCESS;
        default:
            std::fputs("Please use '-h' for usage.\n", stderr);
            return EXIT_FAILURE;
    }
}

}  // namespace

ParsedDaemonOptions parse_options(int argc, char** argv)
{
    ParsedDaemonOptions parsed;
    parsed.options.debug = std::getenv("FENCED_DEBUG") != nullptr;
    for (int letter = 0; (letter = ::getopt(argc, argv, "DLj:f:csO:R:r:g:qVh")) != -1;) {
        parsed.exit_code = take(parsed.options, letter);
        if (parsed.exit_code) {
            return parsed;
        }
    }
    if (optind < argc) {
        parsed.exit_code = complain("unknown option " + std::string(argv[optind]));
    }
    return parsed;
}

model::FenceDaemon with_options(model::FenceDaemon configured, const DaemonOptions& options)
{
    configured.post_join_delay = options.post_join_delay.value_or(configured.post_join_delay);
    configured.post_fail_delay = options.post_fail_delay.value_or(configured.post_fail_delay);
    configured.override_time = options.override_time.value_or(configured.override_time);
    configured.override_path = options.override_path.value_or(configured.override_path);
    configured.clean_start = configured.clean_start || options.clean_start;
    configured.skip_undefined = configured.skip_undefined || options.skip_undefined;
    return configured;
}

std::vector<std::string> directories_to_check(const DaemonOptions& options, const Roots& roots)
{
    std::vector<std::string> directories;
    if (options.checks_default_directories) {
        directories = {roots.sysfs_dlm, roots.sysfs_gfs2};
    }
    directories.insert(directories.end(), options.further_directories.begin(),
                       options.further_directories.end());
    return directories;
}

}  // namespace ha::fence
