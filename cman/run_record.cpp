// SPDX-License-Identifier: Apache-2.0
#include "cman/run_record.hpp"

#include <sstream>

#include "common/io/file.hpp"
#include "common/protocol/codec_impl.hpp"

namespace ha::protocol {

HA_PROTOCOL_STRUCTS(cman::RunRecord)

}  // namespace ha::protocol

namespace ha::cman {

std::string run_record_path(const Roots& roots)
{
    return roots.run_file("cmand.run");
}

Result<std::optional<RunRecord>> read_run_record(const Roots& roots)
{
    const Result<std::string> text = io::read_file(run_record_path(roots));
    if (!text) {
        if (text.error().code == ErrorCode::not_found) {
            return std::optional<RunRecord>{};
        }
        return text.error();
    }
    Result<RunRecord> record = protocol::decode<RunRecord>(*text);
    if (!record) {
        return Error{ErrorCode::unavailable,
                     run_record_path(roots) + " is cut or garbled (" + record.error().text +
                         "): which corosync and which cluster.conf run here is not known, cmand "
                         "cannot go on; restart this node, or, where no corosync runs, join again "
                         "with cman_tool join"};
    }
    return std::optional(*std::move(record));
}

Status write_run_record(const Roots& roots, const RunRecord& record)
{
    return io::write_run_file(run_record_path(roots), protocol::encode(record), 0600);
}

Status remove_run_record(const Roots& roots)
{
    return io::remove_file(run_record_path(roots));
}

std::optional<ProcessIdentity> identify_process(pid_t pid)
{
    const Result<std::string> stat = io::read_file("/proc/" + std::to_string(pid) + "/stat");
    if (!stat) {
        return std::nullopt;
    }
    // pid (comm) state ppid ...: comm may hold anything, so count from its last parenthesis.
    const std::size_t after_name = stat->rfind(')');
    if (after_name == std::string::npos) {
        return std::nullopt;
    }
    std::istringstream fields(stat->substr(after_name + 1));
    std::string field;
    constexpr int state_field = 3;
    constexpr int start_field = 22;
    for (int number = state_field; number <= start_field; ++number) {
        if (!(fields >> field) || (number == state_field && (field == "Z" || field == "X"))) {
            return std::nullopt;
        }
    }
    return ProcessIdentity{pid, std::stoull(field)};
}

bool is_alive(const ProcessIdentity& process)
{
    return process.pid > 0 && identify_process(process.pid) == process;
}

}  // namespace ha::cman
