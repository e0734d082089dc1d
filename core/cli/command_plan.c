// SPDX-License-Identifier: Apache-2.0
// hpbench plan SUITE: what would run, with every effective value and where it comes from. Runs nothing.
#include "cli/cli.h"
#include "explain/looks.h"
#include "loader/json.h"
#include "suite/replicates.h"
#include "suite/tables.h"
#include "suite/values.h"
#include "timing/agenda.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 100     // columns
#define MAX_LEVELS 12 // printed of one key or factor
#define MAX_CELLS 50  // printed; --json has all

typedef struct arguments {
    hpb_options options;
    const char *suite;
} arguments;

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *args = state->input;
    if (key == ARGP_KEY_INIT) {
        hpb_cli_share(state, &args->options);
        return 0;
    }
    return hpb_cli_argument(key, arg, "SUITE", &args->suite, state);
}

// --- text ----------------------------------------------------------------------------------------------

// Prints words behind `head`, ", " between them, at most WIDTH columns a line.
static void print_list(const char *head, const char *const *words, uint32_t n)
{
    const int indent = (int)strlen(head);
    int column = printf("%s", head);
    char more[40];
    snprintf(more, sizeof more, "... (%u in all)", n);
    for (uint32_t i = 0; i < n && i <= MAX_LEVELS; i++) {
        const char *word = i < MAX_LEVELS ? words[i] : more;
        if (i && column + (int)strlen(word) + 3 > WIDTH) {
            printf(",\n%*s", indent, "");
            column = indent + printf("%s", word);
        } else {
            column += printf("%s%s", i ? ", " : "", word);
        }
    }
    putchar('\n');
}

// Prints head and text, at most WIDTH columns a line, further lines under the text.
static void print_sentence(const char *head, const char *text)
{
    const int indent = (int)strlen(head);
    int column = printf("%s", head);
    while (*text) {
        const int length = (int)strcspn(text, " ");
        if (column + 1 + length > WIDTH)
            column = printf("\n%*s", indent, "") - 1;
        column += printf(" %.*s", length, text);
        text += length + (text[length] == ' ');
    }
    putchar('\n');
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// How many different words there are; the first MAX_LEVELS of them, in order, come to the front.
static uint32_t count_different(const char **words, uint32_t n)
{
    const char **sorted = hpb_alloc(n, sizeof *sorted);
    uint32_t n_different = 0, kept = 0;
    for (uint32_t i = 0; i < n; i++)
        sorted[i] = words[i];
    qsort(sorted, n, sizeof *sorted, compare_words);
    for (uint32_t i = 0; i < n; i++)
        n_different += i == 0 || strcmp(sorted[i - 1], sorted[i]) != 0;
    free(sorted);
    for (uint32_t i = 0; i < n && kept < MAX_LEVELS; i++) {
        bool is_new = true;
        for (uint32_t k = 0; k < kept && is_new; k++)
            is_new = strcmp(words[k], words[i]) != 0;
        if (is_new)
            words[kept++] = words[i];
    }
    return n_different;
}

// The levels that some cell has, of one factor; their number. free() *labels.
static uint32_t list_levels(const hpb_plan *plan, hpb_axis axis, const char ***labels)
{
    const uint32_t n = plan->suite->n_choices[axis];
    uint32_t n_used = 0;
    bool *is_used = hpb_alloc(n, sizeof *is_used);
    for (uint32_t c = 0; c < plan->n_cells; c++)
        is_used[plan->cells[c].level[axis]] = true;
    *labels = hpb_alloc(n, sizeof **labels);
    for (uint32_t i = 0; i < n; i++)
        if (is_used[i])
            (*labels)[n_used++] = plan->suite->choices[axis][i].label;
    free(is_used);
    return n_used;
}

static void print_factors(const hpb_plan *plan)
{
    static const char *const modes[] = {"crossed", "one at a time", "paired"};
    bool is_any = false;
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        if (!hpb_plan_is_factor(plan, (hpb_axis)axis))
            continue;
        if (!is_any)
            printf("\nFactors, %s\n", modes[plan->suite->mode]);
        is_any = true;
        const char **labels;
        const uint32_t n = list_levels(plan, (hpb_axis)axis, &labels);
        char head[40];
        snprintf(head, sizeof head, "  %-16s ", hpb_axis_name((hpb_axis)axis));
        print_list(head, labels, n);
        free(labels);
    }
}

