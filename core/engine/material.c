// SPDX-License-Identifier: Apache-2.0
// Draws or borrows the data, splits it, and scales what each fold may see.
#include "engine/material.h"

#include <math.h>
#include <stdlib.h>

static void make_fold_tables(hpb_material *m)
{
    m->n_own_tables = m->splits.n;
    m->own_tables = hpb_alloc(m->splits.n, sizeof *m->own_tables);
    for (uint32_t i = 0; i < m->splits.n; i++) {
        const hpb_split *split = &m->splits.splits[i];
        hpb_table_fill_standardised(m->data, split->train, split->n_train, &m->own_tables[i]);
        m->tables[i] = &m->own_tables[i];
    }
}

static void make_one_table(const hpb_material_source *source, hpb_material *m)
{
    hpb_table *table = source->whole;
    if (m->data == &m->own) {
        m->n_own_tables = 1;
        table = m->own_tables = hpb_alloc(1, sizeof *m->own_tables);
    }
    if (!table->x && source->standardise == HPB_STANDARDISE_ALL)
        hpb_table_fill_standardised(m->data, NULL, 0, table);
    else if (!table->x)
        hpb_table_fill(m->data, table);
    for (uint32_t i = 0; i < m->splits.n; i++)
        m->tables[i] = table;
}

static double mean_target(const double *y, const uint32_t *rows, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += y[rows[i]];
    return sum / n;
}

// Sums run in row order, as those of the test MSE do.
static hpb_fold_scale scale_of(const hpb_dataset *data, const hpb_split *split)
{
    const double baseline = mean_target(data->y, split->train, split->n_train);
    const double centre = mean_target(data->y, split->test, split->n_test);
    hpb_fold_scale sum = {0};
    for (uint32_t i = 0; i < split->n_test; i++) {
        const uint32_t row = split->test[i];
        const double y = data->y[row], truth = data->truth ? data->truth[row] : (double)NAN;
        sum.baseline_mse += (baseline - y) * (baseline - y);
        sum.truth_mse += (truth - y) * (truth - y);
        sum.variance += (y - centre) * (y - centre);
    }
    return (hpb_fold_scale){sum.baseline_mse / split->n_test, sum.truth_mse / split->n_test,
                            sum.variance / split->n_test};
}

double hpb_fold_r2(const hpb_fold_scale *scale, uint32_t n_test, double mse)
{
    if (n_test < 2 || isnan(mse))
        return (double)NAN;
    if (scale->variance == 0)
        return mse == 0 ? 1 : 0;
    return 1 - mse / scale->variance;
}

void hpb_material_make(const hpb_material_source *source, const hpb_trial_seeds *seeds,
                       hpb_material *out)
{
    const hpb_plan_data *data = source->data;
    char message[HPB_SPLITS_MESSAGE];
    *out = (hpb_material){.data_seed = seeds->seed[HPB_STREAM_DATA],
                          .split_seed = seeds->seed[HPB_STREAM_SPLIT],
                          .data = &data->dataset};
    if (!data->dataset.x) {
        hpb_dataset_generate((hpb_generator)hpb_choice_number(data->choice, "generator"),
                             data->n_rows, data->n_features,
                             hpb_choice_number(data->choice, "noise"), out->data_seed, &out->own);
        out->data = &out->own;
    }
    const hpb_rows rows = hpb_dataset_rows(out->data);
    if (!hpb_splits_make(source->splitter_ops, source->splitter->plugin->id,
                         source->splitter->values, &rows, out->split_seed, source->n_splits,
                         &out->splits, message)) {
        out->fault = hpb_strdup(message);
        return;
    }
    out->tables = hpb_alloc(out->splits.n, sizeof *out->tables);
    out->scales = hpb_alloc(out->splits.n, sizeof *out->scales);
    for (uint32_t i = 0; i < out->splits.n; i++)
        out->scales[i] = scale_of(out->data, &out->splits.splits[i]);
    if (source->standardise == HPB_STANDARDISE_TRAIN)
        make_fold_tables(out);
    else
        make_one_table(source, out);
}

void hpb_material_free(hpb_material *material)
{
    for (uint32_t i = 0; i < material->n_own_tables; i++)
        hpb_table_free(&material->own_tables[i]);
    free(material->own_tables);
    free(material->tables);
    free(material->scales);
    free(material->fault);
    hpb_splits_free(&material->splits);
    hpb_dataset_free(&material->own);
}
