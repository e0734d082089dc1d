// SPDX-License-Identifier: Apache-2.0
// The trials of one cell of two runs, paired by replicate: BASE is kept, RUN is read beside it.
#include "cli/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// What is kept of a trial of BASE: its results beyond the MSE as a hash.
typedef struct record {
    double mse;
    uint64_t results;
    uint32_t seed[HPB_STREAM_COUNT];
    bool has_result;
} record;

typedef struct reading {
    compare_cell *cell;
    record *base;   // [planned]
    double *mse[2]; // [cell->finite]: of pairs
    double *all[2]; // [n_all[side]]: every finite one, paired or not
    uint32_t n_all[2];
    compare_times times[2]; // of trials in bulk
    uint64_t last_ns[2];
} reading;

// FNV-1a, 64 bits, over words (Fowler, Noll and Vo; draft-eastlake-fnv).
static uint64_t hash_word(uint64_t hash, uint64_t word)
{
    for (int i = 0; i < 64; i += 8)
        hash = (hash ^ (word >> i & 0xff)) * UINT64_C(0x100000001b3);
    return hash;
}

// All that a trial reports but its time.
static uint64_t hash_results(const hpb_trial_result *t)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    hash = hash_word(hash, (uint64_t)t->status);
    hash = hash_word(hash, hpb_double_bits(t->mse));
    for (uint32_t i = 0; i < t->n_folds; i++)
        hash = hash_word(hash, hpb_double_bits(t->fold_mse[i]));
    for (uint32_t i = 0; i < t->n_scores; i++)
        hash = hash_word(hash, hpb_double_bits(t->scores[i]));
    for (uint32_t i = 0; i < t->n_chosen; i++)
        hash = hash_word(hash, t->chosen[i]);
    hash = hash_word(hash, t->epochs);
    hash = hash_word(hash, t->updates);
    hash = hash_word(hash, hpb_double_bits(t->loss));
    return hash_word(hash, hpb_double_bits(t->val_loss));
}

static bool has_result(const hpb_trial_result *t)
{
    return t->status == HPB_STATUS_OK || t->status == HPB_STATUS_DIVERGED;
}

// What either side's trials are counted for. False: beyond what both plan.
static bool count(reading *r, int side, const hpb_trial_result *t)
{
    if (t->replicate >= r->cell->planned)
        return false;
    r->cell->missing[side]--;
    r->cell->failed[side] += !has_result(t);
    if (has_result(t) && isfinite(t->mse))
        r->all[side][r->n_all[side]++] = t->mse;
    // a batch has one time for all its trials: that is one measurement, not many
    compare_times *times = &r->times[side];
    if (t->fit_ns && t->fit_ns != r->last_ns[side])
        times->seconds[times->n++] = 1e-9 * (double)t->fit_ns;
    r->last_ns[side] = t->fit_ns;
    return true;
}

static bool read_base(void *context, const hpb_trial_result *t)
{
    reading *r = context;
    if (!count(r, COMPARE_BASE, t))
        return false;
    record *kept = &r->base[t->replicate];
    *kept = (record){.mse = t->mse, .results = hash_results(t), .has_result = has_result(t)};
    memcpy(kept->seed, t->seed, sizeof kept->seed);
    return true;
}

static bool read_run(void *context, const hpb_trial_result *t)
{
    reading *r = context;
    compare_cell *cell = r->cell;
    if (!count(r, COMPARE_RUN, t))
        return false;
    const record *base = &r->base[t->replicate];
    if (!base->has_result || !has_result(t))
        return true;
    const bool is_finite[2] = {isfinite(base->mse), isfinite(t->mse)};
    cell->pairs++;
    if (base->results == hash_results(t))
        cell->same++;
    else if (cell->pairs == cell->same + 1)
        cell->first_other = t->replicate;
    cell->other_seeds += memcmp(base->seed, t->seed, sizeof t->seed) != 0;
    for (int side = 0; side < 2; side++)
        cell->diverged[side] += !is_finite[side] && is_finite[1 - side];
    if (is_finite[COMPARE_BASE] && is_finite[COMPARE_RUN]) {
        r->mse[COMPARE_BASE][cell->finite] = base->mse;
        r->mse[COMPARE_RUN][cell->finite++] = t->mse;
    }
    return true;
}

