// SPDX-License-Identifier: Apache-2.0
// hpbench compare BASE RUN: whether a run has the baseline's results, its MSE and its time, from both stores alone.
#include "cli/cli.h"
#include "cli/compare.h"
#include "loader/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOISE 5       // % that times may differ by and be called the same
#define MOST_CELLS 50 // printed; --json has all
#define MOST_LINES 20 // of what is only on one side, or not as expected

typedef struct arguments {
    hpb_options options;
    const char *runs[2];
    compare_expectation *expectations;
    size_t n_expectations, capacity;
    double noise; // a share
} arguments;

typedef struct comparison {
    const arguments *args;
    compare_side sides[2];
    compare_match match;
    compare_cell *cells; // [match.n_both]
    uint64_t pairs, same, planned, unpaired, diverged[2];
    bool is_complete;
    uint64_t n_faults; // cells that are not as expected, one for each expectation
} comparison;

static const char *const names[] = {"BASE", "RUN"};

// --- the command line ---------------------------------------------------------------------------------

enum { KEY_EXPECT = 0x200, KEY_NOISE };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *args = state->input;
    double percent;
    compare_expectation expectation;
    switch (key) {
    case ARGP_KEY_INIT:
        hpb_cli_share(state, &args->options);
        return 0;
    case KEY_EXPECT:
        if (!hpb_compare_parse(arg, &expectation))
            hpb_cli_usage_error(state->name, "--expect: expected " COMPARE_GRAMMAR "; got \"%s\"",
                                arg);
        args->expectations = hpb_grow(args->expectations, &args->capacity, args->n_expectations + 1,
                                      sizeof *args->expectations);
        args->expectations[args->n_expectations++] = expectation;
        return 0;
    case KEY_NOISE:
        if (!hpb_parse_double(arg, &percent) || !(percent >= 0 && percent <= 1000))
            hpb_cli_usage_error(state->name,
                                "--noise: expected per cent from 0 to 1000; got \"%s\"", arg);
        args->noise = percent / 100;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num >= 2)
            hpb_cli_usage_error(state->name, "two runs expected, BASE and RUN; got \"%s\" as well",
                                arg);
        args->runs[state->arg_num] = arg;
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < 2)
            hpb_cli_usage_error(state->name, "%s is missing", names[state->arg_num]);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"expect", KEY_EXPECT, "WHAT", 0,
     "same-bits, or 'mse <= 1.02x', or with time, <, >= or >: exit with 8 where a cell is not so; "
     "may be "
     "repeated",
     0},
    {"noise", KEY_NOISE, "PERCENT", 0,
     "Times that differ by no more are called the same (default: 5)", 0},
    {0}};
static const struct argp_child children[] = {{&hpb_argp_output, 0, NULL, 0}, {0}};
static const struct argp argp = {
    options,
    parse,
    "BASE RUN",
    "Compares a run with a baseline, cell by cell: results bit for bit, mean MSE and time. Each is "
    "a folder, a name under "
    "hpbench-results/ or the path of a run.sqlite.\v"
    "Cells are the same where every value that the suite sets is; the code behind them may be "
    "another. Trials are paired "
    "by replicate, as the same replicate has the same seeds. Ratios are RUN over BASE with 95 % "
    "intervals; `mse <= 1.02x` "
    "holds where the upper end is at most 1.02. Times are noisy: `time <= 1x` is refused only "
    "where the whole interval lies "
    "beyond 1 by more than --noise. What is not stored on both sides is not as expected. Exits "
    "with 0, with 8 where something "
    "is not as expected, and without --expect with 6 where a run is incomplete.",
    children,
    NULL,
    NULL};

// --- reading --------------------------------------------------------------------------------------------

