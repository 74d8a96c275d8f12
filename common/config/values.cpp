// SPDX-License-Identifier: Apache-2.0
#include "common/config/values.hpp"

#include <algorithm>
#include <charconv>

#include "common/base/assert.hpp"

namespace ha::config {
namespace {

constexpr std::string_view blanks = " \t\r\n";

/// Longer times are this long; nobody means more (68 years).
constexpr std::int64_t duration_max = std::int64_t{1} << 31;

bool is_all_digits(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_name_start(char c)
{
    return (lower_case(c) >= 'a' && lower_case(c) <= 'z') || c == '_' || (c & 0x80) != 0;
}

/// NCName of XML; everything beyond ASCII is taken for a letter.
bool is_name(std::string_view text)
{
    return !text.empty() && is_name_start(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_name_start(c) || is_digit(c) || c == '-' || c == '.';
           });
}

bool is_word(const AttributeRule& rule, std::string_view text)
{
    bool found = false;
    for_each_word(rule.words, [&](std::string_view word) {
        found = found || (rule.kind == Kind::word ? word == text : equal_without_case(word, text));
    });
    return found;
}

std::string listed(std::string_view words)
{
    std::string list;
    for_each_word(words, [&](std::string_view word) {
        list += (list.empty() ? "" : ", ") + std::string(word);
    });
    return list;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) {
        return std::nullopt;
    }
    text = text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
    if (text.front() == '+') {
        text.remove_prefix(1);
        if (!is_all_digits(text)) {
            return std::nullopt;
        }
    }
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::int64_t> parse_duration(std::string_view text)
{
    std::int64_t sum = 0;
    while (!text.empty()) {
        const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
        if (digits == 0) {
            return std::nullopt;
        }
        const std::int64_t number =
            std::min(parse_integer(text.substr(0, digits)).value_or(duration_max), duration_max);
        text.remove_prefix(digits);
        std::int64_t unit = 1;
        if (!text.empty() && !is_digit(text.front())) {
            unit = seconds_per_unit(text.front());
            if (unit == 0) {
                return std::nullopt;
            }
            text.remove_prefix(1);
        }
        sum = std::min(sum + number * unit, duration_max);
    }
    return sum;
}

bool is_valid(const AttributeRule& rule, std::string_view text)
{
    switch (rule.kind) {
        case Kind::text:
            return true;
        case Kind::nonempty:
            return !text.empty();
        case Kind::integer: {
            const auto number = parse_integer(text);
            return number && *number >= rule.min && *number <= rule.max;
        }
        case Kind::word:
        case Kind::word_any_case:
            return is_word(rule, text);
        case Kind::yes_or_count:
            return text == "yes" || text == "no" || is_all_digits(text);
        case Kind::duration:
            return !text.empty() && parse_duration(text).has_value();
        case Kind::depth:
            return text == "*" || is_all_digits(text);
        case Kind::id:
        case Kind::id_reference:
            return is_name(text);
    }
    HA_ASSERT(false);
}

std::string accepted_values(const AttributeRule& rule)
{
    switch (rule.kind) {
        case Kind::text:
            return "a text is accepted";
        case Kind::nonempty:
            return "a text that is not empty is accepted";
        case Kind::integer:
            if (rule.min == 0 && rule.max == 1) {
                return "0 or 1 is accepted";
            }
            if (rule.max == AttributeRule{}.max) {
                return "a whole number from " + std::to_string(rule.min) + " up is accepted";
            }
            return "a whole number from " + std::to_string(rule.min) + " to " +
                   std::to_string(rule.max) + " is accepted";
        case Kind::word:
            return "accepted: " + listed(rule.words);
        case Kind::word_any_case:
            return "accepted, in either case: " + listed(rule.words);
        case Kind::yes_or_count:
            return "yes, no or a whole number from 0 up is accepted";
        case Kind::duration:
            return "seconds or terms with s, m, h, d, w, y such as 1m30s are accepted";
        case Kind::depth:
            return "a whole number from 0 up or * is accepted";
        case Kind::id:
        case Kind::id_reference:
            return "a name that begins with a letter or _ and has only letters, digits, -, _ and . "
                   "is accepted";
    }
    HA_ASSERT(false);
}

bool is_truthy(std::string_view text)
{
    const auto number = parse_integer(text);
    return number ? *number != 0
                  : equal_without_case(text, "yes") || equal_without_case(text, "on") ||
                        equal_without_case(text, "true");
}

std::optional<std::string> Values::given(std::string_view name) const
{
    const AttributeRule* rule = rule_.attribute(name);
    HA_ASSERT(rule != nullptr);
    const auto value = element_ == nullptr ? std::nullopt : element_->attribute(name);
    if (!value || !is_valid(*rule, *value)) {
        return std::nullopt;
    }
    return std::string(*value);
}

std::optional<std::int64_t> Values::given_integer(std::string_view name) const
{
    const auto value = given(name);
    return value ? parse_integer(*value) : std::nullopt;
}

std::string Values::text(std::string_view name) const
{
    if (auto value = given(name)) {
        return *value;
    }
    return std::string(rule_.attribute(name)->fallback);
}

std::int64_t Values::integer(std::string_view name) const
{
    const auto number = parse_integer(text(name));
    HA_ASSERT(number.has_value());
    return *number;
}

}  // namespace ha::config
