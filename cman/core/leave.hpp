// SPDX-License-Identifier: Apache-2.0
//
// LeaveProcedure: may this node leave the cluster? Every subscriber is asked. A no, or silence for
// the whole time, refuses the request; a subscriber that hangs up counts as yes; force asks nobody.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"

namespace ha::cman {

/// A connection to cmand, as the shell numbers them.
using ClientId = Id<struct ClientTag, std::uint64_t>;

struct Subscriber {
    ClientId id;
    std::string name;
};

class LeaveProcedure
{
public:
    enum class State { idle, asking, agreed, refused };

    /// Precondition: idle. Nobody to ask, or force: agreed at once.
    void begin(const std::vector<Subscriber>& subscribers, bool force, bool remove,
               TimePoint deadline);

    void answer(ClientId from, std::uint64_t number, bool may_leave, const std::string& why);
    void hang_up(ClientId client);
    void pass_time(TimePoint now);

    /// Back to idle after a refusal was told.
    void reset() { state_ = State::idle; }

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] std::uint64_t number() const { return number_; }  ///< of the question
    [[nodiscard]] bool is_remove() const { return remove_; }
    [[nodiscard]] std::optional<TimePoint> deadline() const;

    /// `name: why` of each no, in the order of coming. Precondition: refused.
    [[nodiscard]] const std::vector<std::string>& objections() const { return objections_; }

private:
    void conclude();

    State state_ = State::idle;
    std::uint64_t number_ = 0;
    bool remove_ = false;
    TimePoint deadline_;
    std::map<ClientId, std::string> awaited_;
    std::vector<std::string> objections_;
};

}  // namespace ha::cman