static hpb_exit open_side(const char *argument, compare_side *side, hpb_error *error)
{
    side->folder = hpb_run_folder(argument);
    hpb_exit code = hpb_store_open_read(side->folder, &side->store, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_read_run(side->store, &side->run, error);
    if (code == HPB_EXIT_OK)
        code = hpb_compare_read_times(side, error);
    return code;
}

static void close_side(compare_side *side)
{
    if (side->run.arena)
        hpb_stored_run_free(&side->run);
    hpb_store_close(side->store, NULL);
    free((char *)side->folder);
}

static hpb_exit read_all(comparison *c, hpb_error *error)
{
    hpb_compare_match(c->sides, &c->match);
    c->cells = hpb_alloc(c->match.n_both, sizeof *c->cells);
    c->is_complete = true;
    for (uint32_t i = 0; i < c->match.n_both; i++) {
        compare_cell *cell = &c->cells[i];
        const hpb_exit code = hpb_compare_cell(c->sides, c->match.both[i], cell, error);
        if (code != HPB_EXIT_OK)
            return code;
        c->pairs += cell->pairs;
        c->same += cell->same;
        c->planned += cell->planned;
        c->unpaired += cell->other_seeds > 0;
        c->is_complete =
            c->is_complete && !cell->missing[COMPARE_BASE] && !cell->missing[COMPARE_RUN];
        for (int side = 0; side < 2; side++)
            c->diverged[side] += cell->diverged[side];
    }
    return HPB_EXIT_OK;
}

// --- what differs beside the results ------------------------------------------------------------------------

static const char *about_text(const compare_side *side, const char *key)
{
    const char *text = json_string_value(json_object_get(side->run.about, key));
    return text ? text : "not known";
}

static void print_side(const comparison *c, int side)
{
    const json_t *revision = json_object_get(c->sides[side].run.about, "engine_revision");
    printf("%-4s  %s: hpbench %s, engine revision %" PRIi64 ", %s\n", names[side],
           c->sides[side].folder, about_text(&c->sides[side], "hpbench"),
           (int64_t)json_integer_value(revision), about_text(&c->sides[side], "isa"));
}

// The plugin of the other side that has the kind and id.
static const json_t *same_plugin(const compare_side *other, const json_t *plugin)
{
    size_t i;
    json_t *candidate;
    json_array_foreach(json_object_get(other->run.about, "plugins"), i, candidate)
    {
        if (json_equal(json_object_get(candidate, "kind"), json_object_get(plugin, "kind")) &&
            json_equal(json_object_get(candidate, "id"), json_object_get(plugin, "id")))
            return candidate;
    }
    return NULL;
}

// "optimizer adam, optimizer sgd": plugins of both with other bytes. NULL: none; free() it.
static char *changed_plugins(const comparison *c)
{
    hpb_text text = {0};
    size_t i;
    json_t *plugin;
    json_array_foreach(json_object_get(c->sides[COMPARE_RUN].run.about, "plugins"), i, plugin)
    {
        const json_t *base = same_plugin(&c->sides[COMPARE_BASE], plugin);
        if (base && !json_equal(json_object_get(base, "sha256"), json_object_get(plugin, "sha256")))
            hpb_text_add(&text, "%s%s %s", text.length ? ", " : "",
                         json_string_value(json_object_get(plugin, "kind")),
                         json_string_value(json_object_get(plugin, "id")));
    }
    return text.data;
}

static const char *label_of(const comparison *c, int side, uint32_t cell)
{
    return c->sides[side].run.cells[cell].label;
}

// --- text ---------------------------------------------------------------------------------------------------

static void print_cells(const comparison *c)
{
    char pairs[HPB_NUMBER_SIZE], same[HPB_NUMBER_SIZE], mse[COMPARE_RATIO_SIZE],
        time[COMPARE_RATIO_SIZE];
    if (c->match.n_both)
        printf("\n%11s  %11s  %-22s  %-22s  %s\n", "pairs", "same bits", "MSE, times BASE's",
               "time, times BASE's", "cell");
    for (uint32_t i = 0; i < c->match.n_both && i < MOST_CELLS; i++) {
        const compare_cell *cell = &c->cells[i];
        printf("%11s  %11s  %-22s  %-22s  %s%s\n", hpb_count_text(cell->pairs, pairs),
               hpb_count_text(cell->same, same), hpb_compare_ratio_text(cell->mse, 3, mse),
               hpb_compare_ratio_text(cell->time, 3, time), cell->label,
               cell->other_seeds ? "  (not paired: other seeds)" : "");
    }
    if (c->match.n_both > MOST_CELLS)
        printf("... and %u cells more; --json lists all\n", c->match.n_both - MOST_CELLS);
    if (c->match.n_both)
        putchar('\n');
}

static void print_changed(const comparison *c)
{
    const uint32_t n = c->match.n_changed;
    for (uint32_t i = 0; i < n && i < MOST_LINES; i++) {
        char *how = hpb_compare_differences(c->sides, c->match.changed[i]);
        printf("Not compared: %s: %s\n", label_of(c, COMPARE_RUN, c->match.changed[i][COMPARE_RUN]),
               how);
        free(how);
    }
    if (n > MOST_LINES)
        printf("... and %u cells more with other values\n", n - MOST_LINES);
}

static void print_only(const comparison *c, int side)
{
    const uint32_t n = c->match.n_only[side];
    for (uint32_t i = 0; i < n && i < MOST_LINES; i++)
        printf("Only in %s: %s\n", names[side], label_of(c, side, c->match.only[side][i]));
    if (n > MOST_LINES)
        printf("... and %u cells more only in %s; --json lists all\n", n - MOST_LINES, names[side]);
}

// Counts the cells by verdict: [0] more, [1] less, [2] no difference, [3] can't be told.
static void count_verdicts(const comparison *c, bool is_time, uint32_t count[4])
{
    memset(count, 0, 4 * sizeof *count);
    for (uint32_t i = 0; i < c->match.n_both; i++) {
        const char *verdict = is_time ? hpb_compare_time_verdict(&c->cells[i], c->args->noise)
                                      : hpb_compare_mse_verdict(&c->cells[i]);
        count[!verdict                              ? 3
              : strcmp(verdict, "same") == 0        ? 2
              : verdict[0] == (is_time ? 's' : 'h') ? 0
                                                    : 1]++;
    }
}

static void print_verdict(const comparison *c, bool is_time)
{
    static const char *const words[2][2] = {{"higher", "lower"}, {"slower", "faster"}};
    uint32_t count[4];
    count_verdicts(c, is_time, count);
    printf("%s: %s in %u cell%s, %s in %u, no difference seen in %u", is_time ? "Time" : "MSE",
           words[is_time][0], count[0], hpb_plural(count[0]), words[is_time][1], count[1],
           count[2]);
    if (count[3])
        printf(", too little to tell in %u", count[3]);
    char share[HPB_NUMBER_SIZE];
    if (is_time)
        printf("; up to %s %% is noise.\n", hpb_number_text(100 * c->args->noise, share));
    else
        printf("; each interval holds 95 times in 100.\n");
}

static void print_verdicts(const comparison *c)
{
    char same[HPB_NUMBER_SIZE], pairs[HPB_NUMBER_SIZE], planned[HPB_NUMBER_SIZE],
        n[HPB_NUMBER_SIZE];
    hpb_count_text(c->pairs, pairs);
    if (!c->is_complete)
        printf("PARTIAL: %s of %s pairs are there; all figures are of those.\n", pairs,
               hpb_count_text(c->planned, planned));
    if (c->pairs && c->same == c->pairs)
        printf("Results: the same bits in all %s pairs.\n", pairs);
    else
        printf("Results: the same bits in %s of %s pairs.\n", hpb_count_text(c->same, same), pairs);
    for (int side = 0; side < 2; side++)
        if (c->diverged[side])
            printf("Diverged in %s alone: %s trials; they are in no ratio.\n", names[side],
                   hpb_count_text(c->diverged[side], n));
    if (c->unpaired)
        printf("Not paired: %" PRIu64
               " cell%s with other seeds; their intervals are wider for it.\n",
               c->unpaired, hpb_plural(c->unpaired));
    print_verdict(c, false);
    print_verdict(c, true);
}

static void print_text(const comparison *c)
{
    if (!c->args->options.quiet) {
        char *plugins = changed_plugins(c);
        print_side(c, COMPARE_BASE);
        print_side(c, COMPARE_RUN);
        if (plugins)
            printf("plugins with other bytes: %s\n", plugins);
        free(plugins);
        print_cells(c);
        print_changed(c);
        print_only(c, COMPARE_BASE);
        print_only(c, COMPARE_RUN);
    }
    print_verdicts(c);
}

// --- JSON -------------------------------------------------------------------------------------------------

static json_t *ratio_to_json(hpb_estimate ratio, const char *verdict)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "ratio", hpb_json_number(ratio.value), "low",
                     hpb_json_number(ratio.low), "high", hpb_json_number(ratio.high), "verdict",
                     hpb_json_text(verdict));
}

