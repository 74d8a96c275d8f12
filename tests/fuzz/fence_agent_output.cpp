// SPDX-License-Identifier: Apache-2.0
//
// Whatever a fence agent prints and whatever its arguments are: what people get to see is one short
// line without control characters and without the password. Input: the password, a line break, the
// output.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/assert.hpp"
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::size_t line_end = std::min(text.find('\n'), text.size());
    check(text.substr(0, line_end), text.substr(std::min(line_end + 1, text.size())));
    return 0;
}
