// SPDX-License-Identifier: Apache-2.0
#include "fenced/journal.hpp"

#include "common/io/clock.hpp"

namespace ha::fence {

void Journal::note(log::Event event, const std::string& words,
                   const std::vector<log::Field>& fields)
{
    log::write(event, words, fields);
    std::string line =
        std::string(log::catalog().at(static_cast<std::size_t>(event)).name) + ": " + words;
    for (const log::Field& field : fields) {
        line += " " + std::string(field.key) + "=\"" + field.value + "\"";
    }
    record(io::wall_seconds(), line);
}

void Journal::debug(const std::string& words)
{
    log::debug(words);
    record(io::wall_seconds(), words);
}

void Journal::record(std::int64_t seconds, std::string_view words)
{
    std::string line = std::to_string(seconds) + " ";
    for (const char c : words) {
        line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    line += '\n';
    bytes_ += line.size();
    lines_.push_back(std::move(line));
    while (bytes_ > bytes_max_ && lines_.size() > 1) {
        bytes_ -= lines_.front().size();
        lines_.pop_front();
    }
}

std::string Journal::text() const
{
    std::string all;
    all.reserve(bytes_);
    for (const std::string& line : lines_) {
        all += line;
    }
    return all;
}

}  // namespace ha::fence
