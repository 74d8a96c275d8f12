// SPDX-License-Identifier: Apache-2.0
//
// cman_tool's command line, classic to the letter: getopt with options and words in any order, one
// operation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ha::cman {

enum class Operation {
    none,
    join,
    leave,
    kill,
    expected,
    votes,
    version,
    wait,
    status,
    nodes,
    services,
    debug
};

/// -D: what schema complaints mean for join and version -r.
enum class Validation { fail, warn, none };

struct Arguments {
    std::string program;  ///< argv[0] as typed
    Operation operation = Operation::none;
    bool force = false;   ///< leave force
    bool remove = false;  ///< leave remove
    bool wait = false;
    bool quorum = false;
    std::optional<int> timeout_s;
    std::vector<std::string> node_names;
    std::optional<int> votes;
    std::optional<int> expected;
    bool two_node = false;
    std::optional<int> port;
    std::optional<std::string> cluster_name;
    std::optional<int> node_id;
    std::optional<std::string> keyfile;
    bool multicast = false;  ///< -m was given
    std::vector<std::string> fields;
    bool addresses = false;
    bool no_realtime = false;
    bool no_config_file = false;
    std::string config_loader;
    Validation validation = Validation::fail;
    bool no_sync = false;
    bool reload = false;
    bool reload_version = false;  ///< -rN: the number is ignored
    int debug = 0;
};

/// What parsing ended with instead of arguments to act on.
struct EarlyExit {
    int code = 0;
    std::string out;
    std::string error;
};

/// Nothing: act on `arguments`. getopt itself may have written its message to stderr.
[[nodiscard]] std::optional<EarlyExit> parse_arguments(int argc, char** argv, Arguments& arguments);

/// Of one operation, or of all.
[[nodiscard]] std::string usage(const std::string& program, Operation operation);

}  // namespace ha::cman
