// SPDX-License-Identifier: Apache-2.0
// From the stored trials of a crossed grid to its components; levels whose runs did not finish are left out whole, since
// the estimators want every cell.
#include "explain/variance.h"
#include "stats/precision.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CONFIDENCE 0.95
#define MOST_INDEPENDENT 1e15 // runs; more are not counted
#define WORTH 0.95            // of the width: what twice the levels must come below to help

typedef struct reader {
    double *values; // [n_planned]; NaN: not there, failed or diverged
    hpb_variance *out;
} reader;

static bool take(void *context, const hpb_trial_result *result)
{
    reader *r = context;
    if (result->status == HPB_STATUS_OK && result->replicate < r->out->n_planned)
        r->values[result->replicate] = result->mse;
    return true;
}

static bool is_held(const json_t *grid, hpb_stream stream)
{
    const json_t *levels = json_object_get(grid, hpb_stream_name(stream));
    return json_is_integer(levels) && json_integer_value(levels) == 0;
}

// What the statement is given: data and streams that are drawn and not crossed.
static const char *given_words(hpb_arena *arena, const json_t *spec)
{
    const json_t *grid = json_object_get(spec, "grid"), *data = json_object_get(spec, "data");
    const char *file = json_string_value(json_object_get(data, "file"));
    const char *seed = json_string_value(json_object_get(data, "seed"));
    static const char *const held[] = {NULL, "this split", "these initial weights",
                                       "this row order"};
    hpb_text text = {0};
    uint32_t n = 0, left = 0;
    for (int stream = HPB_STREAM_SPLIT; stream < HPB_STREAM_COUNT; stream++)
        left += is_held(grid, (hpb_stream)stream);
    if (!(json_integer_value(json_object_get(grid, "data")) > 0)) {
        const bool is_given = seed && strcmp(seed, "fresh") != 0;
        hpb_text_add(&text, "this data set (%s%s)", !file && is_given ? "seed " : "",
                     file       ? file
                     : is_given ? seed
                                : "the first fresh one");
        n++;
    }
    for (int stream = HPB_STREAM_SPLIT; stream < HPB_STREAM_COUNT; stream++)
        if (is_held(grid, (hpb_stream)stream)) {
            const char *before = --left ? ", " : " and ";
            hpb_text_add(&text, "%s%s", n++ ? before : "", held[stream]);
        }
    const char *words = hpb_arena_strdup(arena, text.length ? text.data : "");
    hpb_text_free(&text);
    return words;
}

// Of a grid's label: the bytes of the cell's whose grid it is.
static size_t own_length(const hpb_stored_cell *grid)
{
    static const char suffix[] = ", seeds crossed";
    const size_t length = strlen(grid->label), behind = sizeof suffix - 1;
    const bool is_behind = length > behind && strcmp(grid->label + length - behind, suffix) == 0;
    return is_behind ? length - behind : length;
}

bool hpb_variance_is_of(const hpb_stored_cell *grid, const hpb_stored_cell *cell)
{
    const size_t n = own_length(grid);
    return strlen(cell->label) == n && memcmp(grid->label, cell->label, n) == 0;
}

static bool is_fresh(const json_t *spec, const char *section, const char *key)
{
    const char *text = json_string_value(json_object_get(json_object_get(spec, section), key));
    return text && strcmp(text, "fresh") == 0;
}

// A splitter's random_state holds its split; that of an outer one is not in the spec.
static bool is_split_held(const json_t *spec)
{
    const json_t *state = json_object_get(json_object_get(spec, "splitter"), "random_state"),
                 *outer = json_object_get(json_object_get(spec, "protocol"), "outer");
    return (state && strcmp(json_string_value(state), "none") != 0) ||
           (outer && !json_is_null(outer));
}

// Whether replicates vary what the grid crosses, and hold what it holds.
static bool is_replicated(const json_t *spec)
{
    for (int stream = 0; stream < HPB_STREAM_COUNT; stream++) {
        const char *name = hpb_stream_name((hpb_stream)stream);
        const json_t *levels = json_object_get(json_object_get(spec, "grid"), name);
        const bool varies = stream == HPB_STREAM_DATA ? is_fresh(spec, "data", "seed")
                            : stream == HPB_STREAM_SPLIT
                                ? is_fresh(spec, "seeds", name) && !is_split_held(spec)
                                : is_fresh(spec, "seeds", name);
        if (json_is_integer(levels) && varies != (json_integer_value(levels) > 0))
            return false;
    }
    return true;
}

// The factors of a stored cell, in the order in which its replicates count. False: the store is not as we write it.
static bool read_factors(const hpb_stored_cell *cell, hpb_arena *arena, hpb_variance *out)
{
    json_t *spec = json_loads(cell->spec, 0, NULL);
    const json_t *grid = json_object_get(spec, "grid");
    uint64_t n = 1;
    for (int stream = 0; stream < HPB_STREAM_COUNT; stream++) {
        const json_int_t levels =
            json_integer_value(json_object_get(grid, hpb_stream_name((hpb_stream)stream)));
        if (levels < 2)
            continue;
        out->stream[out->n_factors] = (hpb_stream)stream;
        out->planned[out->n_factors++] = levels < UINT32_MAX ? (uint32_t)levels : UINT32_MAX;
        n = n <= UINT32_MAX ? n * (uint64_t)levels : n;
    }
    out->given = given_words(arena, spec);
    out->is_replicated = is_replicated(spec);
    json_decref(spec);
    out->label = hpb_arena_strndup(arena, cell->label, own_length(cell));
    return out->n_factors && n == cell->n_planned;
}

// --- levels that are left out -----------------------------------------------------------------------------

