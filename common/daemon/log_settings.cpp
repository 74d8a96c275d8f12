// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/log_settings.hpp"

namespace ha::daemon {
namespace {

void apply(const model::Logging& from, log::Settings& to)
{
    to.to_syslog = from.to_syslog.value_or(to.to_syslog);
    to.to_logfile = from.to_logfile.value_or(to.to_logfile);
    to.syslog_facility = from.syslog_facility.value_or(to.syslog_facility);
    to.syslog_priority = from.syslog_priority.value_or(to.syslog_priority);
    to.logfile_priority = from.logfile_priority.value_or(to.logfile_priority);
    to.logfile = from.logfile.value_or(to.logfile);
    to.debug = from.debug.value_or(to.debug);
}

}  // namespace

log::Settings log_settings(const model::ClusterModel& model, const std::string& daemon,
                           const Roots& roots)
{
    log::Settings settings;
    settings.program = daemon;
    settings.to_logfile = true;
    settings.logfile = roots.log + "/" + daemon + ".log";
    apply(model.logging, settings);
    for (const model::Logging& own : model.logging_daemons) {
        if (own.name == daemon && own.subsys.empty()) {
            apply(own, settings);
        }
    }
    return settings;
}

}  // namespace ha::daemon
