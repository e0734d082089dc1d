// SPDX-License-Identifier: Apache-2.0
// When to stop: enough replicates for an interval that is narrow enough, and how many that is.
//
// The rule is sequential (Chow and Robbins 1965): intervals are made anew at every look, and the run stops at the first look
// at which all are narrow enough. Their confidence is nominal. Measured for 95 % of one mean and half widths of 0.2 to 0.3 SD
// (tests/stats/test_precision.c): 94.2 from a first look at 10 normal values and 94.9 from 20, but 85.5 from 30 log-normal
// ones of sigma 1. Stop on width, never on significance. Who looks as often as he likes, or tests, takes a confidence sequence.
#ifndef HPB_PRECISION_H
#define HPB_PRECISION_H

#include "stats/intervals.h"

#include <stdbool.h>

#define HPB_PRECISION_FIRST 20u ///< a first look that keeps its confidence

typedef struct hpb_precision {
    double target; ///< half the width of the widest interval, at most; above 0
    bool
        is_relative; ///< to the absolute difference as it is at that look; else in units of the values
    size_t first, most; ///< replicates at the first look; at the last one, known or not
} hpb_precision;

typedef enum hpb_precision_state {
    HPB_PRECISION_GO_ON,
    HPB_PRECISION_KNOWN,  ///< to what was asked
    HPB_PRECISION_CAPPED, ///< `most` replicates, and not known that well
    HPB_PRECISION_OUT_OF_REACH, ///< `most` would leave it more than HPB_PRECISION_FAR times as wide as asked
} hpb_precision_state;

#define HPB_PRECISION_FAR 2 // more is no use to anyone: stop, and say so

/// One look, for the record: all that was decided on.
typedef struct hpb_look {
    size_t n;
    double difference;
    double doubt;   ///< half the width of its own interval
    double asked;   ///< half width, in units of the values
    double half;    ///< the widest there is; infinite where there is none yet
    uint32_t which; ///< whose it is
    double
        likely; ///< replicates in all that `half` likely takes, by its spread so far; infinite: none would do
    hpb_precision_state state;
} hpb_look;

/// The replicates of the next look: `first`, then a quarter more each time, at most `most`; `most` again after that.
size_t hpb_precision_next(const hpb_precision *rule, size_t n);
/// Judges half widths half[k] of n replicates: of Student's t, simultaneous ones, or of confidence sequences. A NaN counts as
/// infinite. Before `first` nothing is known. What is out of reach is judged by the largest difference that `doubt`, half
/// the width of its interval, leaves: one that may be 0 is known to no share of it, however long it goes on.
hpb_look hpb_precision_look(const hpb_precision *rule, size_t n, double difference, double doubt,
                            const double *half, uint32_t k, double confidence);

/// The fewest values whose t interval has half the width `half` or less, for this SD; infinite beyond 1e15.
double hpb_precision_size(double sd, double half, double confidence);
/// Stein (1945), two stages: with this many values in all, n0 of them a pilot of this SD, mean -+ half holds with the
/// confidence asked, exactly for normal data.
double hpb_stein_size(double sd, size_t n0, double half, double confidence);

// Confidence sequences: two-sided normal mixture (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021), for means with
// estimated variance asymptotically (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024). All looks hold at once.

/// r = planned / (2 log(1 / alpha) + log(1 + 2 log(1 / alpha))): tightest near `planned` values. 1.55 times as wide as a
/// fixed-n interval there.
double hpb_sequence_scale(double planned, double confidence);
/// The bound of a sum of variance v: sqrt((v + r) log((v + r) / (r alpha^2))).
double hpb_sequence_bound(double v, double scale, double confidence);
/// mean -+ sd bound(n) / n.
hpb_interval hpb_sequence_interval(double mean, double sd, size_t n, double planned,
                                   double confidence);

#endif // HPB_PRECISION_H
