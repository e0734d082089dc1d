// SPDX-License-Identifier: Apache-2.0
// Google Benchmark behind a C shim: the timed loop, its repetitions and their order are the library's.
#ifndef HPB_SHIM_H
#define HPB_SHIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Something to time. `run` is called once a repetition, and does `n_items` of what is counted.
typedef struct hpb_timing_case {
    const char *name;
    void (*run)(void *context);
    void *context;
    uint32_t n_items;
} hpb_timing_case;

/// Times every case `n_repetitions` times, cases interleaved at random, after one untimed run of each.
/// seconds[n_cases][n_repetitions]: CPU seconds an item, in the order measured.
void hpb_timing_run(const hpb_timing_case *cases, uint32_t n_cases, uint32_t n_repetitions,
                    double *seconds);

#ifdef __cplusplus
}
#endif

#endif // HPB_SHIM_H
