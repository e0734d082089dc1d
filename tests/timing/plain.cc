// SPDX-License-Identifier: Apache-2.0
#include "timing/plain.h"

#include <benchmark/benchmark.h>

#include <cstring>
#include <sstream>

char *plain_benchmark(void)
{
    benchmark::RegisterBenchmark("nothing",
                                 [](benchmark::State &state) {
                                     for (auto _ : state)
                                         benchmark::ClobberMemory();
                                     state.SetItemsProcessed(state.iterations());
                                 })
        ->Iterations(1000)
        ->Repetitions(2);
    std::ostringstream json;
    benchmark::JSONReporter reporter;
    reporter.SetOutputStream(&json);
    reporter.SetErrorStream(&json);
    benchmark::RunSpecifiedBenchmarks(&reporter);
    benchmark::ClearRegisteredBenchmarks();
    return strdup(json.str().c_str());
}
