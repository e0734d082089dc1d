// SPDX-License-Identifier: Apache-2.0
// The plan: axes crossed, splits counted. What would go wrong in every trial goes wrong here.
#include "suite/plan.h"

#include "suite/cell.h"
#include "suite/corners.h"
#include "suite/cross.h"
#include "suite/filter.h"
#include "suite/grids.h"
#include "suite/plan_data.h"
#include "suite/replicates.h"
#include "suite/truth.h"
#include "suite/warnings.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SPLIT_NUMBERS 200000000.0 // kept by the splits of one trial, 4 bytes each: 800 MB
#define MAX_PARAMETERS 1000000.0      // of one network: 16 lanes of it and its gradients are 128 MB

// One plan under way.
typedef struct maker {
    const hpb_suite *suite;
    hpb_plan *plan;
    hpb_check_values_function check_values;
    void *context;
    hpb_diagnostics *diagnostics;
    uint32_t *n_splits; // [splitter choice][data choice]; 0: not counted yet
    hpb_cell reference; // that the suite means, whatever --filter leaves; n_splits 0: none
    uint64_t n_all;     // cells without --filter
    bool is_good;
} maker;

// --- checks of combinations, before any cell is allocated ----------------------------------------------------

static void check_network(maker *m, const hpb_choice *model, const hpb_plan_data *data)
{
    const hpb_setting *hidden = hpb_choice_setting(model, "hidden");
    double inputs = data->n_features, total = 0;
    for (uint32_t i = 0; i < hidden->value.count; i++) {
        total += (inputs + 1) * hidden->value.list[i];
        inputs = hidden->value.list[i];
    }
    total += inputs + 1;
    if (total <= MAX_PARAMETERS)
        return;
    m->is_good = false;
    char found[HPB_NUMBER_SIZE], limit[HPB_NUMBER_SIZE];
    const hpb_place place = hidden->place.file ? hidden->place : model->place;
    hpb_diagnose(m->diagnostics, place, "model", "hidden",
                 "the network is too large; expected at most %s parameters; got %s",
                 hpb_count_text((uint64_t)MAX_PARAMETERS, limit),
                 hpb_count_text((uint64_t)total, found));
}

static const char *section_name(const hpb_choice *choice, char out[128])
{
    snprintf(out, 128, "%s%s%.100s", hpb_axis_name(choice->axis),
             choice->place.line && *choice->name ? "." : "",
             choice->place.line ? choice->name : "");
    return out;
}

static bool is_plain(const hpb_plan_data *data)
{
    return !data->dataset.groups && !data->dataset.test_fold;
}

// Whether a trial can keep its splits: two lists of rows each, and with standardise = train a table each.
static void check_room(maker *m, const hpb_choice *splitter, const hpb_plan_data *data,
                       uint32_t n_splits)
{
    const bool is_scaled = strcmp(hpb_choice_text(data->choice, "standardise"), "train") == 0;
    const double numbers = (double)n_splits * data->n_rows *
                           (is_scaled ? 1.0 + data->n_features + HPB_ROW_MULTIPLE : 1.0);
    if (numbers <= MAX_SPLIT_NUMBERS)
        return;
    m->is_good = false;
    char section[128], splits[HPB_NUMBER_SIZE], limit[HPB_NUMBER_SIZE];
    hpb_error *item = hpb_diagnose(
        m->diagnostics, splitter->place, section_name(splitter, section), NULL,
        "can't split %u rows: a trial of %s splits would keep %.3g numbers; expected at most %s",
        data->n_rows, hpb_count_text(n_splits, splits), numbers,
        hpb_count_text((uint64_t)MAX_SPLIT_NUMBERS, limit));
    if (item && is_scaled)
        hpb_error_hint(item, "standardise = train keeps the scaled data of every split");
}

// The setting that a plugin's reason "NAME: why" is about, and the why alone; NULL where it names none.
static const hpb_setting *find_blamed(const hpb_choice *choice, const char **reason)
{
    for (uint32_t i = 0; i < choice->n_settings; i++) {
        const size_t n = strlen(choice->settings[i].param->name);
        if (strncmp(choice->settings[i].param->name, *reason, n) != 0 ||
            strncmp(*reason + n, ": ", 2) != 0)
            continue;
        *reason += n + 2;
        return &choice->settings[i];
    }
    return NULL;
}

