// SPDX-License-Identifier: Apache-2.0
//
// The dirty check: a node that still holds lockspaces or mounts of an earlier life must not declare
// itself clean by starting fenced, because the others still want it fenced. Never weaken this (spec
// fenced 1.2).
#pragma once

#include <string>
#include <vector>

namespace ha::fence {

/// Paths of all entries found in `directories`; a directory that is not there holds nothing. A GFS
/// file system mounted without cluster locking (lock_nolock) does not count.
[[nodiscard]] std::vector<std::string> uncontrolled_entries(
    const std::vector<std::string>& directories);

}  // namespace ha::fence
