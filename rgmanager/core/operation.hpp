// SPDX-License-Identifier: Apache-2.0
//
// Operations: what comes next for a row that carries one. Two questions, both pure:
// - nobody owns the row: who may claim it, or how does the operation end? (start and relocate
// procedures)
// - its owner proved it stopped: which state follows, and with which operation?
// Source: spec/rgmanager.md 5.5 (start procedure), 5.6 (recovery), 5.8 (relocate procedure).
#pragma once

#include <optional>
#include <string>

#include "rgmanager/core/placement.hpp"
#include "rgmanager/core/service.hpp"

namespace ha::service {

/// Next for a row that nobody owns: `claimer` starts it; or, with 0, the operation ends with
/// `code`.
struct NextStep {
    NodeId claimer;
    bool going_home =
        false;  ///< the claim is the last try, at the origin (which is struck no more)
    ReturnCode code = ReturnCode::success;
    ServiceInput ending = ServiceInput::give_up;
    std::string reason;
};

/// Precondition: the row is stopped, disabled or recovering with a start-like operation or recover.
[[nodiscard]] NextStep next_step(const ServiceRow& row, const Placement& placement,
                                 const std::set<NodeId>& online);

/// The change that follows a proven or failed stop at the owner; ends, or goes on with, the
/// operation. `now_s` is the owner's boot time for the restart threshold, `wall_s` the time people
/// see.
struct StopEnd {
    const ServiceConfig* config = nullptr;  ///< null: in no document any more
    bool succeeded = false;
    bool shutting_down = false;
    std::uint64_t membership_epoch = 0;
    std::int64_t now_s = 0;
    std::int64_t wall_s = 0;
};
/// Precondition: the row is stopping or recoverable and owned.
[[nodiscard]] RowChange after_stop(const ServiceRow& row, const StopEnd& end);

/// The row after a start that failed: its owner has to stop it (recoverable) before anything else
/// happens.
[[nodiscard]] RowChange after_failed_start(const ServiceRow& row, std::int64_t wall_s,
                                           const std::string& words);

/// Is one more restart at `now_s` within max_restarts? Forgets expired ones. Source: 4.7.
[[nodiscard]] bool count_restart(std::vector<std::int64_t>& times_s, const ServiceConfig& config,
                                 std::int64_t now_s);

/// The answer for the requester of the row's operation, if somebody waits for one.
[[nodiscard]] std::optional<Outcome> outcome_of(const Operation& op, ReturnCode code);

}  // namespace ha::service
