// SPDX-License-Identifier: Apache-2.0
#include "common/base/roots.hpp"

#include <cstdlib>

namespace ha {

namespace {

void take(std::string& root, const char* variable)
{
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') {
        root = value;
    }
}

}  // namespace

Roots Roots::from_environment()
{
    Roots roots;
    take(roots.config, "HA_CONFIG_ROOT");
    take(roots.run, "HA_RUN_ROOT");
    take(roots.state, "HA_STATE_ROOT");
    take(roots.log, "HA_LOG_DIR");
    take(roots.libexec, "HA_LIBEXEC_DIR");
    take(roots.agents, "HA_AGENT_DIR");
    roots.fence_agent_path = roots.libexec + "/fence:/usr/sbin:/sbin:/usr/bin:/bin";
    take(roots.fence_agent_path, "HA_FENCE_AGENT_PATH");
    take(roots.sysfs_dlm, "HA_SYSFS_DLM");
    take(roots.sysfs_gfs2, "HA_SYSFS_GFS2");
    roots.cluster_conf = roots.config + "/cluster.conf";
    take(roots.cluster_conf, "COROSYNC_CLUSTER_CONFIG_FILE");
    return roots;
}

}  // namespace ha
