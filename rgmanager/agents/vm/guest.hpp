// SPDX-License-Identifier: Apache-2.0
//
// Guest: one virtual machine by its name, over libvirt's C API. Every call may block for long: it
// lives in the short-lived helper ha-vm, which vm.sh runs and the manager's time limit ends.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <libvirt/libvirt.h>

#include "common/base/result.hpp"

namespace ha::service::vm {

struct CloseConnection {
    void operator()(virConnectPtr connection) const { virConnectClose(connection); }
};
using Connection = std::unique_ptr<virConnect, CloseConnection>;

struct FreeDomain {
    void operator()(virDomainPtr domain) const { virDomainFree(domain); }
};
using Domain = std::unique_ptr<virDomain, FreeDomain>;

/// Errors: unavailable, with libvirt's words.
[[nodiscard]] Result<Connection> open_connection(const std::string& uri);

struct StartSource {
    std::string xmlfile;   ///< description of a guest that libvirt does not know; "" if it does
    std::string snapshot;  ///< file to restore from if it exists; "" for none
};

struct StopOptions {
    std::chrono::milliseconds patience{100'000};  ///< for the guest's own shutdown
    bool may_destroy = true;                      ///< afterwards; false: `no_kill`
    std::string snapshot;                         ///< save to this file instead; "" for none
};

struct MigrateOptions {
    std::string destination_uri;
    std::string migration_uri;  ///< "" = libvirt chooses
    bool live = true;           ///< false: paused while it moves
    bool tunnelled = false;
};

/// How a migration ended, as the manager must know it: where does the guest run now?
enum class MigrateOutcome {
    moved,
    still_here,  ///< it failed, the guest runs on as before
    lost,        ///< it failed and the guest does not run here
};

class Guest
{
public:
    /// Waits between two looks at a guest that shuts down; tests count the looks.
    using Pause = std::function<void(std::chrono::milliseconds)>;

    /// `connection` outlives this.
    Guest(virConnectPtr connection, std::string name, Pause pause);

    /// Running, paused or being shut down; a crashed or unknown guest is not active.
    /// Errors: unavailable (libvirt does not answer): nothing is known then.
    [[nodiscard]] Result<bool> is_active() const;

    /// An active guest is started already.
    [[nodiscard]] Status start(const StartSource& source);

    /// Asks the guest to shut down, again every ten seconds; at the end of its patience pulls the
    /// plug. Errors: timed_out with `no_kill`, else libvirt's.
    [[nodiscard]] Status stop(const StopOptions& options);

    struct Migration {
        MigrateOutcome outcome = MigrateOutcome::lost;
        std::string words;  ///< of the failure
    };
    [[nodiscard]] Migration migrate(const MigrateOptions& options);

private:
    [[nodiscard]] Result<Domain> find() const;  ///< null if libvirt does not know it
    [[nodiscard]] Status wait_until_gone(virDomainPtr domain,
                                         std::chrono::milliseconds patience) const;

    virConnectPtr connection_;
    std::string name_;
    Pause pause_;
};

}  // namespace ha::service::vm
