// SPDX-License-Identifier: Apache-2.0
#include "common/log/sinks.hpp"

#include <sys/stat.h>
#include <sys/uio.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "common/log/names.hpp"

namespace ha::log {

namespace {

constexpr const char* journal_socket = "/run/systemd/journal/socket";

using SendToJournal = int (*)(const iovec* pieces, int count);

/// sd_journal_sendv of libsystemd, which is loaded when it is first needed: with the six libraries
/// that it needs it would double the time that every tool takes to start. Null without it.
SendToJournal send_to_journal()
{
    static const auto function = [] {
        void* const library = ::dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
        void* const found = library == nullptr ? nullptr : ::dlsym(library, "sd_journal_sendv");
        return reinterpret_cast<SendToJournal>(found);
    }();
    return function;
}

/// False if there is no journal here.
bool write_journal(const Settings& settings, int facility, std::string_view event, Level level,
                   const std::string& line)
{
    const SendToJournal send = ::access(journal_socket, W_OK) == 0 ? send_to_journal() : nullptr;
    if (send == nullptr) {
        return false;
    }
    const std::array<std::string, 5> fields{
        "MESSAGE=" + line, "PRIORITY=" + std::to_string(static_cast<int>(level)),
        "SYSLOG_IDENTIFIER=" + settings.program, "SYSLOG_FACILITY=" + std::to_string(facility >> 3),
        "HA_EVENT=" + std::string(event)};
    std::array<iovec, fields.size()> pieces{};
    for (std::size_t i = 0; i < fields.size(); ++i) {
        pieces[i] = {const_cast<char*>(fields[i].data()), fields[i].size()};  // not written to
    }
    send(pieces.data(), static_cast<int>(pieces.size()));
    return true;
}

}  // namespace

void write_stderr(const std::string& line)
{
    const std::string text = line + "\n";
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

void write_syslog(const Settings& settings, std::string_view event, Level level,
                  const std::string& line)
{
    const int facility = facility_of(settings.syslog_facility).value_or(LOG_LOCAL4);
    if (write_journal(settings, facility, event, level, line)) {
        return;
    }
    static std::string ident;  // syslog keeps the pointer, and its connection
    if (ident != settings.program) {
        ::closelog();
        ident = settings.program;
        ::openlog(ident.c_str(), LOG_PID, facility);
    }
    ::syslog(static_cast<int>(level) | facility, "%s", line.c_str());
}

Status FileSink::open(const std::string& path)
{
    close();
    std::error_code ignored;  // the open below says what matters
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd_ < 0) {
        return Error{ErrorCode::system, "log file " + path + ": " + std::strerror(errno)};
    }
    return ok();
}

void FileSink::close()
{
    if (fd_ >= 0) {
        ::close(fd_);
        fd_ = -1;
    }
}

void FileSink::write(const std::string& program, const std::string& line) const
{
    if (fd_ < 0) {
        return;
    }
    const std::time_t time = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&time, &local);
    std::array<char, 32> stamp{};
    const std::size_t size = std::strftime(stamp.data(), stamp.size(), "%b %d %H:%M:%S ", &local);
    const std::string text = std::string(stamp.data(), size) + program + " " + line + "\n";
    static_cast<void>(!::write(fd_, text.data(), text.size()));
}

}  // namespace ha::log
