// SPDX-License-Identifier: Apache-2.0
// hpbench status RUN: how far a run is, what failed, and who is at it.
#include "cli/cli.h"
#include "cli/tally.h"
#include "explain/looks.h"
#include "loader/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

typedef struct arguments {
    hpb_options options;
    const char *run;
} arguments;

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *args = state->input;
    if (key == ARGP_KEY_INIT) {
        hpb_cli_share(state, &args->options);
        return 0;
    }
    return hpb_cli_argument(key, arg, "RUN", &args->run, state);
}

static const struct argp_child children[] = {{&hpb_argp_output, 0, NULL, 0}, {0}};
static const struct argp argp = {
    NULL,
    parse,
    "RUN",
    "How many trials of each cell are stored, what failed and why, and "
    "whether a run is at it.\v"
    "Exits with 0 where all is done, 1 where trials failed, 6 where some are "
    "missing.",
    children,
    NULL,
    NULL};

// When the store was written last; the write-ahead log is newer while a run goes on.
static void change_text(const char *folder, char out[32])
{
    static const char *const names[] = {HPB_STORE_FILE, HPB_STORE_FILE "-wal"};
    time_t newest = 0;
    for (size_t i = 0; i < HPB_COUNT(names); i++) {
        char *path = hpb_format("%s/%s", folder, names[i]);
        struct stat status;
        if (stat(path, &status) == 0 && status.st_mtime > newest)
            newest = status.st_mtime;
        free(path);
    }
    struct tm utc;
    gmtime_r(&newest, &utc);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static void print_text(const tally *t, const char *folder, const char *owner)
{
    char stored[HPB_NUMBER_SIZE], planned[HPB_NUMBER_SIZE], changed[32];
    change_text(folder, changed);
    char lost[HPB_NUMBER_SIZE], diverged[HPB_NUMBER_SIZE];
    printf("%s: %s of %s trials stored, %s failed, %s diverged\n", folder,
           hpb_count_text(t->stored, stored), hpb_count_text(t->planned, planned),
           hpb_count_text(t->failed, lost),
           hpb_count_text(t->status[HPB_STATUS_DIVERGED], diverged));
    for (uint32_t i = 0; i < t->run.n_cells + t->run.n_grids; i++) {
        uint64_t n = 0, failed = 0;
        for (int s = 0; s < HPB_STATUS_COUNT; s++) {
            n += t->by_cell[i][s];
            failed += s > HPB_STATUS_DIVERGED ? t->by_cell[i][s] : 0;
        }
        printf("  %12s of %-12s", hpb_count_text(n, stored),
               hpb_count_text(t->run.cells[i].n_planned, planned));
        printf(" %s", t->run.cells[i].label);
        if (failed)
            printf("   %s failed", hpb_count_text(failed, lost));
        if (t->by_cell[i][HPB_STATUS_DIVERGED])
            printf("   %s diverged", hpb_count_text(t->by_cell[i][HPB_STATUS_DIVERGED], diverged));
        putchar('\n');
    }
    const char *looks = hpb_looks_words(json_object_get(t->run.about, "looks"), t->run.arena);
    if (looks)
        printf("last look: %s\n", looks);
    if (t->n_failures)
        puts("failures:");
    hpb_tally_print_failures(t, stdout);
    printf("last change: %s\n", changed);
    if (owner)
        printf("in use by %s\n", owner);
}

static void print_json(const tally *t, const char *folder, const char *owner, hpb_exit code)
{
    char changed[32];
    change_text(folder, changed);
    json_t *cells = json_array();
    for (uint32_t i = 0; i < t->run.n_cells + t->run.n_grids; i++) {
        json_t *cell = json_pack("{s:o, s:I}", "cell", hpb_json_text(t->run.cells[i].label),
                                 "planned", (json_int_t)t->run.cells[i].n_planned);
        for (int s = 0; s < HPB_STATUS_COUNT; s++)
            json_object_set_new(cell, hpb_status_name((hpb_status)s),
                                json_integer((json_int_t)t->by_cell[i][s]));
        json_array_append_new(cells, cell);
    }
    json_t *all = json_pack("{s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:s, s:o, s:i}", "folder",
                            hpb_json_text(folder), "planned", (json_int_t)t->planned, "stored",
                            (json_int_t)t->stored, "failed", (json_int_t)t->failed, "diverged",
                            (json_int_t)t->status[HPB_STATUS_DIVERGED], "cells", cells, "failures",
                            hpb_tally_failures_to_json(t), "changed", changed, "in_use_by",
                            hpb_json_text(owner), "exit", (int)code);
    hpb_print_json(all);
}

int hpb_command_status(int argc, char **argv)
{
    arguments args = {0};
    hpb_cli_parse(&argp, argc, argv, &args);
    char *folder = hpb_run_folder(args.run);
    hpb_error error;
    tally t;
    hpb_exit code = hpb_tally_read(folder, &t, &error);
    if (code != HPB_EXIT_OK) {
        hpb_error_print(stderr, &error);
    } else {
        char owner[256];
        const bool is_busy = hpb_store_owner(folder, owner, sizeof owner);
        code = hpb_tally_exit(&t);
        if (args.options.json)
            print_json(&t, folder, is_busy ? owner : NULL, code);
        else if (!args.options.quiet)
            print_text(&t, folder, is_busy ? owner : NULL);
        hpb_tally_free(&t);
    }
    free(folder);
    return code;
}
