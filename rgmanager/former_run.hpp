// SPDX-License-Identifier: Apache-2.0
//
// FormerRun: what the run root says of an rgmanager that ran before this one. rgmanager.life,
// written by every start, names the node life. rgmanager.state is the table of that life (the core
// checks it); rgmanager.state.doubted is in its place while frozen services may be stopped that it
// calls started. Doubt of the marker means that a former one ran: what it left is then looked for,
// or stopped, before this node joins; nothing that runs is taken for stopped.
#pragma once

#include <string>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/roots.hpp"

namespace ha::service {

struct FormerRun {
    bool is_first_of_life = true;
    bool is_doubted = false;        ///< rgmanager.life does not say in which life one ran
    std::string state;              ///< of rgmanager.state; "" without one, or if this is the first
    bool is_state_doubted = false;  ///< rgmanager.state.doubted was read
};

/// Pure: from the texts of the files.
[[nodiscard]] FormerRun judge_former_run(const Result<std::string>& marker,
                                         const Result<std::string>& state,
                                         const Result<std::string>& doubted, const NodeLife& life);

/// Reads them.
[[nodiscard]] FormerRun read_former_run(const Roots& roots, const NodeLife& life);

/// This one ran, too.
[[nodiscard]] Status mark_life(const Roots& roots, const NodeLife& life);

/// Writes rgmanager.state, or rgmanager.state.doubted. One that is doubted is so even if it cannot
/// be written (the disk is full): then that is the name of the former text.
[[nodiscard]] Status keep_state(const Roots& roots, const std::string& state, bool is_doubted);

}  // namespace ha::service
