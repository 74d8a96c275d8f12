// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/cman_tool/commands.hpp"

#include <unistd.h>

#include <cstdio>
#include <thread>

#include "cman/tool/cman_tool/connection.hpp"
#include "cman/tool/cman_tool/format.hpp"

namespace ha::cman {

namespace {

constexpr Duration for_ever = std::chrono::hours{24 * 365};  // -t has its own alarm
constexpr const char* no_permission = "Cannot open connection to cman, permission denied.";

Connection open_or_fail(const Arguments& arguments, const Roots& roots)
{
    Result<Connection> connection = Connection::open(roots);
    if (!connection) {
        fail(arguments.program, connection.error().code == ErrorCode::permission_denied
                                    ? no_permission
                                    : "Cannot open connection to cman, is it running ?");
    }
    return *std::move(connection);
}

/// The reply, or the end of the program: a refusal for lack of rights, an unreadable or missing
/// answer.
template <class Reply, class Request>
Connection::Answer<Reply> ask_or_fail(const Arguments& arguments, Connection& connection,
                                      const Request& request,
                                      Duration patience = std::chrono::seconds{5})
{
    auto answer = connection.ask<Reply>(request, patience);
    if (!answer) {
        fail(arguments.program, "cman does not answer: " + answer.error().text);
    }
    const auto* refused = std::get_if<protocol::Refused>(&*answer);
    if (refused != nullptr && refused->code == protocol::Refusal::denied) {
        fail(arguments.program, no_permission);
    }
    return *std::move(answer);
}

/// For replies that only a lack of understanding can refuse.
template <class Reply, class Request>
Reply query(const Arguments& arguments, Connection& connection, const Request& request)
{
    const auto answer = ask_or_fail<Reply>(arguments, connection, request);
    if (const auto* refused = std::get_if<protocol::Refused>(&answer)) {
        fail(arguments.program, refused->text);
    }
    return std::get<Reply>(answer);
}

/// errno's words for a refusal, as the old tools printed them.
std::string errno_words(const protocol::Refused& refused)
{
    switch (refused.code) {
        case protocol::Refusal::invalid:
            return "Invalid argument";
        case protocol::Refusal::not_found:
        case protocol::Refusal::not_member:
            return "No such file or directory";
        case protocol::Refusal::busy:
            return "Operation already in progress";
        case protocol::Refusal::denied:
            return "Permission denied";
        case protocol::Refusal::failed:
            return refused.text;
    }
    return refused.text;
}

}  // namespace

int run_status(const Arguments& arguments, const Roots& roots)
{
    Connection connection = open_or_fail(arguments, roots);
    const auto status =
        query<protocol::StatusReply>(arguments, connection, protocol::StatusRequest{});
    if (status.state == protocol::MembershipState::joining) {
        fail(arguments.program, "Error getting extra info: Node is not yet a cluster member");
    }
    std::fputs(format_status(status).c_str(), stdout);
    return 0;
}

int run_nodes(const Arguments& arguments, const Roots& roots)
{
    Connection connection = open_or_fail(arguments, roots);
    const auto nodes = query<protocol::NodesReply>(arguments, connection, protocol::NodesRequest{});
    std::fputs(
        format_nodes(nodes, {arguments.addresses, arguments.node_names, arguments.fields}).c_str(),
        stdout);
    return 0;
}

int run_wait(const Arguments& arguments, const Roots& roots)
{
    Connection connection = open_or_fail(arguments, roots);
    const auto answer =
        connection.ask<protocol::Accepted>(protocol::WaitRequest{arguments.quorum}, for_ever);
    if (!answer || !std::holds_alternative<protocol::Accepted>(*answer)) {
        fail(arguments.program, "cman went away while waiting");
    }
    return 0;
}

int run_leave(const Arguments& arguments, const Roots& roots)
{
    Connection connection = open_or_fail(arguments, roots);
    for (;;) {
        const auto answer = ask_or_fail<protocol::LeaveReply>(
            arguments, connection, protocol::LeaveRequest{arguments.force, arguments.remove},
            for_ever);
        const auto* refused = std::get_if<protocol::Refused>(&answer);
        const auto* reply = std::get_if<protocol::LeaveReply>(&answer);
        if (reply != nullptr && reply->leaving) {
            break;
        }
        if (!arguments.wait) {
            const std::string words =
                refused != nullptr ? errno_words(*refused) : "Device or resource busy";
            std::fprintf(stderr, "%s: Error leaving cluster: %s\n", arguments.program.c_str(),
                         words.c_str());
            for (const std::string& objection :
                 reply != nullptr ? reply->objections : std::vector<std::string>{}) {
                std::fprintf(stderr, "%s: %s\n", arguments.program.c_str(), objection.c_str());
            }
            return 1;
        }
        std::this_thread::sleep_for(
            std::chrono::seconds{1});  // the request is repeated, as documented
    }
    if (arguments.wait && !connection.wait_for_end(for_ever)) {
        return 1;
    }
    return 0;
}

int run_kill(const Arguments& arguments, const Roots& roots)
{
    if (arguments.node_names.empty()) {
        fail(arguments.program, "No node name specified");
    }
    Connection connection = open_or_fail(arguments, roots);
    for (const std::string& name : arguments.node_names) {
        const auto answer =
            ask_or_fail<protocol::Accepted>(arguments, connection, protocol::KillRequest{name});
        if (const auto* refused = std::get_if<protocol::Refused>(&answer)) {
            std::fprintf(stderr, "Can't kill node %s : %s\n", name.c_str(),
                         errno_words(*refused).c_str());
        }
    }
    return 0;
}

int run_expected(const Arguments& arguments, const Roots& roots)
{
    Connection connection = open_or_fail(arguments, roots);
    const protocol::ExpectedRequest request{
        static_cast<std::uint32_t>(arguments.expected.value_or(0))};
    const auto answer = ask_or_fail<protocol::Accepted>(arguments, connection, request);
    if (const auto* refused = std::get_if<protocol::Refused>(&answer)) {
        fail(arguments.program, "can't set expected votes: " + errno_words(*refused));
    }
    return 0;
}

int run_votes(const Arguments& arguments, const Roots& roots)
{
    Connection connection = open_or_fail(arguments, roots);
    protocol::VotesRequest request{static_cast<std::uint32_t>(arguments.votes.value_or(0)), ""};
    if (!arguments.node_names.empty()) {
        request.node = arguments.node_names.front();
    }
    const auto answer = ask_or_fail<protocol::Accepted>(arguments, connection, request);
    if (const auto* refused = std::get_if<protocol::Refused>(&answer)) {
        const bool is_unknown = refused->code == protocol::Refusal::not_found;
        fail(arguments.program, (is_unknown ? "Can't set votes for node " + request.node + " : "
                                            : std::string("can't set votes: ")) +
                                    errno_words(*refused));
    }
    return 0;
}

int run_services(const Arguments& arguments)
{
    ::execlp("group_tool", "group_tool", "ls", nullptr);
    std::fprintf(stderr, "%s: cannot run group_tool\n", arguments.program.c_str());
    return 0;
}

}  // namespace ha::cman
