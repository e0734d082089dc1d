// SPDX-License-Identifier: Apache-2.0
// Which cell, which replicates, and a worker that does what is asked of them.
#include "cli/ask.h"
#include "loader/module.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// --- the command line ---------------------------------------------------------------------------------

enum { KEY_CELL = 0x300 };

// N, or FIRST-LAST.
static bool read_range(const char *text, hpb_asked *out)
{
    const char *dash = strchr(text, '-');
    char *first_text = hpb_format("%.*s", (int)(dash ? dash - text : (long)strlen(text)), text);
    int64_t first = -1, last = -1;
    const bool is_good = hpb_parse_int64(first_text, &first) &&
                         hpb_parse_int64(dash ? dash + 1 : text, &last) && first >= 0 &&
                         last >= first && last < UINT32_MAX;
    free(first_text);
    out->first = (uint32_t)first;
    out->last = (uint32_t)last;
    return is_good;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    hpb_asked *asked = state->input;
    if (key == KEY_CELL) {
        asked->cell = arg;
        return 0;
    }
    if (key != 'r')
        return ARGP_ERR_UNKNOWN;
    if (!read_range(arg, asked))
        hpb_cli_usage_error(state->name,
                            "--replicate: expected a number from 0, or a range as 0-9; got \"%s\"",
                            arg);
    return 0;
}

static const struct argp_option options[] = {
    {"cell", KEY_CELL, "LABELS", 0,
     "The first cell with these labels: --cell 'adam & holdout' (default: the first of the suite)",
     0},
    {"replicate", 'r', "N", 0, "Which run of the cell, from 0 (default: 0)", 0},
    {0}};
const struct argp hpb_argp_asked = {options, parse, NULL, NULL, NULL, NULL, NULL};

error_t hpb_asked_argument(int key, char *arg, const char **suite, hpb_asked *asked,
                           struct argp_state *state)
{
    if (key == ARGP_KEY_ARG && state->arg_num == 1) {
        asked->protocol = arg;
        return 0;
    }
    if (key == ARGP_KEY_ARG && state->arg_num > 1)
        hpb_cli_usage_error(state->name, "too many arguments: \"%s\"", arg);
    return hpb_cli_argument(key, arg, "SUITE", suite, state);
}

// --- the cell -----------------------------------------------------------------------------------------

// The labels of `text`, trimmed and in lower case: [*n], and behind them their one string; free() both.
static const char **split_labels(const char *text, uint32_t *n)
{
    char *copy = hpb_strdup(text), *from = copy;
    *n = 1;
    for (char *c = copy; *c; c++) {
        *n += *c == '&';
        *c = (char)tolower((unsigned char)*c);
    }
    const char **labels = hpb_alloc(*n + 1u, sizeof *labels);
    labels[*n] = copy; // what is to be freed
    for (uint32_t i = 0; i < *n; i++) {
        char *stop = from + strcspn(from, "&"), *next = stop + (*stop != 0);
        labels[i] = from;
        from[hpb_trim(&labels[i], stop) - from] = '\0';
        from = next;
    }
    return labels;
}

static bool carries(const hpb_cell *cell, const char *label)
{
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        if (*label && (strcmp(cell->choice[axis]->name, label) == 0 ||
                       strcasecmp(cell->choice[axis]->label, label) == 0))
            return true;
    return false;
}

static hpb_exit no_such_cell(const char *const *labels, uint32_t n_labels, const char *asked,
                             const hpb_plan *plan, hpb_error *error)
{
    const hpb_suite *suite = plan->suite;
    const char *names[256];
    size_t n = 0;
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        for (uint32_t i = 0; i < suite->n_choices[axis] && n < HPB_COUNT(names); i++)
            if (*suite->choices[axis][i].name && suite->choices[axis][i].place.line)
                names[n++] = suite->choices[axis][i].name;
    for (uint32_t l = 0; l < n_labels; l++) {
        bool is_known = false;
        for (uint32_t c = 0; c < plan->n_cells && !is_known; c++)
            is_known = carries(&plan->cells[c], labels[l]);
        if (is_known)
            continue;
        hpb_error_set(error, HPB_EXIT_USAGE, "--cell: no cell carries the label \"%s\"", labels[l]);
        const char *nearest = hpb_nearest(labels[l], names, n);
        if (nearest)
            hpb_error_hint(error, "did you mean %s?", nearest);
        else
            hpb_error_hint(error, "hpbench plan lists the cells: %s", plan->cells[0].label);
        return HPB_EXIT_USAGE;
    }
    return hpb_error_set(error, HPB_EXIT_USAGE, "--cell: no cell carries all of \"%s\"", asked);
}

