// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ha::service::clusvcadm {

/// What a typed member name means: compared without case; else the only one with the longest common
/// prefix.
struct MemberMatch {
    std::optional<std::string> name;  ///< as the cluster spells it; empty: nothing to use
    std::vector<std::string> words;   ///< to stderr, a line each
};

[[nodiscard]] MemberMatch match_member(const std::string& typed,
                                       const std::vector<std::string>& members);

}  // namespace ha::service::clusvcadm
