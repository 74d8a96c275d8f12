// SPDX-License-Identifier: Apache-2.0
#include "cman/core/leave.hpp"

#include "common/base/assert.hpp"

namespace ha::cman {

void LeaveProcedure::begin(const std::vector<Subscriber>& subscribers, bool force, bool remove,
                           TimePoint deadline)
{
    HA_ASSERT(state_ == State::idle);
    ++number_;
    remove_ = remove;
    deadline_ = deadline;
    objections_.clear();
    awaited_.clear();
    for (const Subscriber& subscriber : subscribers) {
        if (!force) {
            awaited_[subscriber.id] = subscriber.name;
        }
    }
    state_ = State::asking;
    conclude();
}

void LeaveProcedure::answer(ClientId from, std::uint64_t number, bool may_leave,
                            const std::string& why)
{
    const auto awaited = awaited_.find(from);
    if (state_ != State::asking || number != number_ || awaited == awaited_.end()) {
        return;
    }
    if (!may_leave) {
        objections_.push_back(awaited->second + ": " + why);
    }
    awaited_.erase(awaited);
    conclude();
}

void LeaveProcedure::hang_up(ClientId client)
{
    if (state_ == State::asking && awaited_.erase(client) > 0) {
        conclude();
    }
}

void LeaveProcedure::pass_time(TimePoint now)
{
    if (state_ != State::asking || now < deadline_) {
        return;
    }
    for (const auto& [client, name] : awaited_) {
        objections_.push_back(name + ": no answer");
    }
    awaited_.clear();
    conclude();
}

std::optional<TimePoint> LeaveProcedure::deadline() const
{
    return state_ == State::asking ? std::optional(deadline_) : std::nullopt;
}

void LeaveProcedure::conclude()
{
    if (awaited_.empty()) {
        state_ = objections_.empty() ? State::agreed : State::refused;
    }
}

}  // namespace ha::cman
