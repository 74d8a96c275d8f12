// SPDX-License-Identifier: Apache-2.0
//
// rgmanager: places, starts, checks and recovers services.
#include <cstdio>

#include "common/base/roots.hpp"
#include "common/daemon/skeleton.hpp"
#include "rgmanager/manager.hpp"
#include "rgmanager/options.hpp"

int main(int argc, char** argv)
{
    const ha::service::ManagerOptions options = ha::service::parse_options(argc, argv);
    if (options.exit_code) {
        return *options.exit_code;
    }
    ha::daemon::Skeleton skeleton({.name = "rgmanager",
                                   .foreground = options.foreground,
                                   .debug = options.debug,
                                   .roots = ha::Roots::from_environment()});
    if (const ha::Status started = skeleton.start(); !started) {
        return skeleton.fail(ha::ExitCode::system, started.error().text);
    }
    ha::service::Manager manager(skeleton, options.skip_initial_stop);
    skeleton.on_terminate([&manager] { manager.shut_down(); });
    skeleton.on_reload([&manager] { manager.reload(); });
    skeleton.on_dump([&manager] { return manager.describe(); });
    if (const ha::Status started = manager.start([&skeleton] { skeleton.ready(); }); !started) {
        return skeleton.fail(ha::ExitCode::system, started.error().text);
    }
    return skeleton.run();
}
