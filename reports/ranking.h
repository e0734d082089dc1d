// SPDX-License-Identifier: Apache-2.0
// Settings that compete: each optimizer at its best rate (best_rate.c), all against all (ranking.c), and the page's
// section about both (page_ranking.c).
#ifndef HPB_REPORT_RANKING_H
#define HPB_REPORT_RANKING_H

#include "data.h"
#include "stats/pairs.h"
#include "stats/ranking.h"

/// The levels of one [optimizer.LABEL] on one data set, the other levels as the reference's.
typedef struct hpb_best_rate {
    const char *family; ///< the section's label: "adam"
    uint32_t cell; ///< chosen: the lowest median validation loss, diverged runs counted as infinite
    uint32_t n_tried;
    double rate; ///< chosen; NaN where its learning_rate is no number
    double good_low,
        good_high;   ///< rates next to it with at most HPB_GOOD_RATE times its validation loss
    bool is_at_edge; ///< the chosen rate is the lowest or the highest of several tried
    bool is_open;    ///< the band ends where the grid does: it may be wider
    uint64_t diverged, stored; ///< over all that were tried
    double diverged_from;      ///< lowest rate at which a run diverged; NaN
    int32_t base;              ///< the reference's family at its best on the same data, or -1
    hpb_difference difference; ///< to it; 95 % simultaneous over all best rates
} hpb_best_rate;
#define HPB_GOOD_RATE 1.5

/// One pair of competitors, i before j in hpb_report_ranking.cells; y_i - y_j.
typedef struct hpb_report_pair {
    hpb_signed_rank test;  ///< with `p` after Holm over all pairs
    hpb_estimate shift;    ///< Hodges-Lehmann
    hpb_interval wins;     ///< Wilson's, of the share of runs in which i is lower
    double share;          ///< that share, ties one half
    hpb_estimate ratio;    ///< of geometric means, i over j
    hpb_unpaired unpaired; ///< of two runs with different seeds
} hpb_report_pair;

typedef struct hpb_report_ranking {
    // each at its best rate
    bool has_rates;      ///< some optimizer was tried at several learning rates
    bool is_tuned;       ///< and validation rows say which is best
    bool *is_chosen;     ///< [n_cells]
    const char **family; ///< [n_cells]
    hpb_best_rate *best; ///< by data set, then family in the suite's order
    uint32_t n_best;

    // all against all: on the reference's data, splitter and seeds
    uint32_t *cells;            ///< [k], by median
    uint32_t k, n_left_out;     ///< those beyond HPB_RANKING_LARGEST, of higher median
    int32_t reference;          ///< place among them, or -1
    hpb_difference *difference; ///< [k][k]: row minus column, simultaneous over all pairs
    hpb_rank *rank;             ///< [k]
    uint32_t n_tested;          ///< the first of `cells`, at most HPB_REPORT_ROWS: below is of them
    hpb_report_pair *pairs;     ///< [n_tested][n_tested], i < j
    uint32_t n_runs_tested;     ///< replicates that the pairs are of

    // ranks within blocks
    hpb_friedman friedman;
    double *mean_rank;   ///< [n_tested]
    uint32_t *order;     ///< [n_tested], by mean rank
    hpb_clique *cliques; ///< places in `order`
    uint32_t n_cliques;
    bool blocks_are_data; ///< else replicates
} hpb_report_ranking;

/// Makes data->ranking; after hpb_report_summarise. Bounded: all pairs of HPB_RANKING_LARGEST cells, tests of
/// HPB_REPORT_ROWS of them over the first 10,000 replicates.
void hpb_report_rank(hpb_report_data *data);
/// Its part about rates (best_rate.c).
void hpb_best_rates_find(const hpb_report_data *data, hpb_report_ranking *ranking);
/// The best rate of a cell's family on its data set, or NULL.
const hpb_best_rate *hpb_best_rate_of(const hpb_report_data *data, const hpb_report_cell *cell);
/// "Adam at its best rate (0.01)" where rates were chosen, else the level's name.
const char *hpb_best_rate_name(const hpb_report_data *data, const hpb_report_cell *cell,
                               hpb_axis axis);
/// Whether rates were chosen and this cell's is not its family's: figures leave it to the table of cells.
bool hpb_best_rate_passes_over(const hpb_report_data *data, uint32_t cell);
/// The cell that another is compared with on an axis: of that level there, all else the same; where rates were chosen,
/// both at the best rates of one optimizer. -1: none.
int32_t hpb_best_rate_base(const hpb_report_data *data, uint32_t cell, hpb_axis axis,
                           uint32_t base_level);
/// How a competitor is called: its settings; where rates were chosen and data sets are compared, without the rate.
const char *hpb_competitor_name(const hpb_report_data *data, uint32_t cell);
/// After the verdict: on the other data sets, the share of runs won, the band of good rates, the time of a fit, and
/// which rates diverge. `best` and `rival`: chosen cells on the reference's data.
void hpb_best_rate_say(hpb_report_data *data, uint32_t best, uint32_t rival, bool share_is_said);
/// The whole verdict on one optimizer, tried at several rates.
void hpb_best_rate_say_alone(hpb_report_data *data, uint32_t cell);

/// The ranking for scripts; NULL where there is none. A new reference.
json_t *hpb_ranking_to_json(const hpb_report_data *data);
/// The table of best rates, or a line on how to get one. True where it says all: no other factor has effects.
bool hpb_page_best_rates(const hpb_report_data *data, hpb_text *html);
/// The page's section: places and pairs. Nothing where fewer than three settings compete.
void hpb_page_ranking(const hpb_report_data *data, hpb_text *html);

#endif // HPB_REPORT_RANKING_H
