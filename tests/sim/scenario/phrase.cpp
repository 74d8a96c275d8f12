// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/scenario/phrase.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

namespace ha::sim {

namespace {

constexpr std::array daemons{"fenced", "rgmanager"};
constexpr const char* legend =
    "\n  DAEMON is fenced or rgmanager, PROCESS one of them or cmand, which only dies and starts";

std::optional<std::uint64_t> digits(const std::string& text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_whole = error == std::errc{} && end == text.data() + text.size();
    return is_whole ? std::optional(value) : std::nullopt;
}

bool is_node(const std::string& word)
{
    return word.size() > 1 && word[0] == 'n' && digits(word.substr(1));
}

std::optional<Duration> to_time(const std::string& word)
{
    const auto unit = std::find_if_not(word.begin(), word.end(),
                                       [](unsigned char c) { return std::isdigit(c) != 0; });
    const auto count = digits(std::string(word.begin(), unit));
    const std::string name(unit, word.end());
    if (!count) {
        return std::nullopt;
    }
    const auto value = static_cast<std::int64_t>(*count);
    if (name == "ms") {
        return std::chrono::milliseconds{value};
    }
    if (name == "s") {
        return std::chrono::seconds{value};
    }
    if (name == "min") {
        return std::chrono::minutes{value};
    }
    return std::nullopt;
}

bool is_place(const std::string& part)
{
    return std::isupper(static_cast<unsigned char>(part[0])) != 0;
}

bool is_many(const std::string& part)
{
    return part.size() > 3 && part.ends_with("...");
}

bool may_stand_for(const std::string& place, const std::string& word)
{
    if (place == "NODE") {
        return is_node(word);
    }
    if (place == "NODE:") {
        return word.ends_with(":") && is_node(word.substr(0, word.size() - 1));
    }
    if (place == "DAEMON" || place == "PROCESS") {
        return std::find(daemons.begin(), daemons.end(), word) != daemons.end() ||
               (place == "PROCESS" && word == "cmand");
    }
    if (place == "TIME") {
        return to_time(word).has_value();
    }
    if (place == "COUNT") {
        return digits(word).has_value();
    }
    return !is_node(word) || place != "SERVICE";
}

}  // namespace

std::vector<std::string> split_words(const std::string& line)
{
    std::vector<std::string> words;
    std::string word;
    bool is_quoted = false;
    bool is_open = false;
    for (const char c : line) {
        if (c == '"') {
            is_quoted = !is_quoted;
            is_open = true;
        } else if (!is_quoted && (c == ' ' || c == '\t')) {
            if (is_open) {
                words.push_back(std::exchange(word, {}));
            }
            is_open = false;
        } else {
            word += c;
            is_open = true;
        }
    }
    if (is_open) {
        words.push_back(word);
    }
    return words;
}

std::string join_words(const std::vector<std::string>& words)
{
    std::string line;
    for (const std::string& word : words) {
        line += (line.empty() ? "" : " ") + word;
    }
    return line;
}

std::vector<std::string> split_at(const std::string& text, char separator)
{
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == separator) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

NodeId read_node(const std::string& word)
{
    const std::string name = word.ends_with(":") ? word.substr(0, word.size() - 1) : word;
    if (!is_node(name)) {
        throw StoryError("'" + word + "' is no node; nodes are n1, n2, ...");
    }
    return NodeId{static_cast<std::uint32_t>(*digits(name.substr(1)))};
}

Duration read_time(const std::string& word)
{
    const std::optional<Duration> time = to_time(word);
    if (!time) {
        throw StoryError("'" + word + "' is no time; times are 300ms, 20s, 2min");
    }
    return *time;
}

NodeId Places::node(std::size_t place) const
{
    return read_node(word(place));
}

Duration Places::time(std::size_t place) const
{
    return read_time(word(place));
}

std::uint64_t Places::count(std::size_t place) const
{
    return *digits(word(place));
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& words,
          Places& places)
{
    std::size_t next = 0;
    for (std::size_t part = 0; part < pattern.size(); ++part) {
        const std::string& name = pattern[part];
        if (is_many(name)) {
            // All that the rest of the pattern leaves; at most one such place per pattern.
            const std::size_t rest = pattern.size() - part - 1;
            if (words.size() < next + rest + 1) {
                return false;
            }
            const auto from = words.begin() + static_cast<std::ptrdiff_t>(next);
            const auto to = words.end() - static_cast<std::ptrdiff_t>(rest);
            places.add(std::vector<std::string>(from, to));
            next = words.size() - rest;
            continue;
        }
        if (next >= words.size()) {
            return false;
        }
        const bool is_right =
            is_place(name) ? may_stand_for(name, words[next]) : words[next] == name;
        if (!is_right) {
            return false;
        }
        if (is_place(name)) {
            places.add({words[next]});
        }
        ++next;
    }
    return next == words.size();
}

std::string refusal(const std::vector<std::vector<std::string>>& patterns,
                    const std::vector<std::string>& words)
{
    std::string alike;
    std::string all;
    for (const auto& pattern : patterns) {
        const std::string line = "\n    " + join_words(pattern);
        const bool begins_alike =
            !words.empty() && (pattern[0] == words[0] ||
                               (is_place(pattern[0]) && may_stand_for(pattern[0], words[0]) &&
                                pattern[0] != "SERVICE"));
        alike += begins_alike ? line : "";
        all += line;
    }
    return "'" + join_words(words) +
           "' is not understood; accepted here:" + (alike.empty() ? all : alike) + legend;
}

}  // namespace ha::sim
