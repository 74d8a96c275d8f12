// SPDX-License-Identifier: Apache-2.0
//
// The fence domain as a peer of the bus; its agents end when the input says so.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "common/base/assert.hpp"
#include "common/protocol/fence_group.hpp"
#include "fenced/core/domain.hpp"
#include "tests/fuzz/support/peers.hpp"

namespace ha::fuzz {

inline std::shared_ptr<const model::ClusterModel> fence_model(std::uint32_t nodes)
{
    auto model = std::make_shared<model::ClusterModel>();
    for (std::uint32_t id = 1; id <= nodes; ++id) {
        model::Node node;
        node.id = NodeId{id};
        node.name = "n" + std::to_string(id);
        node.methods.push_back({"power", {{"device", "fence_x", {{"port", node.name}}, {}}}});
        model->nodes.push_back(node);
    }
    model->quorum.two_node = nodes == 2;
    return model;
}

class FencePeer : public Peer
{
public:
    FencePeer(NodeId node, const DaemonLife& life, std::uint32_t nodes, std::string saved,
              TimePoint now)
        : Peer(life),
          domain_({node, life, std::move(saved), {}})
    {
        feed_event(fence::Started{}, now);
        feed_event(fence::ConfigChanged{ConfigId{1, "hash"}, fence_model(nodes)}, now);
        feed_event(fence::JoinRequested{1}, now);
    }

    void feed(const view::GroupEvent& event, TimePoint now) override { feed_event(event, now); }

    void act(Input& input, TimePoint now) override
    {
        const NodeId node{1U + input.byte() % 3U};
        switch (input.byte() % 12) {
            case 0:
                feed_event(fence::JoinRequested{2}, now);
                break;
            case 1:
                feed_event(fence::LeaveRequested{3}, now);
                break;
            case 2:
                feed_event(fence::ExternalBegan{4, node}, now);
                break;
            case 3:
                feed_event(fence::ExternalEnded{5, node, input.byte() % 2 == 0}, now);
                break;
            case 4:
                feed_event(fence::Acknowledged{6, node, input.text()}, now);
                break;
            case 5:
                feed_event(fence::FenceDemanded{7, node, NodeLife{input.text()}, "test"}, now);
                break;
            case 6:
                feed_event(fence::LocalGroupJoined{input.text()}, now);
                break;
            case 7:
                feed_event(fence::LocalGroupGoodbye{input.text(), input.byte() % 2 == 0}, now);
                break;
            case 8:
                feed_event(fence::Overslept{}, now);
                break;
            default:
                end_agent(input, now);
        }
    }

    [[nodiscard]] const view::Group& group() const override { return domain_.group(); }
    [[nodiscard]] std::string replicated() const override
    {
        HA_ASSERT(!domain_.describe().empty());
        return protocol::encode(domain_.state());
    }
    [[nodiscard]] const fence::FenceDomain& domain() const { return domain_; }
    [[nodiscard]] const std::string& saved() const { return saved_; }

private:
    struct Agent {
        std::uint64_t round = 0;
        bool asks = false;
    };

    void end_agent(Input& input, TimePoint now)
    {
        if (agents_.empty()) {
            return;
        }
        const Agent agent = agents_.front();
        agents_.pop_front();
        const std::uint8_t how = input.byte();
        if (agent.asks) {
            feed_event(fence::DevicesAnswered{agent.round, how % 2 == 0, "power", "words"}, now);
            return;
        }
        const auto outcome = how % 3 == 0   ? protocol::RoundOutcome::fenced
                             : how % 3 == 1 ? protocol::RoundOutcome::failed
                                            : protocol::RoundOutcome::unknown;
        feed_event(fence::RoundFinished{agent.round, outcome, "power", "words", Duration{1}}, now);
    }

    void feed_event(const fence::Event& event, TimePoint now)
    {
        if (is_over_) {
            return;
        }
        for (const fence::Action& action : domain_.on(event, now).actions) {
            if (const auto* send = std::get_if<fence::SendFrame>(&action)) {
                sent_.push_back(send->bytes);
            } else if (std::holds_alternative<fence::JoinGroup>(action)) {
                wants_group_ = true;
            } else if (std::holds_alternative<fence::LeaveGroup>(action)) {
                wants_group_ = false;
            } else if (const auto* run = std::get_if<fence::RunRound>(&action)) {
                agents_.push_back({run->round, false});
            } else if (const auto* ask = std::get_if<fence::AskDevices>(&action)) {
                agents_.push_back({ask->round, true});
            } else if (const auto* save = std::get_if<fence::SaveState>(&action)) {
                saved_ = save->text;
            } else if (std::holds_alternative<fence::StartOver>(action)) {
                is_over_ = true;
                wants_group_ = false;
            }
        }
    }

    fence::FenceDomain domain_;
    std::deque<Agent> agents_;
    std::string saved_;
    bool is_over_ = false;
};

}  // namespace ha::fuzz
