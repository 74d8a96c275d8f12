// SPDX-License-Identifier: Apache-2.0
//
// clusvcadm: asks rgmanager to enable, disable, relocate ... a service. Words and exit codes are
// the old ones.
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "common/base/roots.hpp"
#include "common/daemon/daemon_client.hpp"
#include "common/protocol/cman.hpp"
#include "rgmanager/tool/clusvcadm/command_line.hpp"
#include "rgmanager/tool/clusvcadm/member_name.hpp"
#include "rgmanager/tool/clusvcadm/words.hpp"

namespace {

using namespace ha::service::clusvcadm;
using ha::daemon::DaemonClient;
namespace protocol = ha::protocol;

constexpr ha::Duration short_patience = std::chrono::seconds{10};
constexpr ha::Duration no_limit =
    std::chrono::hours{24 * 365};  ///< an operation takes as long as its agents

constexpr int failure = 1;

int complain(const std::string& text)
{
    std::fprintf(stderr, "%s\n", text.c_str());
    return failure;
}

/// Who is asked for: the node's row, or an exit code after words on stderr.
std::optional<protocol::NodeRow> find_member(const std::string& typed,
                                             const std::vector<protocol::NodeRow>& nodes)
{
    std::vector<std::string> names;
    for (const protocol::NodeRow& node : nodes) {
        names.push_back(node.name);
    }
    const MemberMatch match = match_member(typed, names);
    for (const std::string& words : match.words) {
        complain(words);
    }
    for (const protocol::NodeRow& node : nodes) {
        if (match.name == node.name) {
            return node;
        }
    }
    return std::nullopt;
}

std::string name_of(ha::NodeId id, const std::vector<protocol::NodeRow>& nodes)
{
    for (const protocol::NodeRow& node : nodes) {
        if (node.id == id) {
            return node.name;
        }
    }
    return id.value == 0 ? "none" : "unknown";
}

int show_lock(const ha::Roots& roots)
{
    auto rgmanager = DaemonClient::connect(roots.run_file("rgmanager.sk"));
    if (!rgmanager) {
        return complain("Could not connect to resource group manager\nQuery operation failed");
    }
    const auto status = rgmanager->ask<protocol::ServiceStatusReply>(
        protocol::ServiceStatusRequest{}, short_patience);
    if (!status) {
        return complain("Receive failed\nQuery operation failed");
    }
    std::puts(status->locked ? "Resource groups locked" : "Resource groups unlocked");
    return 0;
}

int change_lock(const ha::Roots& roots, protocol::ServiceVerb verb)
{
    const bool locks = verb == protocol::ServiceVerb::lock;
    const std::string failed = locks ? "Lock operation failed" : "Unlock operation failed";
    auto rgmanager = DaemonClient::connect(roots.run_file("rgmanager.sk"));
    if (!rgmanager) {
        return complain("Could not connect to resource group manager\n" + failed);
    }
    const auto reply = rgmanager->ask<protocol::ServiceReply>(
        protocol::ServiceRequest{verb, "", {}}, short_patience * 3);
    if (!reply) {
        return complain("Receive failed\n" + failed);
    }
    if (reply->code != protocol::ReturnCode::success) {
        return complain(std::string(protocol::text_of(reply->code)) + "\n" + failed);
    }
    std::puts(locks ? "Resource groups locked" : "Resource groups unlocked");
    return 0;
}

int request(const ha::Roots& roots, const CommandLine& line)
{
    auto cmand = DaemonClient::connect(roots.run_file("cmand.sk"));
    const auto nodes =
        cmand ? cmand->ask<protocol::NodesReply>(protocol::NodesRequest{}, short_patience)
              : ha::Result<protocol::NodesReply>(cmand.error());
    if (!nodes) {
        return complain("Could not connect to cluster service");
    }
    protocol::ServiceRequest message{line.verb, line.service, {}};
    std::string member;
    if (!line.member.empty()) {
        const auto node = find_member(line.member, nodes->nodes);
        if (!node) {
            return failure;
        }
        if (line.verb == protocol::ServiceVerb::migrate &&
            node->state != protocol::NodeState::member) {
            return complain("'" + node->name + "' is offline");
        }
        member = node->name;
        message.target = node->id;
    }
    std::fputs(opening(line.verb, line.service, member).c_str(), stdout);
    std::fflush(stdout);
    auto rgmanager = DaemonClient::connect(roots.run_file("rgmanager.sk"));
    if (!rgmanager) {
        std::puts("Could not connect to resource group manager");
        return failure;
    }
    const auto reply = rgmanager->ask<protocol::ServiceReply>(message, no_limit);
    if (!reply) {
        std::fputs("\n", stdout);
        std::fflush(stdout);
        return complain("Error receiving reply!");
    }
    std::fputs(
        closing(line.verb, line.service, member, reply->code, name_of(reply->owner, nodes->nodes))
            .c_str(),
        stdout);
    std::fflush(stdout);
    if (!reply->why.empty()) {
        complain(reply->why);
    }
    return exit_code(reply->code);
}

}  // namespace

int main(int argc, char** argv)
{
    const CommandLine line = parse(std::vector<std::string>(argv + 1, argv + argc));
    const ha::Roots roots = ha::Roots::from_environment();
    if (line.is_quiet && std::freopen("/dev/null", "w", stdout) == nullptr) {
        return complain("cannot close standard output");
    }
    switch (line.kind) {
        case CommandLine::Kind::usage:
            std::fputs(usage, stdout);
            return failure;
        case CommandLine::Kind::error:
            return complain(line.error);
        case CommandLine::Kind::version:
            std::puts("clusvcadm version " HA_VERSION);
            return 0;
        case CommandLine::Kind::show_lock:
            return show_lock(roots);
        case CommandLine::Kind::request:
            break;
    }
    if (line.verb == protocol::ServiceVerb::lock || line.verb == protocol::ServiceVerb::unlock) {
        return change_lock(roots, line.verb);
    }
    return request(roots, line);
}
