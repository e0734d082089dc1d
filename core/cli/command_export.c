// SPDX-License-Identifier: Apache-2.0
// hpbench export RUN: every trial of the current cells as CSV or JSON, searches or timings, from the store alone.
//
// Trials are written as they are read, so that a million of them need no memory.
#include "cli/cli.h"
#include "cli/export.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum format {
    FORMAT_CSV,
    FORMAT_JSON,
    FORMAT_CV_RESULTS,
    FORMAT_BENCHMARK,
    FORMAT_COUNT
} format;

typedef struct arguments {
    const char *run, *output;
    format format;
} arguments;

typedef struct exporter {
    const hpb_stored_run *run;
    FILE *out;
    hpb_export_count count; // of all cells
    char *cell_text;        // what every row of this cell begins with
    bool is_first;          // no trial is written yet
} exporter;

// --- text ----------------------------------------------------------------------------------------------

// Plugins may say anything: bytes that are not UTF-8 become \xNN. free() it.
static char *clean(const char *text)
{
    hpb_text out = {0};
    hpb_text_add_bytes(&out, "", 0);
    for (size_t left = strlen(text); left;) {
        const size_t valid = hpb_utf8_valid(text, left);
        hpb_text_add_bytes(&out, text, valid);
        text += valid, left -= valid;
        if (left) {
            hpb_text_add(&out, "\\x%02x", (unsigned)(unsigned char)*text);
            text++, left--;
        }
    }
    return out.data;
}

void hpb_export_add_csv(hpb_text *to, const char *text)
{
    char *safe = clean(text);
    hpb_csv_add(to, safe);
    free(safe);
}

static json_t *json_text(const char *text)
{
    char *safe = clean(text);
    json_t *string = json_string(safe);
    free(safe);
    return string;
}

static void add_json(hpb_text *to, const char *text)
{
    json_t *string = json_text(text);
    char *quoted = json_dumps(string, JSON_ENCODE_ANY);
    hpb_text_add(to, "%s", quoted);
    free(quoted);
    json_decref(string);
}

static bool has_result(const hpb_trial_result *t)
{
    return t->status == HPB_STATUS_OK || t->status == HPB_STATUS_DIVERGED;
}

static bool count_trial(exporter *e, const hpb_trial_result *t)
{
    e->count.by_status[t->status]++;
    return !ferror(e->out); // a full disk is met once, not a million times
}

// --- CSV -----------------------------------------------------------------------------------------------

static void csv_header(const exporter *e)
{
    fputs("suite,cell", e->out);
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        fprintf(e->out, ",%s", hpb_axis_name((hpb_axis)axis));
    fputs(",replicate,status,test_mse,test_mse_bits,epochs,updates,loss,val_loss,"
          "baseline_mse,truth_mse,r2,pooled_mse,pooled_r2,new_rows_mse,split_seed,weights_seed,"
          "order_seed,data_seed,n_folds,fold_mse,fit_ns,cause\r\n",
          e->out);
}

static char *csv_cell(const exporter *e, const hpb_stored_cell *cell)
{
    hpb_text text = {0};
    const char *suite = json_string_value(json_object_get(e->run->about, "suite_name"));
    hpb_export_add_csv(&text, suite ? suite : "");
    hpb_text_add(&text, ",");
    hpb_export_add_csv(&text, cell->label);
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        hpb_text_add(&text, ",");
        hpb_export_add_csv(&text, cell->levels[axis]);
    }
    return text.data;
}