static json_t *cell_to_json(const comparison *c, const compare_cell *cell)
{
    json_t *time = ratio_to_json(cell->time, hpb_compare_time_verdict(cell, c->args->noise));
    json_object_set_new(time, "timings_base", json_integer(cell->n_times[COMPARE_BASE]));
    json_object_set_new(time, "timings_run", json_integer(cell->n_times[COMPARE_RUN]));
    return json_pack("{s:o, s:I, s:I, s:I, s:b, s:I, s:I, s:I, s:o, s:o}", "cell",
                     hpb_json_text(cell->label), "planned", (json_int_t)cell->planned, "pairs",
                     (json_int_t)cell->pairs, "same_bits", (json_int_t)cell->same, "paired",
                     cell->other_seeds == 0, "finite", (json_int_t)cell->finite, "diverged_base",
                     (json_int_t)cell->diverged[COMPARE_BASE], "diverged_run",
                     (json_int_t)cell->diverged[COMPARE_RUN], "mse",
                     ratio_to_json(cell->mse, hpb_compare_mse_verdict(cell)), "time", time);
}

static json_t *side_to_json(const comparison *c, int side)
{
    const hpb_stored_run *run = &c->sides[side].run;
    json_t *only = json_array();
    for (uint32_t i = 0; i < c->match.n_only[side]; i++)
        json_array_append_new(only, hpb_json_text(label_of(c, side, c->match.only[side][i])));
    return json_pack("{s:o, s:o, s:O?, s:o}", "folder", hpb_json_text(c->sides[side].folder),
                     "hpbench", hpb_json_text(about_text(&c->sides[side], "hpbench")),
                     "engine_revision", json_object_get(run->about, "engine_revision"), "only_here",
                     only);
}

