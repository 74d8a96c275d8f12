// SPDX-License-Identifier: Apache-2.0
#include "common/config/nearest.hpp"

#include <algorithm>
#include <vector>

namespace ha::config {
namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Nobody misspells more; and the table of distances stays small whatever a file contains.
constexpr std::size_t length_max = 64;

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b)
{
    // Rows i-2, i-1 and i of the table of distances between prefixes.
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        above[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0u : 1u)});
            const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                                 lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates)
{
    if (word.empty() || word.size() > length_max) {
        return std::nullopt;
    }
    std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
    std::optional<std::string_view> found;
    for (const std::string_view candidate : candidates) {
        const bool hopeless = candidate.size() > word.size() + best;
        const std::size_t distance = hopeless ? best : edit_distance(word, candidate);
        if (distance < best) {
            best = distance;
            found = candidate;
        }
    }
    return found;
}

}  // namespace ha::config
