// SPDX-License-Identifier: Apache-2.0
// hpbench variance SUITE|RUN: how much of the luck of a cell is in its data, split, initial weights and row order. Of a
// suite it first runs what is missing.
#include "cli/run.h"
#include "explain/variance.h"
#include "loader/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    hpb_run_request run;
    const char *cell; // --cell; NULL: all
    double precision;
} arguments;

enum { KEY_CELL = 0x300, KEY_PRECISION };

// "5%" or 0.05.
static bool parse_share(const char *text, double *out)
{
    const size_t n = strlen(text);
    const bool is_percent = n && text[n - 1] == '%';
    char *number = hpb_format("%.*s", (int)(is_percent ? n - 1 : n), text);
    const bool is_number = hpb_parse_double(number, out);
    free(number);
    *out /= is_percent ? 100 : 1;
    return is_number && *out >= 1e-4 && *out <= 1;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *args = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        hpb_cli_share(state, &args->run.options);
        return 0;
    case KEY_CELL:
        args->cell = arg;
        return 0;
    case KEY_PRECISION:
        if (!parse_share(arg, &args->precision))
            hpb_cli_usage_error(state->name,
                                "--precision: expected a share of the mean, from 0.01%% to 100%%; "
                                "got \"%s\"",
                                arg);
        return 0;
    default:
        return hpb_cli_argument(key, arg, "SUITE", &args->run.suite, state);
    }
}

// --- which cells ------------------------------------------------------------------------------------------

// Whether one of the cell's levels is called `name`, of `n` bytes.
static bool carries(const hpb_stored_cell *cell, const char *name, size_t n)
{
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        if ((strncasecmp(cell->titles[axis], name, n) == 0 && !cell->titles[axis][n]) ||
            (strncasecmp(cell->levels[axis], name, n) == 0 && !cell->levels[axis][n]))
            return true;
    return false;
}

// Whether the cell carries all of "adam & holdout"; NULL: any does.
static bool is_asked(const char *labels, const hpb_stored_cell *cell)
{
    for (const char *at = labels; at;) {
        const char *stop = at + strcspn(at, "&"), *end = hpb_trim(&at, stop);
        if (!carries(cell, at, (size_t)(end - at)))
            return false;
        at = *stop ? stop + 1 : NULL;
    }
    return true;
}

static hpb_exit no_such_cell(const arguments *args, const hpb_stored_run *run, hpb_error *error)
{
    hpb_error_set(error, HPB_EXIT_USAGE, "--cell: no cell carries all of \"%s\"", args->cell);
    hpb_error_hint(error, "one is %s", run->cells[0].label);
    return HPB_EXIT_USAGE;
}

// --- the answer -------------------------------------------------------------------------------------------

// What came of all cells.
typedef struct answer {
    json_t *cells;
    uint32_t n;
    bool is_partial, has_failed;
} answer;

static void print_cell(const arguments *args, const hpb_variance *v, answer *out)
{
    out->is_partial |= v->n_stored < v->n_planned;
    out->has_failed |= v->n_failed > 0;
    if (args->run.options.json) {
        json_array_append_new(out->cells, hpb_variance_to_json(v));
        out->n++;
        return;
    }
    hpb_text words = {0}, table = {0};
    hpb_variance_sentences(v, &words);
    hpb_variance_table(v, &table);
    if (out->n++)
        putchar('\n');
    hpb_print_sentences(words.data);
    if (table.length && !args->run.options.quiet)
        fwrite(table.data, 1, table.length, stdout);
    hpb_text_free(&words);
    hpb_text_free(&table);
}

