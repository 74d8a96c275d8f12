// SPDX-License-Identifier: Apache-2.0
//
// What may leave a service stopped, or disabled, although a node could run it: what people asked,
// what its agents could not do. Written by clients and agents, never by a core.
#pragma once

#include <map>
#include <set>
#include <string>

#include "common/base/time.hpp"
#include "rgmanager/core/events.hpp"

namespace ha::sim {

class Hindrances
{
public:
    void asked(const std::string& service, service::Verb verb, TimePoint now)
    {
        last_[service] = now;
        if (verb == service::Verb::disable) {
            disabled_.insert(service);
        }
    }

    void agent_failed(const std::string& service, TimePoint now) { last_[service] = now; }

    /// Its resources are others now: from here on it may be stopped for that at any time.
    void document_changed(const std::string& service) { last_[service] = TimePoint::max(); }

    /// A request may have waited for its turn meanwhile.
    void start_succeeded(const std::string& service, TimePoint now)
    {
        const auto last = last_.find(service);
        if (last != last_.end() && last->second < now - longest_wait) {
            last_.erase(last);
        }
    }

    [[nodiscard]] bool may_be_left_stopped(const std::string& service) const
    {
        return last_.contains(service);
    }
    [[nodiscard]] bool was_asked_to_disable(const std::string& service) const
    {
        return disabled_.contains(service);
    }

private:
    static constexpr Duration longest_wait = std::chrono::seconds{30};
    std::map<std::string, TimePoint> last_;  ///< since its start succeeded
    std::set<std::string> disabled_;
};

}  // namespace ha::sim