// Why a plugin refuses a section's values, at the setting that it names, if it names one; `before`: what goes before.
static void report_values(maker *m, const hpb_choice *choice, const hpb_error *error,
                          const char *before)
{
    char section[128];
    const char *reason = error->text;
    const hpb_setting *blamed = find_blamed(choice, &reason);
    const bool has_place = blamed && blamed->place.file;
    hpb_error *item = hpb_diagnose(m->diagnostics, has_place ? blamed->place : choice->place,
                                   section_name(choice, section),
                                   blamed ? blamed->param->name : NULL, "%s%s", before, reason);
    m->is_good = false;
    if (item)
        item->code = error->code;
    if (error->hint[0])
        hpb_error_hint(item, "%s", error->hint);
}

static void count_split(maker *m, const hpb_choice *splitter, const hpb_plan_data *data,
                        uint32_t *out)
{
    hpb_rows rows = hpb_dataset_rows(&data->dataset);
    rows.n_rows = data->n_rows; // fresh data are not drawn yet
    hpb_error error = {0};
    if (!m->check_values(m->context, splitter->plugin, splitter->values, &rows, out, &error))
        return;
    char before[48];
    snprintf(before, sizeof before, "can't split %u rows: ", data->n_rows);
    *out = 0;
    report_values(m, splitter, &error, before);
}

static void check_split(maker *m, uint32_t splitter_index, uint32_t data_index)
{
    const hpb_choice *splitter = &m->suite->choices[HPB_AXIS_SPLITTER][splitter_index];
    const hpb_plan_data *all = m->plan->data, *data = &all[data_index];
    uint32_t *n_splits = &m->n_splits[(size_t)splitter_index * m->plan->n_data];
    uint32_t i = 0; // the same number of plain rows has the same answer
    while (i < data_index &&
           !(all[i].n_rows == data->n_rows && is_plain(&all[i]) && is_plain(data)))
        i++;
    if (i < data_index)
        n_splits[data_index] = n_splits[i];
    else
        count_split(m, splitter, data, &n_splits[data_index]);
    if (n_splits[data_index])
        check_room(m, splitter, data, n_splits[data_index]);
}

static void check_schedule(maker *m, const hpb_choice *schedule)
{
    hpb_error error = {0};
    uint32_t answer;
    const hpb_rows none = {.struct_size = sizeof none};
    if (m->check_values(m->context, schedule->plugin, schedule->values, &none, &answer, &error))
        report_values(m, schedule, &error, "");
}

// --- crossing ---------------------------------------------------------------------------------------------------

// Sets the cell of combination `level`. False where [cross] excludes it.
static bool combine(const maker *m, const uint32_t level[HPB_AXIS_COUNT], hpb_cell *out)
{
    const hpb_suite *suite = m->suite;
    const hpb_protocol *protocol =
        suite->n_protocols ? &suite->protocols[level[HPB_AXIS_PROTOCOL]] : NULL;
    *out = (hpb_cell){.twin = -1, .protocol = protocol, .n_candidates = 1, .n_outer = 1};
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        out->level[axis] =
            protocol && suite->is_named[axis] ? protocol->levels[0][axis] : level[axis];
        out->choice[axis] = &suite->choices[axis][out->level[axis]];
    }
    out->data = out->level[HPB_AXIS_DATA];
    for (uint32_t i = 0; i < m->suite->n_excludes; i++)
        if (hpb_match_holds(&m->suite->excludes[i], out->choice))
            return false;
    out->n_splits =
        m->n_splits[(size_t)out->level[HPB_AXIS_SPLITTER] * m->plan->n_data + out->data];
    out->select = HPB_SELECT_TEST;
    if (protocol) {
        out->select = protocol->select;
        out->scoring = protocol->scoring;
        out->reports = protocol->reports;
        out->n_candidates = protocol->n_candidates;
        if (protocol->outer >= 0) {
            out->outer = &suite->choices[HPB_AXIS_SPLITTER][protocol->outer];
            out->n_outer = m->n_splits[(size_t)protocol->outer * m->plan->n_data + out->data];
        }
    }
    const double n_fits = out->n_outer * ((double)out->n_candidates * out->n_splits +
                                          (out->reports == HPB_REPORTS_REFIT));
    out->n_fits =
        n_fits < UINT32_MAX ? (uint32_t)n_fits : UINT32_MAX; // more than any trial may have
    out->n_replicates = hpb_cell_is_random(out) ? hpb_cell_replicates(suite, out) : 1;
    return true;
}

