// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/values.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace ha::service {
namespace {

constexpr std::int64_t time_value_max = 10'000 * seconds_per_unit('y');

}  // namespace

std::chrono::seconds parse_time_value(std::string_view text)
{
    std::int64_t sum = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        std::int64_t number = 0;
        for (; at < text.size() && is_digit(text[at]); ++at) {
            number = number * 10 + (text[at] - '0');
            if (number > time_value_max) {
                return std::chrono::seconds{0};
            }
        }
        const std::int64_t unit = at < text.size() ? seconds_per_unit(text[at]) : 1;
        ++at;
        if (unit != 0 && number > time_value_max / unit) {
            return std::chrono::seconds{0};
        }
        sum += number * unit;
        if (sum > time_value_max) {
            return std::chrono::seconds{0};
        }
    }
    return std::chrono::seconds{sum};
}

int leading_integer(std::string_view text)
{
    constexpr std::int64_t limit = std::numeric_limits<int>::max();
    std::size_t at = text.find_first_not_of(" \t\r\n");
    if (at == std::string_view::npos) {
        return 0;
    }
    const bool negative = text[at] == '-';
    if (text[at] == '-' || text[at] == '+') {
        ++at;
    }
    std::int64_t number = 0;
    for (; at < text.size() && is_digit(text[at]); ++at) {
        number = std::min(limit, number * 10 + (text[at] - '0'));
    }
    return static_cast<int>(negative ? -number : number);
}

bool is_metadata_flag_on(std::optional<std::string_view> text)
{
    if (!text || text->empty()) {
        return false;
    }
    return lower_case(text->front()) == 'y' || leading_integer(*text) != 0;
}

bool less_without_case(std::string_view left, std::string_view right)
{
    return std::lexicographical_compare(
        left.begin(), left.end(), right.begin(), right.end(),
        [](char a, char b) { return lower_case(a) < lower_case(b); });
}

}  // namespace ha::service
