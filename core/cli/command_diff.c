// SPDX-License-Identifier: Apache-2.0
// hpbench diff SUITE [A B]: in what two protocols differ, before anything is trained.
#include "cli/ask.h"
#include "loader/json.h"
#include "suite/difference.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 100 // columns
#define MOST_PAIRS 2u

typedef struct arguments {
    hpb_options options;
    const char *suite, *label[2];
} arguments;

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *args = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        hpb_cli_share(state, &args->options);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 2)
            hpb_cli_usage_error(state->name, "too many arguments: \"%s\"", arg);
        *(state->arg_num ? &args->label[state->arg_num - 1] : &args->suite) = arg;
        return 0;
    case ARGP_KEY_END:
        if (!args->suite)
            hpb_cli_usage_error(state->name, "SUITE is missing");
        if (args->label[0] && !args->label[1])
            hpb_cli_usage_error(state->name, "expected two protocols, A and B; got \"%s\" alone",
                                args->label[0]);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// --- which two --------------------------------------------------------------------------------------------------

static bool is_beside(const hpb_plan *plan, hpb_axis axis)
{
    return axis != HPB_AXIS_PROTOCOL && hpb_plan_is_factor(plan, axis);
}

// The first two cells that are alike in what is crossed with the protocols; else `cell` is left as it is.
static void pair_cells(const hpb_plan *plan, const hpb_cell *cell[2])
{
    for (const hpb_cell *a = cell[0]; a < plan->cells + plan->n_cells; a++)
        for (const hpb_cell *b = cell[1]; b < plan->cells + plan->n_cells; b++) {
            bool is_pair = a->protocol == cell[0]->protocol && b->protocol == cell[1]->protocol;
            for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
                is_pair &= !is_beside(plan, (hpb_axis)axis) || a->choice[axis] == b->choice[axis];
            if (is_pair) {
                cell[0] = a;
                cell[1] = b;
                return;
            }
        }
}

static hpb_exit choose(const arguments *args, const hpb_plan *plan, const hpb_cell *cell[2],
                       hpb_error *error)
{
    const hpb_suite *suite = plan->suite;
    if (suite->n_protocols < 2) {
        hpb_error_set(error, HPB_EXIT_SUITE,
                      "%s: expected two sections [protocol.LABEL] to compare; got %s", suite->path,
                      suite->n_protocols ? "one" : "none");
        hpb_error_hint(error, "hpbench new gridsearch-vs-manual FILE writes a suite with two");
        return HPB_EXIT_SUITE;
    }
    for (int i = 0; i < 2; i++) {
        const char *label = suite->protocols[suite->compare[i]].choice->name;
        const hpb_asked asked = {.protocol = args->label[i] ? args->label[i] : label};
        uint32_t index;
        const hpb_exit code = hpb_asked_find(&asked, plan, &index, error);
        if (code)
            return code;
        cell[i] = &plan->cells[index];
    }
    if (cell[0] == cell[1])
        return hpb_error_set(error, HPB_EXIT_USAGE,
                             "expected two protocols, A and B; got \"%s\" twice", args->label[0]);
    pair_cells(plan, cell);
    return HPB_EXIT_OK;
}

// --- rows that train, validate and test ------------------------------------------------------------------------

// Sizes over the folds of one protocol's first run.
typedef struct sizes {
    const hpb_cell *cell;
    uint32_t cell_index, n_rows, n_folds;
    uint32_t least_train, most_train, least_validation, most_validation, least_test, most_test;
} sizes;

static void widen(uint32_t n, bool is_first, uint32_t *least, uint32_t *most)
{
    *least = is_first || n < *least ? n : *least;
    *most = is_first || n > *most ? n : *most;
}

static hpb_exit take(void *context, const hpb_answer *answer, hpb_error *error)
{
    (void)error;
    sizes *s = context;
    s += answer->result->cell != s->cell_index;
    for (uint32_t i = 0; i < answer->n_folds; i++) {
        const hpb_fold *fold = &answer->folds[i];
        widen(fold->n_train, i == 0, &s->least_train, &s->most_train);
        widen(fold->n_validation, i == 0, &s->least_validation, &s->most_validation);
        widen(fold->n_test, i == 0, &s->least_test, &s->most_test);
        s->n_folds++;
    }
    return HPB_EXIT_OK;
}

static void add_range(hpb_text *text, uint32_t least, uint32_t most)
{
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
    hpb_text_add(text, "%s", hpb_count_text(least, a));
    if (most > least)
        hpb_text_add(text, "%s%s", most - least == 1 ? " or " : " to ", hpb_count_text(most, b));
}

static const char *trained_words(const sizes *s, hpb_arena *arena)
{
    hpb_text text = {0};
    char rows[HPB_NUMBER_SIZE];
    add_range(&text, s->least_train, s->most_train);
    hpb_text_add(&text, " of %s", hpb_count_text(s->n_rows, rows));
    if (s->n_folds > 1)
        hpb_text_add(&text, " in each of %u folds", s->n_folds);
    if (s->most_validation) {
        hpb_text_add(&text, ", ");
        add_range(&text, s->least_validation, s->most_validation);
        hpb_text_add(&text, " kept back");
    }
    const char *words = hpb_arena_strdup(arena, text.data);
    hpb_text_free(&text);
    return words;
}

