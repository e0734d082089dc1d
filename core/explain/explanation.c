// SPDX-License-Identifier: Apache-2.0
// From the stored corners to sides, difference and causes.
#include "explain/bias.h"
#include "explain/looks.h"
#include "explain/private.h"
#include "explain/sources.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    hpb_side *side; // NULL: only the MSEs are wanted
    double *mse;    // [n]
    uint32_t n;
    uint64_t *diverged;
    double baseline_mse, truth_mse; // sums
    uint64_t n_scaled, n_done;
    double full_epochs; // of a trial that nothing stops; 0: not known
} reading;

static bool read_trial(void *context, const hpb_trial_result *result)
{
    reading *r = context;
    if (result->replicate >= r->n || (unsigned)result->status >= HPB_STATUS_COUNT)
        return true;
    if (result->status == HPB_STATUS_OK)
        r->mse[result->replicate] = result->mse;
    if (r->diverged)
        *r->diverged += result->status == HPB_STATUS_DIVERGED;
    if (!r->side)
        return true;
    r->side->count[result->status]++;
    if (result->status != HPB_STATUS_OK)
        return true;
    r->n_done++;
    hpb_averaging_add(&r->side->averaging, result);
    r->side->stopped += r->full_epochs > 0 && (double)result->epochs < r->full_epochs;
    if (isfinite(result->baseline_mse)) {
        r->baseline_mse += result->baseline_mse;
        r->truth_mse += result->truth_mse;
        r->n_scaled++;
    }
    return true;
}

// "" for what is no text, of a damaged store.
static const char *text_of(hpb_arena *arena, const json_t *value)
{
    const char *text = json_string_value(value);
    return hpb_arena_strdup(arena, text ? text : "");
}

static double *missing(hpb_arena *arena, uint32_t n)
{
    double *values = hpb_arena_alloc(arena, n, sizeof *values);
    for (uint32_t i = 0; i < n; i++)
        values[i] = (double)NAN;
    return values;
}

// --- sides ----------------------------------------------------------------------------------------------------

// Epochs of a fit that runs all of them; 0: not known, or of each candidate another number.
static double epochs_of(const json_t *spec)
{
    const char *epochs = json_string_value(json_object_get(json_object_get(spec, "fit"), "epochs"));
    const json_t *candidates = json_object_get(json_object_get(spec, "protocol"), "candidates"),
                 *candidate;
    double number = 0;
    size_t i;
    bool is_known = epochs && hpb_parse_double(epochs, &number);
    json_array_foreach(candidates, i, candidate) is_known &=
        !json_object_get(json_object_get(candidate, "params"), "epochs");
    return is_known ? number : 0;
}

// Also reads the corner that is the side, its MSEs into mse[R].
static hpb_exit read_side(hpb_store *store, const hpb_stored_run *run, const json_t *about,
                          uint32_t own, uint32_t corner, double *mse, hpb_explanation *out,
                          hpb_side *side, hpb_error *error)
{
    const json_t *reported = json_object_get(about, "reported");
    json_t *spec = json_loads(run->cells[corner].spec, 0, NULL);
    side->n_fits = run->cells[corner].n_fits;
    reading r = {.side = side,
                 .mse = mse,
                 .n = out->n_replicates,
                 .full_epochs = epochs_of(spec) * side->n_fits};
    side->epochs_given = epochs_of(spec);
    json_decref(spec);
    side->title = text_of(out->arena, json_object_get(about, "title"));
    side->spec = run->cells[corner].spec;
    hpb_exit code = hpb_store_each_trial(store, run, corner, read_trial, &r, error);
    side->stopped = r.n_done ? side->stopped / (double)r.n_done : (double)NAN;
    side->baseline_mse = r.n_scaled ? r.baseline_mse / (double)r.n_scaled : (double)NAN;
    side->truth_mse = r.n_scaled ? r.truth_mse / (double)r.n_scaled : (double)NAN;
    double one_run = (double)NAN; // with the suite's own seeds
    reading first = {.mse = &one_run, .n = 1};
    if (code == HPB_EXIT_OK)
        code = hpb_store_each_trial(store, run, own, read_trial, &first, error);
    side->is_typed = json_is_number(reported);
    side->reported = side->is_typed ? json_number_value(reported) : one_run;
    return code;
}

void hpb_runs_spread(const hpb_stored_cell *cell, double *values, uint32_t n)
{
    for (uint32_t r = 1; r < n && cell->n_planned == 1; r++)
        values[r] = values[0];
}

// --- all of it ----------------------------------------------------------------------------------------------------

static const char *joined(hpb_arena *arena, const json_t *words)
{
    hpb_text text = {0};
    size_t i;
    const json_t *word;
    hpb_text_add(&text, "%s", "");
    json_array_foreach(words, i, word)
        hpb_text_add(&text, "%s%s", i ? ", " : "", text_of(arena, word));
    const char *all = hpb_arena_strdup(arena, text.data);
    hpb_text_free(&text);
    return all;
}

