// SPDX-License-Identifier: Apache-2.0
//
// `<logging>` and `<logging_daemon>` of cluster.conf as one daemon's log settings (spec cman 1.9).
// Pure.
#pragma once

#include <string>

#include "common/base/roots.hpp"
#include "common/log/log.hpp"
#include "common/model/model.hpp"

namespace ha::daemon {

/// What `daemon` inherits from `<logging>` and its own `<logging_daemon>` says otherwise; the log
/// file is LOGDIR/daemon.log unless given.
[[nodiscard]] log::Settings log_settings(const model::ClusterModel& model,
                                         const std::string& daemon, const Roots& roots);

}  // namespace ha::daemon
