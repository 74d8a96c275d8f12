// SPDX-License-Identifier: Apache-2.0
//
// clulog: how agents log. The message goes where rgmanager's own lines go, and to stderr.
// Source: spec/rgmanager.md 6.4 (options, prefix, exit code 0 always).
#include <getopt.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/base/roots.hpp"
#include "common/config/load.hpp"
#include "common/daemon/daemon_client.hpp"
#include "common/daemon/log_settings.hpp"
#include "common/log/log.hpp"
#include "common/protocol/cman.hpp"

namespace {

constexpr const char* usage =
    "usage: clulog [-m name] [-s severity] message\n"
    "  -m <name>      put [name] in front of the message\n"
    "  -s <severity>  0 (emergency) to 7 (debug); default 6 (info); -l is the same\n"
    "  -h             this help\n";

constexpr int severity_max = 7;
constexpr int severity_default = 6;

ha::log::Event event_of(int severity)
{
    static constexpr ha::log::Event events[] = {
        ha::log::Event::service_emergency, ha::log::Event::service_alert,
        ha::log::Event::service_alert,     ha::log::Event::service_error,
        ha::log::Event::service_warning,   ha::log::Event::service_notice,
        ha::log::Event::service_info,      ha::log::Event::service_debug,
    };
    return events[severity];
}

/// rgmanager's settings from the running configuration; the defaults when cmand does not answer at
/// once.
ha::log::Settings settings_for(const ha::Roots& roots)
{
    constexpr ha::Duration patience = std::chrono::milliseconds{300};
    ha::log::Settings settings = ha::daemon::log_settings({}, "rgmanager", roots);
    auto cmand = ha::daemon::DaemonClient::connect(roots.run_file("cmand.sk"), patience);
    if (!cmand) {
        return settings;
    }
    const auto document =
        cmand->ask<ha::protocol::ActiveDocument>(ha::protocol::Subscribe{""}, patience);
    if (!document) {
        return settings;
    }
    const auto loaded = ha::config::load(document->document.bytes, "cluster.conf");
    return loaded ? ha::daemon::log_settings(loaded->model, "rgmanager", roots) : settings;
}

}  // namespace

int main(int argc, char** argv)
{
    int severity = severity_default;
    std::string name;
    for (int letter = 0; (letter = ::getopt(argc, argv, "m:s:l:h")) != -1;) {
        switch (letter) {
            case 'm':
                name = optarg;
                break;
            case 's':
            case 'l':
                severity = std::clamp(std::atoi(optarg), 0, severity_max);
                break;
            default:
                std::fputs(usage, stdout);
                return 0;
        }
    }
    if (optind >= argc) {
        std::fputs(usage, stdout);
        return 0;
    }
    const std::string message =
        (name.empty() || name == "rgmanager" ? "" : "[" + name + "] ") + std::string(argv[optind]);
    ha::log::Settings settings = settings_for(ha::Roots::from_environment());
    settings.to_stderr = true;
    if (const ha::Status configured = ha::log::configure(settings); !configured) {
        std::fprintf(stderr, "%s\n", configured.error().text.c_str());
    }
    ha::log::write(event_of(severity), message);
    return 0;
}