static bool csv_trial(void *context, const hpb_trial_result *t)
{
    exporter *e = context;
    char number[HPB_NUMBER_SIZE];
    fprintf(e->out, "%s,%" PRIu32 ",%s,", e->cell_text, t->replicate, hpb_status_name(t->status));
    if (has_result(t)) {
        fprintf(e->out, "%s,%016" PRIx64, hpb_number_text(t->mse, number), hpb_double_bits(t->mse));
        fprintf(e->out, ",%" PRIu64 ",%" PRIu64, t->epochs, t->updates);
        fprintf(e->out, ",%s", hpb_number_text(t->loss, number));
        fprintf(e->out, ",%s", hpb_number_text(t->val_loss, number));
        fprintf(e->out, ",%s", hpb_number_text(t->baseline_mse, number));
        fprintf(e->out, ",%s", hpb_number_text(t->truth_mse, number));
        fprintf(e->out, ",%s", hpb_number_text(t->r2, number));
        fprintf(e->out, ",%s", hpb_number_text(t->pooled_mse, number));
        fprintf(e->out, ",%s", hpb_number_text(t->pooled_r2, number));
        fprintf(e->out, ",%s", t->n_worth ? hpb_number_text(t->worth[t->n_worth - 1], number) : "");
    } else {
        fputs(",,,,,,,,,,,", e->out);
    }
    fprintf(e->out, ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",",
            t->seed[HPB_STREAM_SPLIT], t->seed[HPB_STREAM_WEIGHTS], t->seed[HPB_STREAM_ORDER],
            t->seed[HPB_STREAM_DATA], t->n_folds);
    for (uint32_t i = 0; i < t->n_folds; i++)
        fprintf(e->out, "%s%s", i ? " " : "", hpb_number_text(t->fold_mse[i], number));
    fprintf(e->out, ",%" PRIu64 ",", t->fit_ns);
    if (t->cause) {
        hpb_text cause = {0};
        hpb_export_add_csv(&cause, t->cause);
        if (cause.data)
            fputs(cause.data, e->out);
        hpb_text_free(&cause);
    }
    fputs("\r\n", e->out);
    return count_trial(e, t);
}

// --- JSON ----------------------------------------------------------------------------------------------

static void json_number_to(FILE *out, const char *name, double value)
{
    char number[HPB_NUMBER_SIZE];
    fprintf(out, ",\"%s\":%s", name, isfinite(value) ? hpb_number_text(value, number) : "null");
}

// What the run is, without its trials. `e->count` holds what the store counted.
static json_t *json_head(const exporter *e)
{
    json_t *failed = json_object(), *cells = json_array();
    uint64_t stored = 0;
    for (int s = 0; s < HPB_STATUS_COUNT; s++) {
        stored += e->count.by_status[s];
        if (s > HPB_STATUS_DIVERGED)
            json_object_set_new(failed, hpb_status_name((hpb_status)s),
                                json_integer((json_int_t)e->count.by_status[s]));
    }
    for (uint32_t i = 0; i < e->run->n_cells; i++) {
        const hpb_stored_cell *cell = &e->run->cells[i];
        json_t *levels = json_object(), *spec = json_loads(cell->spec, 0, NULL);
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
            json_object_set_new(levels, hpb_axis_name((hpb_axis)axis),
                                json_text(cell->levels[axis]));
        json_array_append_new(cells, json_pack("{s:o, s:s, s:i, s:i, s:i, s:i, s:o, s:o}", "label",
                                               json_text(cell->label), "key", cell->key, "planned",
                                               (int)cell->n_planned, "n_splits",
                                               (int)cell->n_splits, "n_outer", (int)cell->n_outer,
                                               "n_candidates", (int)cell->n_candidates, "levels",
                                               levels, "settings", spec ? spec : json_null()));
    }
    return json_pack("{s:I, s:I, s:b, s:I, s:o, s:O, s:o}", "planned", (json_int_t)e->count.planned,
                     "stored", (json_int_t)stored, "complete", stored == e->count.planned,
                     "diverged", (json_int_t)e->count.by_status[HPB_STATUS_DIVERGED], "failed",
                     failed, "about", e->run->about, "cells", cells);
}

static void json_begin(const exporter *e)
{
    json_t *head = json_head(e);
    char *text = json_dumps(head, JSON_COMPACT);
    const size_t length = text ? strlen(text) : 0;
    if (length) // the closing brace comes after the trials
        fwrite(text, 1, length - 1, e->out);
    fputs(",\n\"trials\":[", e->out);
    free(text);
    json_decref(head);
}