static bool has_text(const json_t *array, const char *text)
{
    size_t i;
    const json_t *item;
    json_array_foreach(array, i, item)
    {
        if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

// Whether `explain` has run it for its own ends: all but the two sides.
static bool is_beside(const hpb_stored_run *run, const hpb_stored_cell *cell)
{
    const json_t *explain = json_object_get(run->about, "explain"), *setting;
    bool is_own = !json_is_object(explain);
    size_t i;
    json_array_foreach(json_object_get(explain, "settings"), i, setting) is_own |=
        has_text(json_object_get(setting, "own"), cell->key);
    return !is_own;
}

// Cells that have no grid and need one, from *cell on to that of grid `index`. Twins with fixed seeds need none.
static void print_cells_before(const arguments *args, const hpb_stored_run *run, uint32_t index,
                               uint32_t *cell, answer *out)
{
    for (; *cell < run->n_cells; ++*cell) {
        const hpb_stored_cell *at = &run->cells[*cell];
        if (index < run->n_grids && hpb_variance_is_of(&run->cells[run->n_cells + index], at))
            return;
        const hpb_variance none = hpb_variance_of_none(at);
        if (at->twin < 0 && is_asked(args->cell, at) && !is_beside(run, at))
            print_cell(args, &none, out);
    }
}

// In the order of the suite, which that of the grids is part of.
static hpb_exit print_cells(const arguments *args, hpb_store *store, const hpb_stored_run *run,
                            answer *out, hpb_error *error)
{
    hpb_exit code = HPB_EXIT_OK;
    uint32_t cell = 0;
    for (uint32_t i = 0; i < run->n_grids && code == HPB_EXIT_OK; i++) {
        hpb_variance v;
        print_cells_before(args, run, i, &cell, out);
        cell++;
        if (!is_asked(args->cell, &run->cells[run->n_cells + i]))
            continue;
        code = hpb_variance_read(store, run, i, run->arena, &v, error);
        if (code != HPB_EXIT_OK)
            break;
        hpb_variance_plan(&v, args->precision);
        print_cell(args, &v, out);
    }
    if (code == HPB_EXIT_OK)
        print_cells_before(args, run, run->n_grids, &cell, out);
    return code != HPB_EXIT_OK || out->n ? code : no_such_cell(args, run, error);
}

static hpb_exit answer_run(const arguments *args, const char *folder, bool is_suite,
                           hpb_error *error)
{
    hpb_store *store = NULL;
    hpb_stored_run run;
    hpb_exit code = hpb_store_open_read(folder, &store, error);
    if (code != HPB_EXIT_OK)
        return code;
    code = hpb_store_read_run(store, &run, error);
    if (code == HPB_EXIT_OK) {
        answer out = {.cells = json_array()};
        if (run.n_grids || is_suite) {
            code = print_cells(args, store, &run, &out, error);
        } else {
            code = hpb_error_set(error, HPB_EXIT_SUITE, "%s: no crossed grid of seeds is in it",
                                 folder);
            hpb_error_hint(error, "hpbench variance SUITE runs one for each cell");
        }
        if (code == HPB_EXIT_OK && args->run.options.json)
            hpb_print_json(
                json_pack("{s:O, s:o, s:f, s:O}", "suite", json_object_get(run.about, "suite_name"),
                          "folder", hpb_json_text(folder), "confidence", 0.95, "cells", out.cells));
        if (code == HPB_EXIT_OK)
            code = out.is_partial   ? HPB_EXIT_INCOMPLETE
                   : out.has_failed ? HPB_EXIT_FAILED
                                    : HPB_EXIT_OK;
        json_decref(out.cells);
        hpb_stored_run_free(&run);
    }
    hpb_store_close(store, NULL);
    return code;
}

int hpb_command_variance(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"cell", KEY_CELL, "LABELS", 0, "Only cells with these labels: --cell 'adam & holdout'", 0},
        {"precision", KEY_PRECISION, "SHARE", 0,
         "How well the mean is to be known: what to repeat next (default: 5%)", 0},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "SUITE|RUN",
        "How much of the luck is in the data, the split, the initial "
        "weights and the row order. A "
        "suite is run as far as runs are missing; a RUN is only read.\v"
        "Columns: `alone`, the share of one run's variance that a "
        "seed makes whatever the others are; `in all`, of all that it "
        "takes part in; `shared out`, what several make together "
        "counted equally to each: 100 % in sum. docs/variance.md has "
        "the methods and the schema of --json.",
        hpb_argp_runs,
        NULL,
        NULL};
    arguments args = {.precision = 0.05};
    hpb_error error = {0};
    char *folder = NULL;
    hpb_cli_parse(&argp, argc, argv, &args);
    const bool is_suite = hpb_is_suite(args.run.suite);
    int code = hpb_run_or_read(&args.run, "hpbench variance", "variance.grid=yes", &folder);
    if (code == HPB_EXIT_OK || code == HPB_EXIT_FAILED) { // some trials may have failed elsewhere
        code = (int)answer_run(&args, folder, is_suite, &error);
        if (error.code != HPB_EXIT_OK)
            hpb_error_print(stderr, &error);
    }
    free(folder);
    hpb_options_free(&args.run.options);
    return code;
}
