// SPDX-License-Identifier: Apache-2.0
// Explanations without a store: numbers with known causes, and the cells that go with them.
#ifndef HPB_TEST_SYNTHETIC_EXPLAINED_H
#define HPB_TEST_SYNTHETIC_EXPLAINED_H

#include "explain/explanation.h"
#include "reports/synthetic.h"

static inline void synthetic_count(hpb_side *side, uint32_t n)
{
    for (uint32_t r = 0; r < n; r++)
        side->count[isfinite(side->mse[r]) ? HPB_STATUS_OK : HPB_STATUS_DIVERGED]++;
}

/// The row of one side: its runs with fresh seeds.
static inline void synthetic_side_row(hpb_report_data *data, const hpb_explanation *e, int s)
{
    const hpb_side *side = &e->side[s];
    hpb_report_cell *cell =
        synthetic_cell(data, s ? "adam" : "sgd", "holdout", "random", e->n_replicates, 1);
    memcpy(cell->mse, side->mse, e->n_replicates * sizeof *cell->mse);
    memcpy(cell->count, side->count, sizeof cell->count);
    cell->label = hpb_arena_format(data->arena, "%s, fresh seeds", side->title);
    cell->levels[HPB_AXIS_PROTOCOL] = cell->label;
    cell->levels[HPB_AXIS_OPTIMIZER] = cell->levels[HPB_AXIS_SPLITTER] = "";
    cell->levels[HPB_AXIS_SEEDS] = "";
    cell->reported = side->is_typed ? side->reported : (double)NAN;
    cell->spec = side->spec;
    cell->truth_mse = side->truth_mse;
    cell->baseline_mse = side->baseline_mse;
}

/// What a test asks for: k causes named alike but for a number, `add[i]` what A's value of cause i adds to A's MSE, and
/// B's mean; each run's noise is the same in all corners but for a share of its own.
typedef struct synthetic_causes {
    uint32_t k, n;
    const double *add;
    double base, noise, own;
    const char *name; ///< NULL: "setting"
} synthetic_causes;

/// Adds an explanation, its arrays in data->arena, and both rows.
static inline hpb_explanation *
synthetic_explanation(hpb_report_data *data, const synthetic_causes *of, const double reported[2])
{
    static const char *const titles[] = {"manual", "grid"};
    hpb_explanation *all = hpb_arena_alloc(data->arena, data->n_explanations + 1u, sizeof *all);
    if (data->n_explanations)
        memcpy(all, data->explanations, data->n_explanations * sizeof *all);
    hpb_explanation *e = &all[data->n_explanations++];
    data->explanations = all;
    *e = (hpb_explanation){.arena = data->arena,
                           .suite = "s",
                           .setting = "",
                           .shared = "data",
                           .n_replicates = of->n,
                           .n_causes = of->k};
    const uint32_t n_corners = 1u << of->k;
    double **values = hpb_arena_alloc(data->arena, n_corners, sizeof *values);
    for (uint32_t c = 0; c < n_corners; c++) {
        values[c] = hpb_arena_alloc(data->arena, of->n, sizeof **values);
        for (uint32_t r = 0; r < of->n; r++) {
            values[c][r] = of->base + of->noise * (synthetic_uniform(r, 1) - 0.5) +
                           of->own * (synthetic_uniform(r, 100 + c) - 0.5);
            for (uint32_t i = 0; i < of->k; i++)
                if (!(c >> i & 1)) // A's
                    values[c][r] += of->add[i];
        }
    }
    for (uint32_t i = 0; i < of->k; i++)
        e->causes[i] = (hpb_cause){
            .name = hpb_arena_format(data->arena, "%s%u", of->name ? of->name : "setting", i + 1),
            .value = {"0.2", "0"},
            .bit = i};
    for (int s = 0; s < 2; s++) {
        e->side[s] = (hpb_side){.title = titles[s],
                                .reported = reported[s],
                                .is_typed = isfinite(reported[s]),
                                .mse = values[s ? n_corners - 1 : 0],
                                .baseline_mse = 1.7,
                                .truth_mse = 0.0079};
        synthetic_count(&e->side[s], of->n);
        e->side[s].spec = hpb_arena_format(
            data->arena,
            "{\"fit\":{\"epochs\":\"%s\",\"shuffle\":\"yes\"},\"optimizer\":{\"plugin\":\"%s\"},"
            "\"defaults\":{\"fit\":{\"shuffle\":\"Keras\"}}}",
            s ? "400" : "100", s ? "adam" : "sgd");
    }
    uint64_t *diverged = hpb_arena_alloc(data->arena, n_corners, sizeof *diverged);
    for (uint32_t c = 0; c < n_corners; c++)
        for (uint32_t r = 0; r < of->n; r++)
            diverged[c] += !isfinite(values[c][r]);
    e->corner_diverged = diverged;
    hpb_explanation_attribute(e, (const double *const *)values);
    for (int s = 0; s < 2; s++)
        synthetic_side_row(data, e, s);
    return e;
}

#endif // HPB_TEST_SYNTHETIC_EXPLAINED_H
