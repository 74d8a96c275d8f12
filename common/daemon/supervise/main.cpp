// SPDX-License-Identifier: Apache-2.0
//
// ha-supervise: keeps a daemon running where there is no systemd: under LSB scripts and in the lab.
#include <getopt.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string_view>

#include "common/base/exit_codes.hpp"
#include "common/daemon/background.hpp"
#include "common/daemon/supervise/supervisor.hpp"
#include "common/io/loop.hpp"
#include "common/io/signals.hpp"
#include "common/log/log.hpp"

namespace {

using namespace ha;

constexpr const char* usage =
    "Usage: ha-supervise [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
    "Runs PROGRAM in the foreground (our daemons stay there when NOTIFY_SOCKET is set) and starts\n"
    "it again when it dies abnormally: by a signal, or with an exit code other than 0, 100 "
    "(usage)\n"
    "and 102 (configuration).\n"
    "\n"
    "  -r, --restarts N     give up after N restarts within the window (default 5)\n"
    "  -w, --window S       the window in seconds (default 60)\n"
    "  -x, --exit-is-final  restart after a signal only, whatever the exit code\n"
    "  -b, --background     return with 0 once PROGRAM is ready (sd_notify), else when it has\n"
    "                       failed for good\n"
    "  -h, --help           show this\n"
    "\n"
    "SIGTERM and SIGINT end PROGRAM, then ha-supervise; SIGHUP and SIGUSR1 are passed on.\n"
    "Exit: PROGRAM's last exit code; 111 if a signal ended it or it cannot be started; 100 "
    "usage.\n";

struct Options {
    daemon::Supervisor::Options supervisor;
    bool background = false;
    bool help = false;
};

std::optional<unsigned> parse_number(std::string_view text)
{
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

/// Nothing for a wrong command line.
std::optional<Options> parse(int argc, char** argv)
{
    static const option long_options[] = {
        {"restarts", required_argument, nullptr, 'r'}, {"window", required_argument, nullptr, 'w'},
        {"background", no_argument, nullptr, 'b'},     {"exit-is-final", no_argument, nullptr, 'x'},
        {"help", no_argument, nullptr, 'h'},           {nullptr, 0, nullptr, 0}};
    Options options;
    for (int c = 0; (c = ::getopt_long(argc, argv, "+r:w:bxh", long_options, nullptr)) != -1;) {
        const std::optional<unsigned> number = parse_number(optarg == nullptr ? "" : optarg);
        if (c == 'h') {
            options.help = true;
            return options;
        }
        if (c == 'b') {
            options.background = true;
        } else if (c == 'x') {
            options.supervisor.exit_is_final = true;
        } else if (c == 'r' && number) {
            options.supervisor.restarts = *number;
        } else if (c == 'w' && number) {
            options.supervisor.window = std::chrono::seconds{*number};
        } else {
            return std::nullopt;
        }
    }
    options.supervisor.argv.assign(argv + optind, argv + argc);
    return options.supervisor.argv.empty() ? std::nullopt : std::optional<Options>(options);
}

int supervise(const Options& options, daemon::Background& background)
{
    io::Loop loop;
    int code = 0;
    daemon::Supervisor supervisor(loop, options.supervisor,
                                  {[&] { background.ready(); },
                                   [&](int ended_with) {
                                       code = ended_with;
                                       loop.stop();
                                   }});
    io::Signals signals(loop);
    signals.on(SIGTERM, [&] { supervisor.terminate(); });
    signals.on(SIGINT, [&] { supervisor.terminate(); });
    signals.on(SIGHUP, [&] { supervisor.pass(SIGHUP); });
    signals.on(SIGUSR1, [&] { supervisor.pass(SIGUSR1); });
    if (const Status started = supervisor.start(); !started) {
        std::fprintf(stderr, "ha-supervise: %s\n", started.error().text.c_str());
        return exit_status(ExitCode::system);
    }
    loop.run();
    return code;
}

}  // namespace

int main(int argc, char** argv)
{
    const std::optional<Options> options = parse(argc, argv);
    if (!options || options->help) {
        std::fputs(usage, options ? stdout : stderr);
        return exit_status(options ? ExitCode::done : ExitCode::usage);
    }
    daemon::Background background;
    if (options->background) {
        if (const Status entered = background.enter(); !entered) {
            std::fprintf(stderr, "ha-supervise: %s\n", entered.error().text.c_str());
            return exit_status(ExitCode::system);
        }
    }
    log::Settings settings;
    settings.program = "ha-supervise";
    settings.to_stderr = true;
    static_cast<void>(log::configure(settings));
    return supervise(*options, background);
}
