// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "common/io/file.hpp"
#include "common/protocol/cman.hpp"
#include "fenced/tool/act.hpp"
#include "fenced/tool/fence_tool.hpp"
#include "fenced/tool/wait.hpp"

namespace ha::fence::tool {
namespace {

using protocol::DomainListing;
using protocol::ListDomain;

/// Empty when cmand does not answer.
std::optional<protocol::StatusReply> cluster_status(const Roots& roots)
{
    auto cman = DaemonClient::connect(roots.run_file("cmand.sk"));
    if (!cman) {
        return std::nullopt;
    }
    auto status = cman->ask<protocol::StatusReply>(protocol::StatusRequest{});
    return status ? std::optional(*std::move(status)) : std::nullopt;
}

bool all_are_members(const Roots& roots)
{
    auto cman = DaemonClient::connect(roots.run_file("cmand.sk"));
    if (!cman) {
        return false;
    }
    auto nodes = cman->ask<protocol::NodesReply>(protocol::NodesRequest{});
    return nodes && std::ranges::all_of(nodes->nodes, [](const protocol::NodeRow& row) {
               return row.state == protocol::NodeState::member;
           });
}

/// Exit code when the cluster is not there; nothing when it is.
std::optional<int> wait_for_cman(const Program& program, const Roots& roots, int limit_s)
{
    const Waited connected = wait_for(program, limit_s, "retrying cman connection", [&] {
        return cluster_status(roots) ? Try::done : Try::again;
    });
    const Waited active =
        connected != Waited::done
            ? connected
            : wait_for(program, limit_s, "retrying cman active check", [&] {
                  const auto status = cluster_status(roots);
                  return status && status->state == protocol::MembershipState::member ? Try::done
                                                                                      : Try::again;
              });
    if (active != Waited::done) {
        return program.fail("can't connect to cman");
    }
    return std::nullopt;
}

std::optional<int> wait_for_quorum(const Program& program, const Roots& roots, int limit_s)
{
    const Waited waited = wait_for(program, limit_s, "delaying for quorum", [&] {
        const auto status = cluster_status(roots);
        if (!status) {
            return Try::give_up;
        }
        return status->quorate ? Try::done : Try::again;
    });
    if (waited == Waited::gave_up) {
        return program.fail("lost cman connection");
    }
    if (waited == Waited::timed_out) {
        program.complain("continuing without quorum");
    }
    return std::nullopt;
}

std::optional<int> wait_for_members(const Program& program, const Roots& roots, int limit_s)
{
    const Waited waited = wait_for(program, limit_s, "delaying for members", [&] {
        if (!cluster_status(roots)) {
            return Try::give_up;
        }
        return all_are_members(roots) ? Try::done : Try::again;
    });
    if (waited == Waited::gave_up) {
        return program.fail("lost cman connection");
    }
    if (waited == Waited::timed_out) {
        program.complain("continuing without all members");
    }
    return std::nullopt;
}

/// Why a fenced that does not answer does not answer; empty while one holds its lock.
std::string why_not_running(const Roots& roots)
{
    const std::string lockfile = roots.run_file("fenced.pid");
    if (io::PidLock::holder(lockfile) != 0) {
        return "";
    }
    if (::access(lockfile.c_str(), F_OK) != 0) {
        return "fenced not running, no lockfile";
    }
    return "fenced not running, unlocked lockfile";
}

/// Retries while fenced is alive but does not answer; no bound.
int request_join(const Program& program, const Roots& roots)
{
    std::string refusal;
    const Waited waited = wait_for(program, -1, "retrying join", [&] {
        auto fenced = DaemonClient::connect(roots.run_file("fenced.sk"));
        const Status asked =
            fenced ? ask_to_act(*fenced, protocol::JoinDomain{}) : Status(fenced.error());
        if (asked) {
            return Try::done;
        }
        if (asked.error().code == ErrorCode::busy ||
            asked.error().code == ErrorCode::permission_denied) {
            refusal = asked.error().text;
            return Try::give_up;
        }
        refusal = why_not_running(roots);
        return refusal.empty() ? Try::again : Try::give_up;
    });
    return waited == Waited::done ? EXIT_SUCCESS : program.fail(refusal);
}

bool is_member(const Roots& roots)
{
    auto fenced = DaemonClient::connect(roots.run_file("fenced.sk"));
    if (!fenced) {
        return false;
    }
    auto listing = fenced->ask<DomainListing>(ListDomain{});
    return listing && listing->in_domain && listing->is_member;
}

int wait_for_membership(const Program& program, const Roots& roots, int limit_s)
{
    std::string failure = "join not complete";
    const Waited waited =
        wait_for(program, limit_s, "waiting for fenced to join the fence group.", [&] {
            if (is_member(roots)) {
                return Try::done;
            }
            if (std::string dead = why_not_running(roots); !dead.empty()) {
                failure = std::move(dead);
                return Try::give_up;
            }
            if (!cluster_status(roots)) {
                failure = "lost cman connection";
                return Try::give_up;
            }
            return Try::again;
        });
    return waited == Waited::done ? EXIT_SUCCESS : program.fail(failure);
}

}  // namespace

int join_domain(const Program& program, const Roots& roots, const FenceToolOptions& options)
{
    if (auto code = wait_for_cman(program, roots, options.cman_limit_s)) {
        return *code;
    }
    if (options.quorum_limit_s != 0) {
        if (auto code = wait_for_quorum(program, roots, options.quorum_limit_s)) {
            return *code;
        }
    }
    if (options.members_limit_s != 0) {
        if (auto code = wait_for_members(program, roots, options.members_limit_s)) {
            return *code;
        }
    }
    if (const int code = request_join(program, roots); code != EXIT_SUCCESS) {
        return code;
    }
    return options.result_limit_s == 0
               ? EXIT_SUCCESS
               : wait_for_membership(program, roots, options.result_limit_s);
}

}  // namespace ha::fence::tool
