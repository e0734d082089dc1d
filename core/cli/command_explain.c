// SPDX-License-Identifier: Apache-2.0
// hpbench explain SUITE|RUN: why two protocols report two numbers. Of a suite it first runs what is missing.
#include "cli/run.h"
#include "explain/looks.h"
#include "explain/words.h"
#include "loader/json.h"
#include "reports/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHARE = 8 }; // columns of "   100 %"

enum { KEY_REPORTED = 0x300, KEY_NO_REPORT };

typedef struct arguments {
    hpb_run_request run;
    bool no_report;
    char **made; // [n_made]: overrides that this command adds
    size_t n_made, capacity;
} arguments;

// Adds `--set` of what an option of this command stands for.
static void set(arguments *args, char *override)
{
    args->made = hpb_grow(args->made, &args->capacity, args->n_made + 1, sizeof *args->made);
    args->made[args->n_made++] = override;
    hpb_options_set(&args->run.options, override);
}

// LABEL=NUMBER
static void set_reported(arguments *args, const char *text, const char *command)
{
    const char *equals = strchr(text, '=');
    double number;
    if (!equals || equals == text || !hpb_parse_double(equals + 1, &number))
        hpb_cli_usage_error(command, "--reported: expected PROTOCOL=NUMBER; got \"%s\"", text);
    set(args, hpb_format("protocol.%.*s.reported=%s", (int)(equals - text), text, equals + 1));
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *args = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        hpb_cli_share(state, &args->run.options);
        return 0;
    case KEY_REPORTED:
        set_reported(args, arg, state->name);
        return 0;
    case KEY_NO_REPORT:
        args->no_report = true;
        return 0;
    default:
        return hpb_cli_argument(key, arg, "SUITE", &args->run.suite, state);
    }
}

// --- the answer -------------------------------------------------------------------------------------------

// A long cause goes on below, under itself.
static void print_row(const hpb_cause_row *row, int what, int amount)
{
    hpb_text text = {0};
    hpb_text_add_folded(&text, row->what, 3, 3 + what);
    const int first = (int)strcspn(text.data, "\n");
    char *line = hpb_format("%.*s", first, text.data);
    printf("   ");
    hpb_print_padded(line, what + 2);
    hpb_print_padded(row->amount, *row->share ? amount : 0);
    if (*row->share)
        printf("%*s", SHARE, row->share);
    printf("%s\n", text.data + first);
    free(line);
    hpb_text_free(&text);
}

static void print_rows(const hpb_explain_words *words)
{
    int what = 0, amount = 0;
    for (uint32_t i = 0; i < words->n_rows; i++) {
        const hpb_cause_row *row = &words->rows[i];
        what = hpb_points(row->what) > what ? hpb_points(row->what) : what;
        amount = hpb_points(row->amount) > amount ? hpb_points(row->amount) : amount;
    }
    const int most =
        (isatty(STDOUT_FILENO) ? hpb_print_width() : HPB_WIDEST_LINE) - 3 - 2 - amount - SHARE;
    for (uint32_t i = 0; i < words->n_rows; i++)
        print_row(&words->rows[i], what < most ? what : most > 20 ? most : 20, amount);
}

static void print_explanation(const hpb_explanation *e, hpb_arena *arena)
{
    hpb_explain_words words;
    hpb_explain_say(e, arena, &words);
    if (*e->setting)
        hpb_print_sentences(hpb_arena_format(arena, "%s:\n", e->setting));
    if (words.title)
        hpb_print_sentences(hpb_arena_format(arena, "%s\n\n", words.title));
    for (uint32_t i = 0; i < words.n; i++) {
        hpb_print_sentences(hpb_arena_format(arena, "%s\n", words.sentences[i]));
        if (i == words.table_at)
            print_rows(&words);
    }
    if (words.advice)
        hpb_print_sentences(hpb_arena_format(arena, "Do this: %s.\n", words.advice));
}

// Prints each comparison of the run, or adds it to `all`; *n of them.
static hpb_exit answer(const arguments *args, hpb_store *store, const hpb_stored_run *run,
                       json_t *all, uint32_t *n, hpb_error *error)
{
    hpb_arena *arena = hpb_arena_create();
    hpb_exit code = HPB_EXIT_OK;
    for (*n = 0; code == HPB_EXIT_OK; ++*n) {
        hpb_explanation e;
        bool is_there;
        code = hpb_explanation_read(store, run, *n, arena, &e, &is_there, error);
        if (code != HPB_EXIT_OK || !is_there)
            break;
        if (args->run.options.json)
            json_array_append_new(all, hpb_explanation_to_json(&e, arena));
        else if (!args->run.options.quiet)
            print_explanation(&e, arena);
    }
    hpb_arena_destroy(arena);
    return code;
}