// From which cell one_at_a_time moves: the first choice on each axis that [report] reference names, else the first;
// with the first seeds under which it is random, where there are such.
static void find_base(const maker *m, uint32_t base[HPB_AXIS_COUNT])
{
    const hpb_match *reference = &m->suite->reference;
    hpb_cell cell;
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        const hpb_choice *choices = m->suite->choices[axis];
        base[axis] = 0;
        for (uint32_t i = hpb_suite_levels(m->suite, (hpb_axis)axis); i-- > 0;)
            for (uint32_t k = 0; k < reference->n_names; k++)
                if (strcmp(choices[i].name, reference->names[k]) == 0)
                    base[axis] = i;
    }
    const uint32_t first = base[HPB_AXIS_SEEDS];
    for (uint32_t i = first; i < hpb_suite_levels(m->suite, HPB_AXIS_SEEDS); i++) {
        base[HPB_AXIS_SEEDS] = i;
        combine(m, base, &cell);
        if (hpb_match_holds(reference, cell.choice) && hpb_cell_is_random(&cell))
            return;
    }
    base[HPB_AXIS_SEEDS] = first;
}

// Whether the cell is a better reference than the one before: the first with the labels, or the first random one.
static bool refers_better(const maker *m, const hpb_cell *cell, const hpb_cell *before)
{
    return hpb_match_holds(&m->suite->reference, cell->choice) &&
           (!before->n_splits || (!hpb_cell_is_random(before) && hpb_cell_is_random(cell)));
}

// Goes through all combinations: counts, and fills `cells` where it is not NULL. Finds the reference on the way.
static uint64_t cross(maker *m, hpb_cell *cells)
{
    const hpb_suite *suite = m->suite;
    uint32_t level[HPB_AXIS_COUNT], base[HPB_AXIS_COUNT];
    uint32_t n[HPB_AXIS_COUNT];
    uint64_t n_levels[HPB_AXIS_COUNT], n_cells = 0;
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        n_levels[axis] = n[axis] = hpb_suite_levels(suite, (hpb_axis)axis);
    find_base(m, base);
    m->plan->n_trials = m->plan->n_fits = 0;
    m->reference = (hpb_cell){0};
    m->n_all = 0;
    const uint64_t n_combinations = hpb_cross_count(suite->mode, n_levels);
    for (uint64_t i = 0; i < n_combinations; i++) {
        hpb_cell cell;
        hpb_cross_combination(suite->mode, n, base, i, level);
        if (!combine(m, level, &cell))
            continue;
        if (refers_better(m, &cell, &m->reference))
            m->reference = cell;
        m->n_all++;
        if (!hpb_filters_hold(suite, cell.choice))
            continue;
        m->plan->n_trials += cell.n_replicates;
        m->plan->n_fits += (uint64_t)cell.n_replicates * cell.n_fits;
        if (cells)
            cells[n_cells] = cell;
        n_cells++;
    }
    return n_cells;
}

// What one_at_a_time moves from must be there.
static bool has_base(maker *m)
{
    uint32_t base[HPB_AXIS_COUNT];
    hpb_cell cell;
    find_base(m, base);
    if (m->suite->mode != HPB_CROSS_ONE_AT_A_TIME || combine(m, base, &cell))
        return true;
    m->is_good = false;
    hpb_diagnose(m->diagnostics, m->suite->excludes[0].place, "cross", "exclude",
                 "leaves out the cell that the others are moved from, \"%s\"",
                 hpb_cell_label(m->plan, &cell));
    return false;
}

