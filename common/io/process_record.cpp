// SPDX-License-Identifier: Apache-2.0
#include "common/io/detail/process_record.hpp"

#include <charconv>
#include <csignal>
#include <filesystem>
#include <map>

#include "common/io/file.hpp"

namespace ha::io {

namespace {

/// The fields of /proc/PID/stat that we look at.
struct ProcessFacts {
    char state = 'X';
    pid_t group = 0;
    std::uint64_t start_ticks = 0;
};

template <class Number>
std::optional<Number> to_number(std::string_view text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

std::optional<ProcessFacts> parse_stat(std::string_view text)
{
    // "PID (name) S PPID PGRP ... ": the name may hold anything, so count from its last bracket.
    const std::size_t bracket = text.rfind(')');
    if (bracket == std::string_view::npos || bracket + 2 >= text.size()) {
        return std::nullopt;
    }
    std::vector<std::string_view> words;
    std::string_view rest = text.substr(bracket + 2);
    while (!rest.empty() && words.size() < 20) {
        const std::size_t space = std::min(rest.find(' '), rest.size());
        words.push_back(rest.substr(0, space));
        rest.remove_prefix(std::min(space + 1, rest.size()));
    }
    if (words.size() < 20 || words[0].empty()) {
        return std::nullopt;
    }
    const auto group = to_number<pid_t>(words[2]);
    const auto start = to_number<std::uint64_t>(words[19]);
    if (!group || !start) {
        return std::nullopt;
    }
    return ProcessFacts{words[0][0], *group, *start};
}

std::optional<ProcessFacts> process_facts(const std::string& pid)
{
    const Result<std::string> text = read_file("/proc/" + pid + "/stat", 8192);
    return text ? parse_stat(*text) : std::nullopt;
}

bool is_live_state(char state)
{
    return state != 'Z' && state != 'X' && state != 'x';
}

/// A live member of the group among all processes of the machine, other than a recycled number.
bool has_live_member(const RecordedChild& child)
{
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename().string();
        if (!to_number<pid_t>(name)) {
            continue;
        }
        const auto facts = process_facts(name);
        if (facts && facts->group == child.group && is_live_state(facts->state) &&
            facts->start_ticks >= child.start_ticks) {
            return true;
        }
    }
    return false;
}

std::string one_line(std::string text)
{
    for (char& c : text) {
        c = c == '\n' ? ' ' : c;
    }
    return text;
}

}  // namespace

std::string format_record(const RecordedChild& child)
{
    std::string text = "group=" + std::to_string(child.group) +
                       "\nstart_ticks=" + std::to_string(child.start_ticks) +
                       "\nstarted_us=" + std::to_string(child.started.time_since_epoch().count());
    if (child.deadline) {
        text += "\ndeadline_us=" + std::to_string(child.deadline->time_since_epoch().count());
    }
    text += std::string("\noutlives=") + (child.outlives_parent ? "1" : "0");
    text += "\nsubject=" + one_line(child.subject) + "\naction=" + one_line(child.action) + "\n";
    return text;
}

Result<RecordedChild> parse_process_record(std::string_view text)
{
    std::map<std::string_view, std::string_view> values;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (const std::size_t equals = line.find('='); equals != std::string_view::npos) {
            values.emplace(line.substr(0, equals), line.substr(equals + 1));
        }
    }
    const auto group = to_number<pid_t>(values["group"]);
    const auto start_ticks = to_number<std::uint64_t>(values["start_ticks"]);
    const auto started = to_number<std::int64_t>(values["started_us"]);
    if (!group || *group <= 1 || !start_ticks || !started) {
        return Error{ErrorCode::invalid_input, "no record of a child"};
    }
    RecordedChild child;
    child.group = *group;
    child.start_ticks = *start_ticks;
    child.started = TimePoint{Duration{*started}};
    if (const auto deadline = to_number<std::int64_t>(values["deadline_us"])) {
        child.deadline = TimePoint{Duration{*deadline}};
    }
    child.outlives_parent = values["outlives"] == "1";
    child.subject = values["subject"];
    child.action = values["action"];
    return child;
}

Result<std::uint64_t> process_start_ticks(pid_t pid)
{
    const auto facts = process_facts(std::to_string(pid));
    if (!facts) {
        return Error{ErrorCode::not_found, "no process " + std::to_string(pid)};
    }
    return facts->start_ticks;
}

bool is_group_alive(const RecordedChild& child)
{
    if (::kill(-child.group, 0) != 0 && errno == ESRCH) {
        return false;
    }
    // The kernel gives no new process the number of a living group. So if the leader is there it
    // tells whose group this is; if it is gone, its group may still live on.
    const auto leader = process_facts(std::to_string(child.group));
    if (leader && leader->start_ticks != child.start_ticks) {
        return false;
    }
    if (leader && is_live_state(leader->state)) {
        return true;
    }
    return has_live_member(child);
}

void kill_group(const RecordedChild& child)
{
    if (is_group_alive(child)) {
        ::kill(-child.group, SIGKILL);
    }
}

}  // namespace ha::io
