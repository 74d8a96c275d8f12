// SPDX-License-Identifier: Apache-2.0
#include "cman/manager.hpp"
#include "common/io/clock.hpp"
#include "common/log/log.hpp"
#include "common/protocol/cman_group.hpp"
#include "common/wire/frame.hpp"

namespace ha::cman {

void Manager::refresh_votes()
{
    const Result<io::VoteInfo> info = io::vote_info(active_->local);
    if (info) {
        votes_ = *info;
    }
}

void Manager::on_nodes(const io::QuorumNodes& nodes)
{
    refresh_votes();
    feed(RingReported{nodes.ring, nodes.members, nodes.joined, io::wall_seconds()});
}

void Manager::on_group_event(const view::GroupEvent& event)
{
    if (const auto* change = std::get_if<view::GroupChanged>(&event)) {
        feed(PeersChanged{change->members, !change->joined.empty()});
    } else if (const auto* frame = std::get_if<view::FrameDelivered>(&event)) {
        on_group_frame(*frame);
    }
}

void Manager::on_group_frame(const view::FrameDelivered& delivered)
{
    const Result<wire::Frame> frame = wire::decode_frame(delivered.bytes);
    std::string wrong = frame ? "" : frame.error().text;
    const auto take = [&]<class Message>(const Message&, auto&& make_event) {
        if (wrong.empty() && frame->header.type == Message::message_type) {
            const Result<Message> message = protocol::decode<Message>(frame->payload);
            message ? feed(make_event(*message)) : static_cast<void>(wrong = message.error().text);
        }
    };
    if (wrong.empty() &&
        (frame->header.version != protocol::cman_group_protocol_version ||
         frame->header.type > protocol::cman_group_conversation().messages.size())) {
        wrong = "protocol version " + std::to_string(frame->header.version) + ", message type " +
                std::to_string(frame->header.type);
    }
    take(protocol::CmanHello{}, [&](const protocol::CmanHello& hello) {
        return HelloDelivered{
            delivered.sender, hello.life, {hello.config, hello.is_established}, hello.addresses};
    });
    take(protocol::CmanLeaving{}, [&](const protocol::CmanLeaving& leaving) {
        return LeavingDelivered{delivered.sender, leaving.remove};
    });
    take(protocol::CmanKill{}, [&](const protocol::CmanKill& kill) {
        return KillDelivered{delivered.sender, kill.victim, kill.life};
    });
    if (!wrong.empty()) {
        log::write(log::Event::peer_message_bad, wrong, {{"node", delivered.sender.value}});
    }
}

}  // namespace ha::cman
