// SPDX-License-Identifier: Apache-2.0
// Two runs side by side: which cells they share, what their trials say, and what was expected of that.
#ifndef HPB_CLI_COMPARE_H
#define HPB_CLI_COMPARE_H

#include "stats/compare.h"
#include "store/store.h"

enum { COMPARE_BASE, COMPARE_RUN }; ///< index of a side

/// Measurements of the time of a fit.
typedef struct compare_times {
    double *seconds;
    uint32_t n;
} compare_times;

/// One side: an open store and its run.
typedef struct compare_side {
    const char *folder;
    hpb_store *store;
    hpb_stored_run run;
    compare_times *
        bulk; ///< [run.n_cells], of run.arena: repetitions of [timing], in bulk; n is 0 where there are none
} compare_side;

// --- cells (compare_match.c) ---------------------------------------------------------------------------

/// The cells of two runs, by what the user set.
typedef struct compare_match {
    uint32_t (*both)[2]; ///< [n_both]: indices of a cell in BASE and RUN, in RUN's order
    uint32_t n_both;
    uint32_t (*changed)[2]; ///< [n_changed]: of the others, those of one label, in RUN's order
    uint32_t n_changed;
    uint32_t *only[2]; ///< [n_only[side]]: the rest, in the side's order
    uint32_t n_only[2];
} compare_match;

/// Two cells are the same where every effective value and the bytes of their data are; code of plugins and engine may be
/// another. A value that one of the hpbenches did not know yet counts only where the suite gives it. The seed of the suite
/// has no part in it.
void hpb_compare_match(const compare_side sides[2], compare_match *out);
void hpb_compare_match_free(compare_match *match);
/// How two cells differ: "fit.epochs is 100 in BASE, 50 in RUN", at most three such; free() it.
char *hpb_compare_differences(const compare_side sides[2], const uint32_t cells[2]);

// --- trials (compare_cell.c) ---------------------------------------------------------------------------

/// What the trials of one cell say. A pair is a replicate that both sides have a result of, a diverged one included.
typedef struct compare_cell {
    const char *label;   ///< in RUN
    uint32_t planned;    ///< replicates that both sides plan: the fewer of the two
    uint32_t missing[2]; ///< of them, not stored
    uint32_t failed[2];  ///< of them, stored without a result
    uint32_t pairs;
    uint32_t same;        ///< pairs with the same bits in every result
    uint32_t first_other; ///< the first replicate of the others
    uint32_t
        other_seeds; ///< pairs whose seeds differ: where there are any, the ratio is not of pairs
    uint32_t diverged[2]; ///< pairs that diverged on this side alone
    uint32_t finite;      ///< pairs that the ratio is of
    hpb_estimate mse;     ///< mean of RUN over mean of BASE; exact where the cell has one replicate
    hpb_estimate time;    ///< median time of a fit, RUN over BASE
    uint32_t n_times[2];  ///< independent measurements of it
} compare_cell;

/// Reads what was timed. Before hpb_compare_cell.
hpb_exit hpb_compare_read_times(compare_side *side, hpb_error *error);
/// Reads the trials of a cell of both. Time: what was timed, where both sides have it; else the cost of trials in bulk.
hpb_exit hpb_compare_cell(const compare_side sides[2], const uint32_t cells[2], compare_cell *out,
                          hpb_error *error);

// --- expectations (compare_expect.c) ----------------------------------------------------------------------

typedef enum compare_quantity { SAME_BITS, RATIO_OF_MSE, RATIO_OF_TIME } compare_quantity;
typedef enum compare_relation { AT_MOST, LESS_THAN, AT_LEAST, MORE_THAN } compare_relation;

typedef struct compare_expectation {
    const char *text; ///< as typed
    compare_quantity quantity;
    compare_relation relation;
    double limit;
} compare_expectation;

#define COMPARE_GRAMMAR "same-bits, or mse or time with <=, <, >= or > and a factor: 'mse <= 1.02x'"

/// Reads "mse <= 1.02x". False: it is not of the grammar.
bool hpb_compare_parse(const char *text, compare_expectation *out);
/// Why a cell is not as expected, or NULL; free() it. MSE: the end of the interval decides. Time: the interval has to be
/// beyond the limit by more than the share `noise`.
char *hpb_compare_judge(const compare_expectation *expectation, const compare_cell *cell,
                        double noise);

/// "slower", "faster", "same" within `noise`, or NULL where it can't be told.
const char *hpb_compare_time_verdict(const compare_cell *cell, double noise);
/// "higher", "lower" or "same" (the interval holds 1), or NULL.
const char *hpb_compare_mse_verdict(const compare_cell *cell);
/// "1.31 [1.24, 1.38]" for 3 digits; "1.31" where there is no interval, "-" where there is no ratio. Returns `out`.
#define COMPARE_RATIO_SIZE (3 * HPB_NUMBER_SIZE + 8)
char *hpb_compare_ratio_text(hpb_estimate ratio, int digits, char out[COMPARE_RATIO_SIZE]);

#endif // HPB_CLI_COMPARE_H
