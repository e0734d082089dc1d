// SPDX-License-Identifier: Apache-2.0
// What a report says, as plain numbers and words: filled from a store (load.c) or by a test, completed by
// summary.c and answer.c, drawn by figures.c and written by page.c. Nothing here knows SQLite or HTML.
#ifndef HPB_REPORT_DATA_H
#define HPB_REPORT_DATA_H

#include "base/base.h"
#include "engine/trial.h"
#include "explain/averaging.h"
#include "stats/intervals.h"
#include "stats/stats.h"
#include "timing/timing.h"

#include <jansson.h>

#define HPB_REPORT_CAUSES 12

/// Median and quartiles of the losses of one epoch over the curves that are stored.
typedef struct hpb_report_epoch {
    uint32_t n;                    ///< fits that were still training
    float train[3], validation[3]; ///< 25, 50, 75 %; NaN where there are none
} hpb_report_epoch;

typedef struct hpb_report_cell {
    // given
    const char *label;
    const char
        *titles[HPB_AXIS_COUNT]; ///< of the sections of its levels: "adam"; NULL: as the level
    const char *levels[HPB_AXIS_COUNT]; ///< printed level on each axis; "" where there is none
    const char *spec;                   ///< JSON of the effective values, or NULL
    const char *own_spec; ///< of a protocol with fresh seeds: as the suite has it, or NULL
    uint32_t n_planned, n_splits, n_fits; // splits, and fits, of a trial
    int32_t twin;                         ///< the random cell on whose row this one is drawn, or -1
    double *mse; ///< [n_planned] by replicate; NaN: not stored, failed or diverged
    uint64_t count[HPB_STATUS_COUNT];
    double
        validation; ///< median validation loss after the last epoch over finished runs, those that
                    ///< diverged counted as infinite; NaN: no validation rows
    double epochs;  ///< mean a fit; NaN without a finished trial
    double
        fit_ns; ///< processor time of a fit in bulk: median of the timings, else mean over the runs; NaN
    bool is_timed;       ///< fit_ns is a timing
    double baseline_mse; ///< of predicting the mean, as the mean of the finished runs; NaN
    double truth_mse;    ///< of the true function, likewise
    double reported;     ///< the number that the user got, on the row of fresh seeds; NaN
    double r2;           ///< likewise, of the runs that have one
    hpb_averaging averaging;
    hpb_report_epoch *curve; ///< [n_epochs], or NULL
    uint32_t n_epochs, n_curve_runs;

    // made by hpb_report_summarise
    uint32_t level_id[HPB_AXIS_COUNT];
    uint64_t stored, failed;
    hpb_summary summary;                         ///< of the finite MSEs
    hpb_interval mean_interval, median_interval; ///< 95 %, of this cell alone; NaN: too few runs
    hpb_mean_method mean_method;
    double
        iqm; ///< interquartile mean (intervals.h), and its interval; NaN where nothing is resampled
    hpb_interval iqm_interval;
    uint32_t rank; ///< of a cell with a twin: its place among 100 of the twin's runs; 0: none
    int32_t base;  ///< the cell that it is compared with, or -1
    hpb_difference difference;
} hpb_report_cell;

/// What one level of a factor does against the reference's level, averaged over the other factors, on the
/// reference's data.
typedef struct hpb_report_effect {
    hpb_axis axis;
    const char *level, *base;
    uint32_t n_contexts; ///< pairs of cells averaged; 0: the level's cells have no run to pair
    hpb_difference difference; ///< of the MSEs, paired by replicate, simultaneous over all effects
    double spread;             ///< ratio of the SDs, geometric mean over the contexts; NaN
    double time;               ///< ratio of the times of a run in bulk, likewise
    int32_t fixed;             ///< a cell of this level that runs once, or -1
} hpb_report_effect;

/// What was timed (timing/timing.h), with its median.
typedef struct hpb_report_timing {
    hpb_timing_measure measure;
    const char *name, *plugin; ///< plugin: "" for a cell
    int32_t cell;              ///< or -1
    double *cpu, *real;        ///< [n]: seconds an item, in the order measured
    uint32_t n;
    hpb_summary summary;   ///< of cpu
    hpb_interval interval; ///< 95 %, of its median
} hpb_report_timing;

