// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/copies.hpp"

#include <algorithm>
#include <utility>

#include "fenced/core/state.hpp"

namespace ha::fence {

using protocol::FenceCopy;
using protocol::FenceState;
using protocol::SettledHow;
using protocol::VictimRecord;

namespace {

const Joiner* find_joiner(const std::vector<Joiner>& joiners, NodeId node)
{
    const auto found = std::find_if(joiners.begin(), joiners.end(),
                                    [node](const Joiner& joiner) { return joiner.node == node; });
    return found != joiners.end() ? &*found : nullptr;
}

template <class Records>
void append_new(Records& into, const Records& from)
{
    for (const auto& record : from) {
        if (std::find(into.begin(), into.end(), record) == into.end()) {
            into.push_back(record);
        }
    }
}

/// Results first, so that a victim one copy knows as settled does not come back from another one.
void unite_results(FenceState& state, const std::vector<Joiner>& joiners)
{
    for (const Joiner& joiner : joiners) {
        const FenceState& copy = joiner.copy.state;
        for (const auto& settled : copy.settled) {
            const auto is_same = [&](const auto& known) {
                return known.node == settled.node && known.life == settled.life &&
                       (!settled.life.empty() || known.admission == settled.admission);
            };
            if (std::none_of(state.settled.begin(), state.settled.end(), is_same)) {
                keep_settled(state, settled);
            }
        }
        append_new(state.clean, copy.clean);
        state.last_round = std::max(state.last_round, copy.last_round);
    }
}

/// A node that reset forgets whom it lost sight of and who is here: it was cut off itself. But a
/// member that was named for another reason goes on in its domain (S5).
bool is_forgotten(const Joiner& joiner, const VictimRecord& victim,
                  const std::vector<Joiner>& joiners)
{
    const Joiner* accused = find_joiner(joiners, victim.node);
    if (!joiner.copy.reset || accused == nullptr) {
        return false;
    }
    return victim.cause == protocol::FenceCause::node_down || !is_continuing(accused->copy);
}

void unite_victims(FenceState& state, const std::vector<Joiner>& joiners)
{
    for (const Joiner& joiner : joiners) {
        for (const VictimRecord& victim : joiner.copy.state.victims) {
            const bool forgotten = is_forgotten(joiner, victim, joiners);
            const VictimRecord* known = find_victim(state, victim.node);
            const bool is_known = known != nullptr && !known->life.empty();
            if (!forgotten && !is_known && !is_settled_life(state, victim.node, victim.life)) {
                add_victim(state, victim);
            }
        }
    }
}

/// A node that reset knows rounds of victims only: such a fencer may have been cut off with its
/// agent, and only when it is settled nobody fences there any more (S6).
bool may_still_run(const FenceState& state, const std::vector<Joiner>& joiners,
                   const FenceCopy& copy, const protocol::RoundRecord& round)
{
    const Joiner* fencer = find_joiner(joiners, round.by);
    const bool fencer_is_over = is_settled_life(state, round.by, round.by_life) ||
                                (fencer != nullptr && fencer->life.node != round.by_life);
    return !fencer_is_over &&
           (is_continuing(copy) || is_victim_life(state, round.by, round.by_life));
}

void unite_rounds(FenceState& state, const std::vector<Joiner>& joiners)
{
    for (const Joiner& joiner : joiners) {
        for (const auto& round : joiner.copy.state.rounds) {
            if (may_still_run(state, joiners, joiner.copy, round) &&
                find_round(state, round.victim) == nullptr) {
                state.rounds.push_back(round);
            }
        }
        if (!is_continuing(joiner.copy)) {
            continue;
        }
        append_new(state.externals, joiner.copy.state.externals);
        append_new(state.groups, joiner.copy.state.groups);
        state.cleared = state.cleared || joiner.copy.state.cleared;
    }
}

/// Whom only nodes that reset know as a victim may have reset as well, and then it is none: like a
/// node that was never seen, it is settled by its return, too.
void forget_lives_known_to_reset_nodes(FenceState& state, const std::vector<Joiner>& joiners)
{
    for (VictimRecord& victim : state.victims) {
        const auto knows = [&](const Joiner& joiner) {
            const VictimRecord* known = find_victim(joiner.copy.state, victim.node);
            return is_continuing(joiner.copy) && known != nullptr && known->life == victim.life;
        };
        const bool is_here = find_joiner(joiners, victim.node) != nullptr;
        if (!is_here && std::none_of(joiners.begin(), joiners.end(), knows)) {
            victim.life = {};
        }
    }
}

/// Members of a continuing copy that did not come: they may return within their grace.
void unite_pending(FenceState& state, const std::vector<Joiner>& joiners)
{
    const auto add = [&](NodeId node, const DaemonLife& life, AdmissionNumber admission) {
        const Joiner* joiner = find_joiner(joiners, node);
        if (joiner != nullptr && joiner->life.node != life.node &&
            !is_settled_life(state, node, life.node)) {
            (void)record_settled(state, {node, life.node, admission, SettledHow::member, node,
                                         "it is back in a new life"});
        }
        if (joiner == nullptr && find_victim(state, node) == nullptr &&
            find_pending(state, node) == nullptr && !left_clean(state, node, life.node) &&
            !is_settled_life(state, node, life.node)) {
            state.pending.push_back({node, life, admission, true, {}});
        }
    };
    for (const Joiner& joiner : joiners) {
        if (is_continuing(joiner.copy)) {
            for (const auto& member : joiner.copy.members) {
                add(member.node, member.life, member.admission);
            }
            for (const auto& pending : joiner.copy.state.pending) {
                add(pending.node, pending.life, pending.admission);
            }
        }
    }
}

void add_startup_victims(FenceState& state, const std::vector<Joiner>& joiners,
                         const model::ClusterModel& model)
{
    const bool is_two_node = model.quorum.two_node;
    for (const model::Node& node : model.nodes) {
        const bool is_here = find_joiner(joiners, node.id) != nullptr;
        if (is_here || find_victim(state, node.id) != nullptr || left_clean(state, node.id, {})) {
            continue;
        }
        VictimRecord victim;
        victim.node = node.id;
        if (model.fence_daemon.clean_start) {
            if (!is_two_node) {
                continue;
            }
            victim.cause = protocol::FenceCause::clean_start;
        } else if (model.fence_daemon.skip_undefined && node.methods.empty()) {
            continue;
        } else {
            victim.cause = protocol::FenceCause::startup;
        }
        add_victim(state, victim);
    }
}

/// A victim that is here in another life than the one that was feared.
void settle_returned(FenceState& state, const std::vector<Joiner>& joiners)
{
    AdmissionNumber last;
    for (const Joiner& joiner : joiners) {
        last = std::max(last, joiner.copy.last_admission);
    }
    for (const Joiner& joiner : joiners) {
        VictimRecord* victim = find_victim(state, joiner.node);
        if (victim != nullptr && victim->life != joiner.life.node) {
            victim->admission = victim->life.empty() ? last : victim->admission;
            (void)settle_victim(state, joiner.node, SettledHow::member, joiner.node,
                                "it is back in a new life");
        }
    }
}

}  // namespace

FenceCopy read_copy(const std::string& text, const NodeLife& life)
{
    if (text.empty()) {
        return {};
    }
    Result<FenceCopy> copy = protocol::decode<FenceCopy>(text);
    if (!copy || copy->life != life) {
        return {};
    }
    return std::move(*copy);
}

bool is_continuing(const FenceCopy& copy)
{
    return copy.in_domain && !copy.reset && copy.state.formed;
}

Formed form_state(const std::vector<Joiner>& joiners, const model::ClusterModel& model)
{
    Formed formed;
    FenceState& state = formed.state;
    formed.continues = std::any_of(joiners.begin(), joiners.end(),
                                   [](const Joiner& joiner) { return is_continuing(joiner.copy); });
    unite_results(state, joiners);
    unite_victims(state, joiners);
    settle_returned(state, joiners);
    unite_rounds(state, joiners);
    unite_pending(state, joiners);
    forget_lives_known_to_reset_nodes(state, joiners);
    if (!formed.continues) {
        add_startup_victims(state, joiners, model);
    }
    for (const Joiner& joiner : joiners) {
        const VictimRecord* victim = find_victim(state, joiner.node);
        const bool is_victim = victim != nullptr && victim->life == joiner.life.node;
        if (is_victim || is_settled_life(state, joiner.node, joiner.life.node)) {
            formed.barred.insert(joiner.node);
        }
    }
    for (const Joiner& joiner : joiners) {
        if (!formed.barred.contains(joiner.node)) {
            erase_clean(state, joiner.node);
        }
    }
    state.formed = true;
    return formed;
}

}  // namespace ha::fence
