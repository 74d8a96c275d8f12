// SPDX-License-Identifier: Apache-2.0
//
// How loudly rounds are logged: fencing that fails the same way for days must not fill the log, but
// a change must be seen at once (spec fenced 2.5 D, conformance case 49). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "common/base/ids.hpp"
#include "fenced/core/operation.hpp"

namespace ha::fence {

class RoundLog
{
public:
    enum class Start {
        announce,  ///< `fencing node N`
        silent,
        still_retrying,  ///< `fencing node N still retrying`, every 600 rounds
    };

    /// A round against `victim` begins.
    Start begin(NodeId victim);

    /// Lines of the running round are logged as they come; else only if finish() says so.
    [[nodiscard]] bool is_loud(NodeId victim) const;

    /// The round failed. True if its lines, kept back until now, must be logged after all: it
    /// failed in another way than the ones before.
    bool finish_failed(NodeId victim, const OperationResult& result);

    /// The victim is settled, or gone from this node's care.
    void forget(NodeId victim);

private:
    static constexpr std::uint32_t equal_rounds_logged = 3;
    static constexpr std::uint32_t rounds_between_reminders = 600;

    struct Failure {
        std::size_t method = 0;
        std::size_t device = 0;
        ResultWord word = ResultWord::success;

        friend bool operator==(const Failure&, const Failure&) = default;
    };
    struct History {
        std::vector<Failure> last;
        std::uint32_t equal = 0;  ///< failed rounds in a row that ended like `last`
    };

    std::map<NodeId, History> histories_;
};

}  // namespace ha::fence
