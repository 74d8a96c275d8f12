// SPDX-License-Identifier: Apache-2.0
// The claim of one service, as it crosses the ring.
#include <benchmark/benchmark.h>

#include "common/protocol/service.hpp"
#include "common/view/group_frames.hpp"

namespace {

ha::protocol::TableMessage claim()
{
    ha::protocol::RowChange change;
    change.based_on = 41;
    change.input = ha::protocol::ServiceInput::claim;
    change.row.name = "service:web";
    change.row.state = ha::protocol::ServiceState::starting;
    change.row.owner = {
        ha::NodeId{2}, {ha::NodeLife{"0f3b9c1e-77aa-4d0e"}, 1234567890}, ha::AdmissionNumber{7}};
    change.row.last_owner = ha::NodeId{1};
    change.row.transition_s = 1420113600;
    change.row.version = 42;
    change.row.config_version = 12;
    change.row.reason = "node2 is the best choice in failover domain prefer_node1";
    ha::protocol::TableMessage message;
    message.changes.push_back(change);
    return message;
}

void encode_claim(benchmark::State& state)
{
    const ha::protocol::TableMessage message = claim();
    for ([[maybe_unused]] auto _ : state) {
        benchmark::DoNotOptimize(ha::protocol::encode(message));
    }
    state.counters["bytes"] = static_cast<double>(ha::protocol::encode(message).size());
}
BENCHMARK(encode_claim);

void decode_claim(benchmark::State& state)
{
    const std::string text = ha::protocol::encode(claim());
    for ([[maybe_unused]] auto _ : state) {
        benchmark::DoNotOptimize(ha::protocol::decode<ha::protocol::TableMessage>(text));
    }
}
BENCHMARK(decode_claim);

void group_frame_there_and_back(benchmark::State& state)
{
    ha::view::AppFrame frame;
    frame.origin.life.node.value = "0f3b9c1e-77aa-4d0e";
    frame.payload = ha::protocol::encode(claim());
    for ([[maybe_unused]] auto _ : state) {
        benchmark::DoNotOptimize(ha::view::decode_group_frame(ha::view::encode_group_frame(frame)));
    }
}
BENCHMARK(group_frame_there_and_back);

}  // namespace
