// SPDX-License-Identifier: Apache-2.0
#include "fenced/local_requests.hpp"

#include <utility>

namespace ha::fence {

namespace {

struct IsLocalRequest {
    bool operator()(const Started&) const { return false; }
    bool operator()(const view::GroupEvent&) const { return false; }
    bool operator()(const ConfigChanged&) const { return false; }  // the shell holds the newest one
    bool operator()(const ClusterLost&) const { return false; }
    bool operator()(const Overslept&) const { return false; }
    bool operator()(const RoundFinished&) const { return false; }
    bool operator()(const LeftoverAgentsGone&) const { return false; }
    bool operator()(const DevicesAnswered&) const { return false; }
    bool operator()(const CmanGone&) const { return false; }  // the shell knows whether it is there
    bool operator()(const CmanReturned&) const { return false; }
    bool operator()(const JoinRequested&) const { return true; }
    bool operator()(const LeaveRequested&) const { return true; }
    bool operator()(const ExternalBegan&) const { return true; }
    bool operator()(const ExternalEnded&) const { return true; }
    bool operator()(const Acknowledged&) const { return true; }
    bool operator()(const FenceDemanded&) const { return true; }
    bool operator()(const LocalGroupJoined&) const { return true; }
    bool operator()(const LocalGroupGoodbye&) const { return true; }
    bool operator()(const PrepareAsked&) const { return true; }
    bool operator()(const PrepareDropped&) const { return true; }
};

}  // namespace

bool is_local_request(const Event& event)
{
    return std::visit(IsLocalRequest{}, event);
}

void LocalRequests::keep(const Event& event)
{
    if (!is_local_request(event)) {
        return;
    }
    requests_.push_back(event);
    if (requests_.size() > requests_max_) {
        requests_.pop_front();
    }
}

std::deque<Event> LocalRequests::take()
{
    return std::exchange(requests_, {});
}

}  // namespace ha::fence
