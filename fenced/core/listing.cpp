// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/listing.hpp"

#include <algorithm>
#include <set>

namespace ha::fence {
namespace {

using protocol::ClassicHow;
using protocol::FactVictim;
using protocol::FenceCause;
using protocol::FenceFacts;
using protocol::SettledHow;

ClassicHow classic(SettledHow how)
{
    switch (how) {
        case SettledHow::agent:
        case SettledHow::status:
            return ClassicHow::agent;
        case SettledHow::member:
            return ClassicHow::member;
        case SettledHow::overridden:
            return ClassicHow::override;
        case SettledHow::external:
            return ClassicHow::external;
    }
    return ClassicHow::none;
}

/// With clean_start an absent peer blocks idle services, but it is nobody's victim in the classic
/// sense.
bool is_classic_victim(const FactVictim& victim)
{
    return victim.cause != FenceCause::clean_start;
}

/// The node being fenced now, else one that waits between two rounds.
NodeId victim_now(const FenceFacts& facts)
{
    const auto running = std::ranges::find_if(
        facts.victims, [](const FactVictim& victim) { return victim.fencing_by != NodeId{}; });
    if (running != facts.victims.end()) {
        return running->node;
    }
    const auto failed = std::ranges::find_if(
        facts.victims, [](const FactVictim& victim) { return victim.failed_rounds > 0; });
    return failed == facts.victims.end() ? NodeId{} : failed->node;
}

/// DRBD's rhcs_fence waits until a victim has left `members`, so it stays until it is settled.
std::set<NodeId> listed_members(const FenceFacts& facts)
{
    std::set<NodeId> listed;
    for (const protocol::FactMember& member : facts.members) {
        listed.insert(member.node);
    }
    for (const FactVictim& victim : facts.victims) {
        if (victim.admission != AdmissionNumber{}) {
            listed.insert(victim.node);
        }
    }
    return listed;
}

std::string waiting_words(const FactVictim& victim)
{
    const bool is_named = victim.awaiting.find(victim.acknowledge) != std::string::npos;
    if (victim.acknowledge.empty() || is_named) {
        return victim.awaiting;
    }
    return victim.awaiting + "; if it is surely off: " + victim.acknowledge;
}

protocol::ListedNode listed_node(const FenceFacts& facts, const model::Node& node)
{
    protocol::ListedNode line;
    line.id = node.id;
    line.name = node.name;
    line.is_member = std::ranges::any_of(
        facts.members, [&](const protocol::FactMember& member) { return member.node == node.id; });
    for (const protocol::FactSettled& settled : facts.settled_lives) {
        if (settled.node == node.id) {  // oldest first
            line.last_master = settled.by;
            line.how = classic(settled.how);
        }
    }
    for (const FactVictim& victim : facts.victims) {
        if (victim.node == node.id) {
            line.is_victim = is_classic_victim(victim);
            line.waiting = waiting_words(victim);
        }
    }
    return line;
}

}  // namespace

protocol::DomainListing make_listing(const FenceFacts& facts, const model::ClusterModel& model,
                                     bool in_group)
{
    protocol::DomainListing listing;
    listing.in_domain = facts.in_domain;
    listing.is_member = facts.in_domain && in_group && (facts.is_admitted || !facts.quorate);
    listing.member_count = static_cast<std::uint32_t>(facts.members.size());
    listing.victim_count =
        static_cast<std::uint32_t>(std::ranges::count_if(facts.victims, is_classic_victim));
    listing.victim_now = victim_now(facts);
    listing.master = facts.master;
    listing.wait = facts.wait;
    for (const NodeId node : listed_members(facts)) {
        listing.members.push_back(node);
    }
    for (const model::Node& node : model.nodes) {
        listing.nodes.push_back(listed_node(facts, node));
    }
    std::ranges::sort(listing.nodes, {}, &protocol::ListedNode::id);
    return listing;
}

}  // namespace ha::fence
