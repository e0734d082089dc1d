// SPDX-License-Identifier: Apache-2.0
// hpbench run SUITE: runs what is not stored yet, then writes the report.
#include "cli/run.h"

#include <stdlib.h>
#include <string.h>

#define MOST_SECONDS 1e9 // --max-time: 30 years

typedef hpb_run_request arguments;

// --- the command line ---------------------------------------------------------------------------------

enum { KEY_FRESH = 0x200, KEY_RETRY, KEY_NO_REPORT, KEY_NO_TIMING, KEY_RETIME, KEY_MAX_TIME };

// "90s", "10m", "2h" or seconds.
static bool parse_time(const char *text, double *out)
{
    static const struct {
        char unit;
        double seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}};
    const size_t n = strlen(text);
    double scale = 0;
    for (size_t i = 0; i < HPB_COUNT(units) && n; i++)
        scale = text[n - 1] == units[i].unit ? units[i].seconds : scale;
    char *number = hpb_format("%.*s", (int)(scale > 0 ? n - 1 : n), text);
    const bool is_number = hpb_parse_double(number, out);
    free(number);
    *out *= scale > 0 ? scale : 1;
    return is_number && *out >= 1 && *out <= MOST_SECONDS;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *args = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        hpb_cli_share(state, &args->options);
        return 0;
    case KEY_FRESH:
        args->fresh = true;
        return 0;
    case KEY_RETRY:
        args->retry_failed = true;
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
    case KEY_MAX_TIME:
        if (!parse_time(arg, &args->max_seconds))
            hpb_cli_usage_error(
                state->name,
                "--max-time: expected a time of at least 1 s: 90s, 10m or 2h; got \"%s\"", arg);
        return 0;
    default:
        return hpb_cli_argument(key, arg, "SUITE", &args->suite, state);
    }
}

static const struct argp_option options[] = {
    {"fresh", KEY_FRESH, NULL, 0, "Forget what is stored and start over", 0},
    {"retry-failed", KEY_RETRY, NULL, 0, "Run failed trials again", 0},
    {"no-report", KEY_NO_REPORT, NULL, 0, "Only run; write no report", 0},
    {"no-timing", KEY_NO_TIMING, NULL, 0, "Time nothing, whatever the suite's [timing] says", 0},
    {"retime", KEY_RETIME, NULL, 0, "Measure again what is timed already", 0},
    {"max-time", KEY_MAX_TIME, "TIME", 0,
     "Stop in order after TIME (90s, 10m, 2h) and report what is stored: exit code 6", 0},
    {0}};
static const struct argp_child children[] = {{&hpb_argp_run, 0, NULL, 0},
                                             {&hpb_argp_suite, 0, NULL, 0},
                                             {&hpb_argp_plugins, 0, NULL, 0},
                                             {&hpb_argp_output, 0, NULL, 0},
                                             {0}};
static const struct argp argp = {
    options,
    parse,
    "SUITE",
    "Runs the trials of a suite that are not stored yet, and writes the report. "
    "The same command again goes on where it stopped.\v"
    "Exits with 0 where all trials are there, diverged ones included, 1 where some failed, 6 where "
    "it stopped early.",
    children,
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
