// SPDX-License-Identifier: Apache-2.0
#include "common/log/mask.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace ha::log {

namespace {

constexpr std::string_view stars = "******";
constexpr std::size_t known_value_bytes_min = 3;

bool is_key_character(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

/// `at` is behind a key. Steps over `=`, `: `, `": "`, or the space behind `--key`; 0 if no value
/// follows.
std::size_t value_start(std::string_view text, std::size_t key_start, std::size_t at)
{
    const bool is_option = text.substr(key_start).starts_with("--");
    if (is_option && at < text.size() && text[at] == ' ') {
        return at + 1;
    }
    if (at < text.size() && (text[at] == '"' || text[at] == '\'')) {
        ++at;  // of a quoted key
    }
    while (at < text.size() && text[at] == ' ') {
        ++at;
    }
    if (at >= text.size() || (text[at] != '=' && text[at] != ':')) {
        return 0;
    }
    ++at;
    while (at < text.size() && text[at] == ' ') {
        ++at;
    }
    return at;
}

/// One past the value's last character. `to_line_end`: spaces belong to it, as on an agent's stdin.
std::size_t value_end(std::string_view text, std::size_t at, bool to_line_end)
{
    const auto ends = [&](char c) {
        return c == '\n' || (!to_line_end && std::isspace(static_cast<unsigned char>(c)) != 0);
    };
    while (at < text.size() && !ends(text[at])) {
        ++at;
    }
    return at;
}

/// One past the value in quotes whose first character is at `at`; the closing quote stays.
std::size_t quoted_end(std::string_view text, std::size_t at, char quote)
{
    while (at < text.size() && text[at] != quote) {
        at += text[at] == '\\' ? 2U : 1U;
    }
    return std::min(at, text.size());
}

std::string mask_keys(std::string_view text)
{
    std::string result;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t start = at;
        while (at < text.size() && is_key_character(text[at])) {
            ++at;
        }
        result += text.substr(start, at - start);
        const bool is_key = at > start && is_secret_key(text.substr(start, at - start));
        std::size_t value = is_key ? value_start(text, start, at) : 0;
        if (value != 0 && value < text.size() && text[value] != '\n') {
            const char quote = text[value];
            const bool is_quoted = quote == '"' || quote == '\'';
            value += is_quoted ? 1 : 0;
            const bool is_line_start = start == 0 || text[start - 1] == '\n';
            result += text.substr(at, value - at);
            result += stars;
            at = is_quoted ? quoted_end(text, value, quote) : value_end(text, value, is_line_start);
        } else if (at == start) {
            result += text[at++];
        }
    }
    return result;
}

}  // namespace

bool is_secret_key(std::string_view key)
{
    std::string plain;
    for (const char c : key) {
        if (c != '_' && c != '-' && c != '.') {
            plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
    }
    constexpr std::array<std::string_view, 8> endings{"passwd", "password",  "passphrase", "secret",
                                                      "token",  "community", "key",        "pwd"};
    return plain.starts_with("snmpauth") ||
           std::any_of(endings.begin(), endings.end(),
                       [&](std::string_view ending) { return plain.ends_with(ending); });
}

std::string mask_secrets(std::string_view text, const std::vector<std::string>& known_values)
{
    std::string result(text);
    // Longest first: one secret may be part of another.
    std::vector<std::string> values = known_values;
    std::sort(values.begin(), values.end(),
              [](const auto& a, const auto& b) { return a.size() > b.size(); });
    for (const std::string& value : values) {
        if (value.size() < known_value_bytes_min) {
            continue;
        }
        for (std::size_t at = result.find(value); at != std::string::npos;
             at = result.find(value, at + stars.size())) {
            result.replace(at, value.size(), stars);
        }
    }
    return mask_keys(result);
}

}  // namespace ha::log