static void set_ratios(reading *r, compare_times times[2])
{
    compare_cell *cell = r->cell;
    const double *run = r->mse[COMPARE_RUN], *base = r->mse[COMPARE_BASE];
    cell->mse = cell->other_seeds
                    ? hpb_stats_ratio_unpaired(r->all[COMPARE_RUN], r->n_all[COMPARE_RUN],
                                               r->all[COMPARE_BASE], r->n_all[COMPARE_BASE])
                    : hpb_stats_ratio_paired(run, base, cell->finite);
    if (cell->planned == 1 && !cell->other_seeds) // nothing of it is a sample
        cell->mse.low = cell->mse.high = cell->mse.value;
    cell->time = hpb_stats_ratio_medians(times[COMPARE_RUN].seconds, times[COMPARE_RUN].n,
                                         times[COMPARE_BASE].seconds, times[COMPARE_BASE].n);
    for (int side = 0; side < 2; side++)
        cell->n_times[side] = times[side].n;
}

static bool keep_timing(void *context, const hpb_timing *timing)
{
    compare_side *side = context;
    if (timing->measure != HPB_TIMING_FIT_BULK || timing->cell < 0)
        return true;
    compare_times *times = &side->bulk[timing->cell];
    times->n = timing->n_repetitions;
    times->seconds = hpb_arena_alloc(side->run.arena, times->n, sizeof *times->seconds);
    memcpy(times->seconds, timing->cpu, times->n * sizeof *times->seconds);
    return true;
}

hpb_exit hpb_compare_read_times(compare_side *side, hpb_error *error)
{
    side->bulk = hpb_arena_alloc(side->run.arena, side->run.n_cells, sizeof *side->bulk);
    return hpb_store_each_timing(side->store, &side->run, keep_timing, side, error);
}

hpb_exit hpb_compare_cell(const compare_side sides[2], const uint32_t cells[2], compare_cell *out,
                          hpb_error *error)
{
    static bool (*const readers[2])(void *, const hpb_trial_result *) = {read_base, read_run};
    const hpb_stored_cell *stored[2];
    for (int side = 0; side < 2; side++)
        stored[side] = &sides[side].run.cells[cells[side]];
    const uint32_t planned =
        stored[0]->n_planned < stored[1]->n_planned ? stored[0]->n_planned : stored[1]->n_planned;
    *out = (compare_cell){
        .label = stored[COMPARE_RUN]->label, .planned = planned, .missing = {planned, planned}};
    reading r = {.cell = out, .base = hpb_alloc(planned, sizeof *r.base)};
    for (int side = 0; side < 2; side++) {
        r.mse[side] = hpb_alloc(planned, sizeof *r.mse[side]);
        r.all[side] = hpb_alloc(planned, sizeof *r.all[side]);
        r.times[side].seconds = hpb_alloc(planned, sizeof *r.times[side].seconds);
    }
    hpb_exit code = HPB_EXIT_OK;
    for (int side = 0; side < 2 && code == HPB_EXIT_OK; side++)
        code = hpb_store_each_trial(sides[side].store, &sides[side].run, cells[side], readers[side],
                                    &r, error);
    compare_times timed[2];
    for (int side = 0; side < 2; side++)
        timed[side] = sides[side].bulk[cells[side]];
    if (code == HPB_EXIT_OK)
        set_ratios(&r, timed[COMPARE_BASE].n && timed[COMPARE_RUN].n ? timed : r.times);
    for (int side = 0; side < 2; side++) {
        free(r.mse[side]);
        free(r.all[side]);
        free(r.times[side].seconds);
    }
    free(r.base);
    return code;
}
