// SPDX-License-Identifier: Apache-2.0
#include "common/log/log.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "common/base/assert.hpp"
#include "common/log/names.hpp"
#include "common/log/sinks.hpp"

namespace ha::log {

namespace {

/// Lines before configure() are the starting daemon's last words, should it fail.
constexpr Level early_level = Level::notice;

struct Logger {
    Settings settings;
    bool is_configured = false;
    FileSink file;
};

Logger& logger()
{
    static Logger instance;
    return instance;
}

bool passes(Level level, const std::string& priority)
{
    return level <= level_of(priority).value_or(Level::info);
}

void emit(std::string_view event, Level level, const std::string& line)
{
    Logger& log = logger();
    if (!log.is_configured) {
        if (level <= early_level) {
            write_stderr(line);
        }
        return;
    }
    const Settings& settings = log.settings;
    const bool passes_file = settings.debug || passes(level, settings.logfile_priority);
    if (settings.to_stderr && passes_file) {
        write_stderr(settings.program + ": " + line);
    }
    if (settings.to_logfile && passes_file) {
        log.file.write(settings.program, line);
    }
    if (settings.to_syslog && passes(level, settings.syslog_priority)) {
        write_syslog(settings, event, level, line);
    }
}

bool needs_quotes(std::string_view value)
{
    return value.empty() || std::any_of(value.begin(), value.end(), [](char c) {
               return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\\' ||
                      c == '\x7f' || c == '=';
           });
}

void append_value(std::string& line, std::string_view value)
{
    if (!needs_quotes(value)) {
        line += value;
        return;
    }
    line += '"';
    for (const char c : value) {
        if (c == '\n') {
            line += "\\n";
        } else if (c == '"' || c == '\\') {
            line += '\\';
            line += c;
        } else {
            line += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? ' ' : c;
        }
    }
    line += '"';
}

/// A sentence stays one line, whatever an agent said in it.
void append_words(std::string& line, std::string_view words)
{
    for (const char c : words) {
        line += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? ' ' : c;
    }
}

}  // namespace

const std::vector<CatalogEntry>& catalog()
{
    static const std::vector<CatalogEntry> entries{
#define HA_LOG_EVENT(name, level, advice) {Event::name, #name, Level::level, advice},
#include "common/log/catalog.def"
#undef HA_LOG_EVENT
    };
    return entries;
}

std::string format_line(std::string_view name, std::string_view words,
                        const std::vector<Field>& fields)
{
    std::string line(name);
    if (!words.empty()) {
        line += ": ";
        append_words(line, words);
    }
    bool is_first = true;
    for (const Field& field : fields) {
        line += is_first && !words.empty() ? "; " : " ";
        line += field.key;
        line += '=';
        append_value(line, field.value);
        is_first = false;
    }
    return line;
}

void write(Event event, std::string_view words, std::initializer_list<Field> fields)
{
    write(event, words, std::vector<Field>(fields));
}

void write(Event event, std::string_view words, const std::vector<Field>& fields)
{
    const CatalogEntry& entry = catalog().at(static_cast<std::size_t>(event));
    HA_ASSERT(entry.event == event);
    emit(entry.name, entry.level, format_line(entry.name, words, fields));
}

void debug(std::string_view words, std::initializer_list<Field> fields)
{
    emit("debug", Level::debug, format_line("debug", words, std::vector<Field>(fields)));
}

Status configure(const Settings& settings)
{
    Logger& log = logger();
    log.settings = settings;
    log.is_configured = true;
    if (!settings.to_logfile) {
        log.file.close();
        return ok();
    }
    Status opened = log.file.open(settings.logfile);
    log.settings.to_logfile = opened.has_value();
    return opened;
}

const Settings& settings()
{
    return logger().settings;
}

}  // namespace ha::log
