// SPDX-License-Identifier: Apache-2.0
// hpbench keras SUITE: one run as a script that anyone can check with Keras and scikit-learn.
#include "cli/ask.h"
#include "cli/keras_script.h"
#include "cli/npy.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ORDER ((size_t)100000000) // numbers of one fold's row orders: 400 MB

enum { KEY_EXACT = 0x500, KEY_NO_RUN };

typedef struct arguments {
    hpb_options options;
    hpb_asked asked;
    const char *suite, *exact, *output;
    bool no_run;
} arguments;

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *args = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        hpb_cli_share(state, &args->options);
        state->child_inputs[0] = &args->asked;
        return 0;
    case KEY_EXACT:
        args->exact = arg;
        return 0;
    case KEY_NO_RUN:
        args->no_run = true;
        return 0;
    case 'o':
        if (!*arg)
            hpb_cli_usage_error(state->name, "--output: expected a file; got nothing");
        args->output = arg;
        return 0;
    case ARGP_KEY_END:
        if (args->asked.first != args->asked.last)
            hpb_cli_usage_error(state->name, "--replicate: a script is one run; expected a number");
        return hpb_asked_argument(key, arg, &args->suite, &args->asked, state);
    default:
        return hpb_asked_argument(key, arg, &args->suite, &args->asked, state);
    }
}

// --- what fits begin with -----------------------------------------------------------------------------

typedef struct starts {
    const hpb_cell *cell;
    const hpb_trial_seeds *seeds;
    const char *folder;
} starts;

// The path of one array of a fit; free() it.
static char *path_of(const starts *s, const hpb_fold *fold, const char *part)
{
    const char *word = hpb_cell_is_search(s->cell) ? "fit" : "fold";
    return hpb_format("%s/%s%" PRIu32 "_%s.npy", s->folder, word, fold->fold, part);
}

static hpb_exit write_rows(const starts *s, const hpb_fold *fold, const char *part,
                           const uint32_t *rows, size_t n, size_t n_orders, hpb_error *error)
{
    char *path = path_of(s, fold, part);
    const hpb_exit code = n_orders ? hpb_npy_write(path, HPB_NPY_UINT32, rows, n_orders, n, error)
                                   : hpb_npy_write(path, HPB_NPY_UINT32, rows, n, 0, error);
    free(path);
    return code;
}

// One order for all epochs where each has the same, and 0 1 2 ... for a candidate that does not shuffle.
static hpb_exit write_order(const starts *s, const hpb_fold *fold, hpb_error *error)
{
    const hpb_choice *fit = s->cell->candidates[fold->candidate].choice[HPB_AXIS_FIT];
    const bool shuffles = hpb_choice_number(fit, "shuffle") != 0;
    const uint32_t epochs = !shuffles || hpb_order_is_constant(s->seeds)
                                ? 1
                                : (uint32_t)hpb_choice_number(fit, "epochs");
    if ((size_t)epochs * fold->n_train > MAX_ORDER)
        return hpb_error_set(error, HPB_EXIT_SUITE,
                             "--exact: %u epochs of %u rows are too many orders to write down; "
                             "expected at most %zu numbers",
                             epochs, fold->n_train, MAX_ORDER);
    uint32_t *order = hpb_alloc((size_t)epochs * fold->n_train, sizeof *order);
    for (uint32_t i = 0; i < fold->n_train; i++)
        order[i] = i;
    for (uint32_t epoch = 0; shuffles && epoch < epochs; epoch++)
        hpb_order_permutation(s->seeds, fold->fold, epoch, fold->n_train,
                              order + (size_t)epoch * fold->n_train);
    const hpb_exit code = write_rows(s, fold, "order", order, fold->n_train, epochs, error);
    free(order);
    return code;
}

// The training rows with those that validate behind them: Keras takes them off the end.
static hpb_exit write_split(const starts *s, const hpb_fold *fold, hpb_error *error)
{
    uint32_t *train = hpb_alloc((size_t)fold->n_train + fold->n_validation, sizeof *train);
    memcpy(train, fold->train, fold->n_train * sizeof *train);
    if (fold->n_validation)
        memcpy(train + fold->n_train, fold->validation, fold->n_validation * sizeof *train);
    hpb_exit code =
        write_rows(s, fold, "train", train, (size_t)fold->n_train + fold->n_validation, 0, error);
    if (!code)
        code = write_rows(s, fold, "test", fold->test, fold->n_test, 0, error);
    free(train);
    return code;
}

static hpb_exit write_start(const starts *s, const hpb_fold *fold, bool has_orders,
                            hpb_error *error)
{
    hpb_exit code = HPB_EXIT_OK;
    if (hpb_choice_trains(s->cell->candidates[fold->candidate].choice[HPB_AXIS_FIT])) {
        char *path = path_of(s, fold, "weights");
        code = hpb_npy_write(path, HPB_NPY_FLOAT32, fold->weights, fold->n_weights, 0, error);
        free(path);
    }
    if (!code && has_orders)
        code = write_order(s, fold, error);
    if (!code && hpb_keras_needs_rows(s->cell))
        code = write_split(s, fold, error);
    return code;
}

