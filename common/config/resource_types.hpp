// SPDX-License-Identifier: Apache-2.0
//
// The resource types whose agents are part of the suite or of the old one (spec/rgmanager.md 2.3),
// as far as a check without the agents needs them. rgmanager itself never looks here: it asks the
// agents.
#pragma once

#include <array>
#include <string_view>

namespace ha::config {

struct ResourceType {
    std::string_view name;
    std::string_view key;       ///< the primary attribute, which `ref` names
    std::string_view required;  ///< further attributes that must be given, separated by blanks
};

inline constexpr std::array<ResourceType, 30> resource_types = {{
    {"service", "name", ""},
    {"vm", "name", ""},
    {"fs", "name", "mountpoint device"},
    {"clusterfs", "name", "mountpoint device"},
    {"netfs", "name", "mountpoint host export"},
    {"bind-mount", "name", "mountpoint source"},
    {"ip", "address", ""},
    {"nfsexport", "name", ""},
    {"nfsclient", "name", "target"},
    {"nfsserver", "name", ""},
    {"script", "name", "file"},
    {"lvm", "name", "vg_name"},
    {"drbd", "name", "resource"},
    {"smb", "name", ""},
    {"samba", "name", ""},
    {"apache", "name", ""},
    {"mysql", "name", ""},
    {"named", "name", ""},
    {"openldap", "name", ""},
    {"tomcat-5", "name", ""},
    {"tomcat-6", "name", ""},
    {"postgres-8", "name", ""},
    {"oracledb", "name", "user home"},
    {"orainstance", "name", "user home"},
    {"oradg", "name", "user home"},
    {"oralistener", "name", "user home"},
    {"SAPInstance", "InstanceName", ""},
    {"SAPDatabase", "SID", "DBTYPE"},
    {"ASEHAagent", "name", ""},
    {"db2.sh", "instance", ""},
}};

/// nullptr: not one of them.
const ResourceType* resource_type(std::string_view name);

}  // namespace ha::config
