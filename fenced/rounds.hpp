// SPDX-License-Identifier: Apache-2.0
//
// Rounds: the operations that run on this node for the fence domain, by round number. It starts and
// ends what the domain decides and says how each ended; it decides nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/base/time.hpp"
#include "common/model/model.hpp"
#include "fenced/core/domain.hpp"
#include "fenced/core/operation.hpp"
#include "fenced/core/round_log.hpp"
#include "fenced/journal.hpp"
#include "fenced/operation_runner.hpp"

namespace ha::fence {

class Rounds
{
public:
    struct Config {
        std::string search_path;  ///< for agents
        OperationLimits limits;
    };

    /// `on_event` gets RoundFinished and DevicesAnswered, from the loop. All references outlive
    /// this.
    Rounds(io::Loop& loop, io::ProcessRunner& children, Journal& journal, Config config,
           std::function<void(const Event&)> on_event);

    /// Precondition of both: nothing runs under this round number. A node that is no longer
    /// configured has no methods.
    void run(std::uint64_t round, const model::Node& victim);
    void ask(std::uint64_t round, const model::Node& victim);

    /// Its event follows once its agents are reaped. A round that does not run is ignored.
    void end(std::uint64_t round, const std::string& reason);
    void end_all(const std::string& reason);

    /// The victim is settled: its next round is news again.
    void forget(NodeId victim) { log_.forget(victim); }

    [[nodiscard]] bool is_idle() const { return running_.empty(); }

    /// One line per running operation.
    [[nodiscard]] std::string describe() const;

private:
    struct Running {
        OperationKind kind = OperationKind::fence;
        NodeId victim;
        std::string name;
        TimePoint begin;
        std::unique_ptr<OperationRunner> runner;
    };

    void start(std::uint64_t round, OperationKind kind, const model::Node& victim);
    void announce(const model::Node& victim);
    void device_reported(const Running& running, const DeviceRecord& record);
    void log_device(const std::string& name, const DeviceRecord& record);
    void finished(std::uint64_t round, const OperationResult& result);
    void round_finished(std::uint64_t round, const Running& running, const OperationResult& result);
    void log_round(const Running& running, const OperationResult& result);

    io::Loop& loop_;
    io::ProcessRunner& children_;
    Journal& journal_;
    Config config_;
    std::function<void(const Event&)> on_event_;
    RoundLog log_;
    std::map<std::uint64_t, Running> running_;
};

}  // namespace ha::fence
