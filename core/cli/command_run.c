// SPDX-License-Identifier: Apache-2.0
// hpbench run SUITE: runs what is not stored yet, then writes the report.
#include "cli/run.h"

typedef hpb_run_request arguments;

enum { KEY_NO_REPORT = 0x200, KEY_NO_TIMING, KEY_RETIME };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *args = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        hpb_cli_share(state, &args->options);
        return 0;
    case KEY_NO_REPORT:
        args->no_report = true;
        return 0;
    case KEY_NO_TIMING:
        args->no_timing = true;
        return 0;
    case KEY_RETIME:
        args->retime = true;
        return 0;
    default:
        return hpb_cli_argument(key, arg, "SUITE", &args->suite, state);
    }
}

static const struct argp_option options[] = {
    {"no-report", KEY_NO_REPORT, NULL, 0, "Only run; write no report", 0},
    {"no-timing", KEY_NO_TIMING, NULL, 0, "Time nothing, whatever the suite's [timing] says", 0},
    {"retime", KEY_RETIME, NULL, 0, "Measure again what is timed already", 0},
    {0}};
static const struct argp argp = {
    options,
    parse,
    "SUITE",
    "Runs the trials of a suite that are not stored yet, and writes the report. "
    "The same command again goes on where it stopped.\v"
    "Exits with 0 where all trials are there, diverged ones included, 1 where some failed, 6 where "
    "it stopped early.",
    hpb_argp_runs,
    NULL,
    NULL};

int hpb_command_run(int argc, char **argv)
{
    arguments args = {0};
    hpb_cli_parse(&argp, argc, argv, &args);
    const int code = hpb_run(&args);
    hpb_options_free(&args.options);
    return code;
}
