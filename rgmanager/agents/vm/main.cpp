// SPDX-License-Identifier: Apache-2.0
//
// ha-vm: what vm.sh runs for each action. Parameters come from the environment, as every agent gets
// them.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "rgmanager/agents/vm/guest.hpp"
#include "rgmanager/agents/vm/parameters.hpp"

namespace {

using namespace ha::service::vm;

constexpr int agent_ok = 0;
constexpr int agent_error = 1;
constexpr int agent_bad_arguments = 2;
constexpr int agent_still_here = 150;  ///< a migration failed and the guest runs on

const char* const usage =
    "usage: ha-vm start|stop|status|migrate [TARGET]\n"
    "Controls the virtual machine named in OCF_RESKEY_name through libvirt; vm.sh runs it.\n";

int report(const ha::Status& status)
{
    if (!status) {
        std::fprintf(stderr, "%s\n", status.error().text.c_str());
        return agent_error;
    }
    return agent_ok;
}

int migrate(Guest& guest, const Parameters& parameters, const std::string& target)
{
    const Guest::Migration migration = guest.migrate(migrate_options(parameters, target));
    if (migration.outcome == MigrateOutcome::moved) {
        return agent_ok;
    }
    std::fprintf(stderr, "%s\n", migration.words.c_str());
    return migration.outcome == MigrateOutcome::still_here ? agent_still_here : agent_error;
}

int status(const Guest& guest)
{
    const auto active = guest.is_active();
    if (!active) {
        std::fprintf(stderr, "%s\n", active.error().text.c_str());
        return agent_error;
    }
    return *active ? agent_ok : agent_error;
}

}  // namespace

int main(int argc, char** argv)
{
    const std::string action = argc > 1 ? argv[1] : "";
    if (action == "-h" || action == "--help") {
        std::fputs(usage, stdout);
        return agent_ok;
    }
    const Parameters parameters =
        read_parameters([](const char* name) { return std::getenv(name); });
    if (parameters.name.empty() || (action == "migrate" && argc < 3)) {
        std::fputs(usage, stderr);
        return agent_bad_arguments;
    }
    auto connection = open_connection(hypervisor_uri(parameters));
    if (!connection) {
        std::fprintf(stderr, "%s\n", connection.error().text.c_str());
        return agent_error;
    }
    Guest guest(connection->get(), parameters.name,
                [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); });
    if (action == "start") {
        return report(guest.start(start_source(parameters)));
    }
    if (action == "stop") {
        return report(guest.stop(stop_options(parameters)));
    }
    if (action == "status") {
        return status(guest);
    }
    if (action == "migrate") {
        return migrate(guest, parameters, argv[2]);
    }
    std::fputs(usage, stderr);
    return agent_bad_arguments;
}
