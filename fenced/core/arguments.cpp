// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/arguments.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace ha::fence {
namespace {

constexpr std::string_view mask = "********";
constexpr std::size_t last_words_bytes_max = 400;
/// A secret shorter than this would mask half of any text; it is masked as `key=value` only.
constexpr std::size_t searchable_secret_bytes_min = 4;

std::string lowered(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

/// Spec 3.2: the prefix `name=` is skipped, keys such as `nameserver` are not.
bool is_passed(std::string_view key, Purpose purpose)
{
    if (key == "name" || key == "agent") {
        return false;
    }
    return purpose != Purpose::status || (key != "action" && key != "option");
}

bool is_one_line(std::string_view text)
{
    return text.find_first_of(std::string_view("\n\r\0", 3)) == std::string_view::npos;
}

/// Appends the passed attributes as lines; false if one does not fit into a line.
bool append_lines(std::string& text, const std::vector<model::KeyValue>& attributes,
                  Purpose purpose)
{
    for (const model::KeyValue& attribute : attributes) {
        if (!is_passed(attribute.key, purpose)) {
            continue;
        }
        if (!is_one_line(attribute.key) || !is_one_line(attribute.value)) {
            return false;
        }
        text += attribute.key;
        text += '=';
        text += attribute.value;
        text += '\n';
    }
    return true;
}

/// Seconds as agents read them: leading digits.
Duration seconds_of(const model::FenceStep& step, std::string_view key)
{
    const std::string value = effective_value(step, key).value_or("");
    unsigned seconds = 0;
    std::from_chars(value.data(), value.data() + value.size(), seconds);
    constexpr unsigned day = 24 * 60 * 60;
    return std::chrono::seconds{std::min(seconds, day)};
}

std::string_view next_line(std::string_view& rest)
{
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return line;
}

void replace_all(std::string& text, std::string_view what, std::string_view with)
{
    for (std::size_t at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

}  // namespace

std::optional<std::string> effective_value(const model::FenceStep& step, std::string_view key)
{
    std::optional<std::string> result;
    for (const auto* attributes : {&step.device_attributes, &step.fencedevice_attributes}) {
        for (const model::KeyValue& attribute : *attributes) {
            if (attribute.key == key) {
                result = attribute.value;
            }
        }
    }
    return result;
}

std::string effective_action(const model::FenceStep& step)
{
    if (auto action = effective_value(step, "action")) {
        return lowered(*action);
    }
    return lowered(effective_value(step, "option").value_or(""));
}

Result<std::string> agent_arguments(const model::FenceStep& step, std::string_view node_name,
                                    Purpose purpose, std::size_t bytes_max)
{
    const std::string action = effective_action(step);
    if (purpose == Purpose::unfence && action != "on" && action != "enable") {
        return Error{ErrorCode::invalid_input,
                     "unfence device without action \"on\" or \"enable\""};
    }
    std::string text;
    if (!append_lines(text, step.device_attributes, purpose)) {
        return Error{ErrorCode::invalid_input, "a device attribute holds a line break"};
    }
    if (text.find("nodename=") == std::string::npos) {
        text += "nodename=";
        text += node_name;
        text += '\n';
    }
    if (!append_lines(text, step.fencedevice_attributes, purpose)) {
        return Error{ErrorCode::invalid_input, "a fencedevice attribute holds a line break"};
    }
    if (purpose == Purpose::status) {
        text += "action=status\n";
    } else if (!effective_value(step, "action") && effective_value(step, "option")) {
        text += "action=" + *effective_value(step, "option") + "\n";
    }
    if (text.size() > bytes_max) {
        return Error{ErrorCode::too_large,
                     "agent arguments are longer than " + std::to_string(bytes_max) + " bytes"};
    }
    return text;
}

Duration agent_deadline(const model::FenceStep& step, Duration base)
{
    return base + seconds_of(step, "delay") + seconds_of(step, "power_wait");
}

bool is_secret(std::string_view key)
{
    std::string name = lowered(key);
    std::ranges::replace(name, '-', '_');
    if (name.ends_with("_script") || name.ends_with("_file")) {
        return false;  // a path
    }
    constexpr std::array<std::string_view, 6> parts{"passw",     "passphrase", "secret",
                                                    "community", "token",      "snmp_auth"};
    const bool contains = std::ranges::any_of(
        parts, [&](std::string_view part) { return name.find(part) != std::string::npos; });
    return contains || name == "key" || name.ends_with("_key");
}

std::vector<std::string> secret_values(std::string_view arguments)
{
    std::vector<std::string> values;
    while (!arguments.empty()) {
        const std::string_view line = next_line(arguments);
        const std::size_t equals = line.find('=');
        if (equals != std::string_view::npos && equals + 1 < line.size() &&
            is_secret(line.substr(0, equals))) {
            values.emplace_back(line.substr(equals + 1));
        }
    }
    std::ranges::sort(
        values, [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
    return values;
}

std::string printable_arguments(std::string_view arguments)
{
    std::string text;
    std::string_view rest = arguments;
    while (!rest.empty()) {
        const std::string_view line = next_line(rest);
        const std::size_t equals = line.find('=');
        if (equals != std::string_view::npos && is_secret(line.substr(0, equals))) {
            text += line.substr(0, equals + 1);
            text += mask;
        } else {
            // The same secret may stand in an argument with a harmless name.
            text += masked_output(line, arguments);
        }
        text += ' ';
    }
    if (!text.empty()) {
        text.pop_back();
    }
    return text;
}

std::string masked_output(std::string_view text, std::string_view arguments)
{
    std::string result(text);
    for (const std::string& secret : secret_values(arguments)) {
        if (secret.size() >= searchable_secret_bytes_min) {
            replace_all(result, secret, mask);
        }
    }
    std::string_view rest = arguments;
    while (!rest.empty()) {
        const std::string_view line = next_line(rest);
        const std::size_t equals = line.find('=');
        if (equals != std::string_view::npos && is_secret(line.substr(0, equals)) &&
            equals + 1 < line.size()) {
            replace_all(result, line, std::string(line.substr(0, equals + 1)) + std::string(mask));
        }
    }
    return result;
}

std::string last_words(std::string_view output, std::string_view arguments)
{
    // Masked first: a secret must not survive because a later cut ran through it.
    const std::string text = masked_output(output, arguments);
    std::string_view rest = text;
    std::string words;
    while (!rest.empty()) {
        std::string line;
        for (const char c : next_line(rest)) {
            line += std::iscntrl(static_cast<unsigned char>(c)) != 0 ? ' ' : c;
        }
        const std::size_t first = line.find_first_not_of(' ');
        if (first != std::string::npos) {
            words = line.substr(first, line.find_last_not_of(' ') - first + 1);
        }
    }
    if (words.size() > last_words_bytes_max) {
        words.resize(last_words_bytes_max);
        words += "...";
    }
    return words;
}

}  // namespace ha::fence
