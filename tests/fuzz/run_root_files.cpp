// SPDX-License-Identifier: Apache-2.0
//
// Files of the run root with any content. A record is read or refused with words, and what is read
// is written back alike. A daemon that finds its saved state cut or garbled starts all the same,
// forms its group alone and saves a state that can be read. The first byte chooses the file.
#include <cstdint>
#include <memory>
#include <string>

#include "cman/run_record.hpp"
#include "common/base/assert.hpp"
#include "common/daemon/node_life.hpp"
#include "common/io/detail/process_record.hpp"
#include "common/io/recorder.hpp"
#include "tests/fuzz/support/fence_peer.hpp"
#include "tests/fuzz/support/service_peer.hpp"

namespace {

using namespace ha;

void check_process_record(const std::string& text)
{
    const auto child = io::parse_process_record(text);
    if (!child) {
        HA_ASSERT(!child.error().text.empty());
        return;
    }
    HA_ASSERT(child->group > 1);  // never a signal to everybody
    const auto again = io::parse_process_record(io::format_record(*child));
    HA_ASSERT(again && again->group == child->group && again->start_ticks == child->start_ticks &&
              again->subject == child->subject && again->action == child->action);
}

void check_run_record(const std::string& text)
{
    const auto record = protocol::decode<cman::RunRecord>(text);
    if (!record) {
        HA_ASSERT(!record.error().text.empty());
        return;
    }
    HA_ASSERT(protocol::decode<cman::RunRecord>(protocol::encode(*record)).value() == *record);
}

void check_recorded_event(const std::string& line)
{
    const auto record = io::parse_record(line);
    HA_ASSERT(record || !record.error().text.empty());
}

void check_node_life(const std::string& text)
{
    const auto stored = daemon::parse_node_life(text);
    HA_ASSERT(!stored || (!stored->life.empty() && text == daemon::format_node_life(*stored)));
}

void check_fenced_state(const std::string& text)
{
    const fuzz::FencePeer* peer = nullptr;
    fuzz::Network network(1, [&](NodeId node, const DaemonLife& life, TimePoint now) {
        auto made = std::make_unique<fuzz::FencePeer>(node, life, 1, text, now);
        peer = made.get();
        return made;
    });
    network.new_ring(true);
    for (int round = 0; round < 4; ++round) {
        network.deliver_all();
        network.pass_time(std::chrono::seconds{20});
    }
    HA_ASSERT(peer->domain().facts().self == NodeId{1});
    HA_ASSERT(protocol::decode<protocol::FenceCopy>(peer->saved()));
}

void check_rgmanager_state(const std::string& text, bool is_doubted)
{
    fuzz::ServicePeer* peer = nullptr;
    fuzz::Network network(1, [&](NodeId node, const DaemonLife& life, TimePoint now) {
        const service::Started started{text, false, false, is_doubted};
        auto made = std::make_unique<fuzz::ServicePeer>(node, life, 1, started, now);
        peer = made.get();
        return made;
    });
    network.new_ring(true);
    for (int round = 0; round < 6; ++round) {
        network.deliver_all();
        peer->end_all(network.now());
        network.pass_time(std::chrono::seconds{20});
    }
    HA_ASSERT(!peer->manager().describe().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::Input input(data, size);
    const std::uint8_t kind = input.byte();
    switch (kind % 6) {
        case 0:
            check_process_record(input.all());
            break;
        case 1:
            check_run_record(input.all());
            break;
        case 2:
            check_recorded_event(input.all());
            break;
        case 3:
            check_node_life(input.all());
            break;
        case 4:
            check_fenced_state(input.all());
            break;
        default:
            check_rgmanager_state(input.all(), kind >= 128);
    }
    return 0;
}
