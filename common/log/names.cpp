// SPDX-License-Identifier: Apache-2.0
#include "common/log/names.hpp"

#include <strings.h>
#include <syslog.h>

#include <array>
#include <string>

namespace ha::log {

namespace {

template <class Value>
struct Name {
    std::string_view name;
    Value value;
};

constexpr std::array<Name<Level>, 12> levels{{{"emerg", Level::emergency},
                                              {"panic", Level::emergency},
                                              {"alert", Level::alert},
                                              {"crit", Level::critical},
                                              {"err", Level::error},
                                              {"error", Level::error},
                                              {"warn", Level::warning},
                                              {"warning", Level::warning},
                                              {"notice", Level::notice},
                                              {"info", Level::info},
                                              {"debug", Level::debug},
                                              {"critical", Level::critical}}};

constexpr std::array<Name<int>, 20> facilities{
    {{"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV}, {"cron", LOG_CRON},
     {"daemon", LOG_DAEMON}, {"ftp", LOG_FTP},           {"kern", LOG_KERN},
     {"lpr", LOG_LPR},       {"mail", LOG_MAIL},         {"news", LOG_NEWS},
     {"syslog", LOG_SYSLOG}, {"user", LOG_USER},         {"uucp", LOG_UUCP},
     {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},     {"local2", LOG_LOCAL2},
     {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},     {"local5", LOG_LOCAL5},
     {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7}}};

template <class Table>
auto find(const Table& table, std::string_view name) -> std::optional<decltype(table[0].value)>
{
    for (const auto& entry : table) {
        if (entry.name.size() == name.size() &&
            ::strncasecmp(entry.name.data(), name.data(), name.size()) == 0) {
            return entry.value;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<Level> level_of(std::string_view name)
{
    return find(levels, name);
}

std::optional<int> facility_of(std::string_view name)
{
    return find(facilities, name);
}

}  // namespace ha::log
