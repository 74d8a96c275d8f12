// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace ha::cman {

/// The document as ccs_config_dump prints it: comments gone, one tab a level, and in `<cman>` what
/// the manager knows at run time: `nodename` and the `cluster_id` in use. It validates like the
/// original. Errors: invalid_input (not XML).
Result<std::string> dump_document(std::string_view bytes, const std::string& local_name);

}  // namespace ha::cman