static void print_json(const comparison *c, json_t *faults, hpb_exit code)
{
    json_t *cells = json_array();
    for (uint32_t i = 0; i < c->match.n_both; i++)
        json_array_append_new(cells, cell_to_json(c, &c->cells[i]));
    json_t *changed = json_array();
    for (uint32_t i = 0; i < c->match.n_changed; i++) {
        char *how = hpb_compare_differences(c->sides, c->match.changed[i]);
        json_array_append_new(
            changed,
            json_pack("{s:o, s:o}", "cell",
                      hpb_json_text(label_of(c, COMPARE_RUN, c->match.changed[i][COMPARE_RUN])),
                      "why", hpb_json_text(how)));
        free(how);
    }
    hpb_print_json(json_pack("{s:o, s:o, s:I, s:I, s:I, s:b, s:o, s:o, s:o, s:I, s:O, s:i}", "base",
                             side_to_json(c, COMPARE_BASE), "run", side_to_json(c, COMPARE_RUN),
                             "planned", (json_int_t)c->planned, "pairs", (json_int_t)c->pairs,
                             "same_bits", (json_int_t)c->same, "complete", c->is_complete, "noise",
                             hpb_json_number(c->args->noise), "cells", cells, "not_compared",
                             changed, "n_not_as_expected", (json_int_t)c->n_faults,
                             "not_as_expected", faults, "exit", (int)code));
}

