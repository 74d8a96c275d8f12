// SPDX-License-Identifier: Apache-2.0
//
// What ccs_config_validate says about a document; pure, so that every exit code has a test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/config/facts.hpp"

namespace ha::cman {

/// xmllint's codes where it had one, then the old tool's own.
enum class ValidateExit : int {
    valid = 0,
    not_parseable = 1,
    invalid = 3,
    no_version = 253,
    old_version = 254,
    failed = 255,
};

struct Verdict {
    ValidateExit exit = ValidateExit::valid;
    std::string out;  ///< for stdout, whole lines
    std::string err;  ///< for stderr, whole lines
};

struct VerdictOptions {
    std::string_view filename;                     ///< in front of every problem
    std::optional<std::uint64_t> running_version;  ///< -R; looked at only if the document is valid
    bool quiet = false;
    bool verbose = false;
};

Verdict judge(std::string_view bytes, const config::Facts& facts, const VerdictOptions& options);

}  // namespace ha::cman
