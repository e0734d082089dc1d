// SPDX-License-Identifier: Apache-2.0
// Where the variance of a balanced crossed grid comes from: every level of each random factor (split, weights, ...) with
// every level of the others, one value a cell. Crossed runs are not independent; the interval of their mean says so.
//
// Values are [levels[0]][levels[1]]..., the last factor fastest. A term is a set of factors: bit i of its number is
// factor i. Term 0 is the mean, the last one is the residual: there is no other.
#ifndef HPB_COMPONENTS_H
#define HPB_COMPONENTS_H

#include "stats/intervals.h"

#include <stdbool.h>

#define HPB_FACTORS 4
#define HPB_TERMS (1u << HPB_FACTORS)

/// How the interval of a component is made.
typedef enum hpb_component_method {
    HPB_COMPONENT_EXACT,         ///< chi-square, of a term with one mean square: the residual
    HPB_COMPONENT_SATTERTHWAITE, ///< where the mean squares lie far enough apart (Gaylor and Hopper 1969)
    HPB_COMPONENT_MLS, ///< modified large sample (Ting, Burdick, Graybill, Jeyaratnam and Lu 1990)
} hpb_component_method;
const char *hpb_component_method_name(hpb_component_method method);

typedef struct hpb_component {
    double ss, df, ms;
    double value;     ///< the ANOVA estimator, signed: below 0 the component is on the boundary, 0
    double low, high; ///< of the component, from 0
    hpb_component_method method;
} hpb_component;

/// The mean over all levels there could be.
typedef struct hpb_grand_mean {
    double se, df; ///< Satterthwaite (1946)
    double low, high;
} hpb_grand_mean;

typedef struct hpb_components {
    uint32_t n_factors, levels[HPB_FACTORS];
    uint32_t n_terms; ///< 2^n_factors, the mean counted
    hpb_component term[HPB_TERMS];
    double mean;
    double variance; ///< of the mean, by the ANOVA estimators: may be negative
    double total;    ///< of one value: the sum of the components, negative ones as 0
    /// The variance times the cells is at least the largest mean square, df at least 1.
    hpb_grand_mean honest;
    hpb_grand_mean conservative; ///< without the mean squares that are taken off: never too narrow
    hpb_grand_mean naive;        ///< as if the cells were independent: far too narrow
} hpb_components;

/// Estimates all components (equal to REML where none is negative; Searle, Casella and McCulloch 1992). Sums of squares
/// are those of the effects of centred values, so no digits are lost to a large mean; a factor that changes nothing has
/// components of exactly 0. False, and NaN, without 1 to
/// HPB_FACTORS factors of at least 2 levels, or where a value is not finite.
bool hpb_components_estimate(const double *values, uint32_t n_factors, const uint32_t *levels,
                             double confidence, hpb_components *out);

/// An effect of at most this is rounding: a few units in the last place of the largest distance from the mean.
double hpb_components_rounding(const double *values, size_t n, double mean);

/// The mean by the pigeonhole bootstrap (Owen 2007): levels of each factor are drawn anew, 1,999 times; percentile
/// interval. Assumes no normality; too narrow where factors have few levels (89 of 100 at 5 x 5). NaN beyond 1e5 values.
hpb_interval hpb_components_pigeonhole(const double *values, uint32_t n_factors,
                                       const uint32_t *levels, double confidence);

/// One way: n_groups groups of n_each values, the groups drawn at random.
typedef struct hpb_one_way {
    double ss_between, ss_within, ms_between, ms_within, mean;
    double f, p;         ///< of no difference between groups
    double between;      ///< variance of the groups, signed
    double pooled;       ///< variance of all values: REML's `within` where `between` is negative
    hpb_estimate icc;    ///< between / (between + within): exact, by F
    hpb_interval within; ///< exact, by chi-square
    hpb_grand_mean grand_mean;
} hpb_one_way;
hpb_one_way hpb_one_way_estimate(const double *values, uint32_t n_groups, uint32_t n_each,
                                 double confidence);

/// A sum of independent mean squares, coefficients of either sign.
typedef struct hpb_mean_squares {
    uint32_t n;
    double coefficient[HPB_TERMS], ms[HPB_TERMS], df[HPB_TERMS];
} hpb_mean_squares;
/// What the component of a term is estimated by.
hpb_mean_squares hpb_component_squares(const hpb_components *components, uint32_t term);
double hpb_mean_squares_sum(const hpb_mean_squares *squares);
double hpb_satterthwaite_df(const hpb_mean_squares *squares);
/// df sum / chi-square quantiles. For sums above 0.
hpb_interval hpb_satterthwaite_interval(const hpb_mean_squares *squares, double confidence);
/// From 0. For any sum.
hpb_interval hpb_mls_interval(const hpb_mean_squares *squares, double confidence);
/// By the method that suits the sum.
hpb_interval hpb_component_interval(const hpb_mean_squares *squares, double confidence,
                                    hpb_component_method *method);

#endif // HPB_COMPONENTS_H
