// SPDX-License-Identifier: Apache-2.0
// Reads a store into the data of a report, one cell after the other.
#include "load.h"

#include "stats/moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CURVE_CELLS 200 // beyond it nobody looks at curves, and their table would be long
#define MOST_CURVE_FLOATS ((size_t)4 << 20)

typedef struct reading {
    hpb_report_data *data;
    hpb_report_cell *cell;
    double epochs, fit_ns; // sums over the fits of finished trials
    uint64_t n_fits, n_timed;
    double *validation; // of the finished trials
    size_t n_validation, validation_capacity;
    double baseline_mse, truth_mse, r2; // sums over the finished trials
    uint64_t n_scaled, n_r2;
    float *curves;
    size_t n_curves, curves_capacity;
    bool wants_curves;
} reading;

static void count_cause(hpb_report_data *data, const hpb_report_cell *cell,
                        const hpb_trial_result *result)
{
    const char *cause = result->cause ? result->cause : "cause not stored";
    const size_t n = hpb_cause_kind(cause);
    for (uint32_t i = 0; i < data->n_causes; i++) {
        hpb_report_cause *known = &data->causes[i];
        if (known->status == result->status && strlen(known->text) == n &&
            memcmp(known->text, cause, n) == 0) {
            known->count++;
            return;
        }
    }
    if (data->n_causes == HPB_REPORT_CAUSES) {
        data->n_other_causes++;
        return;
    }
    data->causes[data->n_causes++] = (hpb_report_cause){
        .status = result->status,
        .text = hpb_arena_strndup(data->arena, cause, n),
        .cell = cell->label,
        .replicate = result->replicate,
        .count = 1,
    };
}

// A diverged run is worse than any; one without validation rows has no say.
static void read_validation(reading *r, const hpb_trial_result *result)
{
    const bool is_finite = result->status == HPB_STATUS_OK && isfinite(result->val_loss);
    if (!is_finite && result->status != HPB_STATUS_DIVERGED)
        return;
    r->validation = hpb_grow(r->validation, &r->validation_capacity, r->n_validation + 1,
                             sizeof *r->validation);
    r->validation[r->n_validation++] = is_finite ? result->val_loss : HUGE_VAL;
}

static double median_validation(reading *r)
{
    size_t n_finite = 0;
    for (size_t i = 0; i < r->n_validation; i++)
        n_finite += isfinite(r->validation[i]);
    const size_t middle = r->n_validation / 2; // the upper one of two: no mean with infinity
    if (r->n_validation)
        qsort(r->validation, r->n_validation, sizeof *r->validation, hpb_compare_doubles);
    const double median = n_finite ? r->validation[middle] : (double)NAN;
    free(r->validation);
    return median;
}

static bool read_trial(void *context, const hpb_trial_result *result)
{
    reading *r = context;
    hpb_report_cell *cell = r->cell;
    if (result->replicate >= cell->n_planned || (unsigned)result->status >= HPB_STATUS_COUNT)
        return true;
    cell->count[result->status]++;
    if (result->status != HPB_STATUS_OK && result->status != HPB_STATUS_DIVERGED)
        count_cause(r->data, cell, result);
    if (result->status == HPB_STATUS_OK && isfinite(result->mse)) {
        cell->mse[result->replicate] = result->mse;
        hpb_averaging_add(&cell->averaging, result);
        r->epochs += (double)result->epochs;
        r->n_fits += cell->n_fits;
        if (result->fit_ns) {
            r->fit_ns += (double)result->fit_ns;
            r->n_timed++;
        }
    }
    read_validation(r, result);
    if (isfinite(result->baseline_mse)) { // a diverged run has its scale all the same
        r->baseline_mse += result->baseline_mse;
        r->truth_mse += result->truth_mse;
        r->n_scaled++;
    }
    if (result->status == HPB_STATUS_OK && isfinite(result->r2)) {
        r->r2 += result->r2;
        r->n_r2++;
    }
    if (r->wants_curves && result->curves && result->status == HPB_STATUS_OK &&
        r->n_curves + result->n_curve_floats <= MOST_CURVE_FLOATS) {
        r->curves = hpb_grow(r->curves, &r->curves_capacity, r->n_curves + result->n_curve_floats,
                             sizeof *r->curves);
        memcpy(r->curves + r->n_curves, result->curves, result->n_curve_floats * sizeof *r->curves);
        r->n_curves += result->n_curve_floats;
        cell->n_curve_runs++;
    }
    return true;
}

// --- curves ---------------------------------------------------------------------------------------------

static void quartiles(double *values, uint32_t n, float out[3])
{
    qsort(values, n, sizeof *values, hpb_compare_doubles);
    for (int q = 0; q < 3; q++)
        out[q] = n ? (float)hpb_stats_quantile(values, n, 0.25 * (q + 1)) : (float)NAN;
}

