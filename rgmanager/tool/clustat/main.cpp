// SPDX-License-Identifier: Apache-2.0
//
// clustat: shows the cluster, its nodes and services. Options, texts and exit codes:
// spec/rgmanager.md 6.2.
#include <sys/ioctl.h>

#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

#include "rgmanager/tool/clustat/gather.hpp"
#include "rgmanager/tool/clustat/report.hpp"

namespace {

using namespace ha::service::clustat;

constexpr const char* usage =
    "usage: clustat <options>\n"
    "    -i <interval>      Refresh every <interval> seconds.  May not be used\n"
    "                       with -x.\n"
    "    -I                 Display local node ID and exit\n"
    "    -m <member>        Display status of <member> and exit\n"
    "    -s <service>       Display status of <service> and exit\n"
    "    -l                 Use long format for services\n"
    "    -f                 Accepted; rgmanager always answers at once\n"
    "    -Q                 Return 0 if quorate, 1 if not (no output)\n"
    "    -x                 Dump information as XML\n"
    "    --json             Dump information as JSON, with reasons\n"
    "    -v                 Display version and exit\n"
    "    -h                 This help\n";

struct Options {
    ReportOptions report;
    int interval_s = 0;
    bool xml = false;
    bool json = false;
    bool quorum_only = false;
    bool id_only = false;
    std::optional<int> exit_code;
};

int terminal_columns()
{
    constexpr int classic = 80;
    winsize size{};
    if (::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
        size.ws_col > 0) {
        return size.ws_col;
    }
    return classic;
}

void apply(int letter, Options& options)
{
    switch (letter) {
        case 'i':
            options.interval_s = std::max(1, std::atoi(optarg));
            break;
        case 'I':
            options.id_only = true;
            break;
        case 'm':
            options.report.only_member = optarg;
            break;
        case 's':
            options.report.only_service = std::string(optarg).find(':') == std::string::npos
                                              ? "service:" + std::string(optarg)
                                              : std::string(optarg);
            break;
        case 'l':
            options.report.is_long = true;
            break;
        case 'Q':
            options.quorum_only = true;
            break;
        case 'f':
            break;
        case 'J':
            options.json = true;
            break;
        case 'x':
            if (options.interval_s != 0) {
                std::fputs("Error: Options '-i' and '-x' are mutually exclusive\n", stderr);
                options.exit_code = 1;
            }
            options.xml = true;
            break;
        case 'v':
            std::puts("clustat version " HA_VERSION);
            options.exit_code = 0;
            break;
        default:
            std::fputs(usage, stdout);
            options.exit_code = 0;
    }
}

Options parse(int argc, char** argv)
{
    static const std::array<option, 2> long_options = {option{"json", no_argument, nullptr, 'J'},
                                                       option{}};
    Options options;
    options.report.columns = terminal_columns();
    opterr = 0;  // any unknown option is answered by the usage alone
    for (int letter = 0;
         !options.exit_code && (letter = ::getopt_long(argc, argv, "i:Im:s:lfQxvh?",
                                                       long_options.data(), nullptr)) != -1;) {
        apply(letter, options);
    }
    if (!options.exit_code && options.xml && options.interval_s != 0) {
        std::fputs("Error: Options '-i' and '-x' are mutually exclusive\n", stderr);
        options.exit_code = 1;
    }
    return options;
}

int show_once(const ha::Roots& roots, const Options& options)
{
    const auto report = gather(roots);
    if (!report) {
        std::fprintf(stderr, "Could not connect to CMAN: %s\n", report.error().text.c_str());
        return 1;
    }
    if (options.quorum_only) {
        return report->is_quorate ? 0 : 1;
    }
    if (options.id_only) {
        std::printf("0x%08x\n", report->local_id.value);
        return 0;
    }
    if (options.report.only_service && !report->rgmanager_answered) {
        std::fputs("Could not connect to resource group manager\n", stderr);
    }
    const std::string text = options.json  ? json_report(restrict_to(*report, options.report))
                             : options.xml ? xml_report(*report, options.report)
                                           : text_report(*report, options.report);
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    return exit_code(*report, options.report);
}

/// Until a signal ends it.
int show_again_and_again(const ha::Roots& roots, const Options& options)
{
    while (true) {
        std::fputs("\033[H\033[2J", stdout);
        show_once(roots, options);
        const timespec pause{options.interval_s, 0};
        ::nanosleep(&pause, nullptr);
    }
}

}  // namespace

int main(int argc, char** argv)
{
    const Options options = parse(argc, argv);
    if (options.exit_code) {
        return *options.exit_code;
    }
    const ha::Roots roots = ha::Roots::from_environment();
    return options.interval_s > 0 ? show_again_and_again(roots, options)
                                  : show_once(roots, options);
}
