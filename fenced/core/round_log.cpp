// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/round_log.hpp"

namespace ha::fence {

RoundLog::Start RoundLog::begin(NodeId victim)
{
    const std::uint32_t equal = histories_[victim].equal;
    if (equal < equal_rounds_logged) {
        return Start::announce;
    }
    return equal % rounds_between_reminders == 0 ? Start::still_retrying : Start::silent;
}

bool RoundLog::is_loud(NodeId victim) const
{
    const auto found = histories_.find(victim);
    return found == histories_.end() || found->second.equal < equal_rounds_logged;
}

bool RoundLog::finish_failed(NodeId victim, const OperationResult& result)
{
    std::vector<Failure> failures;
    for (const DeviceRecord& record : result.devices) {
        failures.push_back({record.method, record.device, record.word});
    }
    const bool was_loud = is_loud(victim);
    History& history = histories_[victim];
    if (history.equal > 0 && failures == history.last) {
        ++history.equal;
        return false;
    }
    history = {std::move(failures), 1};
    return !was_loud;
}

void RoundLog::forget(NodeId victim)
{
    histories_.erase(victim);
}

}  // namespace ha::fence