static const char *reported_words(const sizes *s, hpb_arena *arena)
{
    const hpb_cell *cell = s->cell;
    const bool is_search =
        strncmp(hpb_choice_text(cell->choice[HPB_AXIS_PROTOCOL], "preset"), "grid", 4) == 0;
    hpb_text text = {0};
    if (cell->reports == HPB_REPORTS_REFIT) {
        hpb_text_add(&text, "MSE on the outer test rows, fitted again");
        if (cell->n_outer > 1)
            hpb_text_add(&text, ", mean of %u", cell->n_outer);
    } else if (s->n_folds > 1) {
        hpb_text_add(&text, "mean of %u fold MSEs%s", s->n_folds,
                     is_search ? " (best_score_, sign turned)" : "");
    } else {
        hpb_text_add(&text, "MSE on ");
        add_range(&text, s->least_test, s->most_test);
        hpb_text_add(&text, " held-out rows");
    }
    const char *words = hpb_arena_strdup(arena, text.data);
    hpb_text_free(&text);
    return words;
}

// Adds what the splits come to: `pairs` has room for it.
static hpb_exit add_rows(const hpb_session *session, const arguments *args,
                         const hpb_cell *const cell[2], hpb_arena *arena, hpb_setting_pair *pairs,
                         uint32_t *n, hpb_error *error)
{
    const char *trained[2], *reported[2];
    const hpb_asked first = {0};
    sizes s[2];
    uint32_t indexes[2];
    for (int i = 0; i < 2; i++) {
        indexes[i] = (uint32_t)(cell[i] - session->plan.cells);
        s[i] = (sizes){.cell = cell[i],
                       .cell_index = indexes[i],
                       .n_rows = session->plan.data[cell[i]->data].n_rows};
    }
    const hpb_exit code =
        hpb_ask(session, &args->options, indexes, 2, &first, HPB_WORK_SPLITS, take, s, error);
    if (code)
        return code;
    for (int i = 0; i < 2; i++) {
        trained[i] = trained_words(&s[i], arena);
        reported[i] = reported_words(&s[i], arena);
    }
    pairs[(*n)++] = (hpb_setting_pair){
        "rows trained on", {trained[0], trained[1]}, NULL, strcmp(trained[0], trained[1]) == 0};
    pairs[(*n)++] = (hpb_setting_pair){"what is reported",
                                       {reported[0], reported[1]},
                                       NULL,
                                       strcmp(reported[0], reported[1]) == 0};
    return HPB_EXIT_OK;
}

// --- printing -------------------------------------------------------------------------------------------------

static const char *title(const hpb_cell *cell)
{
    return cell->choice[HPB_AXIS_PROTOCOL]->title;
}

// "(equal: model, data, ...)", broken at words.
static void print_equal(const hpb_setting_pair *pairs, uint32_t n)
{
    int column = printf("equal:");
    bool is_first = true;
    for (uint32_t i = 0; i < n; i++) {
        if (!pairs[i].is_equal)
            continue;
        const int width = (int)strlen(pairs[i].name) + 2;
        if (!is_first)
            column += printf(",");
        if (column + width > WIDTH)
            column = printf("\n      ") - 1;
        column += printf(" %s", pairs[i].name);
        is_first = false;
    }
    putchar('\n');
}

static void print_pairs(const hpb_setting_pair *pairs, uint32_t n, const hpb_cell *const cell[2])
{
    int width[3] = {0, hpb_points(title(cell[0])), 0};
    for (uint32_t i = 0; i < n; i++) {
        if (pairs[i].is_equal)
            continue;
        const char *texts[3] = {pairs[i].name, pairs[i].value[0], pairs[i].value[1]};
        for (int k = 0; k < 2 + (pairs[i].why != NULL); k++) // what has no reason may stick out
            width[k] = hpb_points(texts[k]) > width[k] ? hpb_points(texts[k]) : width[k];
    }
    printf("  %*s   ", width[0], "");
    hpb_print_padded(title(cell[0]), width[1] + 3);
    printf("%s\n", title(cell[1]));
    for (uint32_t i = 0; i < n; i++) {
        if (pairs[i].is_equal)
            continue;
        printf("  ");
        hpb_print_padded(pairs[i].name, width[0] + 3);
        hpb_print_padded(pairs[i].value[0], width[1] + 3);
        if (pairs[i].why) {
            hpb_print_padded(pairs[i].value[1], width[2] + 3);
            printf("<- %s\n", pairs[i].why);
        } else {
            printf("%s\n", pairs[i].value[1]);
        }
    }
}

