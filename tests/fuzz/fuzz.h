// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share. Each is one LLVMFuzzerTestOneInput, built twice: as a libFuzzer program (Clang and
// -DHPBENCH_FUZZ=ON) and, everywhere, as a program that replays the folders of inputs it is given.
#ifndef HPB_TEST_FUZZ_H
#define HPB_TEST_FUZZ_H

#include "suite/plan.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/// What must hold of any input; ends the process where it does not, as a crash would.
#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/// What is said of an input is there, is one line, and names no more than 20 faults.
static inline void check_diagnostics(const hpb_diagnostics *diagnostics, bool is_good)
{
    HOLDS(is_good == (diagnostics->count == 0));
    HOLDS(diagnostics->count <= HPB_MAX_DIAGNOSTICS);
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    HOLDS(out);
    hpb_diagnostics_print(out, diagnostics);
    fclose(out);
    HOLDS(hpb_utf8_valid(text, n) == n);
    free(text);
    for (uint32_t i = 0; i < diagnostics->count; i++)
        HOLDS(diagnostics->item[i].text[0] && diagnostics->item[i].code == HPB_EXIT_SUITE);
}

/// The plugins of registry.json: descriptors alone, so that no plugin is loaded here.
static inline const hpb_registry *known_plugins(void)
{
    static hpb_registry registry;
    if (registry.arena)
        return &registry;
    json_t *json = json_load_file(HPB_TEST_SOURCE "/fuzz/registry.json", 0, NULL);
    hpb_error error = {0};
    HOLDS(json && hpb_registry_from_json(json, &registry, &error) == HPB_EXIT_OK);
    json_decref(json);
    return &registry;
}

/// Counts as the built-in splitters do; any values make a schedule.
static inline hpb_exit count_from_n_splits(void *context, const hpb_plugin_info *splitter,
                                           const hpb_value *values, const hpb_rows *rows,
                                           uint32_t *out, hpb_error *error)
{
    (void)context;
    *out = 1;
    for (uint32_t i = 0; i < splitter->n_params; i++)
        if (strcmp(splitter->params[i].name, "n_splits") == 0) {
            HOLDS(values[i].number >= 1 && values[i].number <= UINT32_MAX);
            *out = (uint32_t)values[i].number;
        }
    return splitter->kind != HPB_KIND_SPLITTER || *out <= rows->n_rows
               ? HPB_EXIT_OK
               : hpb_error_set(error, HPB_EXIT_SUITE, "more splits than rows");
}

/// Cuts a text into its lines, `most` at most; their number.
static inline uint32_t fuzz_lines(char *text, const char **out, uint32_t most)
{
    uint32_t n = 0;
    for (char *at = text; at && n < most; n++) {
        out[n] = at;
        at = strchr(at, '\n');
        if (at)
            *at++ = '\0';
    }
    return n;
}

/// Parses and plans; every promise of both headers that can be checked from outside is.
static inline void parse_and_plan(const char *bytes, size_t n, const char *const *overrides,
                                  uint32_t n_overrides)
{
    static const char path[] = HPB_TEST_SOURCE "/../suites/fuzz.ini"; // for `file = data/...`
    hpb_diagnostics *diagnostics = hpb_alloc(1, sizeof *diagnostics);
    hpb_suite suite = {0};
    hpb_plan plan = {0};
    bool is_good = hpb_suite_parse(path, bytes, n, overrides, n_overrides, known_plugins(), &suite,
                                   diagnostics);
    HOLDS(is_good == (suite.arena != NULL));
    if (is_good)
        is_good = hpb_plan_make(&suite, count_from_n_splits, NULL, &plan, diagnostics);
    check_diagnostics(diagnostics, is_good);
    if (is_good) {
        HOLDS(plan.n_cells && plan.n_cells <= HPB_MAX_CELLS && plan.reference < plan.n_cells);
        HOLDS(plan.n_trials <= suite.max_trials && plan.n_fits >= plan.n_trials);
        const hpb_cell *last = &plan.cells[plan.n_cells - 1];
        HOLDS(strlen(last->key) == HPB_SHA256_TEXT - 1 && last->label[0]);
        json_t *json = hpb_cell_to_json(&plan, last);
        char *text = json_dumps(json, JSON_SORT_KEYS);
        HOLDS(text);
        free(text);
        json_decref(json);
        hpb_cell_seeds(&plan, last, last->n_replicates - 1);
    }
    hpb_plan_free(&plan);
    hpb_suite_free(&suite);
    free(diagnostics);
}

#endif // HPB_TEST_FUZZ_H
