// SPDX-License-Identifier: Apache-2.0
//
// The patience of classic tools: try again until a limit, and say every ten seconds what is waited
// for.
#pragma once

#include <functional>
#include <string>

#include "fenced/tool/program.hpp"

namespace ha::fence::tool {

/// What one try found.
enum class Try {
    done,
    again,
    give_up,  ///< waiting longer will not help
};

enum class Waited { done, timed_out, gave_up };

/// Calls `attempt` until it is done or gives up, at most about `limit_s` seconds; negative: for
/// ever; 0: one try.
[[nodiscard]] Waited wait_for(const Program& program, int limit_s, const std::string& complaint,
                              const std::function<Try()>& attempt);

}  // namespace ha::fence::tool
