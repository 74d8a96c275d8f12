// SPDX-License-Identifier: Apache-2.0
//
// Where the program of `agent="..."` is found. A fixed search list instead of the caller's PATH:
// who is fenced how must not depend on the shell that started a daemon.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace ha::fence {

/// Path of the executable. A name with `/` must be absolute and is taken as it is; any other name
/// is looked for in the colon separated `search_path`, first hit wins; empty parts of it are
/// skipped. Errors: not_found, naming what was looked for and where.
[[nodiscard]] Result<std::string> find_agent(std::string_view agent, std::string_view search_path);

}  // namespace ha::fence
