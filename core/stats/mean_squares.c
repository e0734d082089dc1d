// SPDX-License-Identifier: Apache-2.0
// Intervals of sums and differences of mean squares.
//
// Sources: Satterthwaite 1946, Biometrics Bulletin 2, 110-114; Gaylor and Hopper 1969, Technometrics 11, 691-706; Ting,
// Burdick, Graybill, Jeyaratnam and Lu 1990, J. Stat. Comput. Simul. 35, 135-143 (Burdick and Graybill 1992, 3.3).
#include "stats/components.h"
#include "stats/stats.h"

#include <math.h>

double hpb_mean_squares_sum(const hpb_mean_squares *squares)
{
    double sum = 0;
    for (uint32_t i = 0; i < squares->n; i++)
        sum += squares->coefficient[i] * squares->ms[i];
    return sum;
}

static double df_of(const hpb_mean_squares *squares, int sign)
{
    double sum = 0, squared = 0;
    for (uint32_t i = 0; i < squares->n; i++) {
        const double part = squares->coefficient[i] * squares->ms[i];
        if (sign && part * sign < 0)
            continue;
        sum += part;
        squared += part * part / squares->df[i];
    }
    return sum * sum / squared;
}

double hpb_satterthwaite_df(const hpb_mean_squares *squares)
{
    return df_of(squares, 0);
}

hpb_interval hpb_satterthwaite_interval(const hpb_mean_squares *squares, double confidence)
{
    const double tail = (1 - confidence) / 2, df = hpb_satterthwaite_df(squares);
    const double scaled = df * hpb_mean_squares_sum(squares);
    return (hpb_interval){scaled / hpb_chi2_quantile(1 - tail, df),
                          scaled / hpb_chi2_quantile(tail, df)};
}

// --- modified large sample ------------------------------------------------------------------------------

// F quantiles with infinitely many degrees of freedom below.
static double over_infinity(double probability, double df)
{
    return hpb_chi2_quantile(probability, df) / df;
}

static double square(double x)
{
    return x * x;
}

// What a pair of one sign adds, G* of the source, times (their number - 1).
static double same_sign(double df1, double df2, double tail)
{
    const double both = 1 - 1 / over_infinity(1 - tail, df1 + df2);
    const double g1 = 1 - 1 / over_infinity(1 - tail, df1);
    const double g2 = 1 - 1 / over_infinity(1 - tail, df2);
    return square(both * (df1 + df2)) / (df1 * df2) - g1 * g1 * df1 / df2 - g2 * g2 * df2 / df1;
}

// The squared distance of an end from the estimate. `side` 1: the lower end; -1: the upper one, which is the lower end
// of the sum with all signs turned.
static double distance(const hpb_mean_squares *squares, int side, double tail)
{
    uint32_t n_plus = 0;
    double sum = 0;
    for (uint32_t i = 0; i < squares->n; i++)
        n_plus += squares->coefficient[i] * side > 0;
    for (uint32_t i = 0; i < squares->n; i++) {
        const double part = squares->coefficient[i] * squares->ms[i], df = squares->df[i];
        const bool is_plus = part * side > 0;
        const double g = 1 - 1 / over_infinity(1 - tail, df), h = 1 / over_infinity(tail, df) - 1;
        sum += square((is_plus ? g : h) * part);
        for (uint32_t k = 0; k < squares->n && is_plus; k++) {
            const double other = squares->coefficient[k] * squares->ms[k], df2 = squares->df[k];
            if (other * side > 0) {
                if (k > i)
                    sum += same_sign(df, df2, tail) / (n_plus - 1) * part * other;
            } else if (other != 0) {
                const double f = hpb_f_quantile(1 - tail, df, df2);
                const double h2 = 1 / over_infinity(tail, df2) - 1;
                const double cross = (square(f - 1) - square(g * f) - square(h2)) / f;
                sum += cross * fabs(part * other);
            }
        }
    }
    return fmax(sum, 0);
}

hpb_interval hpb_mls_interval(const hpb_mean_squares *squares, double confidence)
{
    const double tail = (1 - confidence) / 2, estimate = hpb_mean_squares_sum(squares);
    return (hpb_interval){fmax(estimate - sqrt(distance(squares, 1, tail)), 0),
                          fmax(estimate + sqrt(distance(squares, -1, tail)), 0)};
}

// --- which of them ----------------------------------------------------------------------------------------

// Gaylor and Hopper's rule: what is added is so much larger than what is taken off that their difference is nearly a
// chi-square.
static bool is_nearly_chi2(const hpb_mean_squares *squares)
{
    double plus = 0, minus = 0;
    for (uint32_t i = 0; i < squares->n; i++) {
        const double part = squares->coefficient[i] * squares->ms[i];
        *(part > 0 ? &plus : &minus) += fabs(part);
    }
    const double df_plus = df_of(squares, 1), df_minus = df_of(squares, -1);
    return minus == 0 || plus / minus > hpb_f_quantile(0.975, df_minus, df_plus) *
                                            hpb_f_quantile(0.5, df_plus, df_minus);
}

hpb_interval hpb_component_interval(const hpb_mean_squares *squares, double confidence,
                                    hpb_component_method *method)
{
    *method = squares->n == 1 ? HPB_COMPONENT_EXACT
              : hpb_mean_squares_sum(squares) > 0 && is_nearly_chi2(squares)
                  ? HPB_COMPONENT_SATTERTHWAITE
                  : HPB_COMPONENT_MLS;
    return *method == HPB_COMPONENT_MLS ? hpb_mls_interval(squares, confidence)
                                        : hpb_satterthwaite_interval(squares, confidence);
}

const char *hpb_component_method_name(hpb_component_method method)
{
    static const char *const names[] = {"exact", "Satterthwaite", "modified large sample"};
    return names[method];
}
