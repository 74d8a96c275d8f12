// SPDX-License-Identifier: Apache-2.0
#include <mntent.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "fenced/tool/act.hpp"
#include "fenced/tool/fence_tool.hpp"
#include "fenced/tool/listing.hpp"
#include "fenced/tool/wait.hpp"

namespace ha::fence::tool {
namespace {

/// What on this node still relies on being fenced: one sentence each.
std::vector<std::string> active_systems(const Roots& roots)
{
    std::vector<std::string> found;
    const std::unique_ptr<FILE, int (*)(FILE*)> mounts(::setmntent("/proc/mounts", "r"),
                                                       ::endmntent);
    while (const mntent* mount = mounts ? ::getmntent(mounts.get()) : nullptr) {
        const std::string type = mount->mnt_type;
        if (type == "gfs" || type == "gfs2") {
            found.push_back("found " + type + " file system mounted from " + mount->mnt_fsname +
                            " on " + mount->mnt_dir);
        }
    }
    std::error_code ignored;  // no such directory: no lockspace
    for (const auto& entry : std::filesystem::directory_iterator(roots.sysfs_dlm, ignored)) {
        found.push_back("found dlm lockspace " + entry.path().string());
    }
    return found;
}

std::optional<protocol::DomainListing> current_listing(const Roots& roots)
{
    auto fenced = DaemonClient::connect(roots.run_file("fenced.sk"));
    if (!fenced) {
        return std::nullopt;
    }
    auto listing = fenced->ask<protocol::DomainListing>(protocol::ListDomain{});
    return listing ? std::optional(*std::move(listing)) : std::nullopt;
}

}  // namespace

int leave_domain(const Program& program, const Roots& roots, const FenceToolOptions& options)
{
    if (::geteuid() != 0) {
        return program.fail("permission denied: only root may change the fence domain");
    }
    const std::vector<std::string> systems = active_systems(roots);
    if (!systems.empty()) {
        for (const std::string& system : systems) {
            std::fprintf(stderr, "%s\n", system.c_str());
        }
        return program.fail("cannot leave due to active systems");
    }
    auto fenced = DaemonClient::connect(roots.run_file("fenced.sk"));
    if (!fenced) {
        return program.fail("leave: can't communicate with fenced");
    }
    if (auto left = ask_to_act(*fenced, protocol::LeaveDomain{}); !left) {
        if (left.error().code == ErrorCode::busy) {
            std::fprintf(stderr, "%s\n", left.error().text.c_str());
            return program.fail("cannot leave due to active systems");
        }
        return program.fail("leave: can't communicate with fenced");
    }
    if (options.result_limit_s == 0) {
        return EXIT_SUCCESS;
    }
    const Waited waited = wait_for(
        program, options.result_limit_s, "waiting for fenced to leave the fence group.", [&] {
            const auto listing = current_listing(roots);
            return !listing || !listing->in_domain ? Try::done : Try::again;
        });
    return waited == Waited::done ? EXIT_SUCCESS : program.fail("leave not complete");
}

int list_domain(const Program& program, const Roots& roots, const FenceToolOptions& options)
{
    auto fenced = DaemonClient::connect(roots.run_file("fenced.sk"));
    if (!fenced) {
        return EXIT_FAILURE;  // rgmanager and scripts rely on: no output
    }
    auto listing = fenced->ask<protocol::DomainListing>(protocol::ListDomain{});
    if (!listing) {
        return program.fail("fenced query error: " + listing.error().text);
    }
    if (!listing->in_domain) {
        return EXIT_FAILURE;
    }
    std::fputs(render_listing(*listing, options.all_nodes).c_str(), stdout);
    return EXIT_SUCCESS;
}

int dump(const Program& program, const Roots& roots)
{
    auto fenced = DaemonClient::connect(roots.run_file("fenced.sk"));
    if (!fenced) {
        return program.fail("dump: can't communicate with fenced");
    }
    auto reply = fenced->ask<protocol::DumpReply>(protocol::DumpRequest{});
    if (!reply) {
        return program.fail("dump: can't communicate with fenced");
    }
    std::fputs(reply->text.c_str(), stdout);
    return EXIT_SUCCESS;
}

}  // namespace ha::fence::tool
