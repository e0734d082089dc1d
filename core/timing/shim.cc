// SPDX-License-Identifier: Apache-2.0
// The shim around Google Benchmark.
#include "timing/shim.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace
{

// Takes the runs instead of printing them.
class Collector : public benchmark::BenchmarkReporter
{
  public:
    Collector(double *seconds, uint32_t n_cases, uint32_t n_repetitions)
        : seconds_(seconds), n_repetitions_(n_repetitions), n_(n_cases)
    {
    }

    bool ReportContext(const Context &) override
    {
        return true;
    }

    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs) {
            if (run.run_type != Run::RT_Iteration)
                continue;
            const auto at = static_cast<size_t>(std::stoul(run.run_name.function_name));
            if (at < n_.size() && n_[at] < n_repetitions_)
                seconds_[at * n_repetitions_ + n_[at]++] =
                    run.cpu_accumulated_time / static_cast<double>(run.iterations);
        }
    }

  private:
    double *seconds_;
    uint32_t n_repetitions_;
    std::vector<uint32_t> n_;
};

} // namespace

void hpb_timing_run(const hpb_timing_case *cases, uint32_t n_cases, uint32_t n_repetitions,
                    double *seconds)
{
    std::string arguments[] = {"hpbench", "--benchmark_enable_random_interleaving=true"};
    char *argv[] = {arguments[0].data(), arguments[1].data(), nullptr};
    int argc = 2;
    benchmark::Initialize(&argc, argv);
    for (uint32_t i = 0; i < n_cases; i++) {
        const hpb_timing_case &one = cases[i];
        one.run(one.context);
        // named by its number, so that the reporter finds its row
        benchmark::RegisterBenchmark(std::to_string(i).c_str(),
                                     [&one](benchmark::State &state) {
                                         for (auto _ : state)
                                             one.run(one.context);
                                     })
            ->Iterations(1)
            ->Repetitions(static_cast<int>(n_repetitions));
    }
    Collector collector(seconds, n_cases, n_repetitions);
    benchmark::RunSpecifiedBenchmarks(&collector);
    benchmark::ClearRegisteredBenchmarks();
    benchmark::Shutdown();
    for (uint32_t i = 0; i < n_cases; i++)
        for (uint32_t k = 0; k < n_repetitions; k++)
            seconds[i * n_repetitions + k] /= cases[i].n_items;
}
