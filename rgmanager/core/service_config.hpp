// SPDX-License-Identifier: Apache-2.0
//
// What the service manager needs of a document: services, failover domains, node names. The shell
// fills it from the resource trees (the trees themselves stay with the shell's runner). Values
// only.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.hpp"
#include "common/view/group.hpp"
#include "rgmanager/core/failover_domain.hpp"

namespace ha::service {

/// What happens after a failed status check. Source: spec/rgmanager.md 5.6.
enum class RecoveryPolicy {
    restart,
    relocate,
    disable,
    restart_disable,  ///< restart; disabled when that start fails or the threshold is exceeded
};

/// Case-insensitive on the whole word; unknown words are restart.
[[nodiscard]] RecoveryPolicy read_recovery_policy(std::string_view text);

/// Off for `no`, `false`, `off` and numbers that are 0. (The old suite took every word for 0:
/// docs/conformance.md.)
[[nodiscard]] bool read_autostart(std::string_view text);

/// On for `yes` and integers above 0.
[[nodiscard]] bool read_exclusive(std::string_view text);

/// One root of the resource trees.
struct ServiceConfig {
    std::string name;    ///< `type:name`
    std::string domain;  ///< "" or a failover domain; an unknown one counts as none
    bool autostart = true;
    bool exclusive = false;
    RecoveryPolicy recovery = RecoveryPolicy::restart;
    std::string depend;                       ///< `type:name` that must be started, or ""
    int max_restarts = 0;                     ///< <= 0: no limit
    std::chrono::seconds restart_expires{0};  ///< 0: restarts count for ever
    bool can_migrate = false;  ///< its rule declares `migrate` and it has no children
    bool leave_running_when_removed = false;  ///< migratory and destroy_on_delete=0
    bool leave_running_when_added = false;    ///< migratory and init_on_add=0
    /// Differs from another document's: the root itself changed, the service is stopped and
    /// started.
    std::string root_digest;
    /// Differs, with the same root: changed resources are stopped and started in place.
    std::string tree_digest;

    friend bool operator==(const ServiceConfig&, const ServiceConfig&) = default;
};

/// One active document as the service manager sees it.
struct ServicesDocument {
    ConfigId id;
    view::VotingRules voting;
    std::map<NodeId, std::string> node_names;
    std::vector<FailoverDomain> domains;
    std::map<std::string, ServiceConfig> services;
    std::chrono::seconds status_poll_interval{10};
    std::chrono::seconds quorum_stop_timeout{60};

    [[nodiscard]] const ServiceConfig* find(const std::string& service) const;
    /// The failover domain of the service, or nullptr.
    [[nodiscard]] const FailoverDomain* domain_of(const ServiceConfig& service) const;
    /// Its name, or "node 7".
    [[nodiscard]] std::string node_name(NodeId node) const;

    friend bool operator==(const ServicesDocument&, const ServicesDocument&) = default;
};

}  // namespace ha::service
