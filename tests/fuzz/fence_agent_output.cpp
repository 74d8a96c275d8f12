// SPDX-License-Identifier: Apache-2.0
//
// Whatever a fence agent prints and whatever its arguments are: what people get to see is one short
// line without control characters and without the password; and nobody is off, nor shot, because of
// what it says alone. Input: the password, a line break, the output.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/assert.hpp"
#include "fenced/core/agent_result.hpp"
#include "fenced/core/arguments.hpp"

namespace {

using namespace ha::fence;

constexpr std::size_t bytes_max = 4095;

bool is_plain(std::string_view text)
{
    return std::ranges::all_of(text,
                               [](unsigned char c) { return std::isgraph(c) != 0 && c != '*'; });
}

void check_words(const std::string& words)
{
    HA_ASSERT(words.size() <= 500);
    HA_ASSERT(std::ranges::none_of(words, [](unsigned char c) { return std::iscntrl(c) != 0; }));
}

void check(const std::string& secret, const std::string& output)
{
    ha::model::FenceStep step;
    step.agent = "fence_x";
    step.device_attributes = {{"port", "1"}, {"comment", output}};
    step.fencedevice_attributes = {{"passwd", secret}};
    const auto arguments = agent_arguments(step, "n2", Purpose::fence, bytes_max);
    if (!arguments) {
        check_words(last_words(output, ""));
        return;
    }
    HA_ASSERT(arguments->size() <= bytes_max && arguments->ends_with("\npasswd=" + secret + "\n"));
    HA_ASSERT(std::ranges::count(*arguments, '\n') ==
              (output.find("nodename=") == std::string::npos ? 4 : 3));

    const std::string words =
        last_words("said: " + output + " " + secret + " and more\n" + output, *arguments);
    check_words(words);
    const std::string shown = printable_arguments(*arguments);
    HA_ASSERT(shown.find('\n') == std::string::npos);
    constexpr std::string_view not_secret = "port=1 comment= nodename=n2 passwd=";
    if (secret.size() >= 4 && is_plain(secret) &&
        not_secret.find(secret) == std::string_view::npos) {
        HA_ASSERT(words.find(secret) == std::string::npos);
        HA_ASSERT(shown.find(secret) == std::string::npos);
    }
}

bool mentions_off(const std::string& output)
{
    constexpr std::string_view off = "off";
    return std::search(output.begin(), output.end(), off.begin(), off.end(),
                       [](unsigned char letter, unsigned char wanted) {
                           return std::tolower(letter) == wanted;
                       }) != output.end();
}

/// What settles a victim without a shot, and what counts as one.
void check_meaning(const std::string& output)
{
    using enum AgentEnd;
    for (const AgentEnd end : {exited, signalled, timed_out, not_found, spawn_failed, ended}) {
        for (const int code : {0, 1, 2, 3, 9, 15, 126, 127, 255}) {
            const AgentFinished event{.end = end, .code = code, .output = output};
            const bool is_exit = end == exited;
            HA_ASSERT((action_word(event) == ResultWord::success) == (is_exit && code == 0));
            for (const bool must_say_off : {false, true}) {
                const ResultWord word = status_word(event, must_say_off);
                const bool is_two = is_exit && code == 2;
                HA_ASSERT(word != ResultWord::status_off || is_two);
                HA_ASSERT(!must_say_off || word != ResultWord::status_off || mentions_off(output));
                HA_ASSERT(must_say_off || !is_two || word == ResultWord::status_off);
                HA_ASSERT((word == ResultWord::status_on) == (is_exit && code == 0));
                HA_ASSERT(word == ResultWord::status_off || word == ResultWord::status_on ||
                          word == ResultWord::status_error);
            }
            check_words(words_of(event, ""));
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::size_t line_end = std::min(text.find('\n'), text.size());
    const std::string output = text.substr(std::min(line_end + 1, text.size()));
    check(text.substr(0, line_end), output);
    check_meaning(output);
    return 0;
}
