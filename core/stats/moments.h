// SPDX-License-Identifier: Apache-2.0
// Mean and standard deviation, without what textbook sums lose.
#ifndef HPB_MOMENTS_H
#define HPB_MOMENTS_H

#include <stddef.h>

/// The mean (NaN where n is 0) and the SD with divisor n - 1 (NaN where n < 2) of finite values, by the
/// corrected two-pass algorithm (Chan, Golub and LeVeque 1983). Sums run in the order given.
void hpb_moments(const double *values, size_t n, double *mean, double *sd);

/// For qsort() of finite doubles, ascending.
int hpb_compare_doubles(const void *a, const void *b);

#endif // HPB_MOMENTS_H
