// SPDX-License-Identifier: Apache-2.0
// Ways of averaging over folds, over the runs of a cell.
#include "explain/averaging.h"

#include "engine/averages.h"
#include "explain/private.h"
#include "loader/json.h"

#include <math.h>
#include <stdlib.h>

#define ROUNDING 1e-12 // of the mean: folds of one size, added up in another order
#define MOVES 0.01     // of the reported mean: worth a sentence

// Welford (1962): a million runs need no room.
static void add_to(hpb_running *running, double x)
{
    const double d = x - running->mean;
    running->n++;
    running->mean += d / (double)running->n;
    running->squares += d * (x - running->mean);
}

void hpb_averaging_add(hpb_averaging *averaging, const hpb_trial_result *result)
{
    if (result->status != HPB_STATUS_OK || !result->n_folds)
        return;
    hpb_fold_score *folds = hpb_alloc(result->n_folds, sizeof *folds);
    for (uint32_t f = 0; f < result->n_folds; f++)
        folds[f] = (hpb_fold_score){.n = 1, .mse = result->fold_mse[f]};
    const hpb_averages of = hpb_average_folds(folds, result->n_folds);
    free(folds);
    const double value[HPB_WAY_COUNT] = {
        result->mse,      result->pooled_mse,       of.rmse_mean_squared,
        of.rmse_mean,     sqrt(result->pooled_mse), result->r2,
        result->pooled_r2};
    const double reported[HPB_WAY_COUNT] = {result->mse,       result->mse,       result->mse,
                                            sqrt(result->mse), sqrt(result->mse), result->r2,
                                            result->r2};
    averaging->n_folds = result->n_folds;
    for (int way = 0; way < HPB_WAY_COUNT; way++) {
        add_to(&averaging->value[way], value[way]);
        add_to(&averaging->difference[way], value[way] - reported[way]);
    }
}

bool hpb_averaging_has_ways(const hpb_averaging *averaging)
{
    return averaging->n_folds > 1;
}

bool hpb_way_is_reported(hpb_way way)
{
    return way == HPB_WAY_MSE_MEAN || way == HPB_WAY_R2_MEAN;
}

hpb_estimate hpb_averaging_difference(const hpb_averaging *averaging, hpb_way way)
{
    const hpb_running *d = &averaging->difference[way];
    const double sd = d->n > 1 ? sqrt(d->squares / (double)(d->n - 1)) : (double)NAN;
    const hpb_interval interval = hpb_mean_t(d->mean, sd, d->n, 0.95);
    const hpb_estimate out = {d->n ? d->mean : (double)NAN, interval.low, interval.high};
    const double least = ROUNDING * fabs(averaging->value[way].mean);
    if (fabs(out.value) <= least && fabs(out.low) <= least && fabs(out.high) <= least)
        return (hpb_estimate){0, 0, 0};
    return out;
}

json_t *hpb_averaging_to_json(const hpb_averaging *averaging)
{
    static const char *const names[HPB_WAY_COUNT] = {
        [HPB_WAY_MSE_MEAN] = "mse_mean",
        [HPB_WAY_MSE_POOLED] = "mse_pooled",
        [HPB_WAY_RMSE_MEAN_SQUARED] = "rmse_mean_squared",
        [HPB_WAY_RMSE_MEAN] = "rmse_mean",
        [HPB_WAY_RMSE_POOLED] = "rmse_pooled",
        [HPB_WAY_R2_MEAN] = "r2_mean",
        [HPB_WAY_R2_POOLED] = "r2_pooled",
    };
    if (!hpb_averaging_has_ways(averaging))
        return json_null();
    json_t *out = json_pack("{s:I, s:I}", "folds", (json_int_t)averaging->n_folds, "runs",
                            (json_int_t)averaging->value[0].n);
    for (int way = 0; way < HPB_WAY_COUNT; way++) {
        const hpb_estimate d = hpb_averaging_difference(averaging, (hpb_way)way);
        json_object_set_new(out, names[way],
                            json_pack("{s:o, s:o, s:o}", "value",
                                      hpb_json_number(averaging->value[way].mean), "difference",
                                      hpb_json_number(d.value), "interval_95",
                                      hpb_json_interval(d.low, d.high)));
    }
    return out;
}

// --- words ----------------------------------------------------------------------------------------------------

// How much a way moves the reported mean, as a share of it; 0: not by more than is worth a word.
static double moved_by(const hpb_averaging *averaging, hpb_way way)
{
    const hpb_estimate d = hpb_averaging_difference(averaging, way);
    const double share = fabs(d.value) / averaging->value[HPB_WAY_MSE_MEAN].mean;
    return share > MOVES && !hpb_holds_zero(&d) ? share : 0;
}

static void say_side(hpb_speaker *s, const hpb_side *side)
{
    const hpb_averaging *averaging = &side->averaging;
    const double rmse = moved_by(averaging, HPB_WAY_RMSE_MEAN_SQUARED),
                 pooled = moved_by(averaging, HPB_WAY_MSE_POOLED);
    if (!(rmse > 0) && !(pooled > 0))
        return;
    const char *rmse_words = "", *pooled_words = "";
    if (rmse > 0)
        rmse_words = hpb_arena_format(
            s->arena, ", the square of their mean RMSE %s",
            hpb_say_number(s, averaging->value[HPB_WAY_RMSE_MEAN_SQUARED].mean, 3));
    if (pooled > 0)
        pooled_words =
            hpb_arena_format(s->arena, ", the MSE of all their rows together %s",
                             hpb_say_number(s, averaging->value[HPB_WAY_MSE_POOLED].mean, 3));
    hpb_say(s,
            "How folds are averaged moves the number of %s by %.0f %%: the mean of %u fold MSEs is "
            "%s%s%s.",
            side->title, 100 * fmax(rmse, pooled), averaging->n_folds,
            hpb_say_number(s, averaging->value[HPB_WAY_MSE_MEAN].mean, 3), pooled_words,
            rmse_words);
}

void hpb_say_averaging(hpb_speaker *s)
{
    for (int i = 0; i < 2; i++)
        if (s->e->side[i].n_finite >= HPB_FEWEST_RUNS &&
            hpb_averaging_has_ways(&s->e->side[i].averaging))
            say_side(s, &s->e->side[i]);
}