// What the cell chooses among; a crossed cell has its own choices alone.
static void add_candidates(hpb_plan *plan, hpb_cell *cell)
{
    const hpb_suite *suite = plan->suite;
    hpb_candidate *all = hpb_arena_alloc(plan->arena, cell->n_candidates, sizeof *all);
    for (uint32_t c = 0; c < cell->n_candidates; c++) {
        memcpy(all[c].choice, cell->choice, sizeof all[c].choice);
        all[c].label = cell->protocol ? cell->protocol->labels[c] : "";
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
            if (cell->protocol && suite->is_named[axis])
                all[c].choice[axis] = &suite->choices[axis][cell->protocol->levels[c][axis]];
    }
    cell->candidates = all;
}

static void make_cells(maker *m)
{
    hpb_plan *plan = m->plan;
    const hpb_place whole = {m->suite->path, 0, 0};
    if (!has_base(m))
        return;
    const uint64_t n = cross(m, NULL);
    if (n == 0 && m->n_all) {
        m->is_good = false;
        char all[HPB_NUMBER_SIZE];
        hpb_error *error =
            hpb_diagnose(m->diagnostics, whole, NULL, NULL, "--filter leaves no cell of %s",
                         hpb_count_text(m->n_all, all));
        if (error)
            error->code = HPB_EXIT_USAGE;
        return;
    }
    if (n == 0) {
        m->is_good = false;
        hpb_diagnose(m->diagnostics, m->suite->n_excludes ? m->suite->excludes[0].place : whole,
                     "cross", "exclude", "leaves no cell");
        return;
    }
    if (plan->n_trials > m->suite->max_trials || n > HPB_MAX_CELLS) {
        char trials[HPB_NUMBER_SIZE], limit[HPB_NUMBER_SIZE], cells[HPB_NUMBER_SIZE];
        m->is_good = false;
        hpb_error *error = hpb_diagnose(
            m->diagnostics, whole, NULL, NULL, "plans %s trials, limit %s (max_trials)",
            hpb_count_text(plan->n_trials, trials), hpb_count_text(m->suite->max_trials, limit));
        if (n > HPB_MAX_CELLS)
            hpb_error_hint(error, "and %s cells, limit %s", hpb_count_text(n, cells),
                           hpb_count_text(HPB_MAX_CELLS, limit));
        else
            hpb_error_hint(error, "[suite] max_trials raises the limit");
        return;
    }
    plan->cells = // room for the grids
        hpb_arena_alloc(plan->arena, n * (hpb_grids_wanted(m->suite) ? 2 : 1), sizeof *plan->cells);
    plan->n_cells = (uint32_t)cross(m, plan->cells);
    for (uint32_t i = 0; i < plan->n_cells; i++)
        add_candidates(plan, &plan->cells[i]);
}

// Cells that differ in their seeds alone stand in one stretch: seeds are the last axis.
static void find_twins(hpb_plan *plan)
{
    for (uint32_t begin = 0, end; begin < plan->n_cells; begin = end) {
        int32_t random = -1;
        for (end = begin; end < plan->n_cells; end++) {
            if (memcmp(plan->cells[end].level, plan->cells[begin].level,
                       HPB_AXIS_SEEDS * sizeof plan->cells[0].level[0]) != 0)
                break;
            if (random < 0 && hpb_cell_is_random(&plan->cells[end]))
                random = (int32_t)end;
        }
        for (uint32_t c = begin; c < end; c++)
            if (!hpb_cell_is_random(&plan->cells[c]))
                plan->cells[c].twin = random;
    }
}

// The cell that the suite means, or where --filter leaves it out the first that is as good as can be.
static void find_reference(maker *m)
{
    hpb_plan *plan = m->plan;
    hpb_cell best = {0};
    if (!m->reference.n_splits) {
        m->is_good = false;
        hpb_diagnose(m->diagnostics, m->suite->reference.place, "report", "reference",
                     "no cell carries all its labels");
        return;
    }
    for (uint32_t c = 0; c < plan->n_cells; c++) {
        if (memcmp(plan->cells[c].level, m->reference.level, sizeof m->reference.level) == 0) {
            plan->reference = c;
            return;
        }
        if (refers_better(m, &plan->cells[c], &best)) {
            best = plan->cells[c];
            plan->reference = c;
        }
    }
    for (uint32_t c = 0; c < plan->n_cells && !best.n_splits; c++)
        if (hpb_cell_is_random(&plan->cells[c])) {
            best = plan->cells[c];
            plan->reference = c;
        }
    plan->left_out = hpb_cell_label(plan, &m->reference);
}

