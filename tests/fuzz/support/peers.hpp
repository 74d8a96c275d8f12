// SPDX-License-Identifier: Apache-2.0
//
// A few cores of one daemon on one bus, and an enemy among them: the last node. Its core takes part
// like any other, and beside that the input makes it say what it likes: old frames again, frames
// cut short, bytes changed, nonsense under a header and an origin that fit. Nobody may crash, and
// the honest ones who hold the same view hold the same state.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/view/group.hpp"
#include "tests/fuzz/support/input.hpp"

namespace ha::fuzz {

/// One daemon's core without its shell.
class Peer
{
public:
    virtual ~Peer() = default;
    virtual void feed(const view::GroupEvent& event, TimePoint now) = 0;
    /// Something of the application's own: a tool asks, an agent ends.
    virtual void act(Input& input, TimePoint now) = 0;
    [[nodiscard]] virtual const view::Group& group() const = 0;
    /// All that must be equal on members of one settled view, as text.
    [[nodiscard]] virtual std::string replicated() const = 0;

    [[nodiscard]] const DaemonLife& life() const { return life_; }
    [[nodiscard]] bool wants_group() const { return wants_group_; }
    [[nodiscard]] std::vector<std::string> take_sent() { return std::exchange(sent_, {}); }

protected:
    explicit Peer(DaemonLife life) : life_(std::move(life)) {}

    DaemonLife life_;
    bool wants_group_ = false;
    std::vector<std::string> sent_;
};

/// Makes a peer that is up: document held, join asked for. It hears of rings and groups afterwards.
using MakePeer = std::function<std::unique_ptr<Peer>(NodeId, const DaemonLife&, TimePoint)>;

class Network
{
public:
    /// With one node there is no enemy.
    Network(std::uint32_t nodes, MakePeer make);

    /// The honest ones form their group first, then the enemy joins.
    void begin();

    /// Lets the input decide until it is used up.
    void run(Input& input);

    void deliver_all();
    void pass_time(Duration time);
    [[nodiscard]] Peer& peer(std::uint32_t node) { return *peers_.at(node - 1); }
    [[nodiscard]] TimePoint now() const { return now_; }
    void new_ring(bool quorate);

private:
    [[nodiscard]] NodeId enemy() const { return NodeId{static_cast<std::uint32_t>(peers_.size())}; }
    [[nodiscard]] std::size_t index_of(NodeId node) const { return node.value - 1; }
    void one_step(Input& input);
    void deliver_one();
    void feed(NodeId node, const view::GroupEvent& event);
    void collect(NodeId node);
    void follow_wishes();
    void change_group(const std::vector<view::LeftMember>& left, const std::vector<NodeId>& joined);
    void restart_enemy(bool new_node_life, view::LeaveReason reason);
    [[nodiscard]] std::string forged(Input& input);
    [[nodiscard]] view::FrameOrigin enemy_origin();
    void check_honest_agree();

    MakePeer make_;
    std::vector<std::unique_ptr<Peer>> peers_;
    std::vector<bool> in_group_;
    bool enemy_may_join_ = false;
    std::deque<view::FrameDelivered> queue_;
    std::vector<std::string> seen_;  ///< frames that were sent, the first thousand
    std::uint64_t ring_ = 1;
    std::uint64_t lives_ = 1;
    TimePoint now_{std::chrono::hours{1}};
};

}  // namespace ha::fuzz
