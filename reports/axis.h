// SPDX-License-Identifier: Apache-2.0
// The scale of a figure: from values to 0 ... 1 across it, with ticks 1-2-5. Any finite values will do.
#ifndef HPB_AXIS_SCALE_H
#define HPB_AXIS_SCALE_H

#include "data.h"

#define HPB_MAX_TICKS 24

typedef struct hpb_tick {
    double at; ///< 0 ... 1
    char text[HPB_NUMBER_SIZE];
} hpb_tick;

typedef struct hpb_scale {
    double low, high; ///< the ends: log10 of the value if is_log
    hpb_tick tick[HPB_MAX_TICKS];
    uint32_t n_ticks;
    bool is_log;
} hpb_scale;

/// The rule for MSE: log10 where the 5 to 95 % ranges span more than a factor of 10 or an SD exceeds its mean, and
/// all values are above 0; else linear from 0. Ends: the extremes of the data, with a margin; but a run that is all but
/// diverged must not press the others together: at most HPB_SCALE_LIMIT times the error of predicting the mean.
#define HPB_SCALE_LIMIT 10.0
hpb_scale hpb_scale_mse(const hpb_report_cell *const *cells, uint32_t n_cells, const double *extra,
                        uint32_t n_extra);
/// The largest MSE that a figure of these cells shows at its place; infinite where predicting the mean has no known error.
double hpb_scale_limit(const hpb_report_cell *const *cells, uint32_t n_cells);
/// Linear, with 0 in sight and a margin around low and high.
hpb_scale hpb_scale_linear(double low, double high);
/// log10 from low to high, both above 0.
hpb_scale hpb_scale_log(double low, double high);
/// Where a value is: 0 ... 1 within the ends.
double hpb_scale_at(const hpb_scale *scale, double value);
/// A tick's number: 0.005, not 5e-3; exponents below 1e-4 and from 1e6, of three digits at most.
char *hpb_tick_text(double value, char out[HPB_NUMBER_SIZE]);

#endif // HPB_AXIS_SCALE_H