// Both sides with their corners, then the corners between them. mse[C][R].
static hpb_exit read_corners(hpb_store *store, const hpb_stored_run *run, const json_t *sides,
                             hpb_explanation *out, double **mse, hpb_error *error)
{
    const hpb_compared_cells *cells = out->cells;
    const uint32_t n = out->n_corners;
    uint64_t *diverged = hpb_arena_alloc(out->arena, n, sizeof *diverged);
    hpb_exit code = HPB_EXIT_OK;
    for (uint32_t c = 0; c < n; c++)
        mse[c] = missing(out->arena, out->n_replicates);
    for (uint32_t s = 0; s < 2 && code == HPB_EXIT_OK; s++) {
        const uint32_t c = s ? n - 1 : 0;
        code = read_side(store, run, json_array_get(sides, s), cells->own[s], cells->corners[c],
                         mse[c], out, &out->side[s], error);
        diverged[c] = out->side[s].count[HPB_STATUS_DIVERGED];
    }
    for (uint32_t c = 1; c + 1 < n && code == HPB_EXIT_OK; c++) {
        reading r = {.mse = mse[c], .n = out->n_replicates, .diverged = &diverged[c]};
        code = hpb_store_each_trial(store, run, cells->corners[c], read_trial, &r, error);
    }
    for (uint32_t c = 0; c < n; c++) {
        const hpb_stored_cell *cell = &run->cells[cells->corners[c]];
        hpb_runs_spread(cell, mse[c], out->n_replicates);
        diverged[c] *= cell->n_planned == 1 ? out->n_replicates : 1;
    }
    out->corner_diverged = diverged;
    return code;
}

static hpb_exit read_longer(hpb_store *store, const hpb_stored_run *run, hpb_explanation *out,
                            hpb_error *error)
{
    const hpb_compared_cells *cells = out->cells;
    for (int side = 0; side < 2 && cells->has_longer; side++) {
        const uint32_t cell = cells->longer[side];
        reading r = {.mse = missing(out->arena, out->n_replicates), .n = out->n_replicates};
        const hpb_exit code = hpb_store_each_trial(store, run, cell, read_trial, &r, error);
        if (code != HPB_EXIT_OK)
            return code;
        hpb_runs_spread(&run->cells[cell], r.mse, r.n);
        json_t *spec = json_loads(run->cells[cell].spec, 0, NULL);
        hpb_explanation_prolong(out, side, epochs_of(spec), r.mse);
        json_decref(spec);
    }
    return HPB_EXIT_OK;
}

// The cells that an array of keys names. False: one is not there.
static bool find_cells(const hpb_stored_run *run, const json_t *keys, uint32_t *cells, size_t n)
{
    if (json_array_size(keys) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *key = json_string_value(json_array_get(keys, i));
        uint32_t c = 0;
        while (key && c < run->n_cells && strcmp(run->cells[c].key, key) != 0)
            c++;
        if (!key || c == run->n_cells)
            return false;
        cells[i] = c;
    }
    return true;
}

// One order and its reverse. False: it is no order of the causes.
static bool read_order(const json_t *order, uint32_t k, uint8_t *out)
{
    uint32_t seen = 0;
    for (uint32_t i = 0; i < k; i++) {
        const json_t *cause = json_array_get(order, i);
        const json_int_t number = json_is_integer(cause) ? json_integer_value(cause) : -1;
        if (number < 0 || number >= k)
            return false;
        seen |= 1u << number;
        out[i] = out[2 * k - 1 - i] = (uint8_t)number;
    }
    return seen == (1u << k) - 1 && json_array_size(order) == k;
}

// The causes that a run splits into, and the orders that stand for all combinations of these. False: damaged.
static bool read_orders(const json_t *explain, hpb_explanation *out)
{
    const json_t *orders = json_object_get(explain, "orders");
    const size_t k = json_array_size(json_object_get(explain, "factors")),
                 n = json_array_size(orders);
    if (k > (n ? HPB_MAX_CAUSES : HPB_GAME_LARGEST) || 2 * n > HPB_MOST_ORDERS)
        return false;
    out->n_causes = (uint32_t)k;
    out->n_pairs = (uint32_t)n;
    uint8_t *all = hpb_arena_alloc(out->arena, 2 * n * k, sizeof *all);
    out->orders = all;
    for (size_t p = 0; p < n; p++)
        if (!read_order(json_array_get(orders, p), out->n_causes, all + 2 * p * k))
            return false;
    return k > 0 || n == 0;
}

