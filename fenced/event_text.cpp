// SPDX-License-Identifier: Apache-2.0
#include "fenced/event_text.hpp"

#include <array>

namespace ha::fence {
namespace {

std::string number(NodeId node)
{
    return " " + std::to_string(node.value);
}

std::string hex(const std::string& bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

std::string ring_text(const RingId& ring)
{
    return " ring" + number(ring.representative) + ":" + std::to_string(ring.sequence);
}

std::string members_text(const std::vector<NodeId>& members)
{
    std::string text = " members";
    for (const NodeId node : members) {
        text += number(node);
    }
    return text;
}

struct GroupText {
    std::string operator()(const view::GroupChanged& event) const
    {
        constexpr std::array<std::string_view, 3> reasons{" left", " process_down", " node_down"};
        std::string text = "group_changed" + members_text(event.members);
        for (const view::LeftMember& left : event.left) {
            text +=
                std::string(reasons.at(static_cast<std::size_t>(left.reason))) + number(left.node);
        }
        for (const NodeId node : event.joined) {
            text += " joined" + number(node);
        }
        return text;
    }
    std::string operator()(const view::RingChanged& event) const
    {
        return "ring_changed" + ring_text(event.ring) + members_text(event.members);
    }
    std::string operator()(const view::QuorumChanged& event) const
    {
        return "quorum_changed" + ring_text(event.ring) +
               (event.quorate ? " quorate" : " inquorate");
    }
    std::string operator()(const view::FrameDelivered& event) const
    {
        return "frame_delivered" + number(event.sender) + " " + hex(event.bytes);
    }
    std::string operator()(const view::ConfigHeld& event) const
    {
        return "config_held " + std::to_string(event.id.version) + " " + event.id.hash;
    }
    std::string operator()(const view::TimePassed&) const { return "time_passed"; }
};

struct EventText {
    std::string operator()(const Started& event) const
    {
        std::string text = "started";
        for (const NodeId node : event.leftover_agents) {
            text += number(node);
        }
        return text;
    }
    std::string operator()(const LeftoverAgentsGone& event) const
    {
        return "leftover_agents_gone" + number(event.victim);
    }
    std::string operator()(const view::GroupEvent& event) const
    {
        return std::visit(GroupText{}, event);
    }
    std::string operator()(const ConfigChanged& event) const
    {
        return "config_changed " + std::to_string(event.id.version) + " " + event.id.hash;
    }
    std::string operator()(const PrepareAsked& event) const
    {
        return "prepare_asked " + std::to_string(event.id.version) + " " + event.id.hash;
    }
    std::string operator()(const PrepareDropped& event) const
    {
        return "prepare_dropped " + std::to_string(event.id.version) + " " + event.id.hash;
    }
    std::string operator()(const JoinRequested&) const { return "join_requested"; }
    std::string operator()(const LeaveRequested&) const { return "leave_requested"; }
    std::string operator()(const ClusterLost&) const { return "cluster_lost"; }
    std::string operator()(const Overslept&) const { return "overslept"; }
    std::string operator()(const RoundFinished& event) const
    {
        return "round_finished " + std::to_string(event.round) + " outcome " +
               std::to_string(static_cast<int>(event.outcome)) + " method " + event.method +
               " words " + event.words;
    }
    std::string operator()(const DevicesAnswered& event) const
    {
        return "devices_answered " + std::to_string(event.round) +
               (event.is_off ? " off" : " not_off") + " method " + event.method;
    }
    std::string operator()(const ExternalBegan& event) const
    {
        return "external_began" + number(event.node);
    }
    std::string operator()(const ExternalEnded& event) const
    {
        return "external_ended" + number(event.node) + (event.succeeded ? " succeeded" : " failed");
    }
    std::string operator()(const Acknowledged& event) const
    {
        return "acknowledged" + number(event.node) + " " + event.words;
    }
    std::string operator()(const FenceDemanded& event) const
    {
        return "fence_demanded" + number(event.node) + " life " + event.life.value + " " +
               event.words;
    }
    std::string operator()(const CmanGone&) const { return "cman_gone"; }
    std::string operator()(const CmanReturned&) const { return "cman_returned"; }
    std::string operator()(const LocalGroupJoined& event) const
    {
        return "local_group_joined " + event.group;
    }
    std::string operator()(const LocalGroupGoodbye& event) const
    {
        return "local_group_goodbye " + event.group +
               (event.empty         ? " empty"
                : event.handed_over ? " handed_over"
                                    : " not_empty");
    }
};

}  // namespace

std::string event_text(const Event& event)
{
    return std::visit(EventText{}, event);
}

}  // namespace ha::fence
