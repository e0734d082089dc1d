// SPDX-License-Identifier: Apache-2.0
// hpbench splits SUITE: the rows that training, validation and test see, of any replicate; nothing is trained.
#include "cli/ask.h"
#include "cli/npy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    hpb_options options;
    hpb_asked asked;
    const char *suite, *output;
    bool npy;
} arguments;

typedef struct writer {
    const arguments *args;
    const hpb_cell *cell;
    FILE *out;
    char *label; // as a CSV field
} writer;

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *args = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        hpb_cli_share(state, &args->options);
        state->child_inputs[0] = &args->asked;
        return 0;
    case 'f':
        if (strcmp(arg, "csv") != 0 && strcmp(arg, "npy") != 0)
            hpb_cli_usage_error(state->name, "--format: expected csv or npy; got \"%s\"", arg);
        args->npy = strcmp(arg, "npy") == 0;
        return 0;
    case 'o':
        if (!*arg)
            hpb_cli_usage_error(state->name, "--output: expected a file or folder; got nothing");
        args->output = arg;
        return 0;
    default:
        return hpb_asked_argument(key, arg, &args->suite, &args->asked, state);
    }
}

// --- CSV ----------------------------------------------------------------------------------------------

static void write_rows(const writer *w, const hpb_fold *fold, const char *part,
                       const uint32_t *rows, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        fprintf(w->out, "%s,%" PRIu32 ",%" PRIu32 ",%s,%" PRIu32 ",%" PRIu32 "\r\n", w->label,
                fold->replicate, fold->fold, part, i, rows[i]);
}

static void write_csv(const writer *w, const hpb_fold *fold)
{
    write_rows(w, fold, "train", fold->train, fold->n_train);
    write_rows(w, fold, "validation", fold->validation, fold->n_validation);
    write_rows(w, fold, "test", fold->test, fold->n_test);
}

// --- NumPy --------------------------------------------------------------------------------------------

static hpb_exit write_array(const char *folder, const hpb_fold *fold, const char *part,
                            const uint32_t *rows, uint32_t n, hpb_error *error)
{
    int64_t *wide = hpb_alloc(n, sizeof *wide);
    for (uint32_t i = 0; i < n; i++)
        wide[i] = rows[i];
    char *path = hpb_format("%s/fold%" PRIu32 "_%s.npy", folder, fold->fold, part);
    const hpb_exit code = hpb_npy_write(path, HPB_NPY_INT64, wide, n, 0, error);
    free(path);
    free(wide);
    return code;
}

static hpb_exit write_npy(const writer *w, const hpb_answer *answer, hpb_error *error)
{
    const bool is_one = w->args->asked.first == w->args->asked.last;
    char *folder =
        is_one ? hpb_strdup(w->args->output)
               : hpb_format("%s/replicate%" PRIu32, w->args->output, answer->result->replicate);
    hpb_exit code = hpb_folder_create(folder, error);
    for (uint32_t i = 0; i < answer->n_folds && !code; i++) {
        const hpb_fold *fold = &answer->folds[i];
        code = write_array(folder, fold, "train", fold->train, fold->n_train, error);
        if (!code && fold->n_validation)
            code = write_array(folder, fold, "validation", fold->validation, fold->n_validation,
                               error);
        if (!code)
            code = write_array(folder, fold, "test", fold->test, fold->n_test, error);
    }
    free(folder);
    return code;
}

// --- the command --------------------------------------------------------------------------------------

static hpb_exit take(void *context, const hpb_answer *answer, hpb_error *error)
{
    const writer *w = context;
    if (w->args->npy)
        return write_npy(w, answer, error);
    for (uint32_t i = 0; i < answer->n_folds; i++)
        write_csv(w, &answer->folds[i]);
    return HPB_EXIT_OK;
}

static hpb_exit write_splits(const arguments *args, const hpb_session *session, hpb_error *error)
{
    uint32_t cell;
    hpb_exit code = hpb_asked_find(&args->asked, &session->plan, &cell, error);
    if (code)
        return code;
    hpb_new_file file = {0};
    hpb_text label = {0};
    hpb_csv_add(&label, session->plan.cells[cell].label);
    writer w = {args, &session->plan.cells[cell], stdout, label.data};
    const bool is_file = args->output && !args->npy;
    if (is_file) {
        code = hpb_new_file_open(args->output, &file, error);
        w.out = file.stream;
    }
    if (!code && !args->npy)
        fputs("cell,replicate,fold,part,position,row\r\n", w.out);
    if (!code)
        code = hpb_ask(session, &args->options, &cell, 1, &args->asked, HPB_WORK_FOLDS, take, &w,
                       error);
    if (!code && is_file)
        code = hpb_new_file_commit(&file, error);
    hpb_new_file_discard(&file);
    hpb_text_free(&label);
    return code;
}

int hpb_command_splits(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"format", 'f', "FORMAT", 0, "csv (default) or npy", 0},
        {"output", 'o', "FILE", 0,
         "Write to FILE (default: standard output); with npy the folder of the arrays", 0},
        {0}};
    static const struct argp_child children[] = {{&hpb_argp_asked, 0, NULL, 0},
                                                 {&hpb_argp_suite, 0, NULL, 0},
                                                 {&hpb_argp_plugins, 0, NULL, 0},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "SUITE [PROTOCOL]",
        "Prints the rows that each fold of a run trains, validates and tests on, in the splitter's "
        "order. Nothing is trained.\v"
        "Rows, positions, folds and replicates count from 0; --replicate 0-9 takes ten of them. "
        "npy: foldK_train.npy, foldK_validation.npy and foldK_test.npy of int64, for numpy.load; "
        "several replicates have a folder each.",
        children,
        NULL,
        NULL};
    arguments args = {0};
    hpb_cli_parse(&argp, argc, argv, &args);
    if (args.npy && !args.output)
        hpb_cli_usage_error(argv[0], "--format npy needs a folder: --output DIR");
    hpb_session session;
    hpb_exit code = hpb_session_open(&args.options, args.suite, &session);
    if (!code) {
        hpb_error error = {0};
        hpb_session_keep_inputs(argv[0], args.npy ? NULL : args.output, &session);
        code = write_splits(&args, &session, &error);
        if (code && *error.text)
            hpb_error_print(stderr, &error);
        hpb_session_close(&session);
    }
    hpb_options_free(&args.options);
    return code;
}
