// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "common/base/roots.hpp"

namespace ha::cman {

/// The configuration the node runs with, from its cmand.
struct RunningDocument {
    std::string bytes;       ///< cluster.conf as it was read
    std::string local_name;  ///< this node's, as written there
};

/// Errors: unavailable (cmand does not run), permission_denied (root only: it holds passwords),
/// timed_out.
Result<RunningDocument> running_document(const Roots& roots);

}  // namespace ha::cman