// --- what was expected --------------------------------------------------------------------------------------

// Keeps the first lines, counts all.
static void add_fault(comparison *c, json_t *faults, const char *line)
{
    if (c->n_faults++ < MOST_LINES)
        json_array_append_new(faults, hpb_json_text(line));
}

static void add_missing(comparison *c, json_t *faults, const char *label, const char *why,
                        const compare_expectation *expectation)
{
    char *line = hpb_format("cell %s: %s; expected %s", label, why, expectation->text);
    add_fault(c, faults, line);
    free(line);
}

static void judge_all(comparison *c, json_t *faults)
{
    for (size_t e = 0; e < c->args->n_expectations; e++) {
        const compare_expectation *expectation = &c->args->expectations[e];
        for (uint32_t i = 0; i < c->match.n_both; i++) {
            char *line = hpb_compare_judge(expectation, &c->cells[i], c->args->noise);
            if (line)
                add_fault(c, faults, line);
            free(line);
        }
        for (uint32_t i = 0; i < c->match.n_changed; i++) {
            char *how = hpb_compare_differences(c->sides, c->match.changed[i]);
            const uint32_t cell = c->match.changed[i][COMPARE_RUN];
            add_missing(c, faults, label_of(c, COMPARE_RUN, cell), how, expectation);
            free(how);
        }
        for (int side = 0; side < 2; side++)
            for (uint32_t i = 0; i < c->match.n_only[side]; i++)
                add_missing(c, faults, label_of(c, side, c->match.only[side][i]),
                            side == COMPARE_BASE ? "only in BASE" : "only in RUN", expectation);
    }
}

static void print_faults(const comparison *c, const json_t *faults)
{
    size_t i;
    json_t *line;
    json_array_foreach((json_t *)faults, i, line)
        fprintf(stderr, "hpbench: %s\n", json_string_value(line));
    if (c->n_faults > MOST_LINES)
        fprintf(stderr, "hpbench: ... and %" PRIu64 " more\n", c->n_faults - MOST_LINES);
}

static hpb_exit compare(comparison *c, hpb_error *error)
{
    hpb_exit code = HPB_EXIT_OK;
    for (int side = 0; side < 2 && code == HPB_EXIT_OK; side++)
        code = open_side(c->args->runs[side], &c->sides[side], error);
    if (code == HPB_EXIT_OK)
        code = read_all(c, error);
    if (code != HPB_EXIT_OK)
        return code;
    json_t *faults = json_array();
    judge_all(c, faults);
    code = c->n_faults                                   ? HPB_EXIT_UNEXPECTED
           : !c->is_complete && !c->args->n_expectations ? HPB_EXIT_INCOMPLETE
                                                         : HPB_EXIT_OK;
    if (!c->match.n_both && !c->n_faults)
        code = hpb_error_set(error, HPB_EXIT_USAGE, "%s and %s have no cell in common",
                             c->sides[COMPARE_BASE].folder, c->sides[COMPARE_RUN].folder);
    if (c->args->options.json)
        print_json(c, faults, code);
    else
        print_text(c);
    print_faults(c, faults);
    json_decref(faults);
    return code;
}

int hpb_command_compare(int argc, char **argv)
{
    arguments args = {.noise = NOISE / 100.0};
    hpb_cli_parse(&argp, argc, argv, &args);
    comparison c = {.args = &args};
    hpb_error error = {0};
    const hpb_exit code = compare(&c, &error);
    if (error.code != HPB_EXIT_OK)
        hpb_error_print(stderr, &error);
    hpb_compare_match_free(&c.match);
    free(c.cells);
    for (int side = 0; side < 2; side++)
        close_side(&c.sides[side]);
    free(args.expectations);
    hpb_options_free(&args.options);
    return (int)code;
}
