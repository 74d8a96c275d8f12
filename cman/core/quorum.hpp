// SPDX-License-Identifier: Apache-2.0
//
// Quorum arithmetic of the classic cman (spec/cman.md 4), on top of votequorum, whose formula is
// the same but whose doors are narrower: votequorum refuses an expected value below the votes
// present, cman took it. Quorum never falls by itself: dead nodes keep counting. Three acts of a
// person may lower it: leave remove, expected -e, votes -v.
#pragma once

#include <cstdint>
#include <optional>

namespace ha::cman {

struct Ballot {
    std::uint32_t members = 0;   ///< nodes present
    std::uint32_t total = 0;     ///< votes present, a live quorum device's included
    std::uint32_t expected = 0;  ///< the highest expected votes any member has
    bool two_node = false;
};

/// Votes needed to act: (max(expected, total) + 2) / 2; not below `previous` (what was needed so
/// far) unless the caller may lower it; 1 for two_node with at most two members.
[[nodiscard]] std::uint32_t required_votes(const Ballot& ballot, std::uint32_t previous);
[[nodiscard]] std::uint32_t required_votes_lowered(const Ballot& ballot);

[[nodiscard]] bool is_quorate(const Ballot& ballot, std::uint32_t required);

/// `cman_tool expected -e asked`: what to tell votequorum; nothing = refused (EINVAL): with `asked`
/// the votes present would not be quorate, or asked is 0.
[[nodiscard]] std::optional<std::uint32_t> expected_to_set(const Ballot& ballot,
                                                           std::uint32_t asked);

/// After an announced `leave remove`, once the leaver is gone: every member's expected becomes the
/// number of members left; votequorum takes no less than the votes present.
[[nodiscard]] std::uint32_t expected_after_remove(const Ballot& left);

/// What votequorum's expected votes should be again after a node came or a refused one went, for
/// `configured` (cman/@expected_votes or the sum of votes); nothing = leave them. Never so high
/// that the votes present, if quorate, would stop being so: that would stop services because a node
/// came.
[[nodiscard]] std::optional<std::uint32_t> expected_to_restore(const Ballot& ballot,
                                                               std::uint32_t configured);

/// `cman_tool votes -v new_votes` for a node that has `old_votes`; `is_member`: its votes are in
/// the total. False = refused (EINVAL): 0 votes, or the rest would not be quorate.
[[nodiscard]] bool may_set_votes(const Ballot& ballot, std::uint32_t old_votes,
                                 std::uint32_t new_votes, bool is_member);

}  // namespace ha::cman