// One key of the choices [n] that one section unfolded into.
static void print_key(const hpb_choice *choices, uint32_t n, uint32_t key)
{
    const hpb_setting *setting = &choices[0].settings[key];
    const char **texts = hpb_alloc(n, sizeof *texts);
    uint32_t n_used = 0;
    for (uint32_t i = 0; i < n; i++)
        if (hpb_setting_is_used(&choices[i], &choices[i].settings[key]))
            texts[n_used++] = choices[i].settings[key].text;
    const uint32_t n_texts = count_different(texts, n_used);
    char head[40];
    snprintf(head, sizeof head, "    %-24s ", setting->param->name);
    if (n_texts && setting->is_default)
        printf("%s%-24s default, %s\n", head, *texts[0] ? texts[0] : "\"\"",
               hpb_setting_source(&choices[0], setting));
    else if (n_texts)
        print_list(head, texts, n_texts);
    free(texts);
}

static const char *source_of(const hpb_choice *seeds, int stream)
{
    const hpb_policy policy = (hpb_policy)hpb_choice_number(seeds, "policy");
    return hpb_source_name(hpb_stream_source(policy, (hpb_stream)stream));
}

// "data, split: NumPy's RandomState": a source and all streams that it has; NULL where an earlier one says so.
static const char *source_text(hpb_arena *arena, const hpb_choice *seeds, int stream)
{
    const char *source = source_of(seeds, stream);
    hpb_text text = {0};
    for (int i = 0; i < HPB_STREAM_COUNT; i++) {
        if (strcmp(source_of(seeds, i), source) != 0)
            continue;
        if (i < stream)
            return NULL;
        hpb_text_add(&text, "%s%s", i > stream ? ", " : "", hpb_stream_name((hpb_stream)i));
    }
    hpb_text_add(&text, ": %s", source);
    const char *kept = hpb_arena_strdup(arena, text.data);
    hpb_text_free(&text);
    return kept;
}

// Whose numbers the streams are, of the choices [n] that one [seeds.x] unfolded into.
static void print_sources(const hpb_choice *choices, uint32_t n)
{
    hpb_arena *arena = hpb_arena_create();
    const char **texts = hpb_alloc((size_t)n * HPB_STREAM_COUNT, sizeof *texts);
    uint32_t n_texts = 0;
    for (uint32_t i = 0; i < n; i++)
        for (int stream = 0; stream < HPB_STREAM_COUNT; stream++) {
            const char *text = source_text(arena, &choices[i], stream);
            if (text)
                texts[n_texts++] = text;
        }
    const uint32_t n_different = count_different(texts, n_texts);
    for (uint32_t i = 0; i < n_different; i++)
        printf("    %-24s %s\n", i ? "" : "drawn from", texts[i]);
    free(texts);
    hpb_arena_destroy(arena);
}

// The rules that stand beside those of one section, each once with all its values.
static void print_also(const hpb_choice *choices, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        bool is_told = false;
        for (uint32_t k = 0; k < i && choices[i].also; k++)
            is_told |= choices[k].also && strcmp(choices[k].also->name, choices[i].also->name) == 0;
        for (const hpb_choice *rule = is_told ? NULL : choices[i].also; rule; rule = rule->also) {
            const char *name = choices[i].name;
            printf("  [early_stopping%s%s] also [early_stopping.%s] %s %s\n", *name ? "." : "",
                   name, rule->name, rule->plugin->id, rule->plugin->version);
            for (uint32_t key = 0; key < rule->n_settings; key++)
                print_key(rule, 1, key);
        }
    }
}