/// A cause of failure, where it was met first, and how often.
typedef struct hpb_report_cause {
    hpb_status status;
    const char *text, *cell;
    uint32_t replicate;
    uint64_t count;
} hpb_report_cause;

typedef struct hpb_report_data {
    hpb_arena *arena; ///< owns all below but `about`
    json_t *about;    ///< of the run; borrowed, may be NULL
    const char *suite, *question;
    hpb_report_cell *cells;
    uint32_t n_cells, reference;
    bool order_median;
    hpb_report_cause causes[HPB_REPORT_CAUSES];
    uint32_t n_causes;
    uint64_t n_other_causes;    ///< failed runs of further causes
    hpb_report_timing *timings; ///< cell by cell, then plugins, the reference's first of each kind
    uint32_t n_timings;

    // made by hpb_report_summarise
    bool is_factor[HPB_AXIS_COUNT];
    uint64_t planned, stored, failed, count[HPB_STATUS_COUNT];
    uint32_t n_compared; ///< comparisons in the family of the intervals
    hpb_report_effect *effects;
    uint32_t n_effects;

    const struct hpb_explanation
        *explanations; ///< [n_explanations], one a setting; none: a crossed run
    uint32_t n_explanations;
    uint64_t other_planned, other_count[HPB_STATUS_COUNT]; ///< runs of corners that are no `cells`

    const struct hpb_report_ranking *ranking; ///< made by hpb_report_rank (ranking.h), or NULL

    // made by hpb_report_answer
    const char **sentences; ///< [n_sentences]
    uint32_t n_sentences, sentence_capacity;
    const char *advice; ///< "Do this", code between backticks; NULL: nothing to advise
} hpb_report_data;

/// Empty data with an arena; the caller adds cells.
void hpb_report_data_init(hpb_report_data *data);
void hpb_report_data_free(hpb_report_data *data);
/// Room for a cell's MSEs, all NaN.
double *hpb_report_data_mse(hpb_report_data *data, uint32_t n_planned);

/// Everything that follows from the cells: summaries, ranks, paired differences, effects of factors.
void hpb_report_summarise(hpb_report_data *data);
/// Of that, what is relative to the reference, when it has become another cell: differences and effects.
void hpb_report_refer(hpb_report_data *data);
/// The cell with the levels of `like` but `level_id` on `axis`, runs planned more than once; -1: none.
int32_t hpb_report_find_cell(const hpb_report_data *data, const hpb_report_cell *like,
                             hpb_axis axis, uint32_t level_id);
/// Whether two cells have the same levels on every axis but one.
bool hpb_report_same_but(const hpb_report_cell *a, const hpb_report_cell *b, hpb_axis axis);
/// For qsort_r() of numbers of cells, the context being data->cells: by median, those without a finite result last.
int hpb_report_by_median(const void *a, const void *b, void *context);
/// Paired comparisons of cells[i] with bases[i]; simultaneous over the n.
void hpb_report_compare(const hpb_report_data *data, const uint32_t *cells, const uint32_t *bases,
                        uint32_t n, hpb_difference *out);
/// Where the other levels differ from the reference's, the answer may be another: a sentence that says where it
/// differs most, or NULL. `best` and `second` differ on `axis` alone.
const char *hpb_report_reversal(const hpb_report_data *data, hpb_axis axis, uint32_t best,
                                uint32_t second);
/// Whether most of its runs diverged: counted as infinite, as they were, so is the median.
bool hpb_report_is_lost(const hpb_report_cell *cell);
/// The cell with the lowest median among those that are measured as `like` is: same data, splitter and seeds.
uint32_t hpb_report_lowest(const hpb_report_data *data, uint32_t like);
/// The levels that a user chooses, not how they are measured: "sgd & patience". `optimizer`: what to call that
/// level; NULL: as it is.
const char *hpb_report_settings_name(const hpb_report_data *data, const hpb_report_cell *cell,
                                     const char *optimizer);

