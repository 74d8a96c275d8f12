// SPDX-License-Identifier: Apache-2.0
//
// The command line of ccs_config_validate (spec/cman.md 6.1), old letters and old rules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ha::cman {

/// Where the configuration comes from.
enum class Source {
    stored,         ///< cluster.conf of this node, checked as this node would load it
    file,           ///< -f: a file as it is; nothing is asked of this machine
    file_defaults,  ///< -l: a file; the defaults are the program's own, so like -f
    running,        ///< -r: what the cluster runs with
};

struct ValidateArguments {
    Source source = Source::stored;
    std::string file;                              ///< of -f and -l
    std::optional<std::string> temporary;          ///< -t
    bool keep_temporary = false;                   ///< -n
    bool overwrite = false;                        ///< -o
    std::optional<std::uint64_t> running_version;  ///< -R
    bool quiet = false;
    bool verbose = false;
};

/// The program ends at once: usage, version, or a wrong command line (255).
struct EndNow {
    int code = 0;
    std::string out;
    std::string err;
};

std::variant<ValidateArguments, EndNow> parse_validate_arguments(
    const std::vector<std::string>& words);

}  // namespace ha::cman
