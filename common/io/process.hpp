// SPDX-License-Identifier: Apache-2.0
//
// Child processes: agents, corosync, everything that can block. Each child leads its own session
// and process group, its output is captured and bounded, it may have a deadline, and it is on
// record in the run root before it executes anything (DESIGN 5): whoever starts next in this
// daemon's place can end it.
//
// How: posix_spawn of our tiny `ha-exec`, which asks to die with its parent (PR_SET_PDEATHSIG),
// takes the order what to execute, then waits for one byte. The parent writes the record, then the
// byte. No byte (end of file): it exits. posix_spawn and not fork, so that the cost does not grow
// with the daemon's memory. A daemon whose agents are waited for by people keeps some ha-exec
// waiting in advance (spares): a new process gets the processor late on a busy machine, a waiting
// one at once. They are replaced when no agent was started for a moment: making one beside an
// agent that has just begun would only slow it down.
// End of a child: pidfd readable -> status kept -> group killed -> pipes drained -> reaped ->
// record removed -> callback. In that order, so that neither pid nor group id is recycled while we
// use it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace ha::io {

class Loop;

enum class ProcessOutput {
    capture,  ///< into ProcessResult, bounded
    discard,  ///< /dev/null
    inherit,  ///< this daemon's own stdout and stderr
};

struct ProcessSpec {
    std::vector<std::string> argv;         ///< argv[0] is the path executed; never empty
    std::vector<std::string> environment;  ///< `KEY=value`, the whole of it: nothing is inherited
    std::string input;                     ///< given on stdin, then closed
    std::string directory = "/";           ///< working directory
    std::optional<Duration> timeout;       ///< then SIGKILL to the group; none: may run for ever
    std::size_t output_bytes_max = std::size_t{64} << 10;  ///< per stream; the last bytes are kept
    bool merge_stderr = true;  ///< stdout and stderr in one text, in order; else two

    /// What else the group started may live on after the child itself exited by itself (service
    /// agents start services). Else the whole group is killed then. An overrun or end() always
    /// kills the group.
    bool keep_group_after_exit = false;

    /// Does not die with this daemon, is not ended by end_recorded_children() and can be adopted by
    /// the next run (corosync under cmand).
    bool outlives_parent = false;

    /// Service agents start daemons that keep stdout and stderr for life: a pipe of ours would end
    /// them by SIGPIPE, so they get /dev/null.
    ProcessOutput stdio = ProcessOutput::capture;

    std::string subject;  ///< for the record: service, victim, "corosync"
    std::string action;   ///< for the record: start, stop, off
};

enum class ProcessOutcome {
    exited,       ///< exit_code holds
    signalled,    ///< signal holds; not ours
    timed_out,    ///< killed at its deadline
    ended,        ///< killed by end()
    exec_failed,  ///< exec_errno holds: the program never ran
    unknown,      ///< it was adopted, so only its parent could have known
};

struct ProcessResult {
    ProcessOutcome outcome = ProcessOutcome::exited;
    int exit_code = -1;
    int signal = 0;
    int exec_errno = 0;
    std::string output;        ///< stdout, or both (merge_stderr)
    std::string error_output;  ///< stderr without merge_stderr
    bool output_truncated = false;
    TimePoint started;  ///< before the child could act
    Duration duration{};

    [[nodiscard]] bool succeeded() const noexcept
    {
        return outcome == ProcessOutcome::exited && exit_code == 0;
    }

    /// `exit code 1`, `killed by signal 11`, `timed out after 20.0 s`, `cannot execute: No such
    /// file...`.
    [[nodiscard]] std::string describe() const;
};

using ChildId = Id<struct ChildTag, std::uint64_t>;

/// What a record in the run root says about a child of a former run of this daemon.
struct RecordedChild {
    pid_t group = 0;
    std::uint64_t start_ticks = 0;  ///< /proc/PID/stat field 22
    std::string subject;
    std::string action;
    TimePoint started;
    std::optional<TimePoint> deadline;
    bool outlives_parent = false;
    bool ended = false;  ///< no process of its group is left

    friend bool operator==(const RecordedChild&, const RecordedChild&) = default;
};

/// True while a process of this record's group lives (zombies do not). False as well when the
/// group's number belongs to younger processes.
[[nodiscard]] bool is_group_alive(const RecordedChild& child);

class ProcessRunner
{
public:
    struct Config {
        std::string records_directory;  ///< RUN/agents; made if missing
        std::string owner;              ///< this daemon's name: only its own records are touched
        std::string exec_helper;        ///< path of ha-exec
        std::size_t spares = 0;         ///< so many ha-exec wait from end_recorded_children() on
    };

    ProcessRunner(Loop& loop, Config config);
    ~ProcessRunner();  ///< kills and reaps what does not outlive us, without callbacks
    ProcessRunner(const ProcessRunner&) = delete;
    ProcessRunner& operator=(const ProcessRunner&) = delete;

    /// Call once, before start(): kills every recorded group of this owner and waits up to
    /// `patience` until all are gone. Returns what was on record; what could not be ended keeps its
    /// record and `ended` false. The results of all of them are unknown (DESIGN 5). Blocks.
    [[nodiscard]] Result<std::vector<RecordedChild>> end_recorded_children(
        Duration patience = std::chrono::seconds{5});

    /// `on_end` is called exactly once, from the loop, when nothing of the child is left (with
    /// keep_group_after_exit: when the child itself is gone).
    /// Errors: system when nothing could be started (then no callback).
    [[nodiscard]] Result<ChildId> start(ProcessSpec spec,
                                        std::function<void(const ProcessResult&)> on_end);

    /// Takes over a recorded child with outlives_parent of a former run; it ends as `unknown`.
    /// Errors: not_found (it is gone, or its pid is another process now).
    [[nodiscard]] Result<ChildId> adopt(const RecordedChild& recorded,
                                        std::function<void(const ProcessResult&)> on_end);

    /// Sends `signal` to the child's group. False if the child is gone.
    bool signal(ChildId child, int signal);

    /// Ends the child's group: SIGKILL now, or SIGTERM now and SIGKILL after `grace`. Its callback
    /// follows.
    void end(ChildId child, Duration grace = Duration::zero());
    void end_all(Duration grace = Duration::zero());

    [[nodiscard]] std::size_t running() const;
    [[nodiscard]] std::optional<pid_t> pid(ChildId child) const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

/// The environment every agent gets before its own variables: `PATH`, `LANG=C`, and this process's
/// `HA_*` (roots: nodes on one machine stay apart).
[[nodiscard]] std::vector<std::string> base_environment();

}  // namespace ha::io
