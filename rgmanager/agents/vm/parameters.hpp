// SPDX-License-Identifier: Apache-2.0
//
// vm.sh's parameters as the old suite named them (spec/rgmanager.md 1.4), and what they mean to
// libvirt.
#pragma once

#include <functional>
#include <string>

#include "rgmanager/agents/vm/guest.hpp"

namespace ha::service::vm {

struct Parameters {
    std::string name;
    std::string hypervisor;         ///< auto, qemu or xen
    std::string hypervisor_uri;     ///< auto or a libvirt URI
    std::string migration_uri;      ///< auto or a URI; %s is the target
    std::string migration_mapping;  ///< member:target,member:target
    std::string migrate;            ///< live or pause
    std::string xmlfile;
    std::string path;      ///< folders, colon separated, with NAME or NAME.xml in them
    std::string snapshot;  ///< folder
    bool tunnelled = false;
    bool no_kill = false;
    int timeout_s = 0;  ///< of the action, 0: none

    friend bool operator==(const Parameters&, const Parameters&) = default;
};

/// `environment` gives a variable's value or nullptr.
[[nodiscard]] Parameters read_parameters(
    const std::function<const char*(const char*)>& environment);

[[nodiscard]] std::string hypervisor_uri(const Parameters& parameters);

/// `member` as migration_mapping maps it.
[[nodiscard]] std::string mapped_target(const Parameters& parameters, const std::string& member);

[[nodiscard]] StartSource start_source(const Parameters& parameters);
[[nodiscard]] StopOptions stop_options(const Parameters& parameters);
[[nodiscard]] MigrateOptions migrate_options(const Parameters& parameters,
                                             const std::string& member);

}  // namespace ha::service::vm