hpb_report_epoch *hpb_report_curves(hpb_arena *arena, const float *floats, size_t n,
                                    uint32_t *n_epochs)
{
    uint32_t n_fits = 0, longest = 0;
    for (size_t at = 0; at < n;) { // what is not whole is left out
        if (!(floats[at] >= 0) || (double)floats[at] > (double)(n - at - 1) / 2) {
            n = at;
            break;
        }
        const uint32_t epochs = (uint32_t)floats[at];
        longest = epochs > longest ? epochs : longest;
        at += 1 + 2 * (size_t)epochs;
        n_fits++;
    }
    *n_epochs = longest;
    if (!longest)
        return NULL;
    hpb_report_epoch *out = hpb_arena_alloc(arena, longest, sizeof *out);
    double *values[2] = {hpb_alloc(n_fits, sizeof(double)), hpb_alloc(n_fits, sizeof(double))};
    size_t *start = hpb_alloc(n_fits, sizeof *start);
    for (size_t at = 0, fit = 0; at < n; at += 1 + 2 * (size_t)floats[at])
        start[fit++] = at;
    for (uint32_t e = 0; e < longest; e++) {
        uint32_t count[2] = {0, 0};
        for (uint32_t fit = 0; fit < n_fits; fit++) {
            const float *curve = floats + start[fit];
            if (e >= (uint32_t)curve[0])
                continue;
            out[e].n++;
            for (int k = 0; k < 2; k++)
                if (isfinite(curve[1 + 2 * (size_t)e + (size_t)k]))
                    values[k][count[k]++] = (double)curve[1 + 2 * (size_t)e + (size_t)k];
        }
        quartiles(values[0], count[0], out[e].train);
        quartiles(values[1], count[1], out[e].validation);
    }
    free(start);
    free(values[0]);
    free(values[1]);
    return out;
}

// --- all of it ----------------------------------------------------------------------------------------

static const char *about_text(const json_t *about, const char *key)
{
    const char *text = json_string_value(json_object_get(about, key));
    return text ? text : "";
}

static void read_about(const hpb_stored_run *run, hpb_report_data *out)
{
    out->about = run->about;
    out->suite = about_text(run->about, "suite_name");
    out->question = about_text(run->about, "question");
    out->reference = (uint32_t)json_integer_value(json_object_get(run->about, "reference"));
    out->order_median = json_is_true(json_object_get(run->about, "order_median"));
}

// What protocols differ in goes with them: it is no factor of its own.
static bool is_factor(const hpb_stored_run *run, int axis)
{
    size_t i;
    const json_t *factor;
    json_array_foreach(json_object_get(run->about, "factors"), i,
                       factor) if (strcmp(json_string_value(factor),
                                          hpb_axis_name((hpb_axis)axis)) == 0) return true;
    return false;
}

hpb_exit hpb_report_load_cell(hpb_store *store, const hpb_stored_run *run, uint32_t index,
                              hpb_report_data *out, hpb_error *error)
{
    const hpb_stored_cell *stored = &run->cells[index];
    hpb_report_cell *cell = &out->cells[out->n_cells];
    *cell = (hpb_report_cell){.label = stored->label,
                              .spec = stored->spec,
                              .n_planned = stored->n_planned,
                              .n_splits = stored->n_splits,
                              .n_fits = stored->n_fits,
                              .twin = stored->twin,
                              .base = -1,
                              .reported = (double)NAN,
                              .mse = hpb_report_data_mse(out, stored->n_planned)};
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        const bool is_told = !*stored->levels[HPB_AXIS_PROTOCOL] || is_factor(run, axis);
        cell->titles[axis] = is_told ? stored->titles[axis] : "";
        cell->levels[axis] = is_told ? stored->levels[axis] : "";
    }
    reading r = {.data = out, .cell = cell, .wants_curves = out->n_cells < MOST_CURVE_CELLS};
    const hpb_exit code = hpb_store_each_trial(store, run, index, read_trial, &r, error);
    cell->validation = median_validation(&r);
    cell->epochs = r.n_fits ? r.epochs / (double)r.n_fits : (double)NAN;
    cell->fit_ns = r.n_timed ? r.fit_ns / (double)r.n_timed : (double)NAN;
    cell->baseline_mse = r.n_scaled ? r.baseline_mse / (double)r.n_scaled : (double)NAN;
    cell->truth_mse = r.n_scaled ? r.truth_mse / (double)r.n_scaled : (double)NAN;
    cell->r2 = r.n_r2 ? r.r2 / (double)r.n_r2 : (double)NAN;
    if (r.n_curves)
        cell->curve = hpb_report_curves(out->arena, r.curves, r.n_curves, &cell->n_epochs);
    free(r.curves);
    out->n_cells++;
    return code;
}

hpb_exit hpb_report_load(hpb_store *store, const hpb_stored_run *run, hpb_report_data *out,
                         hpb_error *error)
{
    hpb_report_data_init(out);
    read_about(run, out);
    out->cells = hpb_arena_alloc(out->arena, run->n_cells, sizeof *out->cells);
    hpb_exit code = HPB_EXIT_OK;
    if (json_is_object(json_object_get(run->about, "explain")))
        code = hpb_report_load_explained(store, run, out, error);
    else
        for (uint32_t c = 0; c < run->n_cells && code == HPB_EXIT_OK; c++)
            code = hpb_report_load_cell(store, run, c, out, error);
    if (code == HPB_EXIT_OK)
        code = hpb_report_load_timings(store, run, out, error);
    if (code != HPB_EXIT_OK)
        hpb_report_data_free(out);
    return code;
}