// Whether the rows are visited in an order that is drawn.
static bool trains_in_order(const hpb_choice *fit)
{
    return hpb_choice_trains(fit) && hpb_choice_number(fit, "shuffle") != 0;
}

static hpb_exit take_start(void *context, const hpb_answer *answer, hpb_error *error)
{
    const starts *s = context;
    bool has_orders = false;
    for (uint32_t c = 0; c < s->cell->n_candidates; c++)
        has_orders |= trains_in_order(s->cell->candidates[c].choice[HPB_AXIS_FIT]);
    hpb_exit code = hpb_folder_create(s->folder, error);
    for (uint32_t i = 0; i < answer->n_folds && !code; i++)
        if (answer->folds[i].candidate < s->cell->n_candidates) // refits have no start
            code = write_start(s, &answer->folds[i], has_orders, error);
    return code;
}

// --- the command --------------------------------------------------------------------------------------

// A result that outlives its answer.
typedef struct kept_result {
    hpb_trial_result result;
    double *fold_mse, *scores;
} kept_result;

static hpb_exit take_result(void *context, const hpb_answer *answer, hpb_error *error)
{
    kept_result *kept = context;
    (void)error;
    kept->result = *answer->result;
    kept->fold_mse = hpb_alloc(kept->result.n_folds, sizeof *kept->fold_mse);
    memcpy(kept->fold_mse, answer->result->fold_mse, kept->result.n_folds * sizeof *kept->fold_mse);
    kept->result.fold_mse = kept->fold_mse;
    kept->scores = hpb_alloc(kept->result.n_scores, sizeof *kept->scores);
    if (kept->result.n_scores)
        memcpy(kept->scores, answer->result->scores, kept->result.n_scores * sizeof *kept->scores);
    kept->result.scores = kept->scores;
    return HPB_EXIT_OK;
}

static hpb_exit write_script(const arguments *args, const hpb_session *session, hpb_error *error)
{
    uint32_t index;
    hpb_exit code = hpb_asked_find(&args->asked, &session->plan, &index, error);
    if (code)
        return code;
    const hpb_cell *cell = &session->plan.cells[index];
    hpb_keras_trial trial = {.plan = &session->plan,
                             .cell = cell,
                             .replicate = args->asked.first,
                             .seeds = hpb_cell_seeds(&session->plan, cell, args->asked.first)};
    hpb_text text = {0};
    kept_result kept = {0};
    char *folder = NULL;
    if (args->exact) {
        const starts s = {cell, &trial.seeds, args->exact};
        code = hpb_ask(session, &args->options, &index, 1, &args->asked, HPB_WORK_STARTS,
                       take_start, (void *)&s, error);
        trial.start = folder = code ? NULL : realpath(args->exact, NULL);
    }
    if (!code && !args->no_run) {
        code = hpb_ask(session, &args->options, &index, 1, &args->asked, HPB_WORK_TRIALS,
                       take_result, &kept, error);
        trial.result = &kept.result;
    }
    if (!code)
        code = hpb_keras_script(&trial, &text, error);
    if (!code && args->output)
        code = hpb_file_write(args->output, text.data, text.length, error);
    else if (!code)
        fwrite(text.data, 1, text.length, stdout);
    free(folder);
    free(kept.fold_mse);
    free(kept.scores);
    hpb_text_free(&text);
    return code;
}

int hpb_command_keras(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"exact", KEY_EXACT, "DIR", 0,
         "Start from hpbench's own weights and row order, written as arrays into DIR", 0},
        {"no-run", KEY_NO_RUN, NULL, 0, "Leave out what hpbench gets; nothing is trained here", 0},
        {"output", 'o', "FILE", 0, "Write to FILE (default: standard output)", 0},
        {0}};
    static const struct argp_child children[] = {{&hpb_argp_asked, 0, NULL, 0},
                                                 {&hpb_argp_suite, 0, NULL, 0},
                                                 {&hpb_argp_plugins, 0, NULL, 0},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "SUITE [PROTOCOL]",
        "Prints one run of a suite as a Python script: the same data, split, model and training in "
        "Keras and scikit-learn, and beside its test MSE the one that hpbench gets. That of a "
        "protocol searches: GridSearchCV over the same candidates.\v"
        "Under the policy keras.utils.set_random_seed both are the same number to about 1e-5. "
        "Under "
        "the others Keras draws other weights, and --exact DIR is what makes them the same; a "
        "search's refits have no such start, so its script then ends at the scores.",
        children,
        NULL,
        NULL};
    arguments args = {0};
    hpb_cli_parse(&argp, argc, argv, &args);
    hpb_session session;
    hpb_exit code = hpb_session_open(&args.options, args.suite, &session);
    if (!code) {
        hpb_error error = {0};
        hpb_session_keep_inputs(argv[0], args.output, &session);
        code = write_script(&args, &session, &error);
        if (code && *error.text)
            hpb_error_print(stderr, &error);
        hpb_session_close(&session);
    }
    hpb_options_free(&args.options);
    return code;
}
