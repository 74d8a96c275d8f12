// SPDX-License-Identifier: Apache-2.0
//
// The event log. A line is an event's name, words for people, and key=value fields:
//   fence_failed: fencing node n2 failed, method 2 comes next; victim=n2 method=1 device=ipmi2
//   reason="exit code 1"
// Names stand in catalog.def with level and advice (what the operator should do); the operator's
// manual is made from it. Only shells and tools log. Not thread-safe: one thread per daemon.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "common/base/result.hpp"

namespace ha::log {

/// As syslog counts them: lower is graver.
enum class Level { emergency, alert, critical, error, warning, notice, info, debug };

/// Every event there is.
enum class Event {
#define HA_LOG_EVENT(name, level, advice) name,
#include "common/log/catalog.def"
#undef HA_LOG_EVENT
};

struct CatalogEntry {
    Event event;
    std::string_view name;
    Level level;
    std::string_view advice;  ///< what the operator should do; empty: nothing
};

[[nodiscard]] const std::vector<CatalogEntry>& catalog();

struct Field {
    Field(std::string_view field_key, std::string field_value)
        : key(field_key),
          value(std::move(field_value))
    {}
    Field(std::string_view field_key, std::string_view field_value)
        : Field(field_key, std::string(field_value))
    {}
    Field(std::string_view field_key, const char* field_value)
        : Field(field_key, std::string(field_value))
    {}
    template <class Number>
    requires std::is_arithmetic_v<Number> Field(std::string_view field_key, Number number)
        : Field(field_key, std::to_string(number))
    {}

    std::string_view key;
    std::string value;
};

/// Logs an event. `words` is a sentence without a full stop; may be empty.
void write(Event event, std::string_view words, std::initializer_list<Field> fields = {});
void write(Event event, std::string_view words, const std::vector<Field>& fields);

/// Free text at debug level, for developers; shown with debug="on" only.
void debug(std::string_view words, std::initializer_list<Field> fields = {});

/// Where lines go: `<logging>` and `<logging_daemon>` of cluster.conf, or the command line.
struct Settings {
    std::string program;  ///< name in every line
    bool to_stderr = false;
    bool to_syslog = true;
    bool to_logfile = false;
    std::string
        logfile;  ///< opened for appending, 0640; folder made if missing; reopened by configure()
    std::string syslog_facility = "local4";  ///< an unknown name keeps the default
    std::string syslog_priority = "info";
    std::string logfile_priority = "info";
    bool debug = false;  ///< logfile (and stderr) at debug, whatever their priority

    friend bool operator==(const Settings&, const Settings&) = default;
};

/// Applies from the next line on; call again at each configuration update. Before the first call
/// lines of level notice and graver go to stderr. Errors: system (log file cannot be opened; the
/// rest is applied).
Status configure(const Settings& settings);

/// What configure() got last; `to_logfile` is false if the file could not be opened.
[[nodiscard]] const Settings& settings();

/// The line as sinks print it, without time and program name. Values with spaces, quotes or control
/// characters are quoted and escaped.
[[nodiscard]] std::string format_line(std::string_view name, std::string_view words,
                                      const std::vector<Field>& fields);

}  // namespace ha::log
