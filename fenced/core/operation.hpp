// SPDX-License-Identifier: Apache-2.0
//
// Operation: ONE pass over the fence methods of one node, as a pure state machine (spec
// fenced 3.1). Intuition: methods are alternatives, devices are steps; the first method whose steps
// all succeed ends the pass. A method with several devices must also prove that all were off at one
// moment (DESIGN 4). It does not retry, knows no domain and no clock: who asks again, and when, is
// the fence domain's matter.
//
//   start() -> RunAgent -> on(AgentFinished) -> RunAgent ... -> DeviceReported -> OperationFinished
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/time.hpp"
#include "fenced/core/agent_result.hpp"
#include "fenced/core/arguments.hpp"
#include "fenced/core/plan.hpp"

namespace ha::fence {

// ---------------------------------------------------------------------------------------- records

/// One line of the pass: a device run, or why there was none.
struct DeviceRecord {
    std::size_t method = 0;  ///< counted from 0
    std::size_t device = 0;  ///< counted from 0, within the method
    std::string method_name;
    std::string device_name;
    std::string agent;  ///< "" if unknown
    /// What the agent got on stdin, SECRETS INCLUDED: print only with printable_arguments().
    std::string arguments;
    Purpose purpose = Purpose::fence;
    ResultWord word = ResultWord::success;
    std::optional<int> exit_code;  ///< unset: did not run, or ended by a signal
    Duration took{};
    bool was_ended = false;  ///< on request: says nothing of the device
    std::string words;       ///< the agent's last words, or why it did not run; masked

    friend bool operator==(const DeviceRecord&, const DeviceRecord&) = default;
};

/// `dev M.D agent AGENT result: WORD`; callers put `fence NAME ` or `unfence NAME ` before it.
[[nodiscard]] std::string describe(const DeviceRecord& record);

// ------------------------------------------------------------------------------------- events,
// actions

/// Start this agent: `input` on stdin, then end of file; kill its process group after `deadline`.
struct RunAgent {
    std::uint64_t run = 0;
    std::size_t method = 0;
    std::size_t device = 0;
    std::string method_name;
    std::string device_name;
    std::string agent;
    std::string input;
    Purpose purpose = Purpose::fence;
    Duration deadline{};
};

/// Kill the process group of this run; AgentFinished{ended} follows once it is reaped.
struct EndAgent {
    std::uint64_t run = 0;
};

/// For the log and for `fence_node -v`.
struct DeviceReported {
    DeviceRecord record;
};

/// A method's steps all succeeded, yet it does not count; why, in words. Follows its last
/// DeviceReported.
struct MethodNotCounted {
    std::size_t method = 0;
    std::string method_name;
    std::string reason;
};

enum class Verdict {
    succeeded,  ///< fence: a method counts; unfence: all devices; status, query: every device
                ///< answered on or off
    failed,
    undefined,  ///< nothing is configured
    ended,      ///< told to end; no agent runs any more, the outcome is unknown
};

struct OperationResult {
    Verdict verdict = Verdict::failed;
    std::size_t method = 0;  ///< the one that counted; meaningful when succeeded
    std::string method_name;
    std::optional<bool> is_off;  ///< status, query: every device of that method says off
    std::vector<DeviceRecord> devices;
    std::string reason;  ///< one sentence: how it ended, with the last agent's words

    friend bool operator==(const OperationResult&, const OperationResult&) = default;
};

/// The last action of an operation; no agent of it runs any more.
struct OperationFinished {
    OperationResult result;
};

using OperationAction =
    std::variant<RunAgent, EndAgent, DeviceReported, MethodNotCounted, OperationFinished>;

// -------------------------------------------------------------------------------------------
// Operation

class Operation
{
public:
    explicit Operation(OperationPlan plan);

    /// Once, first.
    [[nodiscard]] std::vector<OperationAction> start();

    /// Precondition: `event.run` was started and has not been reported yet.
    [[nodiscard]] std::vector<OperationAction> on(const AgentFinished& event);

    /// Starts nothing more, ends what runs; OperationFinished{ended} comes when all is reaped.
    /// What succeeded before stays unknown: an ended pass never counts.
    [[nodiscard]] std::vector<OperationAction> end();

    [[nodiscard]] bool is_finished() const { return is_finished_; }

    /// What runs now, in words, for dumps: `method "ipmi" device "ipmi_n2" agent fence_ipmilan`.
    [[nodiscard]] std::string describe() const;

private:
    using Actions = std::vector<OperationAction>;

    /// A method being worked on. A query has one lane per method, everything else has one lane.
    struct Lane {
        std::size_t method = 0;
        std::size_t step = 0;  ///< next to run
        std::vector<std::size_t>
            to_prove;  ///< steps to be asked for their status before `step` runs
        bool is_proof_asked = false;
        bool is_waiting = false;  ///< an agent of it runs, or it is closed
        bool all_off = true;      ///< of the status answers so far
    };
    struct Run {
        std::size_t lane = 0;
        std::size_t step = 0;
        RunAgent action;
    };

    [[nodiscard]] const model::FenceMethod& method_of(const Lane& lane) const;
    [[nodiscard]] Purpose purpose_of_steps() const;
    [[nodiscard]] DeviceRecord record_for(const Lane& lane, std::size_t step,
                                          Purpose purpose) const;

    void open_lanes(Actions& out);
    void go_on(std::size_t lane, Actions& out);
    void advance(std::size_t lane, Actions& out);
    void start_agent(std::size_t lane, std::size_t step, Purpose purpose, Actions& out);
    void step_done(std::size_t lane, const DeviceRecord& record, bool is_proof, Actions& out);
    void proof_answered(std::size_t lane, const DeviceRecord& record, Actions& out);
    void method_succeeded(std::size_t lane, Actions& out);
    void method_failed(std::size_t lane, Actions& out);
    void report(DeviceRecord record, Actions& out);
    void decide(Verdict verdict, Actions& out);
    void finish_when_reaped(Actions& out);

    OperationPlan plan_;
    std::vector<Lane> lanes_;
    std::map<std::uint64_t, Run> running_;
    std::uint64_t last_run_ = 0;
    std::size_t open_lanes_ = 0;
    std::string failure_;  ///< why the last device or method failed
    bool is_decided_ = false;
    bool is_finished_ = false;
    OperationResult result_;
};

}  // namespace ha::fence
