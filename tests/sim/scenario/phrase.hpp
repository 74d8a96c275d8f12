// SPDX-License-Identifier: Apache-2.0
//
// Phrases: the vocabulary of scenarios as a table. A pattern is a line of literal words and places:
//
//   power off NODE        cut SIDES...        run until CONDITION... within TIME
//
// NODE n7; SERVICE a name; DAEMON fenced, rgmanager or cmand; TIME 20s or 300ms; COUNT a number;
// WORD anything; a name with `...` takes one or more words. What fits no pattern is refused with
// the patterns that begin alike.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"

namespace ha::sim {

/// The scenario file says something that is no command, or that cannot be done here.
struct StoryError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Words of a line; "..." is one word.
[[nodiscard]] std::vector<std::string> split_words(const std::string& line);
[[nodiscard]] std::string join_words(const std::vector<std::string>& words);

/// a,b -> {a, b}
[[nodiscard]] std::vector<std::string> split_at(const std::string& text, char separator);

/// What stood in the places of a pattern, in order.
class Places
{
public:
    void add(std::vector<std::string> words) { places_.push_back(std::move(words)); }

    [[nodiscard]] std::size_t size() const { return places_.size(); }
    [[nodiscard]] const std::vector<std::string>& words(std::size_t place) const
    {
        return places_.at(place);
    }
    [[nodiscard]] const std::string& word(std::size_t place) const { return words(place).front(); }
    [[nodiscard]] NodeId node(std::size_t place) const;
    [[nodiscard]] std::string service(std::size_t place) const { return "service:" + word(place); }
    [[nodiscard]] Duration time(std::size_t place) const;
    [[nodiscard]] std::uint64_t count(std::size_t place) const;

private:
    std::vector<std::vector<std::string>> places_;
};

/// n7 -> 7. Throws StoryError.
[[nodiscard]] NodeId read_node(const std::string& word);
/// 20s, 300ms, 2min. Throws StoryError.
[[nodiscard]] Duration read_time(const std::string& word);

template <class Result>
class Phrases
{
public:
    using Meaning = std::function<Result(const Places&)>;

    void add(const std::string& pattern, Meaning meaning)
    {
        phrases_.push_back({split_words(pattern), std::move(meaning)});
    }

    /// Throws StoryError when no pattern fits, naming those that begin with the same word.
    Result run(const std::vector<std::string>& words) const;

private:
    struct Phrase {
        std::vector<std::string> pattern;
        Meaning meaning;
    };
    std::vector<Phrase> phrases_;
};

/// Fills `places` when the words fit the pattern.
[[nodiscard]] bool fits(const std::vector<std::string>& pattern,
                        const std::vector<std::string>& words, Places& places);
[[nodiscard]] std::string refusal(const std::vector<std::vector<std::string>>& patterns,
                                  const std::vector<std::string>& words);

template <class Result>
Result Phrases<Result>::run(const std::vector<std::string>& words) const
{
    std::vector<std::vector<std::string>> patterns;
    for (const Phrase& phrase : phrases_) {
        Places places;
        if (fits(phrase.pattern, words, places)) {
            return phrase.meaning(places);
        }
        patterns.push_back(phrase.pattern);
    }
    throw StoryError(refusal(patterns, words));
}

}  // namespace ha::sim
