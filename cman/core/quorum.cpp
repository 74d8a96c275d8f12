// SPDX-License-Identifier: Apache-2.0
#include "cman/core/quorum.hpp"

#include <algorithm>

namespace ha::cman {

namespace {

bool is_two_node_now(const Ballot& ballot)
{
    return ballot.two_node && ballot.members <= 2;
}

}  // namespace

std::uint32_t required_votes_lowered(const Ballot& ballot)
{
    return is_two_node_now(ballot) ? 1 : (std::max(ballot.expected, ballot.total) + 2) / 2;
}

std::uint32_t required_votes(const Ballot& ballot, std::uint32_t previous)
{
    const std::uint32_t lowered = required_votes_lowered(ballot);
    return is_two_node_now(ballot) ? lowered : std::max(lowered, previous);
}

bool is_quorate(const Ballot& ballot, std::uint32_t required)
{
    return ballot.total >= required;
}

std::optional<std::uint32_t> expected_to_set(const Ballot& ballot, std::uint32_t asked)
{
    Ballot lowered = ballot;
    lowered.expected = asked;
    if (asked == 0 || !is_quorate(lowered, required_votes_lowered(lowered))) {
        return std::nullopt;
    }
    return std::max(asked, ballot.total);
}

std::uint32_t expected_after_remove(const Ballot& left)
{
    return std::max(left.members, left.total);
}

std::optional<std::uint32_t> expected_to_restore(const Ballot& ballot, std::uint32_t configured)
{
    Ballot restored = ballot;
    restored.expected = std::max(configured, ballot.total);
    const bool is_quorate_now = is_quorate(ballot, required_votes_lowered(ballot));
    const bool stays_quorate = is_quorate(restored, required_votes_lowered(restored));
    if (ballot.two_node || restored.expected == ballot.expected ||
        (is_quorate_now && !stays_quorate)) {
        return std::nullopt;
    }
    return restored.expected;
}

bool may_set_votes(const Ballot& ballot, std::uint32_t old_votes, std::uint32_t new_votes,
                   bool is_member)
{
    if (new_votes == 0) {
        return false;
    }
    Ballot changed = ballot;
    if (is_member) {
        changed.total = ballot.total - std::min(ballot.total, old_votes) + new_votes;
    }
    return is_quorate(changed, required_votes_lowered(changed));
}

}  // namespace ha::cman
