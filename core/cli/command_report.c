// SPDX-License-Identifier: Apache-2.0
// hpbench report: draws and writes the report of a run, and prints its answer.
#include "cli/cli.h"
#include "loader/json.h"
#include "reports/report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef struct report_options {
    hpb_options common;
    bool partial;
    const char *run;
} report_options;

enum { OPTION_PARTIAL = 0x100 };

static error_t parse_report(int key, char *argument, struct argp_state *state)
{
    report_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        hpb_cli_share(state, &options->common);
        return 0;
    case OPTION_PARTIAL:
        options->partial = true;
        return 0;
    default:
        return hpb_cli_argument(key, argument, "RUN", &options->run, state);
    }
}

// What FOLDER/report.json holds, without what is hpbench's own business.
static hpb_exit print_json(const char *folder, const hpb_report_result *result, hpb_error *error)
{
    char *path = hpb_format("%s/report.json", folder), *bytes = NULL;
    size_t n = 0;
    const hpb_exit code = hpb_file_read(path, (size_t)256 << 20, HPB_EXIT_STORE, &bytes, &n, error);
    free(path);
    if (code != HPB_EXIT_OK)
        return code;
    json_t *report = json_loadb(bytes, n, 0, NULL);
    free(bytes);
    if (!report)
        return hpb_error_set(error, HPB_EXIT_STORE, "%s/report.json: damaged; expected JSON",
                             folder);
    json_object_del(report, "stamp");
    json_object_set_new(report, "report", hpb_json_text(result->page.data));
    if (*result->note)
        json_object_set_new(report, "note", hpb_json_text(result->note));
    hpb_print_json(report);
    return HPB_EXIT_OK;
}

static hpb_exit print_report(const report_options *options, const char *folder,
                             const hpb_report_result *result, hpb_error *error)
{
    if (options->common.json)
        return print_json(folder, result, error);
    if (!options->common.quiet && result->answer.data)
        hpb_print_sentences(result->answer.data);
    printf(options->common.quiet ? "%s\n" : "report: %s\n", result->page.data);
    return HPB_EXIT_OK;
}

int hpb_command_report(int argc, char **argv)
{
    static const struct argp_option own[] = {
        {"partial", OPTION_PARTIAL, NULL, 0, "Exit with 0 also where the run is not complete", 0},
        {0},
    };
    static const struct argp_child children[] = {{&hpb_argp_output, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        own,
        parse_report,
        "RUN",
        "Write report.html, figures/ and report.json of a run, and print the answer.\v"
        "RUN is a folder that `hpbench run` wrote, or the name of its suite. It may still be "
        "running: then the "
        "report is of what is stored so far and says so, and the exit code is 6 unless --partial "
        "is given. "
        "Where gnuplot is missing or fails the page is written without figures, and the exit code "
        "is 5.",
        children,
        NULL,
        NULL,
    };
    report_options options = {0};
    hpb_cli_parse(&argp, argc, argv, &options);
    char *folder = hpb_run_folder(options.run);
    hpb_report_result result;
    hpb_error error = {0};
    hpb_exit code = hpb_report_write(folder, &result, &error);
    if (code == HPB_EXIT_OK) {
        code = print_report(&options, folder, &result, &error);
        if (code == HPB_EXIT_OK && *result.note) {
            fprintf(stderr, "hpbench: note: %s\n", result.note);
            code = HPB_EXIT_STORE;
        } else if (code == HPB_EXIT_OK && !result.complete && !options.partial) {
            code = HPB_EXIT_INCOMPLETE;
        }
        hpb_report_result_free(&result);
    }
    if (error.code != HPB_EXIT_OK)
        hpb_error_print(stderr, &error);
    free(folder);
    return (int)code;
}
