// SPDX-License-Identifier: Apache-2.0
// Benchmarks of the pure parts. Compare numbers of one machine and one run only.
#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
