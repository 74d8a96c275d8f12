// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/state.hpp"

#include <algorithm>
#include <utility>

#include "common/base/assert.hpp"

namespace ha::fence {

using protocol::FenceState;
using protocol::PendingRecord;
using protocol::RoundRecord;
using protocol::SettledRecord;
using protocol::VictimRecord;

namespace {

/// Lives of one node that facts and groups may still ask about.
constexpr std::size_t settled_per_node_max = 4;

template <class Records, class Match>
auto* first_where(Records& records, Match match)
{
    const auto found = std::find_if(records.begin(), records.end(), match);
    return found != records.end() ? &*found : nullptr;
}

bool covers(const NodeLife& settled, const NodeLife& life)
{
    return settled.empty() || settled == life;
}

}  // namespace

std::string_view to_string(protocol::FenceCause cause)
{
    switch (cause) {
        case protocol::FenceCause::node_down:
            return "it left the cluster";
        case protocol::FenceCause::process_down:
            return "its fenced is gone";
        case protocol::FenceCause::partial_leave:
            return "it left without being done";
        case protocol::FenceCause::startup:
            return "it was absent when the domain formed";
        case protocol::FenceCause::clean_start:
            return "it was absent when the domain formed with clean_start";
        case protocol::FenceCause::silent:
            return "it is silent";
        case protocol::FenceCause::returned:
            return "it returned in a life that is over";
        case protocol::FenceCause::demanded:
            return "it was asked for";
        case protocol::FenceCause::cman:
            return "its cmand did not come back";
    }
    return "unknown cause";
}

std::string_view to_string(protocol::SettledHow how)
{
    switch (how) {
        case protocol::SettledHow::agent:
            return "agent";
        case protocol::SettledHow::status:
            return "status";
        case protocol::SettledHow::member:
            return "member";
        case protocol::SettledHow::overridden:
            return "override";
        case protocol::SettledHow::external:
            return "external";
    }
    return "unknown";
}

VictimRecord* find_victim(FenceState& state, NodeId node)
{
    return first_where(state.victims, [node](const auto& victim) { return victim.node == node; });
}

const VictimRecord* find_victim(const FenceState& state, NodeId node)
{
    return first_where(state.victims, [node](const auto& victim) { return victim.node == node; });
}

bool is_victim_life(const FenceState& state, NodeId node, const NodeLife& life)
{
    const VictimRecord* victim = find_victim(state, node);
    return victim != nullptr && covers(victim->life, life);
}

const RoundRecord* find_round(const FenceState& state, NodeId victim)
{
    return first_where(state.rounds,
                       [victim](const auto& round) { return round.victim == victim; });
}

const PendingRecord* find_pending(const FenceState& state, NodeId node)
{
    return first_where(state.pending, [node](const auto& pending) { return pending.node == node; });
}

bool is_settled_life(const FenceState& state, NodeId node, const NodeLife& life)
{
    return !life.empty() && first_where(state.settled, [&](const SettledRecord& settled) {
                                return settled.node == node && settled.life == life;
                            }) != nullptr;
}

bool left_clean(const FenceState& state, NodeId node, const NodeLife& life)
{
    return first_where(state.clean, [&](const auto& clean) {
               return clean.node == node && (life.empty() || clean.life == life);
           }) != nullptr;
}

bool has_open_external(const FenceState& state, NodeId node)
{
    return first_where(state.externals, [node](const auto& external) {
               return external.node == node && external.is_open;
           }) != nullptr;
}

void end_externals_by(FenceState& state, NodeId node)
{
    std::erase_if(state.externals,
                  [node](const auto& external) { return external.by == node && external.is_open; });
}

bool was_fenced_externally(const FenceState& state, NodeId node, AdmissionNumber admission)
{
    return first_where(state.externals, [&](const auto& external) {
               return external.node == node && external.succeeded &&
                      admission <= external.admission;
           }) != nullptr;
}

void erase_pending(FenceState& state, NodeId node)
{
    std::erase_if(state.pending, [node](const auto& pending) { return pending.node == node; });
}

void erase_clean(FenceState& state, NodeId node)
{
    std::erase_if(state.clean, [node](const auto& clean) { return clean.node == node; });
}

void add_victim(FenceState& state, VictimRecord victim)
{
    erase_pending(state, victim.node);
    erase_clean(state, victim.node);
    VictimRecord* existing = find_victim(state, victim.node);
    if (existing == nullptr) {
        state.victims.push_back(std::move(victim));
        return;
    }
    HA_ASSERT(existing->life.empty() || existing->life == victim.life);
    existing->life = victim.life;
    existing->admission = std::max(existing->admission, victim.admission);
    existing->cause = victim.cause;
    existing->words = victim.words;
}

void keep_settled(FenceState& state, SettledRecord settled)
{
    const auto of_node = [node = settled.node](const SettledRecord& record) {
        return record.node == node;
    };
    state.settled.push_back(std::move(settled));
    if (std::count_if(state.settled.begin(), state.settled.end(), of_node) >
        static_cast<std::ptrdiff_t>(settled_per_node_max)) {
        state.settled.erase(std::find_if(state.settled.begin(), state.settled.end(), of_node));
    }
}

namespace {

/// Drops the open rounds, fence_node runs and groups of those lives of a node. Returns the
/// acknowledged victims that waited for one of these rounds.
template <class IsOver>
std::vector<NodeId> end_work_of(FenceState& state, NodeId node, IsOver is_over)
{
    std::vector<NodeId> waited;
    std::erase_if(state.rounds, [&](const RoundRecord& round) {
        const bool ends = round.by == node && is_over(round.by_life);
        const VictimRecord* victim = find_victim(state, round.victim);
        if (ends && victim != nullptr && victim->acknowledged) {
            waited.push_back(round.victim);
        }
        return ends;
    });
    std::erase_if(state.externals, [&](const auto& external) {
        return external.by == node && external.is_open && is_over(external.by_life);
    });
    std::erase_if(state.groups,
                  [&](const auto& group) { return group.node == node && is_over(group.life); });
    return waited;
}

}  // namespace

std::vector<NodeId> record_settled(FenceState& state, SettledRecord settled)
{
    const NodeId node = settled.node;
    const NodeLife life = settled.life;
    std::vector<NodeId> waited = end_work_of(
        state, node, [&life](const NodeLife& of_work) { return covers(life, of_work); });
    keep_settled(state, std::move(settled));
    return waited;
}

std::vector<NodeId> end_work_of_former_lives(FenceState& state, NodeId node, const NodeLife& life)
{
    return end_work_of(state, node, [&life](const NodeLife& of_work) { return of_work != life; });
}

std::vector<NodeId> settle_victim(FenceState& state, NodeId node, protocol::SettledHow how,
                                  NodeId by, const std::string& words)
{
    const VictimRecord* victim = find_victim(state, node);
    HA_ASSERT(victim != nullptr);
    SettledRecord settled{node, victim->life, victim->admission, how, by, words};
    std::erase_if(state.victims, [node](const auto& record) { return record.node == node; });
    return record_settled(state, std::move(settled));
}

}  // namespace ha::fence