// The number of the protocol of that label, or that is printed so, in *out.
static hpb_exit find_protocol(const hpb_suite *suite, const char *label, uint32_t *out,
                              hpb_error *error)
{
    // behind them are the corners of an explanation
    const uint32_t n = suite->explain.first ? suite->explain.first : suite->n_protocols;
    const char **names = hpb_alloc(n, sizeof *names);
    hpb_text known = {0};
    for (*out = 0; *out < n; ++*out) {
        const hpb_choice *choice = suite->protocols[*out].choice;
        names[*out] = choice->name;
        hpb_text_add(&known, "%s%s", *out ? ", " : "", choice->name);
        if (strcasecmp(choice->name, label) == 0 || strcasecmp(choice->title, label) == 0)
            break;
    }
    hpb_exit code = HPB_EXIT_OK;
    if (*out == n) {
        code = hpb_error_set(error, HPB_EXIT_USAGE, "no protocol is called \"%s\"", label);
        const char *nearest = hpb_nearest(label, names, n);
        if (nearest)
            hpb_error_hint(error, "did you mean %s?", nearest);
        else
            hpb_error_hint(error, n ? "the suite has %s" : "the suite has none%s",
                           n ? known.data : "");
    }
    hpb_text_free(&known);
    free(names);
    return code;
}

// The first cell of the protocol, where there is one, that carries the labels; n_cells: none.
static uint32_t find_cell(const hpb_plan *plan, const hpb_protocol *protocol,
                          const char *const *labels, uint32_t n)
{
    uint32_t c = 0;
    for (; c < plan->n_cells; c++) {
        bool is_match = !protocol || plan->cells[c].protocol == protocol;
        for (uint32_t i = 0; i < n; i++)
            is_match &= carries(&plan->cells[c], labels[i]);
        if (is_match)
            break;
    }
    return c;
}

hpb_exit hpb_asked_find(const hpb_asked *asked, const hpb_plan *plan, uint32_t *out,
                        hpb_error *error)
{
    const hpb_protocol *protocol = NULL;
    hpb_exit code = HPB_EXIT_OK;
    *out = 0;
    if (asked->protocol) {
        uint32_t number;
        code = find_protocol(plan->suite, asked->protocol, &number, error);
        if (code)
            return code;
        protocol = &plan->suite->protocols[number];
        *out = find_cell(plan, protocol, NULL, 0);
        if (*out == plan->n_cells)
            return hpb_error_set(error, HPB_EXIT_USAGE, "--filter leaves no cell of %s",
                                 protocol->choice->name);
    }
    if (asked->cell && strcmp(asked->cell, plan->cells[*out].label) != 0) {
        uint32_t n;
        const char **labels = split_labels(asked->cell, &n);
        *out = find_cell(plan, protocol, labels, n);
        if (*out == plan->n_cells)
            code = no_such_cell(labels, n, asked->cell, plan, error);
        free((void *)labels[n]);
        free(labels);
    }
    if (code)
        return code;
    const hpb_cell *cell = &plan->cells[*out];
    if (asked->last < cell->n_replicates)
        return HPB_EXIT_OK;
    hpb_error_set(error, HPB_EXIT_USAGE, "--replicate: %u is too large; expected at most %u",
                  asked->last, cell->n_replicates - 1);
    if (cell->n_replicates == 1)
        hpb_error_hint(error, "nothing is fresh in cell %s, so it runs once", cell->label);
    return HPB_EXIT_USAGE;
}