static char *json_cell(uint32_t index, const hpb_stored_cell *cell)
{
    hpb_text text = {0};
    hpb_text_add(&text, "{\"cell\":%" PRIu32 ",\"label\":", index);
    add_json(&text, cell->label);
    return text.data;
}

// [1.5,null]: what is finite.
static void json_numbers(const exporter *e, const double *values, uint32_t n)
{
    char number[HPB_NUMBER_SIZE];
    fputs("[", e->out);
    for (uint32_t i = 0; i < n; i++)
        fprintf(e->out, "%s%s", i ? "," : "",
                isfinite(values[i]) ? hpb_number_text(values[i], number) : "null");
    fputs("]", e->out);
}

static void json_bits(const exporter *e, const double *values, uint32_t n)
{
    fputs("[", e->out);
    for (uint32_t i = 0; i < n; i++)
        fprintf(e->out, "%s\"%016" PRIx64 "\"", i ? "," : "", hpb_double_bits(values[i]));
    fputs("]", e->out);
}

// On new rows: of the model that a user has at the end; of those that were scored, as `scores` or folds; bits of these, then
// of that one.
static void json_worth(const exporter *e, const hpb_trial_result *t)
{
    json_number_to(e->out, "new_rows_mse", t->worth[t->n_worth - 1]);
    fputs(",\"model_new_rows_mse\":", e->out);
    json_numbers(e, t->worth, t->n_worth - 1);
    fputs(",\"new_rows_mse_bits\":", e->out);
    json_bits(e, t->worth, t->n_worth);
}

// Scores [outer][candidate][split], and what was chosen on each outer split.
static void json_search(const exporter *e, const hpb_trial_result *t)
{
    const uint32_t n_splits = e->run->cells[t->cell].n_splits;
    const uint32_t n_outer = n_splits * e->run->cells[t->cell].n_candidates; // scores of one
    char number[HPB_NUMBER_SIZE];
    fputs(",\"scores\":[", e->out);
    for (uint32_t i = 0; i < t->n_scores; i++) {
        const bool begins = i % n_splits == 0, ends = (i + 1) % n_splits == 0;
        fprintf(e->out, "%s%s%s", i ? "," : "", i % n_outer == 0 ? "[" : "", begins ? "[" : "");
        fputs(isfinite(t->scores[i]) ? hpb_number_text(t->scores[i], number) : "null", e->out);
        fprintf(e->out, "%s%s", ends ? "]" : "", (i + 1) % n_outer == 0 ? "]" : "");
    }
    fputs("],\"chosen\":[", e->out);
    for (uint32_t i = 0; i < t->n_chosen; i++)
        fprintf(e->out, "%s%" PRIu32, i ? "," : "", t->chosen[i]);
    fputs("]", e->out);
}

static bool json_trial(void *context, const hpb_trial_result *t)
{
    exporter *e = context;
    fprintf(e->out, "%s\n%s,\"replicate\":%" PRIu32 ",\"status\":\"%s\"", e->is_first ? "" : ",",
            e->cell_text, t->replicate, hpb_status_name(t->status));
    e->is_first = false;
    if (has_result(t)) {
        json_number_to(e->out, "test_mse", t->mse);
        fprintf(e->out,
                ",\"test_mse_bits\":\"%016" PRIx64 "\",\"epochs\":%" PRIu64 ",\"updates\":%" PRIu64,
                hpb_double_bits(t->mse), t->epochs, t->updates);
        json_number_to(e->out, "loss", t->loss);
        json_number_to(e->out, "val_loss", t->val_loss);
        json_number_to(e->out, "baseline_mse", t->baseline_mse);
        json_number_to(e->out, "truth_mse", t->truth_mse);
        json_number_to(e->out, "r2", t->r2);
        json_number_to(e->out, "pooled_mse", t->pooled_mse);
        json_number_to(e->out, "pooled_r2", t->pooled_r2);
    }
    fprintf(e->out,
            ",\"split_seed\":%" PRIu32 ",\"weights_seed\":%" PRIu32 ",\"order_seed\":%" PRIu32
            ",\"data_seed\":%" PRIu32 ",\"fold_mse\":",
            t->seed[HPB_STREAM_SPLIT], t->seed[HPB_STREAM_WEIGHTS], t->seed[HPB_STREAM_ORDER],
            t->seed[HPB_STREAM_DATA]);
    json_numbers(e, t->fold_mse, t->n_folds);
    fputs(",\"fold_mse_bits\":", e->out);
    json_bits(e, t->fold_mse, t->n_folds);
    if (t->n_scores)
        json_search(e, t);
    if (t->n_worth)
        json_worth(e, t);
    fprintf(e->out, ",\"fit_ns\":%" PRIu64, t->fit_ns);
    if (t->cause) {
        hpb_text cause = {0};
        add_json(&cause, t->cause);
        fprintf(e->out, ",\"cause\":%s", cause.data);
        hpb_text_free(&cause);
    }
    fputs("}", e->out);
    return count_trial(e, t);
}

