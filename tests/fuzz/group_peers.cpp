// SPDX-License-Identifier: Apache-2.0
//
// view::Group among honest members and an enemy; the application is the list of what it was given.
#include <cstdint>
#include <memory>
#include <string>

#include "common/base/assert.hpp"
#include "tests/fuzz/support/peers.hpp"

namespace {

using namespace ha;

view::Group::Config group_config(NodeId node, const DaemonLife& life)
{
    view::Group::Config config;
    config.self = node;
    config.life = life;
    config.knobs.snapshot_chunk_bytes = 64;
    return config;
}

class GroupPeer : public fuzz::Peer
{
public:
    GroupPeer(NodeId node, const DaemonLife& life, TimePoint now)
        : fuzz::Peer(life),
          node_(node),
          group_(group_config(node, life))
    {
        view::VotingRules voting;
        voting.votes = {{NodeId{1}, 1}, {NodeId{2}, 1}, {NodeId{3}, 1}};
        GroupPeer::feed(view::ConfigHeld{ConfigId{1, "hash"}, voting}, now);
        wants_group_ = true;
    }

    void feed(const view::GroupEvent& event, TimePoint now) override
    {
        handle(group_.on(event, now));
        while (group_.has_replay()) {
            handle(group_.replay(now));
        }
    }

    void act(fuzz::Input& input, TimePoint now) override
    {
        static_cast<void>(now);
        if (!group_.is_admitted()) {
            return;
        }
        std::vector<view::GroupOutput> out;
        switch (input.byte() % 8) {
            case 0:
                group_.say_goodbye(input.byte() % 2 == 0, out);
                break;
            case 1:
                group_.tell_to_die(NodeId{input.byte() % 4U}, NodeLife{"life3"}, "test", out);
                break;
            default:
                group_.propose(input.text(), input.byte() % 2 == 0, out);
        }
        handle(out);
    }

    [[nodiscard]] const view::Group& group() const override { return group_; }
    [[nodiscard]] std::string replicated() const override { return state_; }

private:
    void handle(const std::vector<view::GroupOutput>& outputs)  // NOLINT(misc-no-recursion)
    {
        for (const view::GroupOutput& output : outputs) {
            if (const auto* send = std::get_if<view::Send>(&output)) {
                sent_.push_back(send->bytes);
            } else if (const auto* delivered = std::get_if<view::Delivered>(&output)) {
                deliver(*delivered);
            } else if (const auto* load = std::get_if<view::LoadSnapshot>(&output)) {
                state_ = load->state;
            } else if (std::holds_alternative<view::FormTable>(output) ||
                       std::holds_alternative<view::TableDropped>(output)) {
                state_.clear();
            } else if (std::holds_alternative<view::SnapshotWanted>(output)) {
                std::vector<view::GroupOutput> answer;
                group_.give_snapshot(state_, answer);
                handle(answer);
            } else if (const auto* lost = std::get_if<view::MemberLost>(&output)) {
                wants_group_ = wants_group_ && !(lost->goodbye && lost->member.node == node_);
            } else if (std::holds_alternative<view::Refused>(output) ||
                       std::holds_alternative<view::ToldToDie>(output)) {
                wants_group_ = false;
            }
        }
    }

    /// The application's messages bar, hold and expel, as those of fenced and rgmanager do.
    void deliver(const view::Delivered& delivered)  // NOLINT(misc-no-recursion)
    {
        state_ += std::to_string(delivered.sender.node.value) + ":" + delivered.payload + ";";
        std::vector<view::GroupOutput> out;
        const NodeId third{3};
        if (delivered.payload.starts_with("b")) {
            group_.bar(third, NodeLife{delivered.payload.substr(1)});
        } else if (delivered.payload.starts_with("h")) {
            group_.hold(third);
        } else if (delivered.payload.starts_with("r")) {
            group_.release(third, out);
        } else if (delivered.payload.starts_with("e")) {
            group_.expel(third, out);
        } else if (delivered.payload.starts_with("u")) {
            group_.set_ripe();
        }
        handle(out);
    }

    NodeId node_;
    view::Group group_;
    std::string state_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::Network network(3, [](NodeId node, const DaemonLife& life, TimePoint now) {
        return std::make_unique<GroupPeer>(node, life, now);
    });
    network.begin();
    HA_ASSERT(network.peer(1).group().is_settled() && network.peer(3).group().is_settled());
    fuzz::Input input(data, size);
    network.run(input);
    return 0;
}
