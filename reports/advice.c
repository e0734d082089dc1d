// SPDX-License-Identifier: Apache-2.0
// What to do: a setting in Keras' words, and how many runs would show a difference.
#include "answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Runs a side that show a 10 % difference of two means in 4 of 5 experiments; 0: not known.
static double runs_for_tenth(const hpb_report_cell *cell)
{
    if (cell->summary.n < FEW_RUNS)
        return 0;
    const double variation = cell->summary.sd / cell->summary.mean;
    const double z = hpb_normal_quantile(0.975) + hpb_normal_quantile(0.8);
    const double runs = ceil(2 * z * z * variation * variation / 0.01);
    return isfinite(runs) && runs > 0 && runs < 1e9 ? fmax(runs, 2) : 0;
}

// Two digits are all that such a number is worth.
static double rounded_up(double runs)
{
    const double unit = pow(10, fmax(0, floor(log10(runs)) - 1));
    return ceil(runs / unit) * unit;
}

static const char *about(hpb_arena *arena, double runs)
{
    return hpb_arena_strdup(arena, COUNT((uint64_t)rounded_up(runs)));
}

// The same cell with more fits a run that shows 10 % for the fewest fits; NULL: none.
static const hpb_report_cell *cheapest_splits(const hpb_report_data *data,
                                              const hpb_report_cell *cell)
{
    const hpb_report_cell *found = NULL;
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *other = &data->cells[c];
        if (other->n_splits > cell->n_splits && runs_for_tenth(other) > 0 &&
            hpb_report_find_cell(data, cell, HPB_AXIS_SPLITTER,
                                 other->level_id[HPB_AXIS_SPLITTER]) == (int32_t)c &&
            (!found ||
             runs_for_tenth(other) * other->n_fits < runs_for_tenth(found) * found->n_fits))
            found = other;
    }
    return found;
}

static const char *keras_words(const hpb_report_data *data, const hpb_report_cell *cell,
                               hpb_axis axis)
{
    const char *name = hpb_report_name(data->arena, cell->levels[axis]);
    if (axis != HPB_AXIS_OPTIMIZER || !cell->spec)
        return name;
    json_t *spec = json_loads(cell->spec, 0, NULL);
    const char *plugin = hpb_answer_spec_text(spec, "optimizer", "plugin");
    const char *rate = hpb_answer_spec_text(spec, "optimizer", "learning_rate");
    if (*plugin && *rate)
        name = hpb_arena_format(data->arena, "`%s(learning_rate=%s)`",
                                hpb_report_name(data->arena, plugin),
                                strlen(rate) > 8 ? RESULT(strtod(rate, NULL)) : rate);
    json_decref(spec);
    return name;
}

void hpb_answer_advise(hpb_report_data *data, const hpb_report_cell *cell,
                       const hpb_contest *contest, hpb_judgement verdict,
                       const hpb_report_cell *lowest, const hpb_report_cell *advised)
{
    const bool is_thrifty = cell != advised;
    cell = lowest ? lowest : advised;
    if (cell->summary.median >= cell->baseline_mse) {
        data->advice =
            "get it to learn first: more epochs, another learning rate, or a target of a size near "
            "1, as a network starts near 0 (divide the column in the file).";
        return;
    }
    const double runs = runs_for_tenth(cell);
    if (!(runs > 0))
        return;
    hpb_text text = {0};
    if (lowest)
        hpb_text_add(&text, "decide on all settings together (lowest median: %s, %s), and ",
                     hpb_report_settings_name(data, lowest, NULL), RESULT(lowest->summary.median));
    else if (contest->n > 1 && verdict != MIXED)
        hpb_text_add(&text, "%s %s%s, and ",
                     verdict == SAME && !is_thrifty ? "take either; for instance" : "take",
                     keras_words(data, cell, contest->axis),
                     is_thrifty ? ", which is not seen to be worse and trains least" : "");
    hpb_text_add(
        &text,
        "judge %s by many runs: to see a 10 %% difference of two means takes about %s runs a side",
        lowest || verdict == MIXED ? "them"
        : contest->n > 1           ? "it"
                                   : "this setting",
        about(data->arena, runs));
    const hpb_report_cell *other = cheapest_splits(data, cell);
    if (other)
        hpb_text_add(&text, ", or about %s runs of %s (%s fits)",
                     about(data->arena, runs_for_tenth(other)),
                     hpb_answer_splitter_name(data, other),
                     COUNT((uint64_t)rounded_up(runs_for_tenth(other)) * other->n_fits));
    hpb_text_add(&text, ".");
    data->advice = hpb_clean_label(data->arena, text.data, LONGEST_SENTENCE);
    hpb_text_free(&text);
}
