// SPDX-License-Identifier: Apache-2.0
//
// What runs of one service tree on this node, as far as its agents said. Local and in memory: lost
// at a reconfiguration and with the daemon (spec 4.7).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/time.hpp"
#include "rgmanager/core/resource_tree.hpp"

namespace ha::service {

/// Shown as S0 to S3.
enum class TreeNodeState : std::uint8_t {
    stopped = 0,
    started = 1,
    failed = 2,
    disabled = 3,  ///< non-critical and switched off
};

/// Times of failures or restarts, those that have expired dropped. An expiry of 0: they never age.
class EventCounter
{
public:
    /// At least `threshold.count_max` events are younger than its expiry.
    [[nodiscard]] bool exceeded(const Threshold& threshold, TimePoint now);
    void count(TimePoint now) { times_.push_back(now); }
    void clear() { times_.clear(); }
    [[nodiscard]] std::size_t size() const noexcept { return times_.size(); }

    friend bool operator==(const EventCounter&, const EventCounter&) = default;

private:
    std::vector<TimePoint> times_;
};

struct TreeNodeStatus {
    TreeNodeState state = TreeNodeState::stopped;
    bool need_stop = false;
    bool need_start = false;
    bool reconfigure = false;  ///< with need_start: run `reconfig` instead
    bool quiesce = false;      ///< with need_stop: ends disabled
    int last_status = 0;       ///< exit code repeated while no check is due
    std::optional<TimePoint> started;
    std::vector<std::optional<TimePoint>>
        checked;  ///< per action of the resource; nothing: due at once
    EventCounter failures;
    EventCounter restarts;

    void clear_flags() { need_stop = need_start = reconfigure = quiesce = false; }
    friend bool operator==(const TreeNodeStatus&, const TreeNodeStatus&) = default;
};

/// What all services of this node together do with each service resource, by its name `type:key`.
class LocalResources
{
public:
    void hold(const std::string& resource) { ++held_[resource]; }
    void release(const std::string& resource);

    /// Occurrences that are started or failed, in all services on this node.
    [[nodiscard]] int holders(const std::string& resource) const;

    /// Start, stop and the like of one resource are serialised on a node: false if another call
    /// runs.
    [[nodiscard]] bool occupy(const std::string& resource) { return busy_.insert(resource).second; }
    void vacate(const std::string& resource) { busy_.erase(resource); }

private:
    std::map<std::string, int> held_;
    std::set<std::string> busy_;
};

class TreeState
{
public:
    /// All nodes stopped. `configuration` is only read here.
    TreeState(const ResourceConfiguration& configuration, TreeNodeIndex root);

    [[nodiscard]] TreeNodeIndex root() const noexcept { return root_; }
    [[nodiscard]] const TreeNodeStatus& at(TreeNodeIndex node) const
    {
        return nodes_.at(node.value - root_.value);
    }
    [[nodiscard]] TreeNodeStatus& at(TreeNodeIndex node)
    {
        return nodes_.at(node.value - root_.value);
    }
    [[nodiscard]] const std::vector<TreeNodeStatus>& all() const noexcept { return nodes_; }

    /// A service that ran before this daemon did: all nodes started, every check due at once.
    void assume_started(const ResourceConfiguration& configuration, LocalResources& resources);

    /// Gives up what this tree holds, before the state is dropped.
    void forget(const ResourceConfiguration& configuration, LocalResources& resources);

    friend bool operator==(const TreeState&, const TreeState&) = default;

private:
    TreeNodeIndex root_;
    std::vector<TreeNodeStatus> nodes_;
};

/// The only way to change a node's state: keeps LocalResources right.
void set_state(const ResourceConfiguration& configuration, TreeState& tree, TreeNodeIndex node,
               TreeNodeState state, LocalResources& resources);

}  // namespace ha::service