// What is crossed with the protocols, and the level that is shown.
static void print_beside(const hpb_plan *plan, const hpb_cell *const cell[2])
{
    for (int i = 0; i < HPB_AXIS_COUNT; i++) {
        const hpb_axis axis = (hpb_axis)i;
        if (!is_beside(plan, axis))
            continue;
        const char *kind = hpb_axis_name(axis);
        printf("both with %s %s; another of the %u: --filter %s=LEVEL\n", kind,
               cell[0]->choice[axis]->label, hpb_suite_levels(plan->suite, axis), kind);
    }
}

static void print_text(const hpb_session *session, const hpb_setting_pair *pairs, uint32_t n,
                       const hpb_cell *const cell[2])
{
    uint32_t n_different = 0;
    for (uint32_t i = 0; i < n; i++)
        n_different += !pairs[i].is_equal;
    if (!n_different) {
        printf("%s and %s are the same procedure: no setting differs.\n"
               "Two runs of it still differ, by luck alone: hpbench run %s\n",
               title(cell[0]), title(cell[1]), session->suite.path);
        return;
    }
    printf("%s and %s differ in %u setting%s\n", title(cell[0]), title(cell[1]), n_different,
           hpb_plural(n_different));
    print_pairs(pairs, n, cell);
    print_equal(pairs, n);
    print_beside(&session->plan, cell);
    printf("nothing was run; why they differ: hpbench explain %s\n", session->suite.path);
}

static void print_json(const hpb_session *session, const hpb_setting_pair *pairs, uint32_t n,
                       const hpb_cell *const cell[2])
{
    const hpb_plan *plan = &session->plan;
    json_t *different = json_array(), *equal = json_array(), *beside = json_object(),
           *warnings = json_array();
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        if (is_beside(plan, (hpb_axis)axis))
            json_object_set_new(beside, hpb_axis_name((hpb_axis)axis),
                                hpb_json_text(cell[0]->choice[axis]->label));
    for (uint32_t i = 0; i < plan->n_warnings; i++)
        json_array_append_new(warnings, hpb_json_text(plan->warnings[i]));
    for (uint32_t i = 0; i < n; i++) {
        const hpb_setting_pair *pair = &pairs[i];
        if (pair->is_equal)
            json_array_append_new(equal, json_pack("{s:s, s:o}", "setting", pair->name, "value",
                                                   hpb_json_text(pair->value[0])));
        else
            json_array_append_new(
                different, json_pack("{s:s, s:[o, o], s:o}", "setting", pair->name, "values",
                                     hpb_json_text(pair->value[0]), hpb_json_text(pair->value[1]),
                                     "why", pair->why ? hpb_json_text(pair->why) : json_null()));
    }
    hpb_print_json(json_pack("{s:o, s:[o, o], s:o, s:o, s:o, s:o}", "suite",
                             hpb_json_text(session->suite.path), "compare",
                             hpb_json_text(title(cell[0])), hpb_json_text(title(cell[1])), "with",
                             beside, "different", different, "equal", equal, "warnings", warnings));
}

// --- the command --------------------------------------------------------------------------------------------------

static hpb_exit diff(const arguments *args, const hpb_session *session, hpb_error *error)
{
    const hpb_cell *cell[2] = {0};
    hpb_exit code = choose(args, &session->plan, cell, error);
    if (code)
        return code;
    hpb_arena *arena = hpb_arena_create();
    uint32_t n;
    const hpb_setting_pair *settings = hpb_protocols_pair(cell[0], cell[1], arena, &n);
    hpb_setting_pair *pairs = hpb_arena_alloc(arena, n + MOST_PAIRS, sizeof *pairs);
    memcpy(pairs, settings, n * sizeof *pairs);
    code = add_rows(session, args, cell, arena, pairs, &n, error);
    if (!code && args->options.json)
        print_json(session, pairs, n, cell);
    else if (!code)
        print_text(session, pairs, n, cell);
    for (uint32_t i = 0; !code && !args->options.json && i < session->plan.n_warnings; i++)
        printf("warning: %s\n", session->plan.warnings[i]);
    hpb_arena_destroy(arena);
    return code;
}

int hpb_command_diff(int argc, char **argv)
{
    static const struct argp_child children[] = {{&hpb_argp_suite, 0, NULL, 0},
                                                 {&hpb_argp_plugins, 0, NULL, 0},
                                                 {&hpb_argp_output, 0, NULL, 0},
                                                 {0}};
    static const struct argp argp = {
        NULL,
        parse,
        "SUITE [A B]",
        "In what two protocols differ: every effective setting, defaults included, and whose "
        "default it "
        "is. Nothing is trained.\v"
        "A and B are labels of [protocol.LABEL] sections; without them [explain] compare says "
        "which, "
        "or the first two are taken. Exit code 0 whether they differ or not.",
        children,
        NULL,
        NULL};
    arguments args = {0};
    hpb_cli_parse(&argp, argc, argv, &args);
    hpb_session session;
    hpb_exit code = hpb_session_open(&args.options, args.suite, &session);
    if (!code) {
        hpb_error error = {0};
        code = diff(&args, &session, &error);
        if (code && *error.text)
            hpb_error_print(stderr, &error);
        hpb_session_close(&session);
    }
    hpb_options_free(&args.options);
    return code;
}
