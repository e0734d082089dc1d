// SPDX-License-Identifier: Apache-2.0
// Google Benchmark behind a C shim: the timed loop, its repetitions, their order and the JSON are the library's.
#ifndef HPB_SHIM_H
#define HPB_SHIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Something to time: `run` does one iteration, `n_items` of what is counted.
typedef struct hpb_timing_case {
    const char *name; ///< in the JSON; need not be unique
    void (*run)(void *context);
    void *context;
    uint64_t n_items;
} hpb_timing_case;

typedef struct hpb_timing_options {
    uint32_t n_repetitions;
    double min_time; ///< seconds that a repetition lasts, about; 0: one iteration
    /// Called before each repetition, outside of the timed loop. May be NULL.
    void (*begin)(void *context, uint32_t which);
    void *context;
} hpb_timing_options;

/// Times every case `n_repetitions` times, cases interleaved at random, after untimed runs of each that find how many
/// iterations a repetition takes. cpu and real[n_cases][n_repetitions]: seconds an item, processor's and wall clock's,
/// in the order measured. n_iterations[n_cases]: of a repetition. Returns what the library's JSON reporter wrote;
/// free() it. Not reentrant: the library's registry is one a process.
char *hpb_timing_run(const hpb_timing_case *cases, uint32_t n_cases,
                     const hpb_timing_options *options, double *cpu, double *real,
                     uint64_t *n_iterations);

#ifdef __cplusplus
}
#endif

#endif // HPB_SHIM_H
