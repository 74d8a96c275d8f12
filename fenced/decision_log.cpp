// SPDX-License-Identifier: Apache-2.0
#include "fenced/decision_log.hpp"

#include <algorithm>

namespace ha::fence {
namespace {

using log::Event;

Event event_of(Decision decision)
{
    switch (decision) {
        case Decision::domain_joined:
            return Event::fence_domain_joined;
        case Decision::domain_formed:
            return Event::fence_domain_formed;
        case Decision::domain_clear:
            return Event::fence_domain_clear;
        case Decision::domain_left:
            return Event::fence_domain_left;
        case Decision::domain_reset:
            return Event::fence_domain_reset;
        case Decision::node_dead:
            return Event::fence_node_dead;
        case Decision::member_admitted:
            return Event::fence_member_admitted;
        case Decision::member_lost:
            return Event::fence_member_lost;
        case Decision::member_pending:
            return Event::fence_member_pending;
        case Decision::victim_named:
            return Event::fence_victim_named;
        case Decision::victim_settled:
            return Event::fence_victim_settled;
        case Decision::fence_delayed:
            return Event::fence_delayed;
        case Decision::fence_deferred:
            return Event::fence_deferred;
        case Decision::fence_started:  // Rounds says it, as loudly as it should be said
        case Decision::fence_failed:
        case Decision::fence_ended:
        case Decision::void_message:
            return Event::fence_void_message;
        case Decision::fence_void:
            return Event::fence_round_void;
        case Decision::external_seen:
            return Event::fence_external;
        case Decision::stranger_seen:
            return Event::fence_stranger;
        case Decision::document_prepared:
            return Event::fence_document_prepared;
        case Decision::document_objected:
            return Event::fence_document_objected;
        case Decision::document_active:
            return Event::fence_document_active;
        case Decision::cman_away:
            return Event::fence_cman_away;
        case Decision::refused:
            return Event::fence_refused;
    }
    return Event::fence_void_message;
}

/// The reason is often only a fragment; people read this line alone.
std::string words_of(const Decided& decided, const std::string& name)
{
    switch (decided.decision) {
        case Decision::domain_formed:
            return "the fence domain is " + decided.reason;
        case Decision::domain_joined:
            return "this node joined the fence domain, " + decided.reason;
        case Decision::domain_left:
            return "this node left the fence domain: " + decided.reason;
        case Decision::member_admitted:
            return name + " joined the fence domain, " + decided.reason;
        case Decision::node_dead:
            return "this node must not go on: " + decided.reason;
        default:
            return decided.reason;
    }
}

/// How the node was settled last, if it was.
const protocol::FactSettled* last_settled(const protocol::FenceFacts& facts, NodeId node)
{
    const auto last =
        std::find_if(facts.settled_lives.rbegin(), facts.settled_lives.rend(),
                     [node](const protocol::FactSettled& settled) { return settled.node == node; });
    return last != facts.settled_lives.rend() ? &*last : nullptr;
}

void log_settled(Journal& journal, const Decided& decided, const std::string& name,
                 const protocol::FenceFacts& facts)
{
    const protocol::FactSettled* settled = last_settled(facts, decided.node);
    if (settled != nullptr && settled->how == protocol::SettledHow::overridden) {
        journal.note(Event::fence_victim_overridden,
                     "fence " + name + " overridden by administrator intervention",
                     {{"who", settled->words}});
    }
    if (settled != nullptr && settled->how == protocol::SettledHow::member) {
        journal.debug("reduce victim " + name);
    }
}

}  // namespace

void log_decision(Journal& journal, const Decided& decided, const std::string& name,
                  const protocol::FenceFacts& facts)
{
    journal.note(event_of(decided.decision), words_of(decided, name));
    if (decided.decision == Decision::domain_formed) {
        for (const protocol::FactVictim& victim : facts.victims) {
            journal.debug("add_victims_init nodeid " + std::to_string(victim.node.value));
        }
    } else if (decided.decision == Decision::victim_named) {
        journal.debug("add_victims node " + std::to_string(decided.node.value));
    } else if (decided.decision == Decision::victim_settled) {
        log_settled(journal, decided, name, facts);
    }
}

}  // namespace ha::fence
