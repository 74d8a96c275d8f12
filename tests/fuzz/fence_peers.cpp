// SPDX-License-Identifier: Apache-2.0
//
// The fence domain among honest members and an enemy.
#include <cstdint>
#include <memory>

#include "common/base/assert.hpp"
#include "tests/fuzz/support/fence_peer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ha;
    fuzz::Network network(3, [](NodeId node, const DaemonLife& life, TimePoint now) {
        return std::make_unique<fuzz::FencePeer>(node, life, 3, "", now);
    });
    network.begin();
    HA_ASSERT(network.peer(1).group().is_settled() && network.peer(3).group().is_settled());
    fuzz::Input input(data, size);
    network.run(input);
    return 0;
}
