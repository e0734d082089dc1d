// SPDX-License-Identifier: Apache-2.0
// The shim around Google Benchmark.
#include "timing/shim.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

namespace
{

// The library's JSON, and the same numbers as they come. A case is named by its number while it runs, so that its row
// is found, and in the JSON by its name alone: the number of iterations differs from run to run, and tools that compare
// two runs pair them by name.
class Reporter : public benchmark::JSONReporter
{
  public:
    Reporter(const hpb_timing_case *cases, uint32_t n_cases, uint32_t n_repetitions, double *cpu,
             double *real)
        : cases_(cases), n_repetitions_(n_repetitions), cpu_(cpu), real_(real), n_(n_cases)
    {
        SetOutputStream(&json_);
        SetErrorStream(&json_);
    }

    void ReportRuns(const std::vector<Run> &runs) override
    {
        std::vector<Run> named = runs;
        for (Run &run : named) {
            const auto at = static_cast<size_t>(std::stoul(run.run_name.function_name));
            if (run.run_type == Run::RT_Iteration && n_[at] < n_repetitions_) {
                const size_t place = at * n_repetitions_ + n_[at]++;
                const double n_items =
                    static_cast<double>(run.iterations) * static_cast<double>(cases_[at].n_items);
                cpu_[place] = run.cpu_accumulated_time / n_items;
                real_[place] = run.real_accumulated_time / n_items;
            }
            run.run_name = benchmark::BenchmarkName();
            run.run_name.function_name = cases_[at].name;
        }
        benchmark::JSONReporter::ReportRuns(named);
    }

    std::string Json() const
    {
        return json_.str();
    }

  private:
    const hpb_timing_case *cases_;
    uint32_t n_repetitions_;
    double *cpu_, *real_;
    std::vector<uint32_t> n_;
    std::ostringstream json_;
};

// How many iterations last min_time: from as many as last a tenth of it, after one that warms up.
uint64_t CountIterations(const hpb_timing_case &one, double min_time)
{
    one.run(one.context);
    if (!(min_time > 0))
        return 1;
    using Clock = std::chrono::steady_clock;
    const Clock::time_point begin = Clock::now();
    double seconds = 0;
    uint64_t n = 0;
    while (seconds < min_time / 10) {
        one.run(one.context);
        n++;
        seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    }
    const double wanted = min_time / seconds * static_cast<double>(n);
    return wanted > 1 ? static_cast<uint64_t>(std::llround(wanted)) : 1;
}

} // namespace

char *hpb_timing_run(const hpb_timing_case *cases, uint32_t n_cases,
                     const hpb_timing_options *options, double *cpu, double *real,
                     uint64_t *n_iterations)
{
    // static: the library keeps the name
    static char program[] = "hpbench", option[] = "--benchmark_enable_random_interleaving=true";
    char *argv[] = {program, option, nullptr};
    int argc = 2;
    benchmark::Initialize(&argc, argv);
    for (uint32_t i = 0; i < n_cases; i++) {
        const hpb_timing_case &one = cases[i];
        if (options->begin)
            options->begin(options->context, i);
        n_iterations[i] = CountIterations(one, options->min_time);
        // named by its number, for the reporter
        benchmark::RegisterBenchmark(std::to_string(i).c_str(),
                                     [&one, i, options](benchmark::State &state) {
                                         if (options->begin)
                                             options->begin(options->context, i);
                                         for (auto _ : state)
                                             one.run(one.context);
                                         state.SetItemsProcessed(state.iterations() *
                                                                 static_cast<int64_t>(one.n_items));
                                     })
            ->Iterations(static_cast<int64_t>(n_iterations[i]))
            ->Repetitions(static_cast<int>(options->n_repetitions));
    }
    Reporter reporter(cases, n_cases, options->n_repetitions, cpu, real);
    benchmark::RunSpecifiedBenchmarks(&reporter);
    benchmark::ClearRegisteredBenchmarks();
    benchmark::Shutdown();
    return strdup(reporter.Json().c_str());
}
