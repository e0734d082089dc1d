// SPDX-License-Identifier: Apache-2.0
// Which cells are crossed, over which streams, and the seeds of each replicate of such a grid.
#include "suite/grids.h"

#include "suite/cell.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// The table has `grid`, then the streams in their order.
bool hpb_grid_read(const hpb_setting *variance, hpb_suite *suite)
{
    bool is_crossed = false;
    suite->has_grid = variance[0].value.number != 0;
    suite->is_grid_data_default = variance[1 + HPB_STREAM_DATA].is_default;
    for (int stream = 0; stream < HPB_STREAM_COUNT; stream++) {
        const double levels = variance[1 + stream].value.number;
        suite->grid[stream] = levels > 0 ? (uint32_t)levels : 0; // none is NaN
        is_crossed |= levels > 0;
    }
    return is_crossed;
}

bool hpb_cell_is_grid(const hpb_cell *cell)
{
    for (int stream = 0; stream < HPB_STREAM_COUNT; stream++)
        if (cell->grid[stream])
            return true;
    return false;
}

void hpb_grid_index(const hpb_cell *cell, uint32_t replicate, uint32_t out[HPB_STREAM_COUNT])
{
    for (int stream = HPB_STREAM_COUNT; stream-- > 0;) {
        const uint32_t n = cell->grid[stream] ? cell->grid[stream] : 1;
        out[stream] = replicate % n;
        replicate /= n;
    }
}

hpb_trial_seeds hpb_grid_seeds(const hpb_plan *plan, const hpb_cell *cell, uint32_t replicate)
{
    hpb_cell plain = *cell;
    memset(plain.grid, 0, sizeof plain.grid);
    hpb_trial_seeds out = hpb_cell_seeds(plan, &plain, 0);
    uint32_t index[HPB_STREAM_COUNT];
    hpb_grid_index(cell, replicate, index);
    for (int stream = 0; stream < HPB_STREAM_COUNT; stream++)
        if (index[stream])
            out.seed[stream] = hpb_seed_fresh(plan->suite->seed, (hpb_stream)stream, index[stream]);
    out.splits_anew = index[HPB_STREAM_SPLIT] != 0;
    return out;
}

bool hpb_cell_cross(const hpb_suite *suite, hpb_cell *cell)
{
    const hpb_setting *data = hpb_choice_setting(cell->choice[HPB_AXIS_DATA], "seed");
    uint64_t n = 1;
    for (int stream = 0; stream < HPB_STREAM_COUNT; stream++) {
        uint32_t levels = suite->grid[stream];
        if (stream == HPB_STREAM_DATA && suite->is_grid_data_default && data->is_fresh)
            levels = suite->grid[HPB_STREAM_SPLIT];
        cell->grid[stream] = hpb_cell_uses(cell, (hpb_stream)stream) ? levels : 0;
        n *= cell->grid[stream] ? cell->grid[stream] : 1;
    }
    cell->n_replicates = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
    return n > 1;
}

#define MOST_LEVELS 30 // of a source, and runs of a side, where the suite does not say
#define MOST_RUNS 1000

// As many levels of each of n sources as make no more runs than a cell has replicates, at least 2.
static uint32_t levels_for(const hpb_suite *suite, uint32_t n)
{
    const uint64_t most = suite->replicates < MOST_RUNS ? suite->replicates : MOST_RUNS;
    for (uint32_t levels = 2; levels < MOST_LEVELS && !suite->luck_levels; levels++) {
        uint64_t runs = 1;
        for (uint32_t i = 0; i < n; i++)
            runs *= levels + 1;
        if (runs > most)
            return levels;
    }
    return suite->luck_levels ? suite->luck_levels : MOST_LEVELS;
}

// Crosses what is drawn and not shared: what makes one run of a side differ from another. False: there is nothing.
static bool cross_luck(const hpb_suite *suite, hpb_cell *cell)
{
    bool is_source[HPB_STREAM_COUNT];
    uint32_t n_sources = 0;
    for (int stream = 0; stream < HPB_STREAM_COUNT; stream++) {
        is_source[stream] =
            hpb_cell_uses(cell, (hpb_stream)stream) &&
            (!suite->is_shared[stream] || hpb_cell_is_fresh(cell, (hpb_stream)stream));
        n_sources += is_source[stream];
    }
    const uint32_t levels = levels_for(suite, n_sources);
    uint64_t n = 1;
    for (int stream = 0; stream < HPB_STREAM_COUNT; stream++) {
        cell->grid[stream] = is_source[stream] ? levels : 0;
        n *= is_source[stream] ? levels : 1;
    }
    cell->n_replicates = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
    return n_sources > 0;
}

// Where comparisons have a cell as a side of theirs, `grid` becomes that of the side. Whether one has.
static bool set_grid(hpb_plan *plan, uint32_t cell, int32_t grid)
{
    bool is_one = false;
    for (uint32_t i = 0; i < plan->n_compared; i++)
        for (int side = 0; side < 2; side++)
            if (plan->compared[i].own[side] == cell) {
                plan->compared[i].grid[side] = grid;
                is_one = true;
            }
    return is_one;
}

// Makes a copy of cell i into its grid. False: it has none.
static bool cross(hpb_plan *plan, uint32_t i, hpb_cell *cell)
{
    const hpb_suite *suite = plan->suite;
    if (suite->has_grid)
        return cell->twin < 0 && hpb_cell_cross(suite, cell);
    return set_grid(plan, i, -1) && cross_luck(suite, cell);
}

// Key and label follow from those of the cell, whose copy it still is; the suite's seed is in no key of fixed numbers.
static void name(const hpb_plan *plan, hpb_cell *cell)
{
    char *text = hpb_format("seed %" PRIu64 " grid %u %u %u %u of %s", plan->suite->seed,
                            cell->grid[0], cell->grid[1], cell->grid[2], cell->grid[3], cell->key);
    hpb_sha256(text, strlen(text), cell->key);
    free(text);
    cell->label = hpb_arena_format(plan->arena, "%s, seeds crossed", cell->label);
}

bool hpb_grids_wanted(const hpb_suite *suite)
{
    return suite->has_grid || (suite->explain.first && suite->has_luck);
}

bool hpb_grids_add(hpb_plan *plan, hpb_diagnostics *diagnostics)
{
    const hpb_suite *suite = plan->suite;
    const uint32_t n = plan->n_cells;
    for (uint32_t i = 0; i + plan->n_corners < n && hpb_grids_wanted(suite); i++) {
        hpb_cell *cell = &plan->cells[plan->n_cells];
        *cell = plan->cells[i];
        if (!cross(plan, i, cell))
            continue;
        name(plan, cell);
        set_grid(plan, i, (int32_t)plan->n_cells++);
        plan->n_trials += cell->n_replicates;
        plan->n_fits += (uint64_t)cell->n_replicates * cell->n_fits;
    }
    plan->n_grids = plan->n_cells - n;
    if (plan->n_trials <= suite->max_trials)
        return true;
    char trials[HPB_NUMBER_SIZE], limit[HPB_NUMBER_SIZE];
    hpb_error *error = hpb_diagnose(diagnostics, (hpb_place){suite->path, 0, 0}, NULL, NULL,
                                    "plans %s trials with those of %s, limit %s (max_trials)",
                                    hpb_count_text(plan->n_trials, trials),
                                    suite->has_grid ? "[variance]" : "[explain] luck_levels",
                                    hpb_count_text(suite->max_trials, limit));
    hpb_error_hint(error, "[suite] max_trials raises the limit; or fewer levels in %s",
                   suite->has_grid ? "[variance]" : "[explain] luck_levels");
    return false;
}