// Where cell `at` of the planned grid lies on factor `factor`.
static uint32_t level_of(const hpb_variance *v, uint32_t factor, uint32_t at)
{
    for (uint32_t i = v->n_factors; i-- > factor + 1;)
        at /= v->planned[i];
    return at % v->planned[factor];
}

static bool is_kept(const hpb_variance *v, bool *const *kept, uint32_t at)
{
    for (uint32_t i = 0; i < v->n_factors; i++)
        if (!kept[i][level_of(v, i, at)])
            return false;
    return true;
}

// Drops the level with the largest share of unfinished runs. False: there is none left to drop, or all are finished.
static bool drop_worst(hpb_variance *v, bool *const *kept, const double *values)
{
    double worst = 0;
    uint32_t factor = 0, level = 0;
    for (uint32_t i = 0; i < v->n_factors; i++) {
        uint32_t *bad = hpb_alloc(2 * (size_t)v->planned[i], sizeof *bad),
                 *all = bad + v->planned[i];
        for (uint32_t at = 0; at < v->n_planned; at++)
            if (is_kept(v, kept, at)) {
                bad[level_of(v, i, at)] += !isfinite(values[at]);
                all[level_of(v, i, at)]++;
            }
        for (uint32_t k = 0; k < v->planned[i]; k++)
            if (bad[k] > worst * all[k]) {
                worst = (double)bad[k] / all[k];
                factor = i;
                level = k;
            }
        free(bad);
    }
    if (worst == 0 || !kept[factor])
        return false;
    kept[factor][level] = false;
    return --v->levels[factor] >= 2;
}

// The finished runs of the kept levels, in order; false: fewer than two levels of a factor are left.
static bool compress(hpb_variance *v, double *values)
{
    bool *kept[HPB_FACTORS] = {0};
    for (uint32_t i = 0; i < v->n_factors; i++) {
        kept[i] = hpb_alloc(v->planned[i], sizeof *kept[i]);
        memset(kept[i], true, v->planned[i]);
    }
    while (drop_worst(v, kept, values))
        ;
    bool is_good = true;
    v->has_first = true;
    for (uint32_t i = 0; i < v->n_factors; i++) {
        is_good &= v->levels[i] >= 2;
        v->has_first &= kept[i][0];
    }
    uint32_t n = 0;
    for (uint32_t at = 0; at < v->n_planned && is_good; at++)
        if (is_kept(v, kept, at))
            values[n++] = values[at];
    for (uint32_t i = 0; i < v->n_factors; i++)
        free(kept[i]);
    return is_good;
}

// --- what to repeat next ------------------------------------------------------------------------------------

void hpb_variance_plan(hpb_variance *v, double precision)
{
    v->precision = precision;
    if (!v->is_good)
        return;
    v->pigeonhole = hpb_components_pigeonhole(v->values, v->n_factors, v->levels, CONFIDENCE);
    if (!(v->components.total > 0))
        return;
    const hpb_costs costs = {.cell = 1};
    const double half = v->precision * fabs(v->components.mean);
    v->is_reached = hpb_components_allocate(&v->components, half, CONFIDENCE, &costs, v->levels,
                                            HPB_ALLOCATE_MOST, v->next);
    const double width = hpb_components_half_width(&v->components, v->levels, CONFIDENCE);
    for (uint32_t i = 0; i < v->n_factors; i++) {
        uint32_t more[HPB_FACTORS];
        memcpy(more, v->levels, sizeof more);
        more[i] *= 2;
        v->helps[i] = hpb_components_half_width(&v->components, more, CONFIDENCE) < WORTH * width;
    }
    v->independent =
        fmin(hpb_precision_size(sqrt(v->components.total), half, CONFIDENCE), MOST_INDEPENDENT);
}

hpb_variance hpb_variance_of_none(const hpb_stored_cell *cell)
{
    return (hpb_variance){.label = cell->label, .given = ""};
}

void hpb_variance_estimate(hpb_variance *v, double *values)
{
    memcpy(v->levels, v->planned, sizeof v->levels);
    v->values = values;
    v->is_good =
        compress(v, values) &&
        hpb_components_estimate(values, v->n_factors, v->levels, CONFIDENCE, &v->components) &&
        isfinite(v->components.total);
    if (v->is_good)
        hpb_components_shares(&v->components, CONFIDENCE, &v->shares);
}

hpb_exit hpb_variance_read(hpb_store *store, const hpb_stored_run *run, uint32_t index,
                           hpb_arena *arena, hpb_variance *out, hpb_error *error)
{
    const uint32_t number = run->n_cells + index;
    const hpb_stored_cell *cell = &run->cells[number];
    *out = (hpb_variance){.n_planned = cell->n_planned};
    if (!read_factors(cell, arena, out))
        return hpb_error_set(error, HPB_EXIT_STORE,
                             "damaged: the levels of cell \"%s\" do not make its runs",
                             cell->label);
    memcpy(out->levels, out->planned, sizeof out->levels);
    uint64_t count[HPB_STATUS_COUNT];
    hpb_exit code = hpb_store_count(store, run, number, count, error);
    for (int s = 0; s < HPB_STATUS_COUNT && code == HPB_EXIT_OK; s++) {
        out->n_stored += (uint32_t)count[s];
        *(s > HPB_STATUS_DIVERGED ? &out->n_failed : &out->n_diverged) +=
            s ? (uint32_t)count[s] : 0;
    }
    if (code != HPB_EXIT_OK || out->n_stored < out->n_planned)
        return code;
    reader r = {hpb_arena_alloc(arena, cell->n_planned, sizeof(double)), out};
    for (uint32_t i = 0; i < cell->n_planned; i++)
        r.values[i] = (double)NAN;
    code = hpb_store_each_trial(store, run, number, take, &r, error);
    if (code == HPB_EXIT_OK)
        hpb_variance_estimate(out, r.values);
    return code;
}
