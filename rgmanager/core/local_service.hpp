// SPDX-License-Identifier: Apache-2.0
//
// LocalService: what this node itself knows of a service, apart from the replicated row: whether
// anything of it may run here, and the task that its agents are at. Kept across views; the rows are
// brought in line with it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"

namespace ha::service {

/// May agents of the service have left something running on this node?
enum class Running {
    no,           ///< nothing: never started here, or its stop succeeded
    yes,          ///< its start succeeded
    unknown,      ///< a start began or failed, or a former rgmanager of this node life had it
    stop_failed,  ///< its stop was tried and failed (S9): only a person or a new node life clears
                  ///< it
};

enum class TaskKind { none, start, stop, check, migrate, expect, update };

struct LocalService {
    Running running = Running::no;
    bool is_doubted = false;  ///< unknown, and nothing but the row says that it may run here
    TaskKind task = TaskKind::none;
    std::uint64_t task_id = 0;
    bool task_is_ending = false;   ///< EndStart was given
    bool task_is_initial = false;  ///< an initial stop: its failure says nothing
    bool task_is_old = false;  ///< of a migration that is over: its result is not the next one's
    std::uint64_t config_version = 0;

    // Results that are not yet in the row.
    bool start_failed = false;
    bool check_failed = false;
    std::optional<bool> stop_result;
    std::optional<int> migrate_code;
    std::uint64_t updated_to = 0;
    std::string words;
    std::optional<bool> guest_is_noted;  ///< on disk: it may come; false: the disk took no note
    std::uint64_t cleared_version = 0;   ///< of the row whose failed migration was stopped here

    std::uint64_t confirmed_version = 0;  ///< version of the row that the barrier confirmed as ours
    std::uint64_t proposed = 0;           ///< ticket of the group: a change of the row is under way
    bool claiming = false;                ///< and that change is a claim of this node
    TimePoint next_check{};
    std::set<NodeId> joiners;  ///< members that came since failback was last considered

    [[nodiscard]] bool is_busy() const { return task != TaskKind::none; }
    [[nodiscard]] bool may_run() const
    {
        return running == Running::yes || running == Running::unknown;
    }
};

}  // namespace ha::service
