// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/ccs_config_dump/running_document.hpp"

#include <utility>

#include "common/daemon/daemon_client.hpp"
#include "common/protocol/cman.hpp"

namespace ha::cman {

Result<RunningDocument> running_document(const Roots& roots)
{
    auto client = daemon::DaemonClient::connect(roots.run_file("cmand.sk"));
    if (!client) {
        return client.error();
    }
    auto active = client->ask<protocol::ActiveDocument>(protocol::Subscribe{"ccs_config_dump"});
    if (!active) {
        return active.error();
    }
    return RunningDocument{std::move(active->document.bytes), std::move(active->local_name)};
}

}  // namespace ha::cman
