// SPDX-License-Identifier: Apache-2.0
//
// RunRecord: what cmand leaves in the run root (RUN/cmand.run, 0600) so that its successor can
// adopt the running corosync (DESIGN 5): a restarted cmand goes on with the document it had, not
// with an edited file.
//
//   no record                         a fresh start
//   record, corosync lives            adopt it
//   record, corosync is gone          it died while nobody watched: do not join again by yourself
//   (S5);
//                                     `cman_tool join`, a person's act, removes the record first
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/roots.hpp"
#include "common/protocol/codec.hpp"

namespace ha::cman {

/// What `cman_tool join` said on its command line, above cluster.conf.
struct JoinOverrides {
    std::optional<std::string> node_name;     ///< -n
    std::optional<std::string> cluster_name;  ///< -c
    std::optional<std::uint32_t> votes;       ///< -v, of this node
    std::optional<std::uint32_t> expected;    ///< -e
    std::optional<std::uint16_t> port;        ///< -p
    std::optional<std::uint32_t> node_id;     ///< -N
    std::optional<std::string> keyfile;       ///< -k
    bool two_node = false;                    ///< -2
    bool realtime = true;                     ///< -P: false

    friend bool operator==(const JoinOverrides&, const JoinOverrides&) = default;
};

/// A process, safe against reuse of its pid.
struct ProcessIdentity {
    std::int32_t pid = 0;
    std::uint64_t start_ticks = 0;  ///< /proc/PID/stat field 22

    friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

struct RunRecord {
    NodeLife node_life;
    ProcessIdentity corosync;
    bool accepted = false;  ///< the node was a member with this document
    JoinOverrides overrides;
    protocol::Secret document;  ///< the active cluster.conf, every byte
    std::string filename;       ///< where it was read, for messages

    friend bool operator==(const RunRecord&, const RunRecord&) = default;
};

BOOST_DESCRIBE_STRUCT(JoinOverrides, (),
                      (node_name, cluster_name, votes, expected, port, node_id, keyfile, two_node,
                       realtime))
BOOST_DESCRIBE_STRUCT(ProcessIdentity, (), (pid, start_ticks))
BOOST_DESCRIBE_STRUCT(RunRecord, (), (node_life, corosync, accepted, overrides, document, filename))

[[nodiscard]] std::string run_record_path(const Roots& roots);

/// Nothing if there is no record. Errors: unavailable (cut or garbled: no configuration error, a
/// person has to act), those of io::read_file.
[[nodiscard]] Result<std::optional<RunRecord>> read_run_record(const Roots& roots);
[[nodiscard]] Status write_run_record(const Roots& roots, const RunRecord& record);
[[nodiscard]] Status remove_run_record(const Roots& roots);

/// The identity of a living process; nothing if there is none (a zombie is none).
[[nodiscard]] std::optional<ProcessIdentity> identify_process(pid_t pid);
[[nodiscard]] bool is_alive(const ProcessIdentity& process);

}  // namespace ha::cman
