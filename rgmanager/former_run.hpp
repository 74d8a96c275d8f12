// SPDX-License-Identifier: Apache-2.0
//
// FormerRun: what the run root says of an rgmanager that ran before this one. Two files say it:
// rgmanager.life, written by every start, names the node life; rgmanager.state is the table of that
// life (the core checks it), or rgmanager.state.old is, if a later one could not be written. Doubt
// means that a former one ran: what it left is then looked for, or stopped, before this node joins;
// nothing that runs is taken for stopped.
#pragma once

#include <string>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/roots.hpp"

namespace ha::service {

struct FormerRun {
    bool is_first_of_life = true;
    bool is_doubted = false;    ///< rgmanager.life does not say in which life one ran
    std::string state;          ///< of rgmanager.state; "" without one, or if this is the first
    bool is_state_old = false;  ///< more happened than it tells
};

/// Pure: from the texts of the files.
[[nodiscard]] FormerRun judge_former_run(const Result<std::string>& marker,
                                         const Result<std::string>& state,
                                         const Result<std::string>& old_state,
                                         const NodeLife& life);

/// Reads them.
[[nodiscard]] FormerRun read_former_run(const Roots& roots, const NodeLife& life);

/// This one ran, too.
[[nodiscard]] Status mark_life(const Roots& roots, const NodeLife& life);

/// Writes rgmanager.state, or rgmanager.state.old if it soon tells less than happened. If that
/// fails (the disk is full), the former text is kept as the old one.
[[nodiscard]] Status keep_state(const Roots& roots, const std::string& state, bool is_soon_old);

}  // namespace ha::service