// --- the worker ---------------------------------------------------------------------------------------

typedef struct asking {
    const uint32_t *cells; // [n_cells]: those that are left
    uint32_t n_cells;
    uint32_t first, next, last; // replicates
    hpb_exit (*take)(void *context, const hpb_answer *answer, hpb_error *error);
    void *context;
    hpb_error *error;
    hpb_arena *arena; // of the folds of one trial
    hpb_fold *folds;
    size_t n_folds, capacity;
} asking;

static bool next(void *context, uint32_t *cell, uint32_t *first, uint32_t *n)
{
    asking *a = context;
    if (!a->n_cells)
        return false;
    const uint64_t left = (uint64_t)a->last - a->next + 1;
    *cell = *a->cells;
    *first = a->next;
    *n = left < *n ? (uint32_t)left : *n;
    a->next += *n;
    if (*n == left) {
        a->next = a->first;
        a->cells++;
        a->n_cells--;
    }
    return true;
}

static const void *keep(hpb_arena *arena, const void *from, size_t n, size_t size)
{
    return n ? memcpy(hpb_arena_alloc(arena, n, size), from, n * size) : NULL;
}

static void forget_folds(asking *a)
{
    hpb_arena_destroy(a->arena);
    a->arena = hpb_arena_create();
    a->n_folds = 0;
}

static hpb_exit fold(void *context, const hpb_fold *given)
{
    asking *a = context;
    if (given->fold == 0)
        forget_folds(a);
    if (given->fold != a->n_folds)
        return hpb_error_set(a->error, HPB_EXIT_PLUGIN,
                             "replicate %u: expected fold %zu; got fold %u: a plugin has written "
                             "into hpbench's own pipe",
                             given->replicate, a->n_folds, given->fold);
    a->folds = hpb_grow(a->folds, &a->capacity, a->n_folds + 1, sizeof *a->folds);
    hpb_fold *to = &a->folds[a->n_folds++];
    *to = *given;
    to->train = keep(a->arena, given->train, given->n_train, sizeof *given->train);
    to->validation =
        keep(a->arena, given->validation, given->n_validation, sizeof *given->validation);
    to->test = keep(a->arena, given->test, given->n_test, sizeof *given->test);
    to->weights = keep(a->arena, given->weights, given->n_weights, sizeof *given->weights);
    return HPB_EXIT_OK;
}

static hpb_exit done(void *context, const hpb_trial_result *result)
{
    asking *a = context;
    if (result->status > HPB_STATUS_DIVERGED)
        return hpb_error_set(a->error, HPB_EXIT_FAILED, "replicate %u failed: %s",
                             result->replicate, result->cause);
    const hpb_answer answer = {result, a->folds, (uint32_t)a->n_folds};
    const hpb_exit code = a->take(a->context, &answer, a->error);
    forget_folds(a);
    return code;
}

hpb_exit hpb_ask(const hpb_session *session, const hpb_options *shared, const uint32_t *cells,
                 uint32_t n_cells, const hpb_asked *asked, hpb_pool_work work,
                 hpb_exit (*take)(void *context, const hpb_answer *answer, hpb_error *error),
                 void *context, hpb_error *error)
{
    asking a = {.cells = cells,
                .n_cells = n_cells,
                .first = asked->first,
                .next = asked->first,
                .last = asked->last,
                .take = take,
                .context = context,
                .error = error,
                .arena = hpb_arena_create()};
    hpb_pool_config config = {.suite = &session->suite,
                              .plan = &session->plan,
                              .registry = &session->registry,
                              .overrides = shared->overrides,
                              .n_overrides = shared->n_overrides,
                              .n_workers = 1, // so that answers come in order
                              .work = work};
    const hpb_pool_callbacks callbacks = {.next = next, .done = done, .context = &a, .fold = fold};
    hpb_exit code = hpb_isa_parse("auto", &config.isa, error);
    if (!code)
        code = hpb_check_limits(1, error);
    if (!code)
        code = hpb_pool_run(&config, &callbacks, error);
    hpb_arena_destroy(a.arena);
    free(a.folds);
    return code;
}
