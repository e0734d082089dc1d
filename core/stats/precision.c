// SPDX-License-Identifier: Apache-2.0
// Sequential looks, sample sizes and confidence sequences.
#include "stats/precision.h"

#include "stats/stats.h"

#include <math.h>

#define LARGEST_SIZE 1e15

size_t hpb_precision_next(const hpb_precision *rule, size_t n)
{
    const size_t next = n < rule->first ? rule->first : n + (n + 3) / 4;
    return next < rule->most ? next : rule->most;
}

// Half the width of a t interval, in SDs.
static double unit_half(double n, double confidence)
{
    return hpb_t_quantile((1 + confidence) / 2, n - 1) / sqrt(n);
}

double hpb_precision_size(double sd, double half, double confidence)
{
    if (!(sd >= 0) || !(half >= 0) || isinf(sd))
        return (double)NAN;
    if (sd == 0)
        return 2;
    const double ratio = half / sd;
    double low = 1, high = 2; // low does not do
    while (!(unit_half(high, confidence) <= ratio)) {
        if (!(high < LARGEST_SIZE))
            return HUGE_VAL;
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        const double middle = floor((low + high) / 2);
        if (unit_half(middle, confidence) <= ratio)
            high = middle;
        else
            low = middle;
    }
    return high;
}

double hpb_stein_size(double sd, size_t n0, double half, double confidence)
{
    const double n = (double)n0;
    const double root = hpb_t_quantile((1 + confidence) / 2, n - 1) * sd / half;
    const double size = ceil(root * root);
    return size > n ? size : isnan(size) ? (double)NAN : n;
}

// Whether the widest interval would be far from narrow enough even at the last look.
static bool is_out_of_reach(const hpb_precision *rule, const hpb_look *look, double confidence)
{
    const double shrinks =
        unit_half((double)rule->most, confidence) / unit_half((double)look->n, confidence);
    const double allowed =
        rule->is_relative ? rule->target * (fabs(look->difference) + look->doubt) : rule->target;
    return look->n >= rule->first && isfinite(look->half) &&
           look->half * shrinks > HPB_PRECISION_FAR * allowed;
}

hpb_look hpb_precision_look(const hpb_precision *rule, size_t n, double difference, double doubt,
                            const double *half, uint32_t k, double confidence)
{
    hpb_look out = {.n = n, .difference = difference, .doubt = doubt};
    out.asked = rule->is_relative ? rule->target * fabs(difference) : rule->target;
    for (uint32_t i = 0; i < k; i++) {
        const double width = isnan(half[i]) ? HUGE_VAL : half[i];
        if (width > out.half) {
            out.half = width;
            out.which = i;
        }
    }
    out.likely = (double)n;
    if (n >= rule->first && out.half <= out.asked) {
        out.state = HPB_PRECISION_KNOWN;
        return out;
    }
    out.state = n >= rule->most                           ? HPB_PRECISION_CAPPED
                : is_out_of_reach(rule, &out, confidence) ? HPB_PRECISION_OUT_OF_REACH
                                                          : HPB_PRECISION_GO_ON;
    if (out.half > 0) { // as a t interval of that width would shrink
        const double sd = out.half / unit_half((double)n, confidence);
        const double size = hpb_precision_size(sd, out.asked, confidence);
        out.likely = isnan(size) ? HUGE_VAL : size;
    }
    out.likely = fmax(out.likely, (double)rule->first);
    return out;
}

// --- confidence sequences -------------------------------------------------------------------------------

double hpb_sequence_scale(double planned, double confidence)
{
    const double twice = -2 * log(1 - confidence);
    return planned / (twice + log(1 + twice));
}

double hpb_sequence_bound(double v, double scale, double confidence)
{
    const double alpha = 1 - confidence;
    return sqrt((v + scale) * log((v + scale) / (scale * alpha * alpha)));
}

hpb_interval hpb_sequence_interval(double mean, double sd, size_t n, double planned,
                                   double confidence)
{
    const double count = (double)n, scale = hpb_sequence_scale(planned, confidence);
    const double half = sd * hpb_sequence_bound(count, scale, confidence) / count;
    return (hpb_interval){mean - half, mean + half};
}
