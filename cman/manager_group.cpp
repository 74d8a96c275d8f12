// SPDX-License-Identifier: Apache-2.0
#include "cman/manager.hpp"
#include "common/io/clock.hpp"
#include "common/log/log.hpp"
#include "common/protocol/cman_group.hpp"
#include "common/wire/frame.hpp"

namespace ha::cman {

namespace {

/// Each votequorum tells the others its new votes after corosync has read its file: milliseconds.
constexpr Duration votes_patience = std::chrono::milliseconds{500};

}  // namespace

void Manager::refresh_votes()
{
    const Result<io::VoteInfo> info = io::vote_info(active_->local);
    if (info) {
        votes_ = *info;
        votes_are_old_ = false;
    }
}

/// Not when the membership changes: a connection costs corosync milliseconds, and fenced and
/// rgmanager need it then. Decisions ask anew anyway; this is for what people are shown.
void Manager::refresh_old_votes()
{
    if (votes_are_old_) {
        refresh_votes();
    }
}

void Manager::on_nodes(const io::QuorumNodes& nodes)
{
    votes_are_old_ = true;
    feed(RingReported{nodes.ring, nodes.members, nodes.joined, io::wall_seconds()});
}

void Manager::on_group_event(const view::GroupEvent& event)
{
    if (const auto* change = std::get_if<view::GroupChanged>(&event)) {
        feed(PeersChanged{change->members, !change->joined.empty()});
        tell_reload(ReloadPeers{{change->members.begin(), change->members.end()}});
    } else if (const auto* frame = std::get_if<view::FrameDelivered>(&event)) {
        on_group_frame(*frame);
    }
}

void Manager::on_hello(NodeId from, const protocol::CmanHello& hello)
{
    feed(HelloDelivered{from, hello.life, {hello.config, hello.is_established}, hello.addresses});
    tell_reload(PeerRuns{from, hello.config, hello.awaits_reload});
}

void Manager::on_group_frame(const view::FrameDelivered& delivered)
{
    const NodeId from = delivered.sender;
    const Result<wire::Frame> frame = wire::decode_frame(delivered.bytes);
    std::string wrong = frame ? "" : frame.error().text;
    const auto take = [&]<class Message>(const Message&, auto&& tell) {
        if (wrong.empty() && frame->header.type == Message::message_type) {
            const Result<Message> message = protocol::decode<Message>(frame->payload);
            message ? tell(*message) : static_cast<void>(wrong = message.error().text);
        }
    };
    if (wrong.empty() &&
        (frame->header.version != protocol::cman_group_protocol_version ||
         frame->header.type > protocol::cman_group_conversation().messages.size())) {
        wrong = "protocol version " + std::to_string(frame->header.version) + ", message type " +
                std::to_string(frame->header.type);
    }
    take(protocol::CmanHello{}, [&](const auto& hello) { on_hello(from, hello); });
    take(protocol::CmanLeaving{}, [&](const auto& leaving) {
        feed(LeavingDelivered{from, leaving.remove});
    });
    take(protocol::CmanKill{}, [&](const auto& kill) {
        feed(KillDelivered{from, kill.victim, kill.life});
    });
    take(protocol::CmanOffer{}, [&](const auto& offer) {
        tell_reload(OfferDelivered{from, offer.number, offer.config, offer.chunks});
    });
    take(protocol::CmanChunk{}, [&](const auto& chunk) {
        tell_reload(ChunkDelivered{from, chunk.config, chunk.to, chunk.index, chunk.count,
                                   chunk.bytes.bytes});
    });
    take(protocol::CmanVote{}, [&](const auto& vote) {
        tell_reload(VoteDelivered{from, vote.to, vote.number, vote.accepted, vote.why});
    });
    take(protocol::CmanCommit{}, [&](const auto& commit) {
        tell_reload(CommitDelivered{from, commit.number});
    });
    take(protocol::CmanDrop{}, [&](const auto& drop) {
        tell_reload(DropDelivered{from, drop.number});
    });
    take(protocol::CmanWanted{}, [&](const auto& wanted) {
        tell_reload(WantedDelivered{from, wanted.config});
    });
    take(protocol::CmanReloaded{}, [&](const auto& reloaded) {
        tell_reload(ReloadedDelivered{reloaded.config, reloaded.why_not});
        votes_timer_.set_in(votes_patience);
    });
    if (!wrong.empty()) {
        log::write(log::Event::peer_message_bad, wrong, {{"node", from.value}});
    }
}

}  // namespace ha::cman
