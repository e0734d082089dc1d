// SPDX-License-Identifier: Apache-2.0
// Draws or borrows the data, splits it, and scales what each fit may see.
#include "engine/material.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void make_split_tables(hpb_material *m)
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
    return (hpb_fold_scale){sum.baseline_mse / split->n_test, sum.truth_mse / split->n_test, centre,
                            sum.variance / split->n_test};
}

// --- splits -------------------------------------------------------------------------------------------

// Group numbers of the rows `take[n]`, from 0 in the old order, without those that none of them has.
static uint32_t *take_groups(const hpb_dataset *data, const uint32_t *take, uint32_t n)
{
    uint32_t *number = hpb_alloc(data->n_groups, sizeof *number), *out = hpb_alloc(n, sizeof *out);
    for (uint32_t i = 0; i < n; i++)
        number[data->groups[take[i]]] = 1;
    for (uint32_t g = 0, next = 0; g < data->n_groups; g++)
        number[g] = number[g] ? next++ : 0;
    for (uint32_t i = 0; i < n; i++)
        out[i] = number[data->groups[take[i]]];
    free(number);
    return out;
}

static int32_t *take_test_folds(const hpb_dataset *data, const uint32_t *take, uint32_t n)
{
    int32_t *out = hpb_alloc(n, sizeof *out);
    for (uint32_t i = 0; i < n; i++)
        out[i] = data->test_fold[take[i]];
    return out;
}

static void map(uint32_t *rows, uint32_t n, const uint32_t *to)
{
    for (uint32_t i = 0; i < n; i++)
        rows[i] = to[rows[i]];
}

static bool split(const hpb_choice *splitter, const hpb_splitter_ops *ops, const hpb_rows *rows,
                  const hpb_trial_seeds *seeds, uint32_t expected, hpb_splits *out,
                  char message[HPB_SPLITS_MESSAGE])
{
    return hpb_splits_make(ops, splitter->plugin->id, splitter->values, rows,
                           hpb_splitter_seed(splitter, seeds), expected, out, message);
}

// Splits the training rows of outer split `number`, and adds them to `all`.
static bool split_inside(const hpb_material_source *source, const hpb_dataset *data,
                         const hpb_split *outer, uint32_t number, const hpb_trial_seeds *seeds,
                         hpb_splits *all, char message[HPB_SPLITS_MESSAGE])
{
    const uint32_t n = outer->n_train;
    uint32_t *groups = data->groups ? take_groups(data, outer->train, n) : NULL;
    int32_t *test_fold = data->test_fold ? take_test_folds(data, outer->train, n) : NULL;
    const hpb_rows rows = {sizeof rows, n, groups, test_fold};
    hpb_splits inner;
    const bool is_good = split(source->splitter, source->splitter_ops, &rows, seeds,
                               source->n_splits, &inner, message);
    free(groups);
    free(test_fold);
    if (!is_good) {
        const size_t length = strlen(message);
        snprintf(message + length, HPB_SPLITS_MESSAGE - length,
                 ", on the %u training rows of outer split %u", n, number + 1);
        return false;
    }
    for (uint32_t i = 0; i < inner.n; i++) {
        map(inner.splits[i].train, inner.splits[i].n_train, outer->train);
        map(inner.splits[i].test, inner.splits[i].n_test, outer->train);
    }
    memcpy(all->splits + all->n, inner.splits, inner.n * sizeof *all->splits);
    all->n += inner.n;
    free(inner.splits); // their rows are those of `all` now
    return true;
}

static void add_whole(hpb_material *m)
{
    const uint32_t n = m->data->n_rows;
    size_t capacity = m->splits.n;
    m->splits.splits =
        hpb_grow(m->splits.splits, &capacity, capacity + 1, sizeof *m->splits.splits);
    hpb_split *whole = &m->splits.splits[m->splits.n++];
    *whole = (hpb_split){.train = hpb_alloc(n, sizeof *whole->train), .n_train = n};
    for (uint32_t i = 0; i < n; i++)
        whole->train[i] = i;
}

static bool make_splits(const hpb_material_source *source, const hpb_trial_seeds *seeds,
                        hpb_material *m, char message[HPB_SPLITS_MESSAGE])
{
    const hpb_rows rows = hpb_dataset_rows(m->data);
    if (!source->outer)
        return split(source->splitter, source->splitter_ops, &rows, seeds, source->n_splits,
                     &m->splits, message);
    hpb_splits outer;
    if (!split(source->outer, source->outer_ops, &rows, seeds, source->n_outer, &outer, message))
        return false;
    m->splits.splits =
        hpb_alloc((size_t)source->n_outer * (source->n_splits + 1), sizeof *m->splits.splits);
    bool is_good = true;
    for (uint32_t o = 0; o < outer.n && is_good; o++)
        is_good = split_inside(source, m->data, &outer.splits[o], o, seeds, &m->splits, message);
    if (is_good && source->refits) {
        memcpy(m->splits.splits + m->splits.n, outer.splits, outer.n * sizeof *outer.splits);
        m->splits.n += outer.n;
        outer.n = 0; // their rows are those of m->splits now
    }
    hpb_splits_free(&outer);
    if (!is_good)
        hpb_splits_free(&m->splits);
    return is_good;
}

// --- all of it ----------------------------------------------------------------------------------------

void hpb_material_make(const hpb_material_source *source, const hpb_trial_seeds *seeds,
                       hpb_material *out)
{
    const hpb_plan_data *data = source->data;
    char message[HPB_SPLITS_MESSAGE];
    *out = (hpb_material){.data_seed = seeds->seed[HPB_STREAM_DATA],
                          .split_seed = seeds->seed[HPB_STREAM_SPLIT],
                          .data = &data->dataset};
    if (!data->dataset.x || source->draws_data) {
        hpb_dataset_generate((hpb_generator)hpb_choice_number(data->choice, "generator"),
                             data->n_rows, data->n_features,
                             hpb_choice_number(data->choice, "noise"), out->data_seed, &out->own);
        out->data = &out->own;
    }
    if (!make_splits(source, seeds, out, message)) {
        out->fault = hpb_strdup(message);
        return;
    }
    if (source->has_whole)
        add_whole(out);
    out->tables = hpb_alloc(out->splits.n, sizeof *out->tables);
    out->scales = hpb_alloc(out->splits.n, sizeof *out->scales);
    for (uint32_t i = 0; i < out->splits.n; i++)
        out->scales[i] = scale_of(out->data, &out->splits.splits[i]);
    if (source->standardise == HPB_STANDARDISE_TRAIN)
        make_split_tables(out);
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