static void print_axis(const hpb_plan *plan, hpb_axis axis)
{
    const hpb_choice *choices = plan->suite->choices[axis];
    const uint32_t n = plan->suite->n_choices[axis];
    for (uint32_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && strcmp(choices[end].name, choices[begin].name) == 0;)
            end++;
        const hpb_choice *choice = &choices[begin];
        const bool is_set = choice->place.line > 0;
        printf("  [%s%s%s]", hpb_axis_name(axis), is_set && *choice->name ? "." : "",
               is_set ? choice->name : "");
        if (choice->plugin)
            printf(" %s %s%s", choice->plugin->id, choice->plugin->version,
                   is_set ? "" : " (default)");
        putchar('\n');
        for (uint32_t key = 0; key < choice->n_settings; key++)
            print_key(choice, end - begin, key);
        if (axis == HPB_AXIS_SEEDS)
            print_sources(choice, end - begin);
        print_also(choice, end - begin);
    }
}

// [suite] has no choices; its values are compared with the table's.
static void print_suite(const hpb_suite *suite)
{
    const hpb_params params = hpb_section_params(HPB_SECTION_SUITE);
    printf("  [suite]\n");
    for (uint32_t i = 0; i < params.n; i++) {
        const char *name = params.items[i].name;
        const double value = strcmp(name, "replicates") == 0   ? suite->replicates
                             : strcmp(name, "seed") == 0       ? (double)suite->seed
                             : strcmp(name, "time_limit") == 0 ? suite->time_limit
                             : strcmp(name, "max_trials") == 0 ? (double)suite->max_trials
                                                               : (double)NAN;
        char text[HPB_NUMBER_SIZE];
        if (isnan(value))
            continue; // the question stands above
        hpb_value_text(value, text);
        if (value == params.items[i].value)
            printf("    %-24s %-24s default, hpbench\n", name, text);
        else
            printf("    %-24s %s\n", name, text);
    }
}

static void print_cells(const hpb_plan *plan)
{
    printf("\nCells\n  %7s  %10s  %12s\n", "runs", "fits a run", "fits");
    for (uint32_t i = 0; i < plan->n_cells && i < MAX_CELLS; i++) {
        const hpb_cell *cell = &plan->cells[i];
        char runs[HPB_NUMBER_SIZE], splits[HPB_NUMBER_SIZE], fits[HPB_NUMBER_SIZE];
        printf("  %7s  %10s  %12s  %s%s\n", hpb_count_text(cell->n_replicates, runs),
               hpb_count_text(cell->n_fits, splits),
               hpb_count_text((uint64_t)cell->n_replicates * cell->n_fits, fits), cell->label,
               i == plan->reference ? "  (reference)" : "");
    }
    if (plan->n_cells > MAX_CELLS)
        printf("  ... and %u more; --json lists all\n", plan->n_cells - MAX_CELLS);
}

// ", 12 groups in ward" where the suite names such a column.
static void print_column(const hpb_plan_data *data, const char *key, const char *what, uint32_t n)
{
    const char *column = hpb_choice_text(data->choice, key);
    char count[HPB_NUMBER_SIZE];
    if (*column)
        printf(", %s %s%s in %s", hpb_count_text(n, count), what, hpb_plural(n), column);
}

// Fit times are not known before the trials are there.
static hpb_timing_agenda timing_of(const hpb_plan *plan)
{
    hpb_timing_agenda agenda;
    hpb_timing_agenda_make(plan, HPB_ISA_BASELINE, NULL, &agenda);
    return agenda;
}

static void print_timing(const hpb_plan *plan)
{
    if (!plan->suite->timing_repetitions)
        return;
    hpb_timing_agenda agenda = timing_of(plan);
    char cells[HPB_NUMBER_SIZE], all[HPB_NUMBER_SIZE];
    uint32_t n_plugins = 0;
    for (uint32_t i = 0; i < agenda.n_targets; i++)
        n_plugins += *agenda.targets[i].plugin != '\0';
    printf("\nTiming\n  %s of %s cells and %u plugin%s, %u repetitions of %.0f ms each: about %.1f "
           "s,\n"
           "  more where a fit takes longer; at most %g s (budget)\n",
           hpb_count_text(agenda.n_cells, cells),
           hpb_count_text(plan->n_cells - plan->n_grids, all), n_plugins, hpb_plural(n_plugins),
           agenda.n_repetitions, agenda.min_time * 1e3, agenda.seconds, plan->suite->timing_budget);
    if (*agenda.words)
        print_sentence("  note:", agenda.words);
    hpb_timing_agenda_free(&agenda);
}

