// SPDX-License-Identifier: Apache-2.0
//
// The parts of single daemons: fenced, quorum disk, dlm, logging, and what only old files contain.
#include "common/config/schema_table_parts.hpp"

namespace ha::config {

constexpr AttributeRule fence_daemon_attributes[] = {
    {.name = "post_join_delay", .kind = Kind::integer, .min = -1, .fallback = "6"},
    {.name = "post_fail_delay", .kind = Kind::integer, .min = -1, .fallback = "0"},
    {.name = "clean_start", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "skip_undefined", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "override_path", .kind = Kind::nonempty},
    {.name = "override_time", .kind = Kind::integer, .fallback = "3"},
    {.name = "fence_check_delay", .kind = Kind::integer, .fallback = "5"},
    {.name = "restart_grace", .kind = Kind::integer, .max = 600, .fallback = "10"},
};
constinit const ElementRule fence_daemon_rule = {.name = "fence_daemon",
                                                 .attributes = fence_daemon_attributes};

constexpr AttributeRule fence_xvmd_attributes[] = {
    {.name = "debug"},
    {.name = "port"},
    {.name = "use_uuid"},
    {.name = "multicast_address"},
    {.name = "auth"},
    {.name = "hash"},
    {.name = "uri"},
    {.name = "key_file"},
    {.name = "multicast_interface"},
};
constinit const ElementRule fence_xvmd_rule = {
    .name = "fence_xvmd",
    .attributes = fence_xvmd_attributes,
    .notice = "the host side of fence_xvm is fence_virtd today; ignored"};

constexpr AttributeRule heuristic_attributes[] = {
    {.name = "program", .kind = Kind::nonempty, .required = true},
    {.name = "score", .kind = Kind::integer, .min = 1, .fallback = "1"},
    {.name = "interval", .kind = Kind::integer, .min = 1},
    {.name = "tko", .kind = Kind::integer, .min = 1},
};
constexpr ElementRule heuristic_rule = {.name = "heuristic", .attributes = heuristic_attributes};

constexpr AttributeRule quorumd_attributes[] = {
    {.name = "interval", .kind = Kind::integer, .min = 1, .fallback = "1"},
    {.name = "tko", .kind = Kind::integer, .min = 1},
    {.name = "tko_up", .kind = Kind::integer, .min = 1},
    {.name = "upgrade_wait", .kind = Kind::integer, .fallback = "2"},
    {.name = "master_wait", .kind = Kind::integer, .min = 1},
    {.name = "votes", .kind = Kind::integer},
    {.name = "min_score", .kind = Kind::integer, .fallback = "0"},
    {.name = "device", .kind = Kind::nonempty},
    {.name = "label", .kind = Kind::nonempty},
    {.name = "cman_label", .kind = Kind::nonempty},
    {.name = "reboot", .kind = Kind::integer, .max = 1, .fallback = "1"},
    {.name = "allow_kill", .kind = Kind::integer, .max = 1, .fallback = "1"},
    {.name = "paranoid", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "io_timeout", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "stop_cman", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "max_error_cycles", .kind = Kind::integer, .fallback = "0"},
    {.name = "use_uptime", .kind = Kind::integer, .max = 1, .fallback = "1"},
    {.name = "master_wins", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "scheduler", .kind = Kind::word, .words = "rr fifo other", .fallback = "rr"},
    {.name = "priority", .kind = Kind::integer, .min = -20, .max = 99, .fallback = "1"},
    {.name = "status_file", .kind = Kind::nonempty},
    {.name = "log_level", .kind = Kind::integer, .max = 7},
    {.name = "log_facility"},
};
constexpr ChildRule quorumd_children[] = {
    {&heuristic_rule, 0, 10},
};
constinit const ElementRule quorumd_rule = {
    .name = "quorumd", .attributes = quorumd_attributes, .children = quorumd_children};

constexpr AttributeRule master_attributes[] = {
    {.name = "name", .kind = Kind::nonempty, .required = true},
    {.name = "weight", .kind = Kind::integer, .fallback = "1"},
};
constexpr ElementRule master_rule = {.name = "master", .attributes = master_attributes};

constexpr AttributeRule lockspace_attributes[] = {
    {.name = "name", .kind = Kind::nonempty, .required = true},
    {.name = "nodir", .kind = Kind::integer, .max = 1, .fallback = "0"},
};
constexpr ChildRule lockspace_children[] = {
    {&master_rule, 0, 0},
};
constexpr ElementRule lockspace_rule = {
    .name = "lockspace", .attributes = lockspace_attributes, .children = lockspace_children};

constexpr AttributeRule dlm_attributes[] = {
    {.name = "protocol", .kind = Kind::word, .words = "tcp sctp detect", .fallback = "detect"},
    {.name = "log_debug", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "timewarn",
     .kind = Kind::integer,
     .notice = "has no equivalent on corosync 3; ignored"},
    {.name = "enable_fencing", .kind = Kind::integer, .max = 1, .fallback = "1"},
    {.name = "enable_quorum", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "enable_deadlk",
     .kind = Kind::integer,
     .max = 1,
     .fallback = "0",
     .notice = "has no equivalent on corosync 3; ignored",
     .quiet = "0"},
    {.name = "enable_plock", .kind = Kind::integer, .max = 1, .fallback = "1"},
    {.name = "plock_debug", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "plock_rate_limit", .kind = Kind::integer, .fallback = "0"},
    {.name = "plock_ownership", .kind = Kind::integer, .max = 1, .fallback = "1"},
    {.name = "drop_resources_time", .kind = Kind::integer, .fallback = "10000"},
    {.name = "drop_resources_count", .kind = Kind::integer, .fallback = "10"},
    {.name = "drop_resources_age", .kind = Kind::integer, .fallback = "10000"},
};
constexpr ChildRule dlm_children[] = {
    {&lockspace_rule, 0, 0},
};
constinit const ElementRule dlm_rule = {
    .name = "dlm", .attributes = dlm_attributes, .children = dlm_children};

constexpr AttributeRule gfs_controld_attributes[] = {
    {.name = "enable_withdraw", .kind = Kind::integer, .max = 1, .fallback = "1"},
    {.name = "enable_plock", .kind = Kind::integer, .max = 1, .fallback = "1"},
    {.name = "plock_debug", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "plock_rate_limit", .kind = Kind::integer, .fallback = "0"},
    {.name = "plock_ownership", .kind = Kind::integer, .max = 1, .fallback = "1"},
    {.name = "drop_resources_time", .kind = Kind::integer, .fallback = "10000"},
    {.name = "drop_resources_count", .kind = Kind::integer, .fallback = "10"},
    {.name = "drop_resources_age", .kind = Kind::integer, .fallback = "10000"},
};
constinit const ElementRule gfs_controld_rule = {
    .name = "gfs_controld",
    .attributes = gfs_controld_attributes,
    .notice = "gfs_controld does not exist any more; ignored"};

constexpr AttributeRule group_attributes[] = {
    {.name = "groupd_compat",
     .kind = Kind::integer,
     .max = 2,
     .fallback = "0",
     .notice = "has no equivalent on corosync 3; ignored",
     .quiet = "0"},
};
constinit const ElementRule group_rule = {.name = "group", .attributes = group_attributes};

constexpr AttributeRule clvmd_attributes[] = {
    {.name = "interface"},
};
constinit const ElementRule clvmd_rule = {.name = "clvmd", .attributes = clvmd_attributes};

constexpr AttributeRule logging_daemon_attributes[] = {
    {.name = "name", .kind = Kind::nonempty, .required = true},
    {.name = "subsys", .kind = Kind::nonempty},
    {.name = "to_syslog", .kind = Kind::word, .words = "yes no", .fallback = "yes"},
    {.name = "to_logfile", .kind = Kind::word, .words = "yes no", .fallback = "yes"},
    {.name = "syslog_facility", .fallback = "local4"},
    {.name = "syslog_priority", .fallback = "info"},
    {.name = "logfile_priority", .fallback = "info"},
    {.name = "logfile", .kind = Kind::nonempty},
    {.name = "debug", .kind = Kind::word, .words = "on off", .fallback = "off"},
};
constexpr ElementRule logging_daemon_rule = {.name = "logging_daemon",
                                             .attributes = logging_daemon_attributes};

constexpr AttributeRule logging_attributes[] = {
    {.name = "to_syslog", .kind = Kind::word, .words = "yes no", .fallback = "yes"},
    {.name = "to_logfile", .kind = Kind::word, .words = "yes no", .fallback = "yes"},
    {.name = "syslog_facility", .fallback = "local4"},
    {.name = "syslog_priority", .fallback = "info"},
    {.name = "logfile_priority", .fallback = "info"},
    {.name = "logfile", .kind = Kind::nonempty},
    {.name = "debug", .kind = Kind::word, .words = "on off", .fallback = "off"},
};
constexpr ChildRule logging_children[] = {
    {&logging_daemon_rule, 0, 0},
};
constinit const ElementRule logging_rule = {
    .name = "logging", .attributes = logging_attributes, .children = logging_children};

constexpr AttributeRule uidgid_attributes[] = {
    {.name = "uid", .kind = Kind::nonempty},
    {.name = "gid", .kind = Kind::nonempty},
};
constinit const ElementRule uidgid_rule = {.name = "uidgid", .attributes = uidgid_attributes};

constinit const ElementRule old_event_rule = {.name = "event",
                                              .any_attribute = true,
                                              .any_content = true,
                                              .text = true,
                                              .notice = "belongs to corosync 1; ignored"};

constinit const ElementRule old_aisexec_rule = {.name = "aisexec",
                                                .any_attribute = true,
                                                .any_content = true,
                                                .text = true,
                                                .notice = "belongs to corosync 1; ignored"};

constinit const ElementRule old_amf_rule = {.name = "amf",
                                            .any_attribute = true,
                                            .any_content = true,
                                            .text = true,
                                            .notice = "belongs to corosync 1; ignored"};

constinit const ElementRule old_service_rule = {.name = "service",
                                                .any_attribute = true,
                                                .any_content = true,
                                                .text = true,
                                                .notice = "belongs to corosync 1; ignored"};

}  // namespace ha::config
