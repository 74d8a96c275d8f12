// SPDX-License-Identifier: Apache-2.0
//
// fenced: makes sure that a lost node does no more harm before anybody takes over what it owned.
#include <cstdio>

#include "common/base/roots.hpp"
#include "common/daemon/skeleton.hpp"
#include "fenced/fenced.hpp"
#include "fenced/options.hpp"

int main(int argc, char** argv)
{
    const auto parsed = ha::fence::parse_options(argc, argv);
    if (parsed.exit_code) {
        return *parsed.exit_code;
    }
    ha::daemon::Skeleton skeleton({.name = "fenced",
                                   .foreground = parsed.options.foreground,
                                   .debug = parsed.options.debug,
                                   .roots = ha::Roots::from_environment()});
    if (auto started = skeleton.start(); !started) {
        if (started.error().code == ha::ErrorCode::already_exists) {
            std::fputs("fenced is already running\n", stderr);
            return 1;
        }
        return skeleton.fail(ha::ExitCode::system, started.error().text);
    }
    ha::fence::Fenced fenced(skeleton, parsed.options);
    skeleton.on_terminate([&fenced] { fenced.terminate(); });
    skeleton.on_dump([&fenced] { return fenced.describe(); });
    if (auto started = fenced.start(); !started) {
        return skeleton.fail(ha::ExitCode::system, started.error().text);
    }
    return skeleton.run();
}
