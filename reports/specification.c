// SPDX-License-Identifier: Apache-2.0
// Figure: what every combination of the settings reports, in order, and which settings make it.
#include "assets.h"
#include "explain/words.h"
#include "figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 64u // shown; of more, as many at even distances in the order
#define ROW 40.0    // of the settings below the curve
#define GAP 22.0
#define CURVE 230.0
#define LINE 18.0
#define NAME_POINTS 36
#define GREY 0x404040u

typedef struct combination {
    double mean;     // finite
    uint32_t corner; // number of it
} combination;

typedef struct curve {
    combination *all; // [n], by mean
    uint32_t n;
    uint32_t place[2];       // of A and of B in it; UINT32_MAX: not finite
    uint32_t shown[COLUMNS]; // [n_shown], places in `all`
    uint32_t n_shown;
} curve;

static int by_mean(const void *a, const void *b)
{
    const combination *x = a, *y = b;
    return x->mean != y->mean ? (x->mean > y->mean) - (x->mean < y->mean)
                              : (x->corner > y->corner) - (x->corner < y->corner);
}

static uint32_t nearest_column(const curve *c, uint32_t place)
{
    return (uint32_t)((uint64_t)place * (COLUMNS - 1) * 2 + (c->n - 1)) / (2 * (c->n - 1));
}

// Even distances, but A and B are always among them.
static void choose_columns(curve *c)
{
    c->n_shown = c->n < COLUMNS ? c->n : COLUMNS;
    for (uint32_t i = 0; i < c->n_shown; i++)
        c->shown[i] =
            c->n <= COLUMNS
                ? i
                : (uint32_t)(((uint64_t)i * (c->n - 1) * 2 + (COLUMNS - 1)) / (2 * (COLUMNS - 1)));
    if (c->n <= COLUMNS)
        return;
    uint32_t low = c->place[0], high = c->place[1];
    if (low > high) {
        low = c->place[1];
        high = c->place[0];
    }
    if (low == UINT32_MAX)
        return;
    uint32_t at = nearest_column(c, low);
    const uint32_t next = high == UINT32_MAX ? COLUMNS : nearest_column(c, high);
    if (at == next && at == COLUMNS - 1)
        at--;
    c->shown[at] = low;
    if (next < COLUMNS)
        c->shown[at == next ? next + 1 : next] = high;
}

static void collect(const hpb_explanation *e, hpb_arena *arena, curve *out)
{
    const uint32_t n = e->n_corners;
    *out = (curve){.all = hpb_arena_alloc(arena, n, sizeof *out->all)};
    for (uint32_t c = 0; c < n; c++)
        if (isfinite(e->corner_mean[c]))
            out->all[out->n++] = (combination){e->corner_mean[c], c};
    qsort(out->all, out->n, sizeof *out->all, by_mean);
    for (int side = 0; side < 2; side++) {
        const uint32_t end = side ? n - 1 : 0;
        out->place[side] = UINT32_MAX;
        for (uint32_t i = 0; i < out->n; i++)
            if (out->all[i].corner == end)
                out->place[side] = i;
    }
    choose_columns(out);
}

// --- drawing ------------------------------------------------------------------------------------------------------

// The largest mean that has its place: those all but diverged would press the others together.
static double limit_of(const hpb_explanation *e)
{
    const double baseline = fmax(e->side[0].baseline_mse, e->side[1].baseline_mse);
    return baseline > 0 ? HPB_SCALE_LIMIT * baseline : HUGE_VAL;
}

// Of means and intervals; log where the means are more than a factor of 10 apart.
static hpb_scale scale_of(const hpb_explanation *e, const curve *c)
{
    double least = HUGE_VAL, most = -HUGE_VAL, low = HUGE_VAL, high = -HUGE_VAL;
    for (uint32_t i = 0; i < c->n_shown; i++) {
        const uint32_t corner = c->all[c->shown[i]].corner;
        const double mean = e->corner_mean[corner];
        least = fmin(least, mean);
        most = fmax(most, mean);
        low = fmin(low, fmin(mean, e->corner_interval[corner].low)); // fmin, fmax pass over NaN
        high = fmax(high, fmax(mean, e->corner_interval[corner].high));
    }
    const double limit = fmax(limit_of(e), 2 * least);
    most = fmin(most, limit);
    high = fmin(high, limit);
    if (least > 0 && most > 10 * least)
        return hpb_scale_log(fmax(low, least / 3), high);
    return hpb_scale_linear(low, high);
}

static double column_x(const curve *c, uint32_t column)
{
    return (column + 0.5) / c->n_shown;
}

static double height_of(const hpb_canvas *canvas, double value)
{
    const double lowest = canvas->y->is_log ? pow(10, canvas->y->low) : value;
    return canvas->y_bottom + CURVE * hpb_scale_at(canvas->y, fmax(value, lowest));
}

