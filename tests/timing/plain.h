// SPDX-License-Identifier: Apache-2.0
// Google Benchmark as it is, without our shim.
#ifndef HPB_TEST_PLAIN_H
#define HPB_TEST_PLAIN_H

#ifdef __cplusplus
extern "C" {
#endif

/// The JSON of a benchmark of two repetitions; free() it.
char *plain_benchmark(void);

#ifdef __cplusplus
}
#endif

#endif // HPB_TEST_PLAIN_H
