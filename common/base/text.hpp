// SPDX-License-Identifier: Apache-2.0
//
// Small questions about ASCII text, whatever the locale.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace ha {

constexpr bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

constexpr char lower_case(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Of the letters s m h d w y, in either case; 0 for any other character.
constexpr std::int64_t seconds_per_unit(char unit)
{
    switch (lower_case(unit)) {
        case 's':
            return 1;
        case 'm':
            return 60;
        case 'h':
            return 60 * 60;
        case 'd':
            return 24 * 60 * 60;
        case 'w':
            return 7 * 24 * 60 * 60;
        case 'y':
            return 365 * 24 * 60 * 60;
        default:
            return 0;
    }
}

constexpr bool equal_without_case(std::string_view left, std::string_view right)
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower_case(a) == lower_case(b); });
}

}  // namespace ha
