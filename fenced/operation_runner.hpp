// SPDX-License-Identifier: Apache-2.0
//
// OperationRunner makes one Operation true: starts its agents as children, ends them at their
// deadlines and feeds their ends back. fenced and fence_node share it, so that both treat agents
// alike.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "fenced/core/operation.hpp"

namespace ha::io {
class Loop;
class ProcessRunner;
}  // namespace ha::io

namespace ha::fence {

class OperationRunner
{
public:
    struct Handlers {
        std::function<void(const RunAgent&)> on_agent;       ///< about to be started; may be empty
        std::function<void(const DeviceRecord&)> on_device;  ///< may be empty
        std::function<void(const MethodNotCounted&)> on_not_counted;  ///< may be empty
        /// Once, last; nothing of the operation runs any more. May destroy the runner.
        std::function<void(const OperationResult&)> on_finished;
    };

    /// `children` outlives this; `search_path` as for find_agent().
    OperationRunner(io::Loop& loop, io::ProcessRunner& children, std::string search_path,
                    OperationPlan plan, Handlers handlers);
    /// An operation that has not finished is ended without handlers.
    ~OperationRunner();
    OperationRunner(const OperationRunner&) = delete;
    OperationRunner& operator=(const OperationRunner&) = delete;

    /// Once. All handlers come later, from the loop.
    void start();

    /// on_finished follows once every agent is reaped.
    void end();

    /// What runs now, in words.
    [[nodiscard]] std::string describe() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace ha::fence
