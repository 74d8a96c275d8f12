// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/agent_result.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "fenced/core/arguments.hpp"

namespace ha::fence {
namespace {

constexpr std::array<std::string_view, 12> result_words{
    "success",           "error from agent",    "error from fork",
    "error no method",   "error no device",     "error config agent",
    "error config args", "error config device", "error method number",
    "status on",         "status off",          "status error",
};
static_assert(result_words.size() == static_cast<std::size_t>(ResultWord::status_error) + 1);

/// Takes `ending` off the end, and spaces before it.
bool strip(std::string_view& text, std::string_view ending)
{
    if (!text.ends_with(ending)) {
        return false;
    }
    text.remove_suffix(ending.size());
    text = text.substr(0, text.find_last_not_of(" \t") + 1);
    return true;
}

/// "Status: OFF", "Chassis power = off", "power is off": a line that ends so. A usage text that
/// lists the words, or a message that happens to contain them, says nothing about the plug.
bool line_says_off(std::string_view line)
{
    line = line.substr(0, line.find_last_not_of(" \t\r.") + 1);
    return strip(line, "off") && (strip(line, ":") || strip(line, "=") || strip(line, " is")) &&
           (strip(line, "status") || strip(line, "power"));
}

bool says_off(std::string_view output)
{
    std::string lower(output);
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (std::string_view rest = lower; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        if (line_says_off(rest.substr(0, end))) {
            return true;
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

}  // namespace

std::string_view to_string(ResultWord word)
{
    return result_words.at(static_cast<std::size_t>(word));
}

ResultWord action_word(const AgentFinished& event)
{
    if (event.end == AgentEnd::spawn_failed) {
        return ResultWord::error_from_fork;
    }
    return event.end == AgentEnd::exited && event.code == 0 ? ResultWord::success
                                                            : ResultWord::error_from_agent;
}

ResultWord status_word(const AgentFinished& event, bool must_say_off)
{
    if (event.end != AgentEnd::exited) {
        return ResultWord::status_error;
    }
    if (event.code == 0) {
        return ResultWord::status_on;
    }
    // Shells, argparse and missing scripts exit 2 as well: what saves a shot must also say so.
    const bool is_off = event.code == 2 && (!must_say_off || says_off(event.output));
    return is_off ? ResultWord::status_off : ResultWord::status_error;
}

std::string words_of(const AgentFinished& event, const std::string& arguments)
{
    std::string words = last_words(event.output, arguments);
    const auto after = [&words](const std::string& text) {
        return words.empty() ? text : text + ": " + words;
    };
    switch (event.end) {
        case AgentEnd::exited:
            return words;
        case AgentEnd::signalled:
            return after("ended by signal " + std::to_string(event.code));
        case AgentEnd::timed_out:
            return after("ended at its deadline");
        case AgentEnd::not_found:
            return "agent not found";
        case AgentEnd::spawn_failed:
            return after("could not be started");
        case AgentEnd::ended:
            return after("ended on request");
    }
    return words;
}

bool is_failure(ResultWord word)
{
    return word != ResultWord::success && word != ResultWord::status_on &&
           word != ResultWord::status_off;
}

}  // namespace ha::fence
