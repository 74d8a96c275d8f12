// SPDX-License-Identifier: Apache-2.0
// From bytes to a checked model, as cmand does it at every load.
#include <benchmark/benchmark.h>

#include "bench/cluster_text.hpp"
#include "common/config/load.hpp"

namespace {

void load_and_validate(benchmark::State& state)
{
    const std::string text = ha::bench::cluster_text(16, static_cast<int>(state.range(0)));
    for ([[maybe_unused]] auto _ : state) {
        const auto loaded = ha::config::load(text, "cluster.conf");
        if (!loaded || loaded->is_invalid()) {
            state.SkipWithError("the generated file does not validate");
            return;
        }
        benchmark::DoNotOptimize(loaded->model.nodes.size());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                            static_cast<std::int64_t>(text.size()));
}
BENCHMARK(load_and_validate)->Arg(10)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