// The replicates: of each corner so many, or one where no seed changes anything. False: damaged.
static bool read_replicates(const hpb_stored_run *run, hpb_explanation *e)
{
    const json_int_t n = json_integer_value(json_object_get(run->about, "replicates"));
    bool is_good = n > 0 && n <= UINT32_MAX;
    for (uint32_t c = 0; c < e->n_corners && is_good; c++) {
        const uint32_t n_planned = run->cells[e->cells->corners[c]].n_planned;
        is_good = n_planned == 1 || n_planned == n;
    }
    e->n_replicates = is_good ? (uint32_t)n : 0;
    return is_good;
}

// The cells of comparison `index`: one for each setting of what is crossed beside. False: damaged.
static bool find_compared(const hpb_stored_run *run, uint32_t index, hpb_explanation *e,
                          hpb_compared_cells *out)
{
    const json_t *explain = json_object_get(run->about, "explain"),
                 *setting = json_array_get(json_object_get(explain, "settings"), index);
    if (!read_orders(explain, e))
        return false;
    hpb_explanation_list(e);
    uint32_t *corners = hpb_arena_alloc(e->arena, e->n_corners, sizeof *corners);
    out->corners = corners;
    out->has_longer = find_cells(run, json_object_get(setting, "longer"), out->longer, 2);
    for (size_t side = 0; side < 2; side++) {
        json_t *nested =
            json_pack("[O?]", json_array_get(json_object_get(setting, "nested"), side));
        if (!find_cells(run, nested, &out->nested[side], 1))
            out->nested[side] = HPB_NO_CELL;
        json_decref(nested);
    }
    return find_cells(run, json_object_get(setting, "own"), out->own, 2) &&
           find_cells(run, json_object_get(setting, "corners"), corners, e->n_corners) &&
           read_replicates(run, e);
}

static void read_causes(const hpb_stored_run *run, const json_t *factors, hpb_explanation *out)
{
    const uint32_t k = out->n_causes;
    const hpb_stored_cell *a = &run->cells[out->cells->corners[0]],
                          *b = &run->cells[out->cells->corners[out->n_corners - 1]];
    json_t *spec[2] = {json_loads(a->spec, 0, NULL), json_loads(b->spec, 0, NULL)};
    const json_t *data = json_array_get(json_object_get(run->about, "data"), a->data);
    const json_int_t n_rows = json_integer_value(json_object_get(data, "n_rows"));
    for (uint32_t i = 0; i < k; i++) {
        const json_t *factor = json_array_get(factors, i),
                     *values = json_object_get(factor, "values");
        out->causes[i] = (hpb_cause){.name = text_of(out->arena, json_object_get(factor, "name")),
                                     .value = {text_of(out->arena, json_array_get(values, 0)),
                                               text_of(out->arena, json_array_get(values, 1))},
                                     .bit = i};
        hpb_cause_read(&out->causes[i], spec, (uint32_t)n_rows, out->arena);
    }
    json_decref(spec[0]);
    json_decref(spec[1]);
}

hpb_exit hpb_explanation_read(hpb_store *store, const hpb_stored_run *run, uint32_t index,
                              hpb_arena *arena, hpb_explanation *out, bool *is_there,
                              hpb_error *error)
{
    const json_t *explain = json_object_get(run->about, "explain"),
                 *factors = json_object_get(explain, "factors"),
                 *setting = json_array_get(json_object_get(explain, "settings"), index);
    hpb_compared_cells *cells = hpb_arena_alloc(arena, 1, sizeof *cells);
    *out = (hpb_explanation){.arena = arena, .cells = cells};
    *is_there = setting != NULL;
    if (!setting)
        return HPB_EXIT_OK;
    if (!find_compared(run, index, out, cells))
        return hpb_error_set(error, HPB_EXIT_STORE,
                             "damaged: the corners of comparison %u are not all there", index + 1);
    out->suite = text_of(arena, json_object_get(run->about, "suite_name"));
    out->setting = text_of(arena, json_object_get(setting, "label"));
    out->shared = joined(arena, json_object_get(setting, "shared"));
    out->looks = hpb_looks_read(json_object_get(run->about, "looks"), index, arena);
    read_causes(run, factors, out);
    double **values = hpb_arena_alloc(arena, out->n_corners, sizeof *values);
    hpb_exit code = read_corners(store, run, json_object_get(explain, "sides"), out, values, error);
    if (code != HPB_EXIT_OK)
        return code;
    hpb_explanation_attribute(out, (const double *const *)values);
    code = hpb_sources_read(store, run, index, out, error);
    if (code == HPB_EXIT_OK)
        code = read_longer(store, run, out, error);
    if (code == HPB_EXIT_OK)
        code = hpb_bias_read(store, run, out, &out->bias, error);
    return code == HPB_EXIT_OK ? hpb_explanation_read_failures(store, run, out, error) : code;
}