// --- the command -----------------------------------------------------------------------------------------

// Counts first: JSON says n of N before the first trial.
static hpb_exit count_all(hpb_store *store, exporter *e, hpb_error *error)
{
    for (uint32_t cell = 0; cell < e->run->n_cells; cell++) {
        uint64_t count[HPB_STATUS_COUNT] = {0};
        const hpb_exit code = hpb_store_count(store, e->run, cell, count, error);
        if (code)
            return code;
        e->count.planned += e->run->cells[cell].n_planned;
        for (int s = 0; s < HPB_STATUS_COUNT; s++)
            e->count.by_status[s] += count[s];
    }
    return HPB_EXIT_OK;
}

static hpb_exit write_trials(hpb_store *store, exporter *e, bool json, hpb_error *error)
{
    hpb_exit code = HPB_EXIT_OK;
    if (json)
        json_begin(e);
    else
        csv_header(e);
    memset(e->count.by_status, 0, sizeof e->count.by_status); // from here on: what is written
    e->is_first = true;
    for (uint32_t i = 0; i < e->run->n_cells && !code && !ferror(e->out); i++) {
        const hpb_stored_cell *cell = &e->run->cells[i];
        e->cell_text = json ? json_cell(i, cell) : csv_cell(e, cell);
        code = hpb_store_each_trial(store, e->run, i, json ? json_trial : csv_trial, e, error);
        free(e->cell_text);
    }
    if (json)
        fputs("\n]}\n", e->out);
    return code;
}

// Says n of N, and what is not a number, to stderr. Returns the exit code.
static hpb_exit say(const exporter *e)
{
    uint64_t stored = 0, failed = 0;
    hpb_text causes = {0};
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
    for (int s = 0; s < HPB_STATUS_COUNT; s++) {
        stored += e->count.by_status[s];
        if (s <= HPB_STATUS_DIVERGED || !e->count.by_status[s])
            continue;
        failed += e->count.by_status[s];
        hpb_text_add(&causes, "%s%s %s", causes.length ? ", " : "",
                     hpb_count_text(e->count.by_status[s], a), hpb_status_name((hpb_status)s));
    }
    const bool is_complete = stored >= e->count.planned;
    fprintf(stderr, "hpbench: %s of %s trials exported%s", hpb_count_text(stored, a),
            hpb_count_text(e->count.planned, b), is_complete ? "" : " (the run is incomplete)");
    if (failed)
        fprintf(stderr, "; %s failed (%s)", hpb_count_text(failed, a), causes.data);
    if (e->count.by_status[HPB_STATUS_DIVERGED])
        fprintf(stderr, "; %s diverged",
                hpb_count_text(e->count.by_status[HPB_STATUS_DIVERGED], a));
    fputc('\n', stderr);
    hpb_text_free(&causes);
    return is_complete ? HPB_EXIT_OK : HPB_EXIT_INCOMPLETE;
}

