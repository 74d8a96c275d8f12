// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/support/peers.hpp"

#include <utility>

#include "common/base/assert.hpp"
#include "common/wire/frame.hpp"

namespace ha::fuzz {

namespace {

constexpr std::size_t seen_max = 1000;
constexpr std::size_t queue_max = 5000;
constexpr std::size_t steps_max = 400;

}  // namespace

Network::Network(std::uint32_t nodes, MakePeer make)
    : make_(std::move(make)),
      in_group_(nodes, false)
{
    for (std::uint32_t id = 1; id <= nodes; ++id) {
        const DaemonLife life{NodeLife{"life" + std::to_string(id)}, 1};
        peers_.push_back(make_(NodeId{id}, life, now_));
    }
}

void Network::begin()
{
    new_ring(true);
    deliver_all();
    enemy_may_join_ = true;
    deliver_all();
    check_honest_agree();
}

void Network::run(Input& input)
{
    for (std::size_t step = 0; step < steps_max && !input.is_empty(); ++step) {
        one_step(input);
        follow_wishes();
    }
    deliver_all();
    check_honest_agree();
}

void Network::one_step(Input& input)
{
    switch (input.byte() % 10) {
        case 0:
            deliver_one();
            break;
        case 1:
            deliver_all();
            check_honest_agree();
            break;
        case 2:
        case 3:
        case 4:
            if (peers_.size() > 1) {
                queue_.push_back({enemy(), forged(input)});
            }
            break;
        case 5:
            restart_enemy(input.byte() % 2 == 0, input.byte() % 2 == 0
                                                     ? view::LeaveReason::process_down
                                                     : view::LeaveReason::node_down);
            break;
        case 6:
            new_ring(input.byte() % 4 != 0);
            break;
        case 7:
            pass_time(std::chrono::milliseconds{100} * (1 + input.byte()));
            break;
        default: {
            Peer& who = *peers_[input.byte() % peers_.size()];
            who.act(input, now_);
            break;
        }
    }
    for (std::uint32_t id = 1; id <= peers_.size(); ++id) {
        collect(NodeId{id});
    }
}

// ------------------------------------------------------------------------------------- the bus

void Network::new_ring(bool quorate)
{
    const RingId ring{NodeId{1}, ring_ += 4};
    std::vector<NodeId> everybody;
    for (std::uint32_t id = 1; id <= peers_.size(); ++id) {
        everybody.push_back(NodeId{id});
    }
    for (const NodeId node : everybody) {
        feed(node, view::RingChanged{ring, everybody});
        feed(node, view::QuorumChanged{ring, quorate});
    }
}

void Network::pass_time(Duration time)
{
    now_ += time;
    for (std::uint32_t id = 1; id <= peers_.size(); ++id) {
        feed(NodeId{id}, view::TimePassed{});
    }
}

void Network::deliver_all()
{
    follow_wishes();
    for (std::size_t left = queue_max; left > 0 && !queue_.empty(); --left) {
        deliver_one();
        follow_wishes();
    }
}

void Network::deliver_one()
{
    if (queue_.empty()) {
        return;
    }
    const view::FrameDelivered frame = queue_.front();
    queue_.pop_front();
    if (!in_group_[index_of(frame.sender)]) {
        return;
    }
    for (std::uint32_t id = 1; id <= peers_.size(); ++id) {
        if (in_group_[id - 1]) {
            feed(NodeId{id}, frame);
        }
    }
}

void Network::feed(NodeId node, const view::GroupEvent& event)
{
    peers_[index_of(node)]->feed(event, now_);
    collect(node);
}

void Network::collect(NodeId node)
{
    for (std::string& bytes : peers_[index_of(node)]->take_sent()) {
        if (seen_.size() < seen_max) {
            seen_.push_back(bytes);
        }
        if (in_group_[index_of(node)] && queue_.size() < queue_max) {
            queue_.push_back({node, std::move(bytes)});
        }
    }
}

void Network::follow_wishes()
{
    for (std::uint32_t id = 1; id <= peers_.size(); ++id) {
        const NodeId node{id};
        const bool waits = peers_.size() > 1 && node == enemy() && !enemy_may_join_;
        const bool wants = peers_[id - 1]->wants_group() && !waits;
        if (wants == in_group_[id - 1]) {
            continue;
        }
        in_group_[id - 1] = wants;
        if (wants) {
            change_group({}, {node});
        } else {
            change_group({{node, view::LeaveReason::left}}, {});
            view::GroupChanged gone;
            gone.left.push_back({node, view::LeaveReason::left});
            feed(node, gone);
        }
    }
}

void Network::change_group(const std::vector<view::LeftMember>& left,
                           const std::vector<NodeId>& joined)
{
    view::GroupChanged event;
    event.left = left;
    event.joined = joined;
    for (std::uint32_t id = 1; id <= peers_.size(); ++id) {
        if (in_group_[id - 1]) {
            event.members.push_back(NodeId{id});
        }
    }
    for (const NodeId node : event.members) {
        feed(node, event);
    }
}

// ---------------------------------------------------------------------------------- the enemy

void Network::restart_enemy(bool new_node_life, view::LeaveReason reason)
{
    if (peers_.size() == 1) {
        return;
    }
    std::unique_ptr<Peer>& peer = peers_.back();
    DaemonLife life = peer->life();
    life.started_us = ++lives_;
    if (new_node_life) {
        life.node.value = "life" + std::to_string(enemy().value) + "." + std::to_string(lives_);
    }
    std::erase_if(queue_, [this](const auto& frame) { return frame.sender == enemy(); });
    if (in_group_.back()) {
        in_group_.back() = false;
        change_group({{enemy(), reason}}, {});
    }
    peer = make_(enemy(), life, now_);
    new_ring(true);
}

view::FrameOrigin Network::enemy_origin()
{
    const view::Group& group = peers_.back()->group();
    const auto self = group.admitted().find(enemy());
    view::FrameOrigin origin;
    origin.life = peers_.back()->life();
    origin.ring = RingId{NodeId{1}, ring_};
    origin.change = group.change();
    origin.admission = self != group.admitted().end() ? self->second.admission : AdmissionNumber{};
    return origin;
}

std::string Network::forged(Input& input)
{
    std::string bytes = seen_.empty() ? std::string() : seen_[input.index(seen_.size())];
    switch (input.byte() % 6) {
        case 0:  // again
            return bytes;
        case 1:  // cut short
            return bytes.substr(0, input.index(bytes.size() + 1));
        case 2:  // a few bytes changed
            for (std::size_t edits = input.byte() % 8U; edits > 0 && !bytes.empty(); --edits) {
                bytes[input.index(bytes.size())] = static_cast<char>(input.byte());
            }
            return bytes;
        case 3: {  // somebody's frame as the enemy's own of this moment
            auto frame = view::decode_group_frame(bytes);
            if (!frame) {
                return bytes;
            }
            std::visit([&](auto& alternative) { alternative.origin = enemy_origin(); }, *frame);
            if (auto* app = std::get_if<view::AppFrame>(&*frame)) {
                for (std::size_t edits = input.byte() % 8U; edits > 0; --edits) {
                    const std::size_t at = input.index(app->payload.size() + 1);
                    app->payload.replace(at, input.byte() % 8U, input.text());
                }
            }
            return view::encode_group_frame(*frame);
        }
        case 4: {  // any fields behind an origin that fits
            view::BarrierFrame start;
            start.origin = enemy_origin();
            constexpr std::size_t ticket_bytes = 8;
            std::string head = view::encode_group_frame(start);
            head = head.substr(wire::frame_header_bytes,
                               head.size() - wire::frame_header_bytes - ticket_bytes);
            const auto type = static_cast<std::uint16_t>(
                1 + input.byte() % std::variant_size_v<view::GroupFrame>);
            return wire::encode_frame(1, type, head + input.text());
        }
        default:  // anything
            return input.text();
    }
}

// -------------------------------------------------------------------------------- the promise

void Network::check_honest_agree()
{
    for (std::size_t other = 1; other + 1 < peers_.size() && queue_.empty(); ++other) {
        const view::Group& first = peers_[0]->group();
        const view::Group& second = peers_[other]->group();
        if (!first.is_settled() || !second.is_settled() || first.view() != second.view()) {
            continue;
        }
        HA_ASSERT(first.admitted() == second.admitted());
        HA_ASSERT(first.active_config() == second.active_config());
        HA_ASSERT(peers_[0]->replicated() == peers_[other]->replicated());
    }
}

}  // namespace ha::fuzz