// What the command ends with: HPB_EXIT_INCOMPLETE where runs are missing, HPB_EXIT_FAILED where some failed.
static hpb_exit judge_runs(hpb_store *store, const hpb_stored_run *run, hpb_exit *out,
                           hpb_error *error)
{
    hpb_exit code = HPB_EXIT_OK;
    uint64_t n_missing = 0, n_failed = 0;
    for (uint32_t c = 0; c < run->n_cells + run->n_grids && code == HPB_EXIT_OK; c++) {
        uint64_t count[HPB_STATUS_COUNT] = {0};
        code = hpb_store_count(store, run, c, count, error);
        n_missing += run->cells[c].n_planned;
        for (int s = 0; s < HPB_STATUS_COUNT; s++) {
            n_missing -= count[s];
            n_failed += s > HPB_STATUS_DIVERGED ? count[s] : 0;
        }
    }
    const bool goes_on = hpb_looks_go_on(json_object_get(run->about, "looks"));
    *out = n_missing || goes_on ? HPB_EXIT_INCOMPLETE : n_failed ? HPB_EXIT_FAILED : HPB_EXIT_OK;
    return code;
}

static hpb_exit answer_store(const arguments *args, const char *folder, json_t *all,
                             hpb_exit *state, hpb_error *error)
{
    hpb_store *store = NULL;
    hpb_stored_run run;
    uint32_t n = 0;
    hpb_exit code = hpb_store_open_read(folder, &store, error);
    if (code != HPB_EXIT_OK)
        return code;
    code = hpb_store_read_run(store, &run, error);
    if (code == HPB_EXIT_OK) {
        code = answer(args, store, &run, all, &n, error);
        if (code == HPB_EXIT_OK)
            code = judge_runs(store, &run, state, error);
        hpb_stored_run_free(&run);
    }
    hpb_store_close(store, NULL);
    if (code == HPB_EXIT_OK && !n) {
        code =
            hpb_error_set(error, HPB_EXIT_SUITE, "%s: no two protocols are compared in it", folder);
        hpb_error_hint(error, "hpbench explain SUITE runs what the first two of a suite differ in");
    }
    return code;
}

static int explain(const arguments *args, const char *folder)
{
    hpb_report_result report = {0};
    hpb_error error = {0};
    json_t *all = json_array();
    hpb_exit state = HPB_EXIT_OK, code = answer_store(args, folder, all, &state, &error);
    if (code == HPB_EXIT_OK && !args->no_report)
        code = hpb_report_write(folder, &report, &error);
    if (code != HPB_EXIT_OK)
        hpb_error_print(stderr, &error);
    else if (args->run.options.json)
        hpb_print_json(json_pack("{s:o, s:O, s:o}", "folder", hpb_json_text(folder), "explanations",
                                 all, "report", hpb_json_text(report.page.data)));
    else if (report.page.data)
        printf(args->run.options.quiet ? "%s\n" : "report: %s\n", report.page.data);
    if (code == HPB_EXIT_OK)
        code = state;
    if (report.note[0] && !args->run.options.json)
        printf("note: %s\n", report.note);
    hpb_report_result_free(&report);
    json_decref(all);
    return (int)code;
}

int hpb_command_explain(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"reported", KEY_REPORTED, "PROTOCOL=NUMBER", 0,
         "The number that you got: manual=0.27; may be given for each", 0},
        {"no-report", KEY_NO_REPORT, NULL, 0, "Only run and answer; write no report", 0},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "SUITE|RUN",
        "Why two protocols report two numbers: what is luck, and what each setting in which they "
        "differ adds. A suite is run as far as results are missing; a run is only read.\v"
        "Every combination of the differing settings is run with the same fresh seeds, so the "
        "parts "
        "add up to the difference. `hpbench diff SUITE` lists the settings and runs nothing.",
        hpb_argp_runs,
        NULL,
        NULL};
    arguments args = {0};
    char *folder = NULL;
    hpb_cli_parse(&argp, argc, argv, &args);
    if (args.n_made && !hpb_is_suite(args.run.suite))
        hpb_cli_usage_error("hpbench explain",
                            "--reported: a finished run keeps the numbers of its suite; "
                            "expected the suite");
    int code = hpb_run_or_read(&args.run, "hpbench explain", "explain.corners=yes", &folder);
    if (code == HPB_EXIT_OK || code == HPB_EXIT_FAILED || code == HPB_EXIT_INCOMPLETE)
        code = explain(&args, folder);
    free(folder);
    for (size_t i = 0; i < args.n_made; i++)
        free(args.made[i]);
    free(args.made);
    hpb_options_free(&args.run.options);
    return code;
}
