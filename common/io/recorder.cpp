// SPDX-License-Identifier: Apache-2.0
#include "common/io/recorder.hpp"

#include <fcntl.h>

#include <charconv>
#include <cstdio>
#include <utility>

#include "common/io/detail/fd.hpp"

namespace ha::io {

namespace {

void append_escaped(std::string& line, std::string_view text)
{
    for (const char c : text) {
        switch (c) {
            case '\n':
                line += "\\n";
                break;
            case '\t':
                line += "\\t";
                break;
            case '\\':
                line += "\\\\";
                break;
            default:
                line += c;
        }
    }
}

Result<std::string> unescape(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            result += text[i];
            continue;
        }
        ++i;
        const char c = i < text.size() ? text[i] : '\0';
        if (c != 'n' && c != 't' && c != '\\') {
            return Error{ErrorCode::invalid_input, "unknown escape in a recorded event"};
        }
        result += c == 'n' ? '\n' : c == 't' ? '\t' : '\\';
    }
    return result;
}

}  // namespace

Recorder::Recorder(std::string path, std::size_t bytes_max)
    : path_(std::move(path)),
      bytes_max_(bytes_max)
{}

Recorder::~Recorder()
{
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

Status Recorder::open()
{
    return rotate();
}

Status Recorder::rotate()
{
    if (fd_ >= 0) {
        ::close(fd_);
        fd_ = -1;
    }
    if (std::rename(path_.c_str(), (path_ + ".old").c_str()) != 0 && errno != ENOENT) {
        return errno_error("rename " + path_);
    }
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    bytes_ = 0;
    return fd_ >= 0 ? ok() : Status{errno_error("create " + path_)};
}

void Recorder::record(TimePoint at, std::string_view text)
{
    std::string line = std::to_string(at.time_since_epoch().count()) + "\t";
    append_escaped(line, text);
    line += '\n';
    const bool is_full = bytes_ > 0 && bytes_ + line.size() > bytes_max_ / 2;
    if (line.size() > bytes_max_ / 2 || fd_ < 0 || (is_full && !rotate()) ||
        ::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        ++dropped_;
        return;
    }
    bytes_ += line.size();
}

Result<Recorder::Line> parse_record(std::string_view line)
{
    if (line.ends_with('\n')) {
        line.remove_suffix(1);
    }
    const std::size_t tab = line.find('\t');
    std::int64_t at = 0;
    if (tab == std::string_view::npos) {
        return Error{ErrorCode::invalid_input, "recorded event without a time"};
    }
    const auto [end, error] = std::from_chars(line.data(), line.data() + tab, at);
    if (error != std::errc{} || end != line.data() + tab) {
        return Error{ErrorCode::invalid_input, "recorded event without a time"};
    }
    Result<std::string> text = unescape(line.substr(tab + 1));
    if (!text) {
        return text.error();
    }
    return Recorder::Line{TimePoint{Duration{at}}, std::move(*text)};
}

}  // namespace ha::io
