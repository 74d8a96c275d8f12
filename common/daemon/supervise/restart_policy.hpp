// SPDX-License-Identifier: Apache-2.0
// When a supervised program is started again: pure, the clock is an argument.
#pragma once

#include <deque>

#include "common/base/time.hpp"

namespace ha::daemon {

class RestartPolicy
{
public:
    /// At most `restarts` within any `window`; 0 restarts never.
    RestartPolicy(std::size_t restarts, Duration window) : restarts_(restarts), window_(window) {}

    /// It died abnormally just now. True: start it again. False: too often, give up.
    bool may_restart(TimePoint now)
    {
        while (!granted_.empty() && now - granted_.front() >= window_) {
            granted_.pop_front();
        }
        if (granted_.size() >= restarts_) {
            return false;
        }
        granted_.push_back(now);
        return true;
    }

private:
    std::size_t restarts_;
    Duration window_;
    std::deque<TimePoint> granted_;
};

}  // namespace ha::daemon
