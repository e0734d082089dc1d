// SPDX-License-Identifier: Apache-2.0
// Draws or borrows the data, splits it, and scales what each fold may see.
#include "engine/material.h"

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
    if (!hpb_splits_make(source->splitter_ops, source->splitter->plugin->id,
                         source->splitter->values, out->data->n_rows, out->split_seed,
                         source->n_splits, &out->splits, message)) {
        out->fault = hpb_strdup(message);
        return;
    }
    out->tables = hpb_alloc(out->splits.n, sizeof *out->tables);
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
    free(material->fault);
    hpb_splits_free(&material->splits);
    hpb_dataset_free(&material->own);
}
