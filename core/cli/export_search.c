// SPDX-License-Identifier: Apache-2.0
// hpbench export RUN --format cv_results: what the searches of a run came to, as GridSearchCV says it.
#include "cli/export.h"
#include "engine/search.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef struct searches {
    const hpb_stored_run *run;
    FILE *out;
    hpb_export_count *count;
    json_t **protocols; // [n_cells]: of the cells that search, else NULL
    json_t *keys;       // of all their grids, in the order met
    uint32_t most_splits;
    // of the cell that is written
    const hpb_stored_cell *cell;
    char *cell_text;  // what every row begins with
    char **candidate; // [n_candidates]: its columns param_... and params, a comma before each
    hpb_search_row *rows;
} searches;

// The protocol of a cell that chooses among candidates, or refits on outer splits (hpb_cell_is_search). json_decref() it.
static json_t *search_of(const hpb_stored_cell *cell)
{
    json_t *spec = json_loads(cell->spec, 0, NULL);
    json_t *protocol = json_object_get(spec, "protocol");
    const bool is_search =
        protocol && (cell->n_candidates > 1 || json_is_object(json_object_get(protocol, "outer")));
    json_incref(protocol);
    json_decref(spec);
    if (is_search)
        return protocol;
    json_decref(protocol);
    return NULL;
}

static json_t *params_of(const json_t *protocol, uint32_t candidate)
{
    return json_object_get(json_array_get(json_object_get(protocol, "candidates"), candidate),
                           "params");
}

// Finds the searches, and the columns that they need.
static hpb_exit find(searches *s, hpb_error *error)
{
    bool is_found = false;
    for (uint32_t i = 0; i < s->run->n_cells; i++) {
        const hpb_stored_cell *cell = &s->run->cells[i];
        s->protocols[i] = search_of(cell);
        if (!s->protocols[i])
            continue;
        is_found = true;
        if (json_array_size(json_object_get(s->protocols[i], "candidates")) != cell->n_candidates)
            return hpb_error_set(error, HPB_EXIT_STORE,
                                 "damaged: the candidates of a cell are not those of its protocol");
        s->count->planned += cell->n_planned;
        if (cell->n_splits > s->most_splits)
            s->most_splits = cell->n_splits;
        for (uint32_t c = 0; c < cell->n_candidates; c++)
            json_object_update_missing(s->keys, params_of(s->protocols[i], c));
    }
    if (is_found)
        return HPB_EXIT_OK;
    hpb_error_set(error, HPB_EXIT_STORE, "nothing was searched in this run");
    hpb_error_hint(error, "a [protocol.NAME] with two candidates or more makes a search");
    return HPB_EXIT_STORE;
}

static void write_header(const searches *s)
{
    hpb_text keys = {0};
    const char *key;
    json_t *value;
    json_object_foreach(s->keys, key, value)
    {
        char *name = hpb_format("param_%s", key);
        hpb_export_add_csv(&keys, name);
        hpb_text_add(&keys, ",");
        free(name);
    }
    fprintf(s->out, "suite,cell,replicate,outer,candidate,%sparams", keys.data ? keys.data : "");
    for (uint32_t f = 0; f < s->most_splits && !ferror(s->out); f++)
        fprintf(s->out, ",split%" PRIu32 "_test_score", f);
    fputs(",mean_test_score,std_test_score,rank_test_score,chosen\r\n", s->out);
    hpb_text_free(&keys);
}

static char *candidate_text(const searches *s, const json_t *params)
{
    hpb_text text = {0};
    const char *key;
    json_t *value;
    json_object_foreach(s->keys, key, value)
    {
        const char *given = json_string_value(json_object_get(params, key));
        hpb_text_add(&text, ",");
        hpb_export_add_csv(&text, given ? given : "");
    }
    char *json = params ? json_dumps(params, 0) : NULL;
    hpb_text_add(&text, ",");
    hpb_export_add_csv(&text, json ? json : "");
    free(json);
    return text.data;
}

static bool write_trial(void *context, const hpb_trial_result *t)
{
    searches *s = context;
    const uint32_t n_candidates = s->cell->n_candidates, n_splits = s->cell->n_splits;
    char number[HPB_NUMBER_SIZE];
    for (uint32_t o = 0; o < t->n_chosen; o++) {
        const double *scores = t->scores + (size_t)o * n_candidates * n_splits;
        hpb_search_rank(scores, n_candidates, n_splits, s->rows);
        for (uint32_t c = 0; c < n_candidates; c++) {
            const double *of = scores + (size_t)c * n_splits;
            fprintf(s->out, "%s,%" PRIu32 ",%" PRIu32 ",%" PRIu32 "%s", s->cell_text, t->replicate,
                    o, c, s->candidate[c]);
            for (uint32_t f = 0; f < s->most_splits; f++)
                fprintf(s->out, ",%s", f < n_splits ? hpb_number_text(of[f], number) : "");
            fprintf(s->out, ",%s", hpb_number_text(s->rows[c].mean, number));
            fprintf(s->out, ",%s", hpb_number_text(s->rows[c].std, number));
            fprintf(s->out, ",%" PRIu32 ",%s\r\n", s->rows[c].rank,
                    t->chosen[o] == c ? "yes" : "no");
        }
    }
    s->count->by_status[t->status]++;
    return !ferror(s->out); // a full disk is met once, not a million times
}

static hpb_exit write_cell(hpb_store *store, searches *s, uint32_t index, hpb_error *error)
{
    const char *suite = json_string_value(json_object_get(s->run->about, "suite_name"));
    hpb_text text = {0};
    s->cell = &s->run->cells[index];
    hpb_export_add_csv(&text, suite ? suite : "");
    hpb_text_add(&text, ",");
    hpb_export_add_csv(&text, s->cell->label);
    s->cell_text = text.data;
    s->candidate = hpb_alloc(s->cell->n_candidates, sizeof *s->candidate);
    for (uint32_t c = 0; c < s->cell->n_candidates; c++)
        s->candidate[c] = candidate_text(s, params_of(s->protocols[index], c));
    s->rows = hpb_alloc(s->cell->n_candidates, sizeof *s->rows);
    const hpb_exit code = hpb_store_each_trial(store, s->run, index, write_trial, s, error);
    for (uint32_t c = 0; c < s->cell->n_candidates; c++)
        free(s->candidate[c]);
    free(s->candidate);
    free(s->rows);
    free(s->cell_text);
    return code;
}

hpb_exit hpb_export_search(hpb_store *store, const hpb_stored_run *run, FILE *out,
                           hpb_export_count *count, hpb_error *error)
{
    searches s = {.run = run, .out = out, .count = count, .keys = json_object()};
    s.protocols = hpb_alloc(run->n_cells, sizeof(json_t *));
    memset(count, 0, sizeof *count);
    hpb_exit code = find(&s, error);
    if (!code)
        write_header(&s);
    for (uint32_t i = 0; i < run->n_cells && !code && !ferror(out); i++)
        if (s.protocols[i])
            code = write_cell(store, &s, i, error);
    for (uint32_t i = 0; i < run->n_cells; i++)
        json_decref(s.protocols[i]);
    free(s.protocols);
    json_decref(s.keys);
    return code;
}