static int compare_keys(const void *a, const void *b)
{
    const hpb_cell *x = *(const hpb_cell *const *)a, *y = *(const hpb_cell *const *)b;
    const int order = strcmp(x->key, y->key);
    return order ? order : x < y ? -1 : x > y;
}

// Two cells of one key would share their stored trials. Protocols may well be the same procedure: then each has a key.
static void separate_equal_cells(maker *m)
{
    hpb_plan *plan = m->plan;
    hpb_cell **sorted = hpb_alloc(plan->n_cells, sizeof *sorted);
    for (uint32_t i = 0; i < plan->n_cells; i++)
        sorted[i] = &plan->cells[i];
    qsort(sorted, plan->n_cells, sizeof *sorted, compare_keys);
    for (uint32_t i = 1, first = 0; i < plan->n_cells; i++) {
        const hpb_cell *a = sorted[first];
        hpb_cell *b = sorted[i];
        if (strcmp(a->key, b->key) != 0) {
            first = i;
            continue;
        }
        if (b->protocol) {
            char *copy = hpb_format("copy %u of %s", i - first, a->key);
            hpb_sha256(copy, strlen(copy), b->key);
            free(copy);
            continue;
        }
        m->is_good = false;
        hpb_place place = {m->suite->path, 0, 0};
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
            if (a->choice[axis] != b->choice[axis])
                place = b->choice[axis]->place;
        hpb_diagnose(m->diagnostics, place, NULL, NULL,
                     "two cells are the same in all that counts, \"%s\" and \"%s\"", a->label,
                     b->label);
        break;
    }
    free(sorted);
}

bool hpb_plan_make(const hpb_suite *suite, hpb_check_values_function check_values, void *context,
                   hpb_plan *out, hpb_diagnostics *diagnostics)
{
    *out = (hpb_plan){.arena = hpb_arena_create(), .suite = suite};
    maker m = {.suite = suite,
               .plan = out,
               .check_values = check_values,
               .context = context,
               .diagnostics = diagnostics,
               .is_good = hpb_plan_read_data(out, diagnostics)};
    if (m.is_good) {
        m.n_splits =
            hpb_arena_alloc(out->arena, (size_t)suite->n_choices[HPB_AXIS_SPLITTER] * out->n_data,
                            sizeof(uint32_t));
        for (uint32_t s = 0; s < suite->n_choices[HPB_AXIS_SPLITTER]; s++)
            for (uint32_t d = 0; d < out->n_data; d++)
                check_split(&m, s, d);
        for (uint32_t i = 0; i < suite->n_choices[HPB_AXIS_SCHEDULE]; i++)
            check_schedule(&m, &suite->choices[HPB_AXIS_SCHEDULE][i]);
        for (uint32_t i = 0; i < suite->n_choices[HPB_AXIS_MODEL]; i++)
            for (uint32_t d = 0; d < out->n_data; d++)
                check_network(&m, &suite->choices[HPB_AXIS_MODEL][i], &out->data[d]);
    }
    if (m.is_good)
        make_cells(&m);
    if (m.is_good) {
        hpb_cells_name(out);
        m.is_good &= hpb_compared_find(out, diagnostics);
        find_twins(out);
        find_reference(&m);
        m.is_good &= hpb_grids_add(out, diagnostics) && hpb_truth_mark(out, diagnostics);
        if (m.is_good)
            hpb_replicates_bound(out);
    }
    if (m.is_good) {
        separate_equal_cells(&m);
        m.is_good &= hpb_plan_check(out, check_values, context, diagnostics);
    }
    if (!m.is_good)
        hpb_plan_free(out);
    return m.is_good;
}

void hpb_plan_free(hpb_plan *plan)
{
    for (uint32_t i = 0; i < plan->n_data; i++)
        hpb_dataset_free(&plan->data[i].dataset);
    hpb_arena_destroy(plan->arena);
    *plan = (hpb_plan){0};
}
