// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/saved_table.hpp"

#include <utility>

#include "rgmanager/core/service.hpp"

namespace ha::service {

namespace {

/// No row was ever changed so often.
constexpr std::uint64_t version_max = UINT64_MAX / 2;

Status check(const protocol::TableState& table)
{
    for (const auto& [name, row] : table.rows) {
        std::string broken = broken_invariant(row);
        if (row.name != name || row.version > version_max) {
            broken = "not a row of this name and time";
        }
        if (!broken.empty()) {
            return Error{ErrorCode::invalid_input, name + ": " + broken};
        }
    }
    return ok();
}

}  // namespace

Result<protocol::TableState> read_table(const std::string& text)
{
    Result<protocol::TableState> table = protocol::decode<protocol::TableState>(text);
    if (table) {
        if (const Status sound = check(*table); !sound) {
            return sound.error();
        }
    }
    return table;
}

Result<protocol::MemberReport> read_report(const std::string& text, const NodeLife& life)
{
    Result<protocol::MemberReport> report = protocol::decode<protocol::MemberReport>(text);
    if (!report) {
        return report;
    }
    if (report->life != life) {
        return Error{ErrorCode::invalid_input, "of another node life"};
    }
    if (const Status sound = check(report->table); !sound) {
        return sound.error();
    }
    return report;
}

}  // namespace ha::service
