// SPDX-License-Identifier: Apache-2.0
// Data of a report without a store: the optimizers suite with log-normal MSEs.
#ifndef HPB_TEST_SYNTHETIC_H
#define HPB_TEST_SYNTHETIC_H

#include "reports/data.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

/// A number in (0, 1) that depends on the two alone.
static inline double synthetic_uniform(uint32_t a, uint32_t b)
{
    return (hpb_report_jitter(a, b) * 0.999998) + 1e-6;
}

/// Quantiles of a log-normal distribution at evenly spaced probabilities, shuffled by `stream`; runs with the same number
/// are correlated between cells.
static inline void synthetic_lognormal(hpb_report_cell *cell, double median, double sigma,
                                       uint32_t stream)
{
    for (uint32_t r = 0; r < cell->n_planned; r++) {
        const double shared = hpb_normal_quantile(synthetic_uniform(r, 7));
        const double own = hpb_normal_quantile(synthetic_uniform(r, 100 + stream));
        cell->mse[r] = median * exp(sigma * (0.6 * shared + 0.8 * own));
    }
    cell->count[HPB_STATUS_OK] = cell->n_planned;
    cell->epochs = 50;
    cell->fit_ns = 20000 + 1000 * stream;
}

/// Adds a cell with these levels of optimizer, splitter and seeds; the others are the same everywhere.
static inline hpb_report_cell *synthetic_cell(hpb_report_data *data, const char *optimizer,
                                              const char *splitter, const char *seeds,
                                              uint32_t n_planned, uint32_t n_splits)
{
    hpb_report_cell *cells = hpb_arena_alloc(data->arena, data->n_cells + 1, sizeof *cells);
    if (data->n_cells)
        memcpy(cells, data->cells, data->n_cells * sizeof *cells);
    data->cells = cells;
    hpb_report_cell *cell = &cells[data->n_cells++];
    *cell = (hpb_report_cell){.n_planned = n_planned,
                              .n_splits = n_splits,
                              .n_fits = n_splits,
                              .twin = -1,
                              .base = -1,
                              .mse = hpb_report_data_mse(data, n_planned),
                              .validation = (double)NAN,
                              .epochs = (double)NAN,
                              .fit_ns = (double)NAN,
                              .baseline_mse = (double)NAN,
                              .truth_mse = (double)NAN,
                              .r2 = (double)NAN,
                              .reported = (double)NAN};
    cell->levels[HPB_AXIS_OPTIMIZER] = optimizer;
    cell->levels[HPB_AXIS_SPLITTER] = splitter;
    cell->levels[HPB_AXIS_SEEDS] = seeds;
    cell->label = hpb_arena_format(data->arena, "%s & %s & %s", optimizer, splitter, seeds);
    cell->spec = hpb_arena_format(data->arena,
                                  "{\"data\": {\"generator\": \"linear\", \"seed\": \"0\"}, "
                                  "\"optimizer\": {\"plugin\": \"%s\", \"learning_rate\": "
                                  "\"0.01\"}, \"splitter\": {\"plugin\": \"%s\"}, \"seeds\": "
                                  "{\"split\": \"%s\", \"weights\": \"%s\", \"order\": \"%s\"}}",
                                  strcmp(optimizer, "sgd") == 0 ? "sgd" : "adam",
                                  n_splits > 1 ? "kfold" : "train_test_split",
                                  n_planned > 1 ? "fresh" : "42", n_planned > 1 ? "fresh" : "42",
                                  n_planned > 1 ? "fresh" : "42");
    return cell;
}

/// The shape of suites/optimizers.ini with `n` runs a cell; summarised and answered by the caller.
static inline void synthetic_optimizers(hpb_report_data *data, uint32_t n)
{
    static const struct {
        const char *optimizer, *splitter;
        uint32_t n_splits;
        double median, sigma, fixed;
    } rows[] = {{"adam", "holdout", 1, 0.061, 1.07, 0.065},
                {"adam", "cv5", 5, 0.083, 0.55, 0.071},
                {"sgd", "holdout", 1, 0.322, 0.44, 0.41},
                {"sgd", "cv5", 5, 0.334, 0.21, 0.30}};
    hpb_report_data_init(data);
    data->suite = "optimizers";
    data->question = "Adam or SGD, one fixed seed or many, holdout or 5 folds: what moves the MSE, "
                     "and what does it cost?";
    data->reference = 4;
    for (uint32_t i = 0; i < HPB_COUNT(rows); i++) {
        hpb_report_cell *cell = synthetic_cell(data, rows[i].optimizer, rows[i].splitter, "random",
                                               n, rows[i].n_splits);
        synthetic_lognormal(cell, rows[i].median, rows[i].sigma, i);
        cell->truth_mse = 0.0079;
        cell->baseline_mse = 1.71;
        cell->r2 = 0.9;
        cell =
            synthetic_cell(data, rows[i].optimizer, rows[i].splitter, "fixed", 1, rows[i].n_splits);
        cell->mse[0] = rows[i].fixed;
        cell->count[HPB_STATUS_OK] = 1;
        cell->epochs = 50;
        cell->fit_ns = 20000;
        cell->twin = (int32_t)(2 * i);
    }
}

#endif // HPB_TEST_SYNTHETIC_H
