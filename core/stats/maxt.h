// SPDX-License-Identifier: Apache-2.0
// The largest of several correlated |t| statistics: the quantile under single-step simultaneous intervals.
#ifndef HPB_MAXT_H
#define HPB_MAXT_H

#include <stdint.h>

typedef struct hpb_maxt hpb_maxt;

/// For k statistics with this correlation matrix [k][k] (positive semi-definite, ones on its diagonal;
/// overwritten). NULL: they count as independent, which is never too narrow (Sidak 1967).
hpb_maxt *hpb_maxt_create(double *correlation, uint32_t k);
/// For the k (k - 1) / 2 differences of k means with this covariance matrix [k][k] (any scale; kept). Pairs without
/// a difference in any replicate are left out. NULL, what is not finite, or a pair that is equal but for rounding:
/// all count as independent.
hpb_maxt *hpb_maxt_create_pairs(const double *covariance, uint32_t k);
void hpb_maxt_destroy(hpb_maxt *maxt);

/// The two-sided quantile of max |T| under a multivariate t with `df` degrees of freedom: never below that of one t,
/// never above Sidak's.
double hpb_maxt_quantile(const hpb_maxt *maxt, double probability, double df);

#endif // HPB_MAXT_H
