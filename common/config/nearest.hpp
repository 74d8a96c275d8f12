// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace ha::config {

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other;
/// case does not count.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate a person probably meant: the first with the smallest distance, if that is at most
/// a third of the word (and at least 1 is allowed). Nothing if none is near.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

}  // namespace ha::config
