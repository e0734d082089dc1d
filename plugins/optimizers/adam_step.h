// SPDX-License-Identifier: Apache-2.0
// Adam's step, which adam.c, adamw.c and, for some of its tensors, muon.c make.
#ifndef HPB_OPTIMIZERS_ADAM_STEP_H
#define HPB_OPTIMIZERS_ADAM_STEP_H

#include "hpbench/plugin.h"

#include <math.h>

typedef struct adam_settings {
    double beta_1, beta_2, epsilon;
    float rate_ratio; // of the rate of the batch
    int is_paper;     // epsilon beside the corrected root
} adam_settings;

// What one update has in common for all parameters of 16 lanes.
typedef struct adam_factors {
    float one_minus_beta_1, one_minus_beta_2;
    float alpha[HPB_LANE_MULTIPLE], epsilon[HPB_LANE_MULTIPLE];
} adam_factors;

// Multiplies the powers of 16 lanes by beta. Keras: 1 - beta in double, the powers in float32; and the paper's epsilon
// is Keras' times sqrt(1 - beta_2^t).
HPB_INLINE void adam_prepare(const adam_settings *s, const float *rate, double *beta_1_power,
                             double *beta_2_power, adam_factors *f)
{
    f->one_minus_beta_1 = (float)(1 - s->beta_1);
    f->one_minus_beta_2 = (float)(1 - s->beta_2);
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        beta_1_power[j] *= (double)(float)s->beta_1;
        beta_2_power[j] *= (double)(float)s->beta_2;
        const float root = sqrtf(1 - (float)beta_2_power[j]);
        f->alpha[j] = rate[j] * s->rate_ratio * root / (1 - (float)beta_1_power[j]);
        f->epsilon[j] = (float)s->epsilon * (s->is_paper ? root : 1);
    }
}

// v_hat is touched with amsgrad alone.
HPB_INLINE void adam_row(const adam_factors *HPB_RESTRICT f, int amsgrad,
                         const float *HPB_RESTRICT g, float *HPB_RESTRICT w, float *HPB_RESTRICT m,
                         float *HPB_RESTRICT v, float *HPB_RESTRICT v_hat)
{
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        m[j] += (g[j] - m[j]) * f->one_minus_beta_1;
        v[j] += (g[j] * g[j] - v[j]) * f->one_minus_beta_2;
        float second = v[j];
        if (amsgrad)
            second = v_hat[j] = v_hat[j] > second ? v_hat[j] : second;
        w[j] -= m[j] * f->alpha[j] / (sqrtf(second) + f->epsilon[j]);
    }
}

#endif