static void add_point(hpb_canvas *canvas, const hpb_explanation *e, double x, uint32_t corner,
                      uint32_t colour)
{
    const double y = height_of(canvas, e->corner_mean[corner]);
    const hpb_interval *interval = &e->corner_interval[corner];
    if (isfinite(interval->low) && isfinite(interval->high)) {
        const double low = height_of(canvas, interval->low),
                     high = height_of(canvas, interval->high);
        hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%.3f\t0\t%.3f\t%u", x, low, high - low,
                       colour);
    }
    hpb_canvas_add(canvas, HPB_LAYER_POINTS, "%.6f\t%.3f\t7\t0.75\t%u", x, y, colour);
}

// A ring, and a line from its name above to what it is made of below.
static void add_side(hpb_canvas *canvas, const hpb_explanation *e, const curve *c, uint32_t column,
                     int side)
{
    const uint32_t corner = c->all[c->shown[column]].corner;
    const double x = column_x(c, column), px = hpb_canvas_x(canvas, x),
                 py = canvas->bottom + canvas->rows_top + (side ? 8 : 8 + LINE);
    const hpb_mark mark = hpb_mark_of((uint32_t)side);
    hpb_canvas_add(canvas, HPB_LAYER_GUIDE, "%.6f\t0\n%.6f\t%g\n", x, x, canvas->rows_top);
    hpb_canvas_add(canvas, HPB_LAYER_POINTS, "%.6f\t%.3f\t%d\t2\t%u", x,
                   height_of(canvas, e->corner_mean[corner]), mark.hollow_type, mark.colour);
    hpb_arena *arena = hpb_arena_create();
    hpb_canvas_write(canvas, x < 0.5 ? HPB_LAYER_LEFT : HPB_LAYER_RIGHT, px + (x < 0.5 ? -4 : 4),
                     py, hpb_clean_label(arena, e->side[side].title, 40));
    hpb_arena_destroy(arena);
}

static double row_y(const hpb_explanation *e, uint32_t cause)
{
    return ROW * (e->n_causes - 1 - cause) + ROW / 2;
}

static void add_columns(hpb_canvas *canvas, const hpb_explanation *e, const curve *c)
{
    for (uint32_t i = 0; i < c->n_shown; i++) {
        const uint32_t corner = c->all[c->shown[i]].corner;
        const double x = column_x(c, i);
        const int side = c->shown[i] == c->place[0] ? 0 : c->shown[i] == c->place[1] ? 1 : -1;
        const uint32_t colour = side < 0 ? GREY : hpb_mark_of((uint32_t)side).colour;
        add_point(canvas, e, x, corner, colour);
        if (side >= 0)
            add_side(canvas, e, c, i, side);
        for (uint32_t k = 0; k < e->n_causes; k++)
            hpb_canvas_add(canvas, HPB_LAYER_POINTS, "%.6f\t%g\t%d\t0.8\t%u", x, row_y(e, k),
                           e->corner_mask[corner] >> e->causes[k].bit & 1 ? 6 : 7, colour);
    }
}

// Bytes of what both values begin with, up to a space: "learning_rate " of two lists of rates.
static size_t common_start(const char *a, const char *b)
{
    size_t n = 0;
    for (size_t i = 0; a[i] && a[i] == b[i]; i++)
        n = a[i] == ' ' ? i + 1 : n;
    return strcmp(a, b) == 0 ? 0 : n;
}

// "● sgd  ○ adam": which mark is whose value.
static const char *values_of(const hpb_cause *cause, hpb_arena *arena)
{
    const size_t start = common_start(cause->value[0], cause->value[1]);
    return hpb_arena_format(arena, "● %s  ○ %s",
                            hpb_clean_label(arena, cause->value[0] + start, 18),
                            hpb_clean_label(arena, cause->value[1] + start, 18));
}

static void add_names(hpb_canvas *canvas, const hpb_explanation *e, hpb_arena *arena)
{
    const double px = canvas->left - 16;
    for (uint32_t k = 0; k < e->n_causes; k++) {
        const double py = canvas->bottom + row_y(e, k);
        hpb_canvas_write(canvas, HPB_LAYER_RIGHT, px, py + 8,
                         hpb_clean_label(arena, e->causes[k].name, NAME_POINTS));
        hpb_canvas_write(canvas, HPB_LAYER_NOTE_RIGHT, px, py - 10,
                         values_of(&e->causes[k], arena));
    }
}

