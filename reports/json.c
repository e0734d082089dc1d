// SPDX-License-Identifier: Apache-2.0
// The report as JSON: the same sentences and numbers as on the page, for scripts.
#include "ranking.h"

#include <math.h>
#include <string.h>

// JSON has no NaN: null.
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *interval(const hpb_interval *interval)
{
    json_t *out = json_array();
    json_array_append_new(out, number(interval->low));
    json_array_append_new(out, number(interval->high));
    return out;
}

// Labels are checked by the suite's parser; a store made by hand may hold anything.
static json_t *text(const char *value)
{
    return json_stringn(value, hpb_utf8_valid(value, strlen(value)));
}

static json_t *difference_to_json(const hpb_difference *d)
{
    json_t *out = json_object();
    json_object_set_new(out, "n_pairs", json_integer((json_int_t)d->n_pairs));
    json_object_set_new(out, "mean", number(d->mean));
    json_object_set_new(out, "low_95", number(d->low));
    json_object_set_new(out, "high_95", number(d->high));
    json_object_set_new(out, "share_worse", number(d->worse));
    json_object_set_new(out, "ratio_of_medians", number(d->ratio));
    json_object_set_new(out, "correlation", number(d->correlation));
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
    json_object_set_new(out, "cell", text(cell->label));
    json_object_set_new(out, "planned", json_integer(cell->n_planned));
    json_object_set_new(out, "stored", json_integer((json_int_t)cell->stored));
    json_object_set_new(out, "status", counts_to_json(cell->count));
    json_object_set_new(out, "fits_a_run", json_integer(cell->n_splits));
    json_object_set_new(out, "epochs_a_fit", number(cell->epochs));
    json_object_set_new(out, "seconds_a_fit", number(cell->fit_ns * 1e-9));
    json_object_set_new(mse, "n", json_integer((json_int_t)s->n));
    for (size_t i = 0; i < HPB_COUNT(figures); i++)
        json_object_set_new(mse, figures[i].name, s->n ? number(figures[i].value) : json_null());
    json_object_set_new(mse, "median_95", interval(&cell->median_interval));
    json_object_set_new(mse, "mean_95", interval(&cell->mean_interval));
    json_object_set_new(mse, "mean_95_method",
                        cell->mean_method == HPB_MEAN_NONE
                            ? json_null()
                            : json_string(cell->mean_method == HPB_MEAN_T ? "t" : "bootstrap-t"));
    json_object_set_new(mse, "iqm", number(cell->iqm));
    json_object_set_new(mse, "iqm_95", interval(&cell->iqm_interval));
    json_object_set_new(out, "mse", mse);
    json_object_set_new(out, "baseline_mse", number(cell->baseline_mse));
    json_object_set_new(out, "truth_mse", number(cell->truth_mse));
    json_object_set_new(out, "r2", number(cell->r2));
    if (cell->rank)
        json_object_set_new(out, "rank_of_100", json_integer(cell->rank));
    if (cell->base >= 0) {
        json_t *difference = difference_to_json(&cell->difference);
        json_object_set_new(difference, "reference", text(data->cells[cell->base].label));
        json_object_set_new(out, "difference", difference);
    }
    return out;
}

json_t *hpb_report_to_json(const hpb_report_data *data)
{
    json_t *out = json_object(), *answer = json_array(), *cells = json_array(),
           *effects = json_array();
    json_object_set_new(out, "suite", text(data->suite));
    json_object_set_new(out, "complete", json_boolean(data->stored >= data->planned));
    json_object_set_new(out, "planned", json_integer((json_int_t)data->planned));
    json_object_set_new(out, "stored", json_integer((json_int_t)data->stored));
    json_object_set_new(out, "failed", json_integer((json_int_t)data->failed));
    json_object_set_new(out, "status", counts_to_json(data->count));
    for (uint32_t i = 0; i < data->n_sentences; i++)
        json_array_append_new(answer, text(data->sentences[i]));
    json_object_set_new(out, "answer", answer);
    json_object_set_new(out, "do_this", data->advice ? text(data->advice) : json_null());
    if (data->n_cells)
        json_object_set_new(out, "reference", text(data->cells[data->reference].label));
    for (uint32_t c = 0; c < data->n_cells; c++)
        json_array_append_new(cells, cell_to_json(data, &data->cells[c]));
    json_object_set_new(out, "cells", cells);
    for (uint32_t i = 0; i < data->n_effects; i++) {
        const hpb_report_effect *effect = &data->effects[i];
        json_t *item = json_object();
        json_object_set_new(item, "factor", text(hpb_axis_name(effect->axis)));
        json_object_set_new(item, "level", text(effect->level));
        json_object_set_new(item, "instead_of", text(effect->base));
        json_object_set_new(item, "difference",
                            effect->n_contexts ? difference_to_json(&effect->difference)
                                               : json_null());
        json_object_set_new(item, "ratio_of_sd", number(effect->spread));
        json_object_set_new(item, "ratio_of_time", number(effect->time));
        json_array_append_new(effects, item);
    }
    json_object_set_new(out, "effects", effects);
    json_t *ranking = hpb_ranking_to_json(data);
    if (ranking)
        json_object_set_new(out, "ranking", ranking);
    return out;
}
