// SPDX-License-Identifier: Apache-2.0
// hpbench validate SUITE...: every error of each suite, without a trial.
#include "cli/cli.h"
#include "loader/json.h"

#include <stdlib.h>

typedef struct arguments {
    hpb_options options;
    char **suites; // [n_suites]: what is left of argv
    int n_suites;
} arguments;

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *args = state->input;
    (void)arg;
    switch (key) {
    case ARGP_KEY_INIT:
        hpb_cli_share(state, &args->options);
        return 0;
    case ARGP_KEY_ARGS:
        args->suites = state->argv + state->next;
        args->n_suites = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        hpb_cli_usage_error(state->name, "SUITE is missing");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static json_t *to_json(const hpb_session *session)
{
    const hpb_plan *plan = &session->plan;
    json_t *warnings = json_array();
    for (uint32_t i = 0; i < plan->n_warnings; i++)
        json_array_append_new(warnings, hpb_json_text(plan->warnings[i]));
    return json_pack("{s:o, s:b, s:I, s:I, s:I, s:o}", "suite", hpb_json_text(session->suite.path),
                     "valid", 1, "cells", (json_int_t)plan->n_cells, "trials",
                     (json_int_t)plan->n_trials, "fits", (json_int_t)plan->n_fits, "warnings",
                     warnings);
}

static void print_counts(const hpb_session *session)
{
    const hpb_plan *plan = &session->plan;
    printf("%s: no errors; ", session->suite.path);
    hpb_print_counts(plan);
    putchar('\n');
    for (uint32_t i = 0; i < plan->n_warnings; i++)
        printf("  warning: %s\n", plan->warnings[i]);
}

int hpb_command_validate(int argc, char **argv)
{
    static const struct argp_child children[] = {{&hpb_argp_suite, 0, NULL, 0},
                                                 {&hpb_argp_plugins, 0, NULL, 0},
                                                 {&hpb_argp_output, 0, NULL, 0},
                                                 {0}};
    static const struct argp argp = {
        NULL,
        parse,
        "SUITE...",
        "Find every error of each suite (the first 20 are printed), without a trial.\v"
        "Exit code 0: all are fit to run; 3: one is not.",
        children,
        NULL,
        NULL};
    arguments args = {0};
    hpb_cli_parse(&argp, argc, argv, &args);
    int worst = HPB_EXIT_OK;
    json_t *list = json_array();
    for (int i = 0; i < args.n_suites; i++) {
        hpb_session session;
        const hpb_exit code = hpb_session_open(&args.options, args.suites[i], &session);
        if (code) {
            worst = worst ? worst : (int)code;
            json_array_append_new(
                list, json_pack("{s:o, s:b}", "suite", hpb_json_text(args.suites[i]), "valid", 0));
            continue;
        }
        if (args.options.json)
            json_array_append_new(list, to_json(&session));
        else if (!args.options.quiet)
            print_counts(&session);
        hpb_session_close(&session);
    }
    if (args.options.json)
        hpb_print_json(list);
    else
        json_decref(list);
    hpb_options_free(&args.options);
    return worst;
}