static json_t *timing_to_json(const hpb_plan *plan)
{
    if (!plan->suite->timing_repetitions)
        return json_null();
    hpb_timing_agenda agenda = timing_of(plan);
    json_t *json = json_pack("{s:I, s:I, s:f, s:f, s:f, s:s}", "cells", (json_int_t)agenda.n_cells,
                             "repetitions", (json_int_t)agenda.n_repetitions, "min_time",
                             agenda.min_time, "seconds", agenda.seconds, "budget",
                             plan->suite->timing_budget, "note", agenda.words);
    hpb_timing_agenda_free(&agenda);
    return json;
}

// How long it goes on for the sake of [explain] precision.
static void print_precision(const hpb_plan *plan)
{
    const hpb_suite *suite = plan->suite;
    const hpb_precision rule = {.target = suite->precision,
                                .is_relative = suite->is_precision_relative};
    char first[HPB_NUMBER_SIZE], most[HPB_NUMBER_SIZE];
    if (!hpb_suite_grows(suite))
        return;
    hpb_arena *arena = hpb_arena_create();
    printf("\nPrecision\n  %s runs of what is explained, then a quarter more at a time until every "
           "cause is known\n  to within %s%s; at most %s\n",
           hpb_count_text(plan->replicates, first), hpb_target_words(&rule, arena),
           rule.is_relative ? " of the difference" : "",
           hpb_count_text(plan->most_replicates, most));
    hpb_arena_destroy(arena);
}

static void print_plan(const hpb_session *session)
{
    const hpb_plan *plan = &session->plan;
    const hpb_suite *suite = &session->suite;
    char rows[HPB_NUMBER_SIZE];
    printf("%s: ", suite->path);
    hpb_print_counts(plan);
    putchar('\n');
    if (*suite->question)
        printf("%s\n", suite->question);
    print_factors(plan);
    printf("\nValues\n");
    print_suite(suite);
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        print_axis(plan, (hpb_axis)axis);
    printf("\nData\n");
    for (uint32_t i = 0; i < plan->n_data; i++) {
        const hpb_plan_data *data = &plan->data[i];
        printf("  %s: %s rows, %u features", data->choice->label,
               hpb_count_text(data->n_rows, rows), data->n_features);
        print_column(data, "group", "group", data->dataset.n_groups);
        print_column(data, "test_fold", "test fold", data->dataset.n_test_folds);
        printf("%s%.12s\n", *data->sha256 ? ", sha256 " : "", data->sha256);
    }
    print_cells(plan);
    print_precision(plan);
    print_timing(plan);
    for (uint32_t i = 0; i < plan->n_warnings; i++) {
        printf("%s", i ? "" : "\n");
        print_sentence("warning:", plan->warnings[i]);
    }
    printf("\nResults go to hpbench-results/%s/; nothing was run.\n", suite->name);
}

// --- JSON ------------------------------------------------------------------------------------------------

static json_t *cell_to_json(const hpb_plan *plan, const hpb_cell *cell)
{
    json_t *twin = hpb_json_text(cell->twin < 0 ? NULL : plan->cells[cell->twin].label);
    return json_pack("{s:o, s:s, s:I, s:I, s:I, s:o, s:o}", "label", hpb_json_text(cell->label),
                     "key", cell->key, "runs", (json_int_t)cell->n_replicates, "fits_a_run",
                     (json_int_t)cell->n_fits, "fits",
                     (json_int_t)cell->n_replicates * cell->n_fits, "twin", twin, "values",
                     hpb_cell_to_json(plan, cell));
}

static json_t *data_to_json(const hpb_plan_data *data)
{
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:s}", "label", hpb_json_text(data->choice->label),
                     "rows", (json_int_t)data->n_rows, "features", (json_int_t)data->n_features,
                     "groups", (json_int_t)data->dataset.n_groups, "test_folds",
                     (json_int_t)data->dataset.n_test_folds, "sha256", data->sha256);
}