// The library's own words, byte for byte.
static hpb_exit write_benchmark(hpb_store *store, FILE *out, hpb_error *error)
{
    char *json;
    hpb_exit code = hpb_store_read_benchmark(store, &json, error);
    if (!code && !*json) {
        code = hpb_error_set(error, HPB_EXIT_STORE, "nothing was timed in this run");
        hpb_error_hint(error, "put [timing] into the suite, and run it again");
    } else if (!code) {
        fputs(json, out);
    }
    free(json);
    return code;
}

static hpb_exit export_run(hpb_store *store, const arguments *given, hpb_error *error)
{
    hpb_stored_run run;
    hpb_exit code = hpb_store_read_run(store, &run, error);
    if (code)
        return code;
    hpb_new_file file = {0};
    exporter e = {.run = &run, .out = stdout};
    code = count_all(store, &e, error);
    if (!code && given->output) {
        code = hpb_new_file_open(given->output, &file, error);
        e.out = file.stream;
    }
    if (!code)
        code = given->format == FORMAT_BENCHMARK ? write_benchmark(store, e.out, error)
               : given->format == FORMAT_CV_RESULTS
                   ? hpb_export_search(store, &run, e.out, &e.count, error)
                   : write_trials(store, &e, given->format == FORMAT_JSON, error);
    if (!code && given->output)
        code = hpb_new_file_commit(&file, error);
    if (!code && !given->output && (fflush(stdout) != 0 || ferror(stdout)))
        code = HPB_EXIT_STORE; // which hpb_cli_main says, as of every command
    hpb_new_file_discard(&file);
    if (!code && given->format != FORMAT_BENCHMARK)
        code = say(&e);
    hpb_stored_run_free(&run);
    return code;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    static const char *const formats[FORMAT_COUNT] = {"csv", "json", "cv_results", "benchmark"};
    arguments *given = state->input;
    switch (key) {
    case 'f':
        given->format = FORMAT_CSV;
        while (given->format < FORMAT_COUNT && strcmp(arg, formats[given->format]) != 0)
            given->format++;
        if (given->format == FORMAT_COUNT)
            hpb_cli_usage_error(state->name,
                                "--format: expected csv, json, cv_results or benchmark; got \"%s\"",
                                arg);
        return 0;
    case 'o':
        if (!*arg)
            hpb_cli_usage_error(state->name, "--output: expected a file; got nothing");
        given->output = arg;
        return 0;
    default:
        return hpb_cli_argument(key, arg, "RUN", &given->run, state);
    }
}

int hpb_command_export(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"format", 'f', "FORMAT", 0,
         "csv (default), json; cv_results: the searches; benchmark: the timings", 0},
        {"output", 'o', "FILE", 0, "Write to FILE (default: standard output)", 0},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "RUN",
        "Prints every trial of a run: its cell, seeds, status, test MSE and fold scores.\v"
        "CSV follows RFC 4180; text that a spreadsheet would take for a formula gets a ' before "
        "it. Numbers read back exactly; test_mse_bits is the float64 in hexadecimal, as nan and "
        "inf are null in JSON. Exits with 6 where the run is incomplete. cv_results: of every "
        "search of a [protocol] the columns of GridSearchCV's cv_results_ as CSV, a row for each "
        "candidate, replicate and outer split; more is better, as scikit-learn has it. benchmark: "
        "what was timed, in the JSON of Google Benchmark, whose compare.py reads two of them.",
        NULL,
        NULL,
        NULL};
    arguments given = {0};
    hpb_cli_parse(&argp, argc, argv, &given);
    char *folder = hpb_run_folder(given.run);
    char *path = hpb_format("%s/" HPB_STORE_FILE, folder);
    hpb_cli_keep_input(argv[0], given.output, path); // the one mistake that would cost a run
    free(path);
    hpb_error error = {0};
    hpb_store *store = NULL;
    hpb_exit code = hpb_store_open_read(folder, &store, &error);
    if (!code)
        code = export_run(store, &given, &error);
    hpb_store_close(store, NULL);
    if (*error.text)
        hpb_error_print(stderr, &error);
    free(folder);
    return code;
}
