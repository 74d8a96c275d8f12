// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <optional>
#include <string>

#include "cman/configuration.hpp"
#include "cman/manager.hpp"
#include "cman/options.hpp"
#include "common/base/roots.hpp"
#include "common/daemon/log_settings.hpp"
#include "common/daemon/skeleton.hpp"

namespace {

using namespace ha;

int check_configuration(const Roots& roots, const cman::JoinOverrides& overrides)
{
    const Result<cman::ActiveConfiguration> active = cman::read_configuration(roots, overrides);
    if (!active) {
        std::fprintf(stderr, "%s\n", active.error().text.c_str());
        return exit_status(ExitCode::configuration);
    }
    for (const std::string& complaint : active->complaints) {
        std::fprintf(stderr, "%s\n", complaint.c_str());
    }
    std::printf("%s", cman::corosync_conf(*active, roots).c_str());
    return exit_status(ExitCode::done);
}

}  // namespace

int main(int argc, char** argv)
{
    int exit_code = 0;
    const std::optional<cman::Options> options = cman::parse_options(argc, argv, exit_code);
    if (!options) {
        return exit_code;
    }
    const Roots roots = Roots::from_environment();
    if (options->test) {
        return check_configuration(roots, options->overrides);
    }
    daemon::Skeleton skeleton({.name = "cmand",
                               .foreground = options->foreground,
                               .debug = options->debug,
                               .roots = roots});
    if (const Status started = skeleton.start(); !started) {
        return skeleton.fail(ExitCode::system, started.error().text);
    }
    std::optional<std::string> failure;
    ExitCode failure_code = ExitCode::system;
    cman::Manager manager(skeleton.loop(), roots, skeleton.life(),
                          {.on_ready = [&] { skeleton.ready(); },
                           .on_end =
                               [&](ExitCode code, const std::string& why) {
                                   if (code != ExitCode::done) {
                                       failure = why;
                                       failure_code = code;
                                   }
                                   skeleton.stop(code);
                               },
                           .on_stay = [&] { skeleton.stay(); },
                           .on_switched =
                               [&] {
                                   skeleton.configure_log(daemon::log_settings(
                                       manager.configuration().model, "cmand", roots));
                               }});
    skeleton.on_terminate([&] { manager.request_leave(); });
    skeleton.on_dump([&] { return manager.describe(); });
    if (const Status started = manager.start(options->overrides); !started) {
        const bool is_configuration = started.error().code == ErrorCode::invalid_input;
        return skeleton.fail(is_configuration ? ExitCode::configuration : ExitCode::system,
                             started.error().text);
    }
    skeleton.configure_log(daemon::log_settings(manager.configuration().model, "cmand", roots));
    exit_code = skeleton.run();
    return failure ? skeleton.fail(failure_code, *failure) : exit_code;
}