static json_t *sources_to_json(const hpb_suite *suite)
{
    json_t *all = json_object();
    for (uint32_t i = 0; i < suite->n_choices[HPB_AXIS_SEEDS]; i++) {
        const hpb_choice *seeds = &suite->choices[HPB_AXIS_SEEDS][i];
        json_t *sources = json_object();
        for (int stream = 0; stream < HPB_STREAM_COUNT; stream++)
            json_object_set_new(sources, hpb_stream_name((hpb_stream)stream),
                                json_string(source_of(seeds, stream)));
        json_object_set_new(all, seeds->label, sources);
    }
    return all;
}

static json_t *to_json(const hpb_session *session)
{
    const hpb_plan *plan = &session->plan;
    const hpb_suite *suite = &session->suite;
    json_t *cells = json_array(), *factors = json_object(), *data = json_array();
    json_t *warnings = json_array();
    for (uint32_t i = 0; i < plan->n_cells; i++)
        json_array_append_new(cells, cell_to_json(plan, &plan->cells[i]));
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        if (!hpb_plan_is_factor(plan, (hpb_axis)axis))
            continue;
        const char **labels;
        const uint32_t n = list_levels(plan, (hpb_axis)axis, &labels);
        json_t *levels = json_array();
        for (uint32_t i = 0; i < n; i++)
            json_array_append_new(levels, hpb_json_text(labels[i]));
        free(labels);
        json_object_set_new(factors, hpb_axis_name((hpb_axis)axis), levels);
    }
    for (uint32_t i = 0; i < plan->n_data; i++)
        json_array_append_new(data, data_to_json(&plan->data[i]));
    for (uint32_t i = 0; i < plan->n_warnings; i++)
        json_array_append_new(warnings, hpb_json_text(plan->warnings[i]));
    json_t *output = json_sprintf("hpbench-results/%s", suite->name);
    const hpb_param *mode = &hpb_section_params(HPB_SECTION_CROSS).items[0];
    size_t n_mode = 0;
    const char *word = hpb_choice_word(mode->choices, (uint32_t)suite->mode, &n_mode);
    return json_pack(
        "{s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
        "suite", suite->name, "path", hpb_json_text(suite->path), "question",
        hpb_json_text(suite->question), "replicates", (json_int_t)suite->replicates, "seed",
        (json_int_t)suite->seed, "n_cells", (json_int_t)plan->n_cells, "trials",
        (json_int_t)plan->n_trials, "fits", (json_int_t)plan->n_fits, "max_trials",
        (json_int_t)suite->max_trials, "reference",
        hpb_json_text(plan->cells[plan->reference].label), "factors", factors, "data", data,
        "cells", cells, "warnings", warnings, "timing", timing_to_json(plan), "output", output,
        "mode", json_stringn(word, n_mode));
}

int hpb_command_plan(int argc, char **argv)
{
    static const struct argp_child children[] = {{&hpb_argp_suite, 0, NULL, 0},
                                                 {&hpb_argp_plugins, 0, NULL, 0},
                                                 {&hpb_argp_output, 0, NULL, 0},
                                                 {0}};
    static const struct argp argp = {NULL,
                                     parse,
                                     "SUITE",
                                     "What would run: factors, cells, trials and fits, and every "
                                     "effective value with its source. "
                                     "Nothing is run or written.",
                                     children,
                                     NULL,
                                     NULL};
    arguments args = {0};
    hpb_cli_parse(&argp, argc, argv, &args);
    hpb_session session;
    const hpb_exit code = hpb_session_open(&args.options, args.suite, &session);
    if (code == HPB_EXIT_OK) {
        if (args.options.json) {
            json_t *json = to_json(&session);
            json_object_set_new(json, "sources", sources_to_json(&session.suite));
            json_object_set_new(json, "most_replicates",
                                json_integer(session.plan.most_replicates));
            hpb_print_json(json);
        } else {
            print_plan(&session);
        }
        hpb_session_close(&session);
    }
    hpb_options_free(&args.options);
    return code;
}
