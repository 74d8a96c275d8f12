// SPDX-License-Identifier: Apache-2.0
//
// From a checked model and its resource trees to what the service manager decides on.
#pragma once

#include "common/model/model.hpp"
#include "rgmanager/core/note.hpp"
#include "rgmanager/core/resource_tree.hpp"
#include "rgmanager/core/service_config.hpp"

namespace ha::service {

/// `<rm>` attributes that concern the daemon itself (spec 1.1); what cannot be used is noted, the
/// default stays.
struct ManagerSettings {
    std::chrono::seconds status_poll_interval{10};
    std::chrono::seconds quorum_stop_timeout{60};  ///< everything stopped by then, or unsafe
    int status_child_max = 0;  ///< status agents at once on this node; 0: no limit
    bool is_disabled = false;  ///< `disabled="1"`: rgmanager must not run

    friend bool operator==(const ManagerSettings&, const ManagerSettings&) = default;
};

[[nodiscard]] ManagerSettings read_manager_settings(const model::Element& rm, Notes& notes);

/// Every root of `trees` is a service; digests tell whether a newer document changes it.
[[nodiscard]] ServicesDocument make_services_document(const ConfigId& id,
                                                      const model::ClusterModel& model,
                                                      const ResourceConfiguration& trees,
                                                      Notes& notes);

}  // namespace ha::service
