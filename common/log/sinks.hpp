// SPDX-License-Identifier: Apache-2.0
// Where log lines end: stderr, a file, the journal or syslog. Only log.cpp uses them.
#pragma once

#include <string>
#include <string_view>

#include "common/log/log.hpp"

namespace ha::log {

void write_stderr(const std::string& line);

/// The journal with the event's name as a field (HA_EVENT) where journald runs, else syslog(3).
void write_syslog(const Settings& settings, std::string_view event, Level level,
                  const std::string& line);

/// `Mon DD HH:MM:SS name message`, one write per line. A line that cannot be written is lost:
/// logging never stops a daemon.
class FileSink
{
public:
    FileSink() = default;
    ~FileSink() { close(); }
    FileSink(const FileSink&) = delete;
    FileSink& operator=(const FileSink&) = delete;

    [[nodiscard]] Status open(const std::string& path);
    void close();
    void write(const std::string& program, const std::string& line) const;

private:
    int fd_ = -1;
};

}  // namespace ha::log
