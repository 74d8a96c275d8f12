// SPDX-License-Identifier: Apache-2.0
//
// What goes into the service manager and what comes out of it. The shell (rgmanager/, or the
// simulator) turns sockets, corosync and agents into events, and actions into system calls.
//
// Tasks: every StartService, StopService, CheckService, MigrateService and UpdateService carries a
// task number and is answered by exactly one TaskFinished with it, after every agent of it is
// reaped. At most one task per service runs, except that StopService may come while a CheckService
// or UpdateService runs: the shell ends and reaps that one first (its TaskFinished may still come
// and is ignored).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/protocol/fence.hpp"
#include "common/protocol/service.hpp"
#include "common/protocol/service_tool.hpp"
#include "common/view/group.hpp"
#include "rgmanager/core/service.hpp"
#include "rgmanager/core/service_config.hpp"

namespace ha::service {

// ---------------------------------------------------------------------------------------------
// events

/// First event. The daemon starts, or begins anew after BeginAnew.
struct Started {
    std::string run_root;  ///< last SaveState of this node life; "" without one
    bool is_first_of_life =
        true;  ///< no rgmanager ran in this node life before: stop all resources first
    bool skip_initial_stop = false;    ///< option -N
    bool is_run_root_doubted = false;  ///< SaveState::is_doubted was said of it
};

/// The shell built this document's resource trees. Every document that cmand publishes.
struct ServicesConfigured {
    ServicesDocument document;
};

/// A document that a former rgmanager of this node life kept, because a service may still run under
/// it. After ServicesConfigured; it is never activated again.
struct FormerDocument {
    ServicesDocument document;
};

/// fenced pushed its facts, or its connection is gone (no facts).
struct FactsChanged {
    std::optional<protocol::FenceFacts> facts;
};

/// Wall clock: seconds since 1970 at boot time 0. For printing only; may be repeated.
struct WallClockSet {
    std::int64_t at_boot_s = 0;
};

/// What a client asks: the tools' own words for it.
using Verb = protocol::ServiceVerb;

/// A client of this node asks. Answered by exactly one Reply with the ticket.
struct Requested {
    std::uint64_t ticket = 0;  ///< the shell's, not 0, not open already
    Verb verb = Verb::enable;
    std::string service;    ///< `type:name`; "" for lock and unlock
    NodeId target;          ///< 0: none given
    std::uint32_t uid = 0;  ///< who asks, for the record
};

// Exit codes of an agent's migrate. Source: spec/rgmanager.md 5.9.
inline constexpr int agent_invalid = 6;
inline constexpr int agent_not_running = 7;
inline constexpr int agent_still_here = 150;

/// A start, stop, migration, update or check is over.
struct TaskFinished {
    std::string service;
    std::uint64_t task = 0;
    bool succeeded = false;
    bool partial = false;  ///< CheckService: a non-critical resource failed, the service goes on
    int agent_code = 0;    ///< MigrateService: the agent's exit code (some have meanings)
    std::string words;     ///< the agent's, or what the shell knows; shown to people
};

/// SIGTERM: stop own services, say goodbye, finish.
struct ShutdownRequested {};

/// This process did not run for longer than the token; comes before whatever waited meanwhile. It
/// may have been cut off without knowing.
struct Overslept {};

/// corosync's connection is gone: no grace.
struct CorosyncLost {};

/// A timer that a step asked for is due.
struct TimePassed {};

using Event = std::variant<Started, ServicesConfigured, FormerDocument, FactsChanged, WallClockSet,
                           Requested, TaskFinished, ShutdownRequested, Overslept, CorosyncLost,
                           TimePassed, view::GroupEvent>;

// --------------------------------------------------------------------------------------------
// actions

/// Join cpg group `rgmanager`. Comes after ReportJoined.
struct JoinGroup {};

/// cpg_leave.
struct LeaveGroup {};

struct SendFrame {
    std::string bytes;
};

struct StartService {
    std::string service;
    std::uint64_t task = 0;
    std::uint64_t config_version = 0;
    bool is_recovery = false;
};

enum class StopPurpose {
    normal,       ///< a request, a relocation, a dependency
    recovery,     ///< after a failure
    quorum_lost,  ///< also corosync lost or told to die
    shutdown,
    initial,   ///< first start of this node life: every resource of every service
    not_mine,  ///< runs or may run here although the table says otherwise
};

struct StopService {
    std::string service;
    std::uint64_t task = 0;
    std::uint64_t config_version = 0;  ///< stop with this document's tree; 0: the newest
    StopPurpose purpose = StopPurpose::normal;
    std::optional<TimePoint> deadline;  ///< end the agents then, and answer failed
};

struct CheckService {
    std::string service;
    std::uint64_t task = 0;
    std::uint64_t config_version = 0;
    bool is_first = false;  ///< adoption: check everything now, whatever the intervals
};

struct MigrateService {
    std::string service;
    std::uint64_t task = 0;
    std::uint64_t config_version = 0;
    NodeId target;
    std::string target_name;
};

/// A guest may come: answered by TaskFinished, which succeeds if the SaveState before it reached
/// the disk.
struct NoteGuest {
    std::string service;
    std::uint64_t task = 0;
};

/// Stop removed and changed resources, then start changed and new ones (spec/rgmanager.md section
/// 7).
struct UpdateService {
    std::string service;
    std::uint64_t task = 0;
    std::uint64_t from_version = 0;
    std::uint64_t to_version = 0;
};

/// End the agents of a running task (a start; any task that overruns after loss of quorum); its
/// TaskFinished follows (failed).
struct EndStart {
    std::string service;
    std::uint64_t task = 0;
};

/// Put this in the run root, on disk, before any later action of the same step.
struct SaveState {
    std::string bytes;
    bool is_doubted = false;  ///< frozen services of this node may be stopped by now: look for them
};

struct Reply {
    std::uint64_t ticket = 0;
    ReturnCode code = ReturnCode::success;
    NodeId owner;     ///< after it; 0: nobody
    std::string why;  ///< one sentence, "" if the code says it all
};

/// statuses() answers differently now: push to clustat -i, D-Bus, events.
struct TableChanged {};

enum class LogLevel { debug, info, notice, warning, error, alert, emergency };

/// One line for the log, in the old suite's words where it had some.
struct LogDecision {
    LogLevel level = LogLevel::notice;
    std::string service;  ///< "" for the manager itself
    std::string text;
};

/// Tell fenced: GroupJoined{"rgmanager"}.
struct ReportJoined {};

/// Tell fenced: GroupGoodbye{"rgmanager", empty, handed_over}.
struct ReportGoodbye {
    bool is_empty = false;
    bool is_handed_over = false;  ///< not empty, but the rest is failed and this daemon comes back
};

/// Tell fenced: DemandFence.
struct DemandFence {
    NodeId node;
    NodeLife life;
    std::string cause;
};

/// Everything is proven stopped: leave the group, take a new daemon life, a new core, the saved
/// state (reset).
struct BeginAnew {};

/// The daemon is done: exit. Not clean: this node was told to die, lost corosync, or was refused.
struct Finished {
    bool is_clean = true;
    std::string reason;
};

using Action =
    std::variant<JoinGroup, LeaveGroup, SendFrame, StartService, StopService, CheckService,
                 MigrateService, NoteGuest, UpdateService, EndStart, SaveState, Reply, TableChanged,
                 LogDecision, ReportJoined, ReportGoodbye, DemandFence, BeginAnew, Finished>;

struct Step {
    std::vector<Action> actions;  ///< in this order
    std::optional<TimePoint> wake_at;
};

}  // namespace ha::service
