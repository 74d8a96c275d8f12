// SPDX-License-Identifier: Apache-2.0
//
// Every path of the suite hangs off these: that is how many nodes live on one machine.
#pragma once

#include <string>

namespace ha {

struct Roots {
    std::string config = "/etc/cluster";                 ///< HA_CONFIG_ROOT
    std::string run = "/run/cluster";                    ///< HA_RUN_ROOT; fresh at each boot
    std::string state = "/var/lib/cluster";              ///< HA_STATE_ROOT
    std::string log = "/var/log/cluster";                ///< HA_LOG_DIR
    std::string libexec = "/usr/libexec/cluster-suite";  ///< HA_LIBEXEC_DIR: our helpers and agents
    std::string agents = "/usr/share/cluster";           ///< HA_AGENT_DIR: resource agents
    std::string fence_agent_path =                       ///< HA_FENCE_AGENT_PATH, colon separated
        "/usr/libexec/cluster-suite/fence:/usr/sbin:/sbin:/usr/bin:/bin";
    std::string sysfs_dlm = "/sys/kernel/dlm";               ///< HA_SYSFS_DLM: dirty check
    std::string sysfs_gfs2 = "/sys/fs/gfs2";                 ///< HA_SYSFS_GFS2: dirty check
    std::string cluster_conf = "/etc/cluster/cluster.conf";  ///< COROSYNC_CLUSTER_CONFIG_FILE wins

    /// From the environment; empty variables count as unset.
    [[nodiscard]] static Roots from_environment();

    /// RUN/name, LIBEXEC/name, ...
    [[nodiscard]] std::string run_file(const std::string& name) const { return run + "/" + name; }
    [[nodiscard]] std::string libexec_file(const std::string& name) const
    {
        return libexec + "/" + name;
    }

    friend bool operator==(const Roots&, const Roots&) = default;
};

}  // namespace ha
