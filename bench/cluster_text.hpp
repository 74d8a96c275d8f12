// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace ha::bench {

/// A valid cluster.conf: that many nodes with a fence method each, that many services (ip, fs,
/// script) spread over ordered failover domains.
[[nodiscard]] std::string cluster_text(int nodes, int services);

}  // namespace ha::bench
