// SPDX-License-Identifier: Apache-2.0
// The report as JSON: the same sentences and numbers as on the page, for scripts.
#include "explain/words.h"
#include "ranking.h"

#include "loader/json.h"

#include <math.h>
#include <string.h>

static json_t *difference_to_json(const hpb_difference *d)
{
    json_t *out = json_object();
    json_object_set_new(out, "n_pairs", json_integer((json_int_t)d->n_pairs));
    json_object_set_new(out, "mean", hpb_json_number(d->mean));
    json_object_set_new(out, "low_95", hpb_json_number(d->low));
    json_object_set_new(out, "high_95", hpb_json_number(d->high));
    json_object_set_new(out, "share_worse", hpb_json_number(d->worse));
    json_object_set_new(out, "ratio_of_medians", hpb_json_number(d->ratio));
    json_object_set_new(out, "correlation", hpb_json_number(d->correlation));
    return out;
}

static json_t *counts_to_json(const uint64_t count[HPB_STATUS_COUNT])
{
    static const char *const names[HPB_STATUS_COUNT] = {"ok",      "diverged", "crashed",
                                                        "timeout", "contract", "set_aside"};
    json_t *out = json_object();
    for (int s = 0; s < HPB_STATUS_COUNT; s++)
        json_object_set_new(out, names[s], json_integer((json_int_t)count[s]));
    return out;
}

static json_t *cell_to_json(const hpb_report_data *data, const hpb_report_cell *cell)
{
    const hpb_summary *s = &cell->summary;
    const struct {
        const char *name;
        double value;
    } figures[] = {{"mean", s->mean}, {"sd", s->sd},   {"min", s->min},
                   {"p5", s->p5},     {"p25", s->p25}, {"median", s->median},
                   {"p75", s->p75},   {"p95", s->p95}, {"max", s->max}};
    json_t *out = json_object(), *mse = json_object();
    json_object_set_new(out, "cell", hpb_json_text(cell->label));
    json_object_set_new(out, "planned", json_integer(cell->n_planned));
    json_object_set_new(out, "stored", json_integer((json_int_t)cell->stored));
    json_object_set_new(out, "status", counts_to_json(cell->count));
    json_object_set_new(out, "fits_a_run", json_integer(cell->n_fits));
    json_object_set_new(out, "epochs_a_fit", hpb_json_number(cell->epochs));
    json_object_set_new(out, "seconds_a_fit", hpb_json_number(cell->fit_ns * 1e-9));
    json_object_set_new(mse, "n", json_integer((json_int_t)s->n));
    for (size_t i = 0; i < HPB_COUNT(figures); i++)
        json_object_set_new(mse, figures[i].name,
                            s->n ? hpb_json_number(figures[i].value) : json_null());
    json_object_set_new(mse, "median_95",
                        hpb_json_interval(cell->median_interval.low, cell->median_interval.high));
    json_object_set_new(mse, "mean_95",
                        hpb_json_interval(cell->mean_interval.low, cell->mean_interval.high));
    json_object_set_new(mse, "mean_95_method",
                        cell->mean_method == HPB_MEAN_NONE
                            ? json_null()
                            : json_string(cell->mean_method == HPB_MEAN_T ? "t" : "bootstrap-t"));
    json_object_set_new(mse, "iqm", hpb_json_number(cell->iqm));
    json_object_set_new(mse, "iqm_95",
                        hpb_json_interval(cell->iqm_interval.low, cell->iqm_interval.high));
    json_object_set_new(out, "mse", mse);
    json_object_set_new(out, "baseline_mse", hpb_json_number(cell->baseline_mse));
    json_object_set_new(out, "truth_mse", hpb_json_number(cell->truth_mse));
    json_object_set_new(out, "r2", hpb_json_number(cell->r2));
    json_object_set_new(out, "averages", hpb_averaging_to_json(&cell->averaging));
    if (cell->rank)
        json_object_set_new(out, "rank_of_100", json_integer(cell->rank));
    if (cell->base >= 0) {
        json_t *difference = difference_to_json(&cell->difference);
        json_object_set_new(difference, "reference", hpb_json_text(data->cells[cell->base].label));
        json_object_set_new(out, "difference", difference);
    }
    return out;
}

json_t *hpb_report_to_json(const hpb_report_data *data)
{
    json_t *out = json_object(), *answer = json_array(), *cells = json_array(),
           *effects = json_array();
    json_object_set_new(out, "suite", hpb_json_text(data->suite));
    json_object_set_new(out, "complete", json_boolean(!hpb_report_is_partial(data)));
    json_object_set_new(out, "planned", json_integer((json_int_t)data->planned));
    json_object_set_new(out, "stored", json_integer((json_int_t)data->stored));
    json_object_set_new(out, "failed", json_integer((json_int_t)data->failed));
    json_object_set_new(out, "status", counts_to_json(data->count));
    for (uint32_t i = 0; i < data->n_sentences; i++)
        json_array_append_new(answer, hpb_json_text(data->sentences[i]));
    json_object_set_new(out, "answer", answer);
    json_object_set_new(out, "do_this", hpb_json_text(data->advice));
    if (data->n_cells)
        json_object_set_new(out, "reference", hpb_json_text(data->cells[data->reference].label));
    for (uint32_t c = 0; c < data->n_cells; c++)
        json_array_append_new(cells, cell_to_json(data, &data->cells[c]));
    json_object_set_new(out, "cells", cells);
    for (uint32_t i = 0; i < data->n_effects; i++) {
        const hpb_report_effect *effect = &data->effects[i];
        json_t *item = json_object();
        json_object_set_new(item, "factor", hpb_json_text(hpb_axis_name(effect->axis)));
        json_object_set_new(item, "level", hpb_json_text(effect->level));
        json_object_set_new(item, "instead_of", hpb_json_text(effect->base));
        json_object_set_new(item, "difference",
                            effect->n_contexts ? difference_to_json(&effect->difference)
                                               : json_null());
        json_object_set_new(item, "ratio_of_sd", hpb_json_number(effect->spread));
        json_object_set_new(item, "ratio_of_time", hpb_json_number(effect->time));
        json_array_append_new(effects, item);
    }
    json_object_set_new(out, "effects", effects);
    json_t *explanations = json_array();
    for (uint32_t i = 0; i < data->n_explanations; i++)
        json_array_append_new(explanations,
                              hpb_explanation_to_json(&data->explanations[i], data->arena));
    if (data->n_explanations)
        json_object_set(out, "explanations", explanations);
    json_decref(explanations);
    json_t *ranking = hpb_ranking_to_json(data);
    if (ranking)
        json_object_set_new(out, "ranking", ranking);
    return out;
}
