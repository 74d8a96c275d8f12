// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/agents/vm/guest.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

#include <libvirt/virterror.h>

namespace ha::service::vm {

namespace {

constexpr std::chrono::milliseconds look_period{500};
constexpr std::chrono::milliseconds ask_period{10'000};
constexpr std::size_t description_bytes_max = std::size_t{4} << 20;

/// Copied at once: a later success clears libvirt's last error.
Error last_error(ErrorCode code, const std::string& what)
{
    const virErrorPtr error = virGetLastError();
    std::string words = what;
    if (error != nullptr && error->message != nullptr) {
        words += ": " + std::string(error->message);
    }
    return Error{code, words};
}

bool last_error_is(int code)
{
    const virErrorPtr error = virGetLastError();
    return error != nullptr && error->code == code;
}

Result<std::string> read_description(const std::string& path)
{
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file || text.str().size() > description_bytes_max) {
        return Error{ErrorCode::not_found, "cannot read the guest's description " + path};
    }
    return text.str();
}

bool runs(int state)
{
    return state != VIR_DOMAIN_SHUTOFF && state != VIR_DOMAIN_CRASHED &&
           state != VIR_DOMAIN_NOSTATE;
}

/// Errors: unavailable. A domain that vanished meanwhile does not run.
Result<bool> domain_runs(virDomainPtr domain)
{
    int state = VIR_DOMAIN_NOSTATE;
    if (virDomainGetState(domain, &state, nullptr, 0) < 0) {
        if (last_error_is(VIR_ERR_NO_DOMAIN)) {
            return false;
        }
        return last_error(ErrorCode::unavailable, "cannot ask for the guest's state");
    }
    return runs(state);
}

}  // namespace

Result<Connection> open_connection(const std::string& uri)
{
    virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});  // nothing on stderr: errors are returned
    Connection connection(virConnectOpen(uri.c_str()));
    if (!connection) {
        return last_error(ErrorCode::unavailable, "cannot reach the hypervisor at " + uri);
    }
    return connection;
}

Guest::Guest(virConnectPtr connection, std::string name, Pause pause)
    : connection_(connection),
      name_(std::move(name)),
      pause_(std::move(pause))
{}

Result<Domain> Guest::find() const
{
    Domain domain(virDomainLookupByName(connection_, name_.c_str()));
    if (!domain && !last_error_is(VIR_ERR_NO_DOMAIN)) {
        return last_error(ErrorCode::unavailable, "cannot look for guest " + name_);
    }
    return domain;
}

Result<bool> Guest::is_active() const
{
    auto domain = find();
    if (!domain) {
        return domain.error();
    }
    return *domain ? domain_runs(domain->get()) : false;
}

Status Guest::start(const StartSource& source)
{
    auto domain = find();
    if (!domain) {
        return domain.error();
    }
    if (*domain) {
        const auto active = domain_runs(domain->get());
        if (!active) {
            return active.error();
        }
        if (*active) {
            return ok();
        }
    }
    if (!source.snapshot.empty() && ::access(source.snapshot.c_str(), R_OK) == 0) {
        if (virDomainRestore(connection_, source.snapshot.c_str()) < 0) {
            return last_error(ErrorCode::system,
                              "cannot restore guest " + name_ + " from " + source.snapshot);
        }
        ::unlink(source.snapshot.c_str());
        return ok();
    }
    if (*domain) {
        if (virDomainCreate(domain->get()) < 0) {
            return last_error(ErrorCode::system, "cannot start guest " + name_);
        }
        return ok();
    }
    if (source.xmlfile.empty()) {
        return Error{ErrorCode::not_found, "libvirt knows no guest " + name_ +
                                               "; define it there, or give its xmlfile or path"};
    }
    const auto description = read_description(source.xmlfile);
    if (!description) {
        return description.error();
    }
    const Domain created(virDomainCreateXML(connection_, description->c_str(), 0));
    if (!created) {
        return last_error(ErrorCode::system,
                          "cannot start guest " + name_ + " from " + source.xmlfile);
    }
    return ok();
}

Status Guest::wait_until_gone(virDomainPtr domain, std::chrono::milliseconds patience) const
{
    std::chrono::milliseconds waited{0};
    std::chrono::milliseconds since_asked{0};
    while (true) {
        const auto active = domain_runs(domain);
        if (!active) {
            return active.error();
        }
        if (!*active) {
            return ok();
        }
        if (waited >= patience) {
            return Error{ErrorCode::timed_out, "guest " + name_ + " did not shut down in time"};
        }
        pause_(look_period);
        waited += look_period;
        since_asked += look_period;
        if (since_asked >= ask_period) {
            since_asked = std::chrono::milliseconds{0};
            virDomainShutdown(domain);  // a guest that was still booting did not hear the first
        }
    }
}

Status Guest::stop(const StopOptions& options)
{
    auto domain = find();
    if (!domain) {
        return domain.error();
    }
    if (!*domain) {
        return ok();
    }
    const auto active = domain_runs(domain->get());
    if (!active) {
        return active.error();
    }
    if (!*active) {
        return ok();
    }
    if (!options.snapshot.empty() && virDomainSave(domain->get(), options.snapshot.c_str()) == 0) {
        return ok();
    }
    virDomainShutdown(domain->get());  // one that cannot is destroyed below
    const Status gone = wait_until_gone(domain->get(), options.patience);
    if (gone || gone.error().code != ErrorCode::timed_out || !options.may_destroy) {
        return gone;
    }
    if (virDomainDestroy(domain->get()) < 0 && !last_error_is(VIR_ERR_NO_DOMAIN)) {
        const Error failure = last_error(ErrorCode::system, "cannot destroy guest " + name_);
        const auto still = domain_runs(domain->get());
        return still && !*still ? ok() : Status(failure);
    }
    return ok();
}

Guest::Migration Guest::migrate(const MigrateOptions& options)
{
    auto domain = find();
    if (!domain || !*domain) {
        return {MigrateOutcome::lost,
                domain ? "libvirt knows no guest " + name_ : domain.error().text};
    }
    const auto failed = [this](const std::string& words) -> Migration {
        const auto active = is_active();
        return {active && *active ? MigrateOutcome::still_here : MigrateOutcome::lost, words};
    };
    auto destination = open_connection(options.destination_uri);
    if (!destination) {
        return failed(destination.error().text);
    }
    unsigned int flags = options.live ? VIR_MIGRATE_LIVE : VIR_MIGRATE_PAUSED;
    flags |= options.tunnelled ? VIR_MIGRATE_TUNNELLED | VIR_MIGRATE_PEER2PEER : 0U;
    const char* const uri = options.migration_uri.empty() ? nullptr : options.migration_uri.c_str();
    if (options.tunnelled) {
        if (virDomainMigrateToURI2(domain->get(), options.destination_uri.c_str(), uri, nullptr,
                                   flags, nullptr, 0) < 0) {
            return failed(
                last_error(ErrorCode::system, "migration of guest " + name_ + " failed").text);
        }
        return {MigrateOutcome::moved, ""};
    }
    const Domain moved(
        virDomainMigrate2(domain->get(), destination->get(), nullptr, flags, nullptr, uri, 0));
    if (!moved) {
        return failed(
            last_error(ErrorCode::system, "migration of guest " + name_ + " failed").text);
    }
    return {MigrateOutcome::moved, ""};
}

}  // namespace ha::service::vm
