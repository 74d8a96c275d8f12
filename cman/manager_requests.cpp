// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "cman/manager.hpp"
#include "common/io/clock.hpp"
#include "common/log/log.hpp"

namespace ha::cman {

namespace {

constexpr std::uint32_t clvmd_port = 11;
constexpr std::uint32_t rgmanager_port = 177;

protocol::NodeState state_of(const NodeEntry& entry)
{
    if (!entry.is_member) {
        return protocol::NodeState::dead;
    }
    return entry.is_leaving ? protocol::NodeState::leaving : protocol::NodeState::member;
}

protocol::MembershipState state_of(const Membership& core)
{
    switch (core.state()) {
        case Membership::State::joining:
            return protocol::MembershipState::joining;
        case Membership::State::member:
            return protocol::MembershipState::member;
        case Membership::State::leaving:
            return protocol::MembershipState::leaving;
    }
    HA_ASSERT(false);
}

}  // namespace

template <class Message>
void Manager::decode_and_handle(io::ConnectionId from, const io::SocketFrame& frame)
{
    const Result<Message> message = protocol::decode<Message>(frame.payload);
    if (!message) {
        log::write(log::Event::client_message_bad, message.error().text,
                   {{"pid", server_.peer(from).pid}});
        send(from, protocol::Refused{protocol::Refusal::invalid, message.error().text});
        return;
    }
    handle(from, *message);
}

void Manager::on_frame(io::ConnectionId from, const io::SocketFrame& frame)
{
    if (handle_query(from, frame)) {
        return;
    }
    if (!server_.peer(from).is_root()) {
        send(from, protocol::Refused{protocol::Refusal::denied, "only root may do this"});
        return;
    }
    handle_command(from, frame);
}

bool Manager::handle_query(io::ConnectionId from, const io::SocketFrame& frame)
{
    switch (frame.type) {
        case protocol::StatusRequest::message_type:
            refresh_old_votes();
            send(from, status());
            return true;
        case protocol::NodesRequest::message_type:
            refresh_old_votes();
            send(from, nodes());
            return true;
        case protocol::WaitRequest::message_type:
            decode_and_handle<protocol::WaitRequest>(from, frame);
            return true;
        default:
            return false;
    }
}

void Manager::handle_command(io::ConnectionId from, const io::SocketFrame& frame)
{
    switch (frame.type) {
        case protocol::Subscribe::message_type:
            return decode_and_handle<protocol::Subscribe>(from, frame);
        case protocol::LeaveAnswer::message_type:
            return decode_and_handle<protocol::LeaveAnswer>(from, frame);
        case protocol::LeaveRequest::message_type:
            return decode_and_handle<protocol::LeaveRequest>(from, frame);
        case protocol::KillRequest::message_type:
            return decode_and_handle<protocol::KillRequest>(from, frame);
        case protocol::ExpectedRequest::message_type:
            return decode_and_handle<protocol::ExpectedRequest>(from, frame);
        case protocol::VotesRequest::message_type:
            return decode_and_handle<protocol::VotesRequest>(from, frame);
        case protocol::ReloadRequest::message_type:
            return decode_and_handle<protocol::ReloadRequest>(from, frame);
        case protocol::PrepareAnswer::message_type:
            return decode_and_handle<protocol::PrepareAnswer>(from, frame);
        default:
            log::write(log::Event::client_message_bad, "unknown message type",
                       {{"type", frame.type}, {"pid", server_.peer(from).pid}});
            send(from, protocol::Refused{protocol::Refusal::invalid, "unknown message type"});
    }
}

void Manager::handle(io::ConnectionId from, const protocol::WaitRequest& request)
{
    feed(WaitRequested{ClientId{from.value}, request.quorate});
}

void Manager::handle(io::ConnectionId from, const protocol::Subscribe& request)
{
    subscribers_[from.value] = request.client;
    feed(ClientSubscribed{{ClientId{from.value}, request.client}});
}

void Manager::handle(io::ConnectionId from, const protocol::LeaveAnswer& request)
{
    feed(LeaveAnswered{ClientId{from.value}, request.number, request.may_leave, request.why});
}

void Manager::handle(io::ConnectionId from, const protocol::LeaveRequest& request)
{
    log::write(
        log::Event::leave_requested, "",
        {{"force", request.force ? "yes" : "no"}, {"remove", request.remove ? "yes" : "no"}});
    feed(LeaveRequested{ClientId{from.value}, request.force, request.remove});
}

void Manager::handle(io::ConnectionId from, const protocol::KillRequest& request)
{
    feed(KillRequested{ClientId{from.value}, request.node});
}

Ballot Manager::ballot() const
{
    Ballot present;
    present.members = static_cast<std::uint32_t>(core_->nodes().members().size());
    present.total = votes_ ? votes_->total : 0;
    present.expected = votes_ ? votes_->expected : 0;
    present.two_node = active_->model.quorum.two_node;
    return present;
}

void Manager::handle(io::ConnectionId from, const protocol::ExpectedRequest& request)
{
    refresh_votes();
    const std::optional<std::uint32_t> expected = expected_to_set(ballot(), request.votes);
    if (!expected) {
        send(from, protocol::Refused{protocol::Refusal::invalid,
                                     "the votes present would not be quorate"});
        return;
    }
    const Status set = io::set_expected_votes(*expected);
    refresh_votes();
    if (!set) {
        send(from, protocol::Refused{protocol::Refusal::failed, set.error().text});
        return;
    }
    log::write(log::Event::votes_changed, "cman_tool expected", {{"expected", *expected}});
    send(from, protocol::Accepted{});
}

void Manager::handle(io::ConnectionId from, const protocol::VotesRequest& request)
{
    const std::string& name = request.node.empty() ? active_->local_name : request.node;
    const NodeEntry* node = core_->nodes().find(name);
    if (node == nullptr) {
        send(from, protocol::Refused{protocol::Refusal::not_found, "no node " + name});
        return;
    }
    refresh_votes();
    const Result<io::VoteInfo> old = io::vote_info(node->id);
    const std::uint32_t old_votes = old ? old->node_votes : node->votes;
    if (!may_set_votes(ballot(), old_votes, request.votes, node->is_member)) {
        send(from,
             protocol::Refused{protocol::Refusal::invalid, "the cluster would not be quorate"});
        return;
    }
    const Status set = io::set_node_votes(node->id, request.votes);
    refresh_votes();
    if (!set) {
        send(from, protocol::Refused{protocol::Refusal::failed, set.error().text});
        return;
    }
    log::write(log::Event::votes_changed, "cman_tool votes",
               {{"node", name}, {"votes", request.votes}});
    send(from, protocol::Accepted{});
}

protocol::StatusReply Manager::status() const
{
    protocol::StatusReply reply;
    const model::ClusterModel& model = active_->model;
    reply.config_version = active_->id.version;
    reply.cluster_name = model.name;
    reply.cluster_id = model.cluster_id;
    reply.generation = core_->ring().sequence;
    reply.state = state_of(*core_);
    reply.members = static_cast<std::uint32_t>(core_->nodes().members().size());
    if (votes_) {
        reply.expected_votes = votes_->expected;
        reply.total_votes = votes_->total;
        reply.node_votes = votes_->node_votes;
        reply.quorum = votes_->quorum;
    }
    if (model.quorum.two_node) {
        reply.expected_votes = model.quorum.expected_votes.value_or(1);
        reply.flags.emplace_back("2node");
    }
    reply.quorate = core_->is_quorate();
    reply.subsystems = static_cast<std::uint32_t>(server_.client_count());
    if (core_->is_asking_to_leave()) {
        reply.flags.emplace_back("Shutdown");
    }
    reply.verdict = core_->verdict_text();
    if (!reply.verdict.empty()) {
        reply.flags.emplace_back("Error");
    }
    std::set<std::uint32_t> ports{0};
    for (const auto& [connection, name] : subscribers_) {
        name == "clvm-lockd" ? ports.insert(clvmd_port)
                             : ports.insert(name == "rgmanager" ? rgmanager_port : 0);
    }
    reply.ports.assign(ports.begin(), ports.end());
    reply.node_name = active_->local_name;
    reply.node_id = active_->local;
    if (const model::NodeAddress* address = active_->address(active_->local)) {
        reply.node_addresses = links_of(*address);
    }
    return reply;
}

protocol::NodesReply Manager::nodes() const
{
    protocol::NodesReply reply;
    for (const auto& [id, entry] : core_->nodes().entries()) {
        protocol::NodeRow row;
        row.id = id;
        row.name = entry.name;
        row.state = state_of(entry);
        row.incarnation = entry.incarnation;
        row.joined_s = entry.joined_s;
        row.votes = entry.votes;
        row.expected_votes = votes_ ? votes_->expected : 0;
        if (const model::NodeAddress* address = active_->address(id)) {
            row.addresses = links_of(*address);
        }
        reply.nodes.push_back(row);
    }
    return reply;
}

}  // namespace ha::cman
