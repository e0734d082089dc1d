// SPDX-License-Identifier: Apache-2.0
// Checks a search before it runs: its size, what it chooses by, and splits inside splits.
#include "suite/searches.h"

#include "suite/warnings.h"

static hpb_error *blame(const hpb_cell *cell, const char *key, hpb_diagnostics *diagnostics,
                        const char *text)
{
    const hpb_choice *choice = cell->protocol->choice;
    const hpb_place at = key ? hpb_choice_setting(choice, key)->place : choice->place;
    char section[128];
    snprintf(section, sizeof section, "protocol.%.100s", choice->name);
    return hpb_diagnose(diagnostics, at.file ? at : choice->place, section, key, "%s", text);
}

static bool check_size(const hpb_cell *cell, hpb_diagnostics *diagnostics)
{
    if (cell->n_fits <= HPB_MAX_FITS)
        return true;
    char most[HPB_NUMBER_SIZE], candidates[HPB_NUMBER_SIZE], splits[HPB_NUMBER_SIZE];
    char outer[HPB_NUMBER_SIZE], text[256];
    const int n =
        snprintf(text, sizeof text,
                 "a run takes too many fits; expected at most %s; got %s candidates on %s "
                 "splits",
                 hpb_count_text(HPB_MAX_FITS, most), hpb_count_text(cell->n_candidates, candidates),
                 hpb_count_text(cell->n_splits, splits));
    if (cell->outer)
        snprintf(text + n, sizeof text - (size_t)n, " of each of %s outer splits",
                 hpb_count_text(cell->n_outer, outer));
    blame(cell, NULL, diagnostics, text);
    return false;
}

static bool check_select(const hpb_cell *cell, hpb_diagnostics *diagnostics)
{
    for (uint32_t k = 0; k < cell->n_candidates && cell->select == HPB_SELECT_VALIDATION; k++) {
        const hpb_candidate *candidate = &cell->candidates[k];
        if (hpb_choice_number(candidate->choice[HPB_AXIS_FIT], "validation_split") > 0)
            continue;
        char text[256];
        snprintf(text, sizeof text, "chooses by val_loss, but validation_split%s%.100s is 0",
                 *candidate->label ? " of candidate " : "", candidate->label);
        hpb_error_hint(blame(cell, "select", diagnostics, text),
                       "validation_split = 0.2, or select = test");
        return false;
    }
    return true;
}

// How many splits depends on the rows: GridSearchCV then has other ones on each outer split, which have no common mean.
static bool check_inner(const hpb_plan *plan, const hpb_cell *cell,
                        hpb_check_values_function check_values, void *context,
                        hpb_diagnostics *diagnostics)
{
    const hpb_plan_data *data = &plan->data[cell->data];
    const hpb_choice *splitter = cell->choice[HPB_AXIS_SPLITTER];
    if (!cell->outer || data->dataset.groups || data->dataset.test_fold)
        return true; // whose rows the outer training rows are is known in a trial alone
    const uint32_t n = hpb_most_train_rows(cell->outer, data->n_rows);
    const hpb_rows rows = {.struct_size = sizeof rows, .n_rows = n};
    hpb_error error = {0};
    uint32_t n_splits = 0;
    char text[sizeof error.text + 128];
    const hpb_exit code =
        check_values(context, splitter->plugin, splitter->values, &rows, &n_splits, &error);
    if (code == HPB_EXIT_OK && n_splits == cell->n_splits)
        return true;
    if (code)
        snprintf(text, sizeof text, "leaves %u of %u rows, which %.64s can't split: %s", n,
                 data->n_rows, splitter->plugin->id, error.text);
    else
        snprintf(
            text, sizeof text,
            "leaves %u of %u rows, of which %.64s makes %u splits, not %u; expected a splitter "
            "whose number of splits does not depend on the rows",
            n, data->n_rows, splitter->plugin->id, n_splits, cell->n_splits);
    hpb_error *item = blame(cell, "outer", diagnostics, text);
    if (item && code)
        hpb_error_hint(item, "%s", error.hint);
    return false;
}

bool hpb_search_check(const hpb_plan *plan, const hpb_cell *cell,
                      hpb_check_values_function check_values, void *context,
                      hpb_diagnostics *diagnostics)
{
    return !cell->protocol || (check_size(cell, diagnostics) && check_select(cell, diagnostics) &&
                               check_inner(plan, cell, check_values, context, diagnostics));
}
