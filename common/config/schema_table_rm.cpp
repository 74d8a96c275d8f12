// SPDX-License-Identifier: Apache-2.0
//
// The `<rm>` part: resources nest, so their rules name each other.
#include "common/config/schema_table_parts.hpp"

namespace ha::config {
namespace {

extern const ElementRule rm_service_rule;
extern const ElementRule vm_rule;
extern const ElementRule other_resource_rule;

constexpr AttributeRule failoverdomainnode_attributes[] = {
    {.name = "name", .kind = Kind::nonempty, .required = true},
    {.name = "priority", .kind = Kind::integer, .max = 100, .fallback = "0"},
};
constexpr ElementRule failoverdomainnode_rule = {.name = "failoverdomainnode",
                                                 .attributes = failoverdomainnode_attributes};

constexpr AttributeRule failoverdomain_attributes[] = {
    {.name = "name", .kind = Kind::nonempty, .required = true},
    {.name = "ordered", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "restricted", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "nofailback", .kind = Kind::integer, .max = 1, .fallback = "0"},
};
constexpr ChildRule failoverdomain_children[] = {
    {&failoverdomainnode_rule, 0, 0},
};
constexpr ElementRule failoverdomain_rule = {.name = "failoverdomain",
                                             .attributes = failoverdomain_attributes,
                                             .children = failoverdomain_children};

constexpr ChildRule failoverdomains_children[] = {
    {&failoverdomain_rule, 0, 0},
};
constexpr ElementRule failoverdomains_rule = {.name = "failoverdomains",
                                              .children = failoverdomains_children};

constexpr AttributeRule action_attributes[] = {
    {.name = "name", .kind = Kind::nonempty, .required = true},
    {.name = "timeout", .kind = Kind::duration},
    {.name = "interval", .kind = Kind::duration},
    {.name = "depth", .kind = Kind::depth},
};
constexpr ElementRule action_rule = {.name = "action", .attributes = action_attributes};

constexpr AttributeRule rm_service_attributes[] = {
    {.name = "name", .kind = Kind::nonempty},
    {.name = "domain", .kind = Kind::nonempty},
    {.name = "autostart",
     .kind = Kind::word,
     .words = "0 1 yes no true false on off",
     .fallback = "1"},
    {.name = "exclusive", .kind = Kind::yes_or_count, .fallback = "0"},
    {.name = "nfslock", .kind = Kind::word, .words = "0 1 yes no", .fallback = "0"},
    {.name = "nfs_client_cache", .kind = Kind::word, .words = "0 1 yes no", .fallback = "0"},
    {.name = "recovery",
     .kind = Kind::word,
     .words = "restart relocate disable restart-disable restart,disable",
     .fallback = "restart"},
    {.name = "depend", .kind = Kind::nonempty},
    {.name = "depend_mode", .kind = Kind::word, .words = "hard soft", .fallback = "hard"},
    {.name = "max_restarts", .kind = Kind::integer, .fallback = "0"},
    {.name = "restart_expire_time", .kind = Kind::duration, .fallback = "0"},
    {.name = "priority", .kind = Kind::integer, .fallback = "0"},
    {.name = "hardrecovery", .notice = "of older releases, has no effect; use recovery"},
    {.name = "ref", .kind = Kind::nonempty},
    {.name = "__independent_subtree", .kind = Kind::word, .words = "0 1 2 yes no non-critical"},
    {.name = "__enforce_timeouts", .kind = Kind::yes_or_count},
    {.name = "__max_failures", .kind = Kind::integer},
    {.name = "__failure_expire_time", .kind = Kind::duration},
    {.name = "__max_restarts", .kind = Kind::integer},
    {.name = "__restart_expire_time", .kind = Kind::duration},
};
constexpr ChildRule rm_service_children[] = {
    {&action_rule, 0, 0},
    {&rm_service_rule, 0, 0},
    {&vm_rule, 0, 0},
    {&other_resource_rule, 0, 0},
};
constinit const ElementRule rm_service_rule = {
    .name = "service", .attributes = rm_service_attributes, .children = rm_service_children};

constexpr AttributeRule vm_attributes[] = {
    {.name = "name", .kind = Kind::nonempty},
    {.name = "domain", .kind = Kind::nonempty},
    {.name = "autostart",
     .kind = Kind::word,
     .words = "0 1 yes no true false on off",
     .fallback = "1"},
    {.name = "exclusive", .kind = Kind::yes_or_count, .fallback = "0"},
    {.name = "recovery",
     .kind = Kind::word,
     .words = "restart relocate disable restart-disable restart,disable"},
    {.name = "migration_mapping"},
    {.name = "max_restarts", .kind = Kind::integer, .fallback = "0"},
    {.name = "restart_expire_time", .kind = Kind::duration, .fallback = "0"},
    {.name = "status_program"},
    {.name = "use_virsh"},
    {.name = "xmlfile"},
    {.name = "migrate", .kind = Kind::word, .words = "live pause", .fallback = "live"},
    {.name = "migrate_options"},
    {.name = "tunnelled"},
    {.name = "path"},
    {.name = "snapshot"},
    {.name = "depend", .kind = Kind::nonempty},
    {.name = "depend_mode", .kind = Kind::word, .words = "hard soft", .fallback = "hard"},
    {.name = "hypervisor", .fallback = "auto"},
    {.name = "hypervisor_uri", .fallback = "auto"},
    {.name = "migration_uri", .fallback = "auto"},
    {.name = "no_kill", .fallback = "false"},
    {.name = "priority", .kind = Kind::integer, .fallback = "0"},
    {.name = "hardrecovery", .notice = "of older releases, has no effect; use recovery"},
    {.name = "ref", .kind = Kind::nonempty},
    {.name = "__independent_subtree", .kind = Kind::word, .words = "0 1 2 yes no non-critical"},
    {.name = "__enforce_timeouts", .kind = Kind::yes_or_count},
    {.name = "__max_failures", .kind = Kind::integer},
    {.name = "__failure_expire_time", .kind = Kind::duration},
    {.name = "__max_restarts", .kind = Kind::integer},
    {.name = "__restart_expire_time", .kind = Kind::duration},
};
constexpr ChildRule vm_children[] = {
    {&action_rule, 0, 0},
    {&rm_service_rule, 0, 0},
    {&vm_rule, 0, 0},
    {&other_resource_rule, 0, 0},
};
constinit const ElementRule vm_rule = {
    .name = "vm", .attributes = vm_attributes, .children = vm_children};

constexpr AttributeRule other_resource_attributes[] = {
    {.name = "ref", .kind = Kind::nonempty},
    {.name = "__independent_subtree", .kind = Kind::word, .words = "0 1 2 yes no non-critical"},
    {.name = "__enforce_timeouts", .kind = Kind::yes_or_count},
    {.name = "__max_failures", .kind = Kind::integer},
    {.name = "__failure_expire_time", .kind = Kind::duration},
    {.name = "__max_restarts", .kind = Kind::integer},
    {.name = "__restart_expire_time", .kind = Kind::duration},
};
constexpr ChildRule other_resource_children[] = {
    {&action_rule, 0, 0},
    {&rm_service_rule, 0, 0},
    {&vm_rule, 0, 0},
    {&other_resource_rule, 0, 0},
};
constinit const ElementRule other_resource_rule = {
    .name = "*",
    .attributes = other_resource_attributes,
    .children = other_resource_children,
    .any_attribute = true,
    .excluded = "failoverdomains resources resource-defaults events"};

constexpr ChildRule resources_children[] = {
    {&rm_service_rule, 0, 0},
    {&vm_rule, 0, 0},
    {&other_resource_rule, 0, 0},
};
constexpr ElementRule resources_rule = {.name = "resources", .children = resources_children};

constexpr ElementRule default_of_rule = {.name = "*", .any_attribute = true};

constexpr ChildRule resource_defaults_children[] = {
    {&default_of_rule, 0, 0},
};
constexpr ElementRule resource_defaults_rule = {.name = "resource-defaults",
                                                .children = resource_defaults_children};

constexpr AttributeRule rm_event_attributes[] = {
    {.name = "name", .kind = Kind::nonempty, .required = true},
    {.name = "class", .kind = Kind::word, .words = "node service resource rg"},
    {.name = "priority", .kind = Kind::integer, .min = 1, .max = 100, .fallback = "99"},
    {.name = "file", .kind = Kind::nonempty},
    {.name = "node_id", .kind = Kind::integer, .min = 1},
    {.name = "node", .kind = Kind::nonempty},
    {.name = "node_state", .kind = Kind::word, .words = "up down 0 1"},
    {.name = "node_clean", .kind = Kind::integer, .max = 1},
    {.name = "node_local", .kind = Kind::integer, .max = 1},
    {.name = "service", .kind = Kind::nonempty},
    {.name = "service_state", .kind = Kind::nonempty},
    {.name = "service_owner", .kind = Kind::nonempty},
};
constexpr ElementRule rm_event_rule = {
    .name = "event", .attributes = rm_event_attributes, .text = true};

constexpr ChildRule events_children[] = {
    {&rm_event_rule, 0, 0},
};
constexpr ElementRule events_rule = {.name = "events", .children = events_children};

}  // namespace

constexpr AttributeRule rm_attributes[] = {
    {.name = "log_level", .kind = Kind::integer, .max = 7, .fallback = "6"},
    {.name = "log_facility", .fallback = "local4"},
    {.name = "status_poll_interval", .kind = Kind::integer, .min = 1, .fallback = "10"},
    {.name = "status_child_max", .kind = Kind::integer, .min = 1},
    {.name = "statusmax", .kind = Kind::integer, .fallback = "5"},
    {.name = "transition_throttling", .kind = Kind::integer, .fallback = "5"},
    {.name = "quorum_stop_timeout", .kind = Kind::integer, .min = 1, .max = 3600, .fallback = "60"},
    {.name = "central_processing",
     .kind = Kind::integer,
     .fallback = "0",
     .notice = "event scripts are not run by this release; services are placed as without it",
     .quiet = "0"},
    {.name = "disabled", .kind = Kind::integer, .max = 1, .fallback = "0"},
};
constexpr ChildRule rm_children[] = {
    {&failoverdomains_rule, 0, 1}, {&resources_rule, 0, 1},  {&resource_defaults_rule, 0, 1},
    {&events_rule, 0, 1},          {&rm_service_rule, 0, 0}, {&vm_rule, 0, 0},
    {&other_resource_rule, 0, 0},
};
constinit const ElementRule rm_rule = {
    .name = "rm", .attributes = rm_attributes, .children = rm_children};

}  // namespace ha::config