static void describe(const hpb_explanation *e, const curve *c, hpb_arena *arena, hpb_figure *figure)
{
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
    const uint32_t n = e->n_corners;
    hpb_text_add(&figure->alt, "Mean test MSE of %s combinations of the settings, from %s to %s.",
                 hpb_combinations_words(e, arena), hpb_rounded_text(c->all[0].mean, 3, b),
                 hpb_rounded_text(c->all[c->n - 1].mean, 3, (char[HPB_NUMBER_SIZE]){0}));
    for (int side = 0; side < 2; side++)
        if (c->place[side] != UINT32_MAX)
            hpb_text_add(&figure->alt, " %s is number %u from the lowest.", e->side[side].title,
                         c->place[side] + 1);
    hpb_text_add(&figure->caption,
                 "Each column is one combination of the settings; point: its mean over the same "
                 "seeds, bar: its 95 %% interval, each by itself. Below, ●: as %s has it, ○: as %s "
                 "has it. Ringed: the two as they are.",
                 e->side[0].title, e->side[1].title);
    if (c->all[c->n - 1].mean > limit_of(e))
        hpb_text_add(&figure->caption,
                     " What lies above the axis stands at its end, %g times the error of "
                     "predicting the mean.",
                     HPB_SCALE_LIMIT);
    if (c->n > c->n_shown)
        hpb_text_add(&figure->caption,
                     " Shown: %u of %s, at even distances in the order; all are in figures/%s.csv.",
                     c->n_shown, hpb_count_text(c->n, a), figure->name);
    if (e->n_pairs)
        hpb_text_add(&figure->caption, " %s combinations were run.",
                     hpb_combinations_words(e, arena));
    if (c->n < n)
        hpb_text_add(&figure->caption, " %s more have no finite run.", hpb_count_text(n - c->n, a));
}

static bool build(const hpb_report_data *data, uint32_t index, hpb_drawing *drawing,
                  hpb_figure *figure)
{
    if (index || !data->n_explanations || !data->explanations->n_causes)
        return false;
    const hpb_explanation *e = data->explanations;
    curve c;
    collect(e, data->arena, &c);
    if (!c.n)
        return false;
    hpb_figure_of_explanation(data, 0, figure);
    size_t longest = 20; // bytes: a little too wide where letters have several
    for (uint32_t k = 0; k < e->n_causes; k++) {
        const size_t values = strlen(values_of(&e->causes[k], data->arena)) - 4,
                     name = strlen(hpb_clean_label(data->arena, e->causes[k].name, NAME_POINTS)) *
                            9 / 8; // in larger letters
        longest = values > longest ? values : longest;
        longest = name > longest ? name : longest;
    }
    hpb_canvas *canvas = &drawing->canvas;
    drawing->scale[0] = (hpb_scale){.low = 0, .high = 1};
    drawing->scale[1] = scale_of(e, &c);
    *canvas = (hpb_canvas){.script = hpb_asset_specification_gp,
                           .script_size = hpb_asset_specification_gp_size,
                           .width = 1000,
                           .bottom = 30,
                           .top = 34 + 2 * LINE,
                           .left = 40 + 8.2 * (double)(longest < 44 ? longest : 44),
                           .right = 24,
                           .rows_top = ROW * e->n_causes + GAP + CURVE,
                           .y_bottom = ROW * e->n_causes + GAP,
                           .y_top = CURVE,
                           .x = &drawing->scale[0],
                           .y = &drawing->scale[1]};
    canvas->height = canvas->bottom + canvas->top + canvas->rows_top;
    hpb_canvas_title(canvas, "combinations of the settings, from the lowest mean to the highest");
    hpb_canvas_write(canvas, HPB_LAYER_NOTE, 16, canvas->height - 14,
                     canvas->y->is_log ? "mean test MSE (log scale; lower is better)"
                                       : "mean test MSE (lower is better)");
    add_columns(canvas, e, &c);
    add_names(canvas, e, data->arena);
    describe(e, &c, data->arena, figure);
    return true;
}

static void add_csv(const hpb_report_data *data, uint32_t index, hpb_text *csv)
{
    const hpb_explanation *e = &data->explanations[index];
    curve all;
    collect(e, data->arena, &all);
    hpb_text_add(csv, "place,mean,low_95,high_95,diverged");
    for (uint32_t k = 0; k < e->n_causes; k++) {
        hpb_text_add(csv, ",");
        hpb_csv_add(csv, e->causes[k].name);
    }
    hpb_text_add(csv, "\n");
    for (uint32_t i = 0; i < all.n; i++) {
        const uint32_t corner = all.all[i].corner;
        const hpb_interval *interval = &e->corner_interval[corner];
        const double value[] = {e->corner_mean[corner], interval->low, interval->high};
        hpb_text_add(csv, "%u", i + 1);
        for (size_t v = 0; v < HPB_COUNT(value); v++) {
            char text[HPB_NUMBER_SIZE];
            hpb_text_add(csv, ",%s", isfinite(value[v]) ? hpb_number_text(value[v], text) : "");
        }
        hpb_text_add(csv, ",%llu", (unsigned long long)e->corner_diverged[corner]);
        for (uint32_t k = 0; k < e->n_causes; k++) {
            hpb_text_add(csv, ",");
            hpb_csv_add(csv, e->causes[k].value[e->corner_mask[corner] >> e->causes[k].bit & 1]);
        }
        hpb_text_add(csv, "\n");
    }
}

const hpb_figure_kind hpb_figure_specification = {"specification", false, build, add_csv};