/// The answer in sentences, and what to do. After hpb_report_summarise and, where rates are varied, hpb_report_rank.
void hpb_report_answer(hpb_report_data *data);
/// A plugin's id as its authors write it ("sgd 0.1" is "SGD 0.1"); other text as it is.
const char *hpb_report_name(hpb_arena *arena, const char *label);
/// Of the section of a cell's level: "adam", where the level is "adam learning_rate 0.01".
const char *hpb_report_title(const hpb_report_cell *cell, hpb_axis axis);
/// A level that is a number, in three digits as labels have it, no zeros at the end: 0.01, 0.00316, 1e-05. Returns `out`.
char *hpb_level_text(double level, char out[HPB_NUMBER_SIZE]);
/// What is varied, in print: "early stopping".
const char *hpb_report_axis_title(hpb_axis axis);
/// 1st, 2nd, 3rd, 11th, ...
const char *hpb_report_ordinal(hpb_arena *arena, uint32_t n);
/// "crashed", "ran into the time limit", ...
const char *hpb_report_status_words(hpb_status status);
/// Counts in words: "2 crashed, 1 ran into the time limit"; "" where nothing failed.
char *hpb_report_failures(hpb_arena *arena, const uint64_t count[HPB_STATUS_COUNT]);
/// Whether runs are missing, or another look of [explain] precision is.
bool hpb_report_is_partial(const hpb_report_data *data);

/// The axes in the order in which a report looks for something to compare: what a user chooses, the first
/// HPB_REPORT_CHOSEN, then how it is measured.
#define HPB_REPORT_CHOSEN 6
extern const hpb_axis hpb_report_axis_order[HPB_AXIS_COUNT];

/// The data sets in the figures' order, the reference's first: its level, or HPB_ANY_DATA where all share a picture since
/// predicting the mean errs alike on them. False: there are not so many.
#define HPB_ANY_DATA UINT32_MAX
bool hpb_report_data_set(const hpb_report_data *data, uint32_t index, uint32_t *level);
/// Of a level of the data: what it is called; "" for HPB_ANY_DATA.
const char *hpb_report_data_name(const hpb_report_data *data, uint32_t level);

/// Rows of the figures: indices of cells of a data set in drawing order, at most 20 (else the best 10, the reference and
/// the worst 3). Returns how many there are; `total` is how many there would be.
#define HPB_REPORT_ROWS 20
uint32_t hpb_report_rows(const hpb_report_data *data, uint32_t data_level,
                         uint32_t rows[HPB_REPORT_ROWS], uint32_t *total);

/// The reference of a data set, then the cells that differ from it on one axis alone, the nth on which any do (of those
/// that a user chooses; of all where none of these is a factor); where there
/// are more than `most`, those with the lowest medians. Where none differ: the reference alone, *axis HPB_AXIS_COUNT.
/// Returns how many; 0: no such axis, or nothing drawn afresh. `total` is how many there would be.
uint32_t hpb_report_neighbours(const hpb_report_data *data, uint32_t data_level, uint32_t nth,
                               uint32_t *rows, uint32_t most, hpb_axis *axis, uint32_t *total);

/// At most HPB_REPORT_POINTS replicates with a finite MSE: a fixed random sample, the same in every cell.
#define HPB_REPORT_POINTS 250
uint32_t hpb_report_sample(const hpb_report_cell *cell, uint32_t replicates[HPB_REPORT_POINTS]);
/// A hash of two numbers, uniform in [0, 1).
double hpb_report_jitter(uint32_t a, uint32_t b);

/// All of it as JSON: answer, counts, cells and effects. A new reference.
json_t *hpb_report_to_json(const hpb_report_data *data);

// --- text ---------------------------------------------------------------------------------------------

/// Text for a figure: valid UTF-8 without control, invisible or direction characters, at most `limit` code points (then
/// an ellipsis), tabs, quotes and backslashes replaced.
char *hpb_clean_label(hpb_arena *arena, const char *text, size_t limit);
/// A number with its sign, + or −, "0" without one, rounded as hpb_rounded_text does. Returns `out`.
#define HPB_SIGNED_SIZE (HPB_NUMBER_SIZE + 4)
char *hpb_signed_text(double value, int digits, char out[HPB_SIGNED_SIZE]);
/// Adds text with &, <, >, ", ' escaped and what is not UTF-8 or not printable replaced.
void hpb_html_add(hpb_text *html, const char *text);
void hpb_base64_add(hpb_text *text, const void *bytes, size_t n);

#endif // HPB_REPORT_DATA_H
