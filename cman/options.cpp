// SPDX-License-Identifier: Apache-2.0
#include "cman/options.hpp"

#include <CLI/CLI.hpp>

#include "common/base/exit_codes.hpp"

namespace ha::cman {

std::optional<Options> parse_options(int argc, char** argv, int& exit_code)
{
    Options options;
    JoinOverrides& join = options.overrides;
    CLI::App app{"Cluster manager: starts corosync from cluster.conf and tells who is a member.",
                 "cmand"};
    app.set_version_flag("-V,--version", "cmand 4.0.0");
    app.add_flag("-f,--foreground", options.foreground,
                 "Stay in the foreground, log to stderr too");
    app.add_flag("-d,--debug", options.debug, "Log at debug level");
    app.add_flag("-t,--test", options.test, "Check the configuration and exit");
    app.add_option("-n,--node-name", join.node_name, "This node's name in cluster.conf");
    app.add_option("-c,--cluster-name", join.cluster_name,
                   "Cluster name instead of cluster.conf's");
    app.add_option("-v,--votes", join.votes, "This node's votes")->check(CLI::Range(0, 255));
    app.add_option("-e,--expected", join.expected, "Expected votes")->check(CLI::PositiveNumber);
    app.add_option("-p,--port", join.port, "UDP port")->check(CLI::Range(1, 65535));
    app.add_option("-N,--node-id", join.node_id, "This node's id; must equal cluster.conf's");
    app.add_option("-k,--keyfile", join.keyfile, "Key file of the totem protocol");
    app.add_flag("-2,--two-node", join.two_node, "Two-node cluster: quorate alone");
    app.add_flag("-P{false},--no-realtime{false}", join.realtime,
                 "Do not run corosync at realtime priority");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        exit_code =
            app.exit(error) == 0 ? exit_status(ExitCode::done) : exit_status(ExitCode::usage);
        return std::nullopt;
    }
    return options;
}

}  // namespace ha::cman
