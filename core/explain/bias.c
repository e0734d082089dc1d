// SPDX-License-Identifier: Apache-2.0
// From stored scores, choices and worths to the bias of each side.
#include "explain/bias.h"

#include "explain/private.h"
#include "loader/json.h"
#include "stats/optimism.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOTABLE 0.05 // of the worth
#define MOSTLY 0.5   // of the optimism

static const hpb_estimate nothing = {(double)NAN, (double)NAN, (double)NAN};

// The runs of one side, by replicate; NaN where there is no such number.
typedef struct reading {
    uint32_t n; // of each array: those that can be scored
    double *reported, *worth, *tibshirani, *nested;
    int64_t *chosen; // -1: nothing, or several
    bool chooses;    // among several candidates by their MSE, and reports the chosen one's
    double *
        optimism; // [C][n]: of each candidate, where it chooses: what its models are worth less what they score
    uint32_t n_candidates, n_splits;
} reading;

static double *none_of(size_t n)
{
    double *values = hpb_alloc(n, sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = (double)NAN;
    return values;
}

// Scores are more is better, errors the other way.
static double tibshirani_of(const reading *r, const hpb_trial_result *t)
{
    double *errors = hpb_alloc(t->n_scores, sizeof *errors);
    for (uint32_t i = 0; i < t->n_scores; i++)
        errors[i] = -t->scores[i];
    const double bias = hpb_tibshirani_bias(errors, r->n_candidates, r->n_splits).bias;
    free(errors);
    return bias;
}

// Of candidate c, over its splits.
static double optimism_of(const reading *r, const hpb_trial_result *t, uint32_t c)
{
    double sum = 0;
    for (uint32_t i = c * r->n_splits; i < (c + 1) * r->n_splits; i++)
        sum += t->worth[i] + t->scores[i];
    return sum / r->n_splits;
}

static bool read_run(void *context, const hpb_trial_result *t)
{
    reading *r = context;
    const uint32_t i = t->replicate, n_models = r->n_candidates * r->n_splits;
    if (i >= r->n || t->status != HPB_STATUS_OK || !t->n_worth ||
        !isfinite(t->worth[t->n_worth - 1]))
        return true;
    r->reported[i] = t->mse;
    r->worth[i] = t->worth[t->n_worth - 1];
    r->chosen[i] = t->n_chosen == 1 ? (int64_t)t->chosen[0] : -1;
    if (!r->chooses || t->n_scores != n_models || t->n_worth != n_models + 1)
        return true;
    for (uint32_t c = 0; c < r->n_candidates; c++)
        r->optimism[(size_t)c * r->n + i] = optimism_of(r, t, c);
    if (r->n_splits > 1)
        r->tibshirani[i] = tibshirani_of(r, t);
    return true;
}

static bool read_nested(void *context, const hpb_trial_result *t)
{
    const reading *r = context;
    if (t->replicate < r->n && t->status == HPB_STATUS_OK)
        r->nested[t->replicate] = t->mse;
    return true;
}

// The mean of the finite ones.
static hpb_estimate mean_of(const double *values, uint32_t n, uint32_t *n_finite)
{
    double *kept = hpb_alloc(n, sizeof *kept);
    uint32_t n_kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (isfinite(values[i]))
            kept[n_kept++] = values[i];
    const hpb_summary summary = hpb_stats_summarise(kept, n_kept);
    const hpb_interval interval = hpb_mean_t(summary.mean, summary.sd, n_kept, 0.95);
    free(kept);
    if (n_finite)
        *n_finite = n_kept;
    return n_kept ? (hpb_estimate){summary.mean, interval.low, interval.high} : nothing;
}

static const char *protocol_text(const json_t *spec, const char *key)
{
    const char *text = json_string_value(json_object_get(json_object_get(spec, "protocol"), key));
    return text ? text : "";
}

static reading reading_of(const hpb_stored_cell *cell, const json_t *spec, uint32_t n)
{
    const char *select = protocol_text(spec, "select");
    const bool chooses = cell->n_candidates > 1 && cell->n_outer == 1 &&
                         (strcmp(select, "test") == 0 || strcmp(select, "cv") == 0) &&
                         strcmp(protocol_text(spec, "report"), "best") == 0 &&
                         strcmp(protocol_text(spec, "scoring"), "neg_mean_squared_error") == 0;
    return (reading){
        .n = n,
        .reported = none_of(n),
        .worth = none_of(n),
        .tibshirani = none_of(n),
        .nested = none_of(n),
        .chosen = hpb_alloc(n, sizeof(int64_t)),
        .chooses = chooses,
        .optimism = none_of(chooses ? (size_t)n * cell->n_candidates : 0),
        .n_candidates = cell->n_candidates,
        .n_splits = cell->n_splits,
    };
}

static void reading_free(reading *r)
{
    free(r->reported);
    free(r->worth);
    free(r->optimism);
    free(r->tibshirani);
    free(r->nested);
    free(r->chosen);
}

// How much more optimistic the chosen candidate's score is than it is over all runs, whoever is chosen. selection[n].
static void find_selection(const reading *r, double *selection)
{
    for (uint32_t c = 0; c < r->n_candidates && r->chooses; c++) {
        const double *one = r->optimism + (size_t)c * r->n, usual = mean_of(one, r->n, NULL).value;
        for (uint32_t i = 0; i < r->n; i++)
            if (r->chosen[i] == c)
                selection[i] = one[i] - usual;
    }
}

static void summarise(const reading *r, const json_t *spec, hpb_bias_side *out)
{
    double *optimism = none_of(r->n), *selection = none_of(r->n);
    find_selection(r, selection);
    for (uint32_t i = 0; i < r->n; i++)
        optimism[i] = r->worth[i] - r->reported[i];
    out->reported = mean_of(r->reported, r->n, &out->n);
    out->worth = mean_of(r->worth, r->n, NULL);
    out->optimism = mean_of(optimism, r->n, NULL);
    out->selection = mean_of(selection, r->n, NULL);
    out->tibshirani = mean_of(r->tibshirani, r->n, NULL);
    out->nested = mean_of(r->nested, r->n, &out->n_nested);
    out->is_refitted = r->n_splits > 1 &&
                       json_is_null(json_object_get(json_object_get(spec, "protocol"), "outer"));
    out->n_candidates = r->n_candidates;
    free(optimism);
    free(selection);
}

// --- the same choice -----------------------------------------------------------------------------------------------

static const json_t *params_of(const json_t *spec, size_t candidate)
{
    const json_t *all = json_object_get(json_object_get(spec, "protocol"), "candidates");
    return json_object_get(json_array_get(all, candidate), "params");
}

// Keys that both grids list, ", " between them.
static const char *common_keys(json_t *const spec[2], hpb_arena *arena)
{
    hpb_text text = {0};
    const char *key;
    json_t *value;
    hpb_text_add(&text, "%s", "");
    json_object_foreach((json_t *)params_of(spec[0], 0), key, value)
    {
        if (json_object_get(params_of(spec[1], 0), key))
            hpb_text_add(&text, "%s%s", text.length ? ", " : "", key);
    }
    const char *keys = hpb_arena_strdup(arena, text.data);
    hpb_text_free(&text);
    return keys;
}

static bool is_same(json_t *const spec[2], int64_t a, int64_t b)
{
    const json_t *of_b = params_of(spec[1], (size_t)b);
    const char *key;
    json_t *value;
    bool is_equal = true;
    json_object_foreach((json_t *)params_of(spec[0], (size_t)a), key, value)
    {
        const json_t *other = json_object_get(of_b, key);
        is_equal &= !other || json_equal(value, other);
    }
    return is_equal;
}

static void compare_choices(const reading *sides, json_t *const spec[2], hpb_arena *arena,
                            hpb_bias *out)
{
    const char *keys = common_keys(spec, arena);
    for (uint32_t i = 0; i < sides[0].n && *keys; i++) {
        const int64_t a = sides[0].chosen[i], b = sides[1].chosen[i];
        if (!isfinite(sides[0].worth[i]) || !isfinite(sides[1].worth[i]) || a < 0 || b < 0)
            continue;
        out->n_pairs++;
        out->n_same += is_same(spec, a, b);
    }
    out->keys = out->n_pairs ? keys : "";
}

// --- all of it ----------------------------------------------------------------------------------------------------

static void spread(const hpb_stored_cell *cell, reading *r)
{
    hpb_runs_spread(cell, r->reported, r->n);
    hpb_runs_spread(cell, r->worth, r->n);
    hpb_runs_spread(cell, r->tibshirani, r->n);
    for (uint32_t c = 0; c < r->n_candidates && r->chooses; c++)
        hpb_runs_spread(cell, r->optimism + (size_t)c * r->n, r->n);
    for (uint32_t i = 1; i < r->n && cell->n_planned == 1; i++)
        r->chosen[i] = r->chosen[0];
}

// One side; its nested search lies in `nested`, or HPB_NO_CELL.
static hpb_exit read_side(hpb_store *store, const hpb_stored_run *run, uint32_t own,
                          uint32_t nested, reading *r, hpb_error *error)
{
    hpb_exit code = hpb_store_each_trial(store, run, own, read_run, r, error);
    spread(&run->cells[own], r);
    if (code != HPB_EXIT_OK || nested == HPB_NO_CELL)
        return code;
    code = hpb_store_each_trial(store, run, nested, read_nested, r, error);
    hpb_runs_spread(&run->cells[nested], r->nested, r->n);
    return code;
}

static hpb_exit read_sides(hpb_store *store, const hpb_stored_run *run, const hpb_explanation *e,
                           hpb_bias *out, hpb_error *error)
{
    const hpb_compared_cells *cells = e->cells;
    const uint32_t ends[2] = {cells->corners[0], cells->corners[e->n_corners - 1]};
    const uint32_t n =
        e->n_replicates < HPB_WORTH_REPLICATES ? e->n_replicates : HPB_WORTH_REPLICATES;
    reading r[2];
    json_t *spec[2];
    hpb_exit code = HPB_EXIT_OK;
    for (int side = 0; side < 2; side++) {
        const hpb_stored_cell *cell = &run->cells[ends[side]];
        spec[side] = json_loads(cell->spec, 0, NULL);
        r[side] = reading_of(cell, spec[side], n);
        if (code == HPB_EXIT_OK)
            code = read_side(store, run, ends[side], cells->nested[side], &r[side], error);
        if (code == HPB_EXIT_OK)
            summarise(&r[side], spec[side], &out->side[side]);
    }
    if (code == HPB_EXIT_OK)
        compare_choices(r, spec, e->arena, out);
    for (int side = 0; side < 2; side++) {
        reading_free(&r[side]);
        json_decref(spec[side]);
    }
    return code;
}

hpb_exit hpb_bias_read(hpb_store *store, const hpb_stored_run *run, const hpb_explanation *e,
                       const hpb_bias **out, hpb_error *error)
{
    const json_t *explain = json_object_get(run->about, "explain");
    const json_t *data =
        json_array_get(json_object_get(run->about, "data"), run->cells[e->cells->corners[0]].data);
    const char *file = json_string_value(json_object_get(data, "sha256"));
    *out = NULL;
    if (!json_is_true(json_object_get(explain, "truth")) || !e->n_causes)
        return HPB_EXIT_OK;
    hpb_bias *bias = hpb_arena_alloc(e->arena, 1, sizeof *bias);
    *bias = (hpb_bias){.is_known = !file || !*file, .keys = ""};
    const hpb_exit code = bias->is_known ? read_sides(store, run, e, bias, error) : HPB_EXIT_OK;
    if (code == HPB_EXIT_OK && (!bias->is_known || bias->side[0].n || bias->side[1].n))
        *out = bias;
    return code;
}

hpb_bias_kind hpb_bias_kind_of(const hpb_bias_side *side)
{
    const hpb_estimate *d = &side->optimism;
    if (isfinite(d->low) && fabs(d->value) < NOTABLE * side->worth.value)
        return HPB_BIAS_NONE;
    return d->low > 0 ? HPB_BIAS_TOO_LOW : d->high < 0 ? HPB_BIAS_TOO_HIGH : HPB_BIAS_UNSURE;
}

bool hpb_bias_is_selection(const hpb_bias_side *side)
{
    return hpb_bias_kind_of(side) == HPB_BIAS_TOO_LOW && side->selection.low > 0 &&
           side->selection.value >= MOSTLY * side->optimism.value;
}

// --- JSON -----------------------------------------------------------------------------------------------------------

static json_t *estimate_to_json(const hpb_estimate *estimate)
{
    return isfinite(estimate->value)
               ? json_pack("{s:o, s:o}", "value", hpb_json_number(estimate->value), "interval_95",
                           hpb_json_interval(estimate->low, estimate->high))
               : json_null();
}

static json_t *side_to_json(const hpb_bias_side *side)
{
    if (!side->n)
        return json_null();
    json_t *out = json_pack(
        "{s:I, s:o, s:o, s:o, s:o, s:o}", "runs", (json_int_t)side->n, "reported",
        estimate_to_json(&side->reported), "worth", estimate_to_json(&side->worth), "optimism",
        estimate_to_json(&side->optimism), "selection", estimate_to_json(&side->selection),
        "tibshirani", estimate_to_json(&side->tibshirani));
    json_t *nested = estimate_to_json(&side->nested);
    if (json_is_object(nested))
        json_object_set_new(nested, "runs", json_integer(side->n_nested));
    json_object_set_new(out, "nested", nested);
    return out;
}

json_t *hpb_bias_to_json(const hpb_bias *bias)
{
    if (!bias)
        return json_null();
    json_t *same = json_null();
    if (*bias->keys)
        same = json_pack("{s:s, s:I, s:I}", "keys", bias->keys, "runs", (json_int_t)bias->n_pairs,
                         "same", (json_int_t)bias->n_same);
    return json_pack("{s:b, s:I, s:[o, o], s:o}", "known", bias->is_known, "new_rows",
                     (json_int_t)HPB_NEW_ROWS, "sides", side_to_json(&bias->side[0]),
                     side_to_json(&bias->side[1]), "same_choice", same);
}
