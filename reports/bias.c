// SPDX-License-Identifier: Apache-2.0
// Figure: what each side reports, and below it what its model is worth on new rows; what tells it beforehand below that.
#include "explain/bias.h"
#include "assets.h"
#include "figures.h"

#include <math.h>
#include <stdlib.h>

#define ROW 38.0
#define MOST 8
#define WIDE 10.0 // largest over smallest: a log scale from there on

typedef struct bias_row {
    int side;
    const char *what; // of the CSV
    const char *label;
    hpb_estimate value;
    uint32_t n;
    bool is_report; // filled; else hollow
} bias_row;

typedef struct bias_rows {
    bias_row item[MOST];
    uint32_t n;
} bias_rows;

static void add_row(bias_rows *out, hpb_arena *arena, const hpb_explanation *e, bias_row row,
                    const char *words)
{
    if (!isfinite(row.value.value))
        return;
    row.label = hpb_arena_format(arena, "%s %s", e->side[row.side].title, words);
    out->item[out->n++] = row;
}

// False: nothing to hold a report against.
static bool collect(const hpb_explanation *e, hpb_arena *arena, bias_rows *out)
{
    *out = (bias_rows){0};
    if (!e->bias || !e->bias->is_known)
        return false;
    for (int s = 0; s < 2; s++) {
        const hpb_bias_side *side = &e->bias->side[s];
        const double plus = side->tibshirani.value;
        const hpb_estimate corrected = {side->reported.value + plus, side->reported.low + plus,
                                        side->reported.high + plus};
        if (!side->n)
            continue;
        add_row(out, arena, e, (bias_row){s, "reported", NULL, side->reported, side->n, true},
                "reports");
        add_row(out, arena, e, (bias_row){s, "worth", NULL, side->worth, side->n, false},
                "is worth");
        add_row(out, arena, e, (bias_row){s, "corrected", NULL, corrected, side->n, true},
                "with Tibshirani's bias");
        add_row(out, arena, e, (bias_row){s, "nested", NULL, side->nested, side->n_nested, true},
                "in nested folds");
    }
    return out->n > 0;
}

static hpb_scale scale_of(const bias_rows *all)
{
    double low = HUGE_VAL, high = 0;
    for (uint32_t i = 0; i < all->n; i++) {
        const hpb_estimate *v = &all->item[i].value;
        low = fmin(low, v->value);
        high = fmax(high, v->value);
    }
    const bool is_log = low > 0 && high > WIDE * low;
    for (uint32_t i = 0; i < all->n; i++) {
        const hpb_estimate *v = &all->item[i].value;
        if (isfinite(v->low) && isfinite(v->high)) {
            low = is_log ? fmin(low, fmax(v->low, low / 2)) : fmin(low, v->low);
            high = fmax(high, v->high);
        }
    }
    return is_log ? hpb_scale_log(low, high) : hpb_scale_linear(low, high);
}

static void draw_row(hpb_canvas *canvas, const bias_row *row, double y)
{
    const hpb_mark mark = hpb_mark_of((uint32_t)row->side);
    const double at = hpb_scale_at(canvas->x, row->value.value), py = canvas->bottom + y;
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE], c[HPB_NUMBER_SIZE];
    char *text = hpb_strdup(hpb_rounded_text(row->value.value, 3, a));
    hpb_text_label_write(canvas, row->label, py);
    if (isfinite(row->value.low) && isfinite(row->value.high)) {
        const double low = hpb_scale_at(canvas->x, row->value.low),
                     high = hpb_scale_at(canvas->x, row->value.high);
        hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%g\t%.6f\t0\t%u", low, y, high - low,
                       mark.colour);
        hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%g\t0\t12\t%u", low, y - 6, mark.colour);
        hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%g\t0\t12\t%u", high, y - 6, mark.colour);
        free(text);
        text = hpb_format("%s  [%s, %s]", a, hpb_rounded_text(row->value.low, 3, b),
                          hpb_rounded_text(row->value.high, 3, c));
    }
    if (!row->is_report)
        hpb_canvas_add(canvas, HPB_LAYER_MEAN, "%.6f\t%g", at, y); // white inside
    hpb_canvas_add(canvas, HPB_LAYER_POINTS, "%.6f\t%g\t%d\t%g\t%u", at, y,
                   row->is_report ? mark.type : mark.hollow_type, 1.2 * mark.size, mark.colour);
    hpb_canvas_write(canvas, HPB_LAYER_NOTE, canvas->width - canvas->right + 18, py, text);
    free(text);
}

// From a report down to what it is worth: slanted where it is off.
static void draw_link(hpb_canvas *canvas, const bias_row *report, double y)
{
    hpb_canvas_add(canvas, HPB_LAYER_GUIDE, "%.6f\t%g\n%.6f\t%g\n",
                   hpb_scale_at(canvas->x, report[0].value.value), y,
                   hpb_scale_at(canvas->x, report[1].value.value), y - ROW);
}

static void draw(hpb_canvas *canvas, const bias_rows *all)
{
    for (uint32_t i = 0; i < all->n; i++) {
        const double y = ROW * (all->n - 1 - i) + ROW / 2;
        draw_row(canvas, &all->item[i], y);
        if (i + 1 < all->n && all->item[i].is_report && !all->item[i + 1].is_report)
            draw_link(canvas, &all->item[i], y);
    }
}

static void describe(const bias_rows *all, bool is_log, hpb_figure *figure)
{
    hpb_text_add(&figure->alt, "Reports, and what the models are worth on new rows.");
    bool has_more = false;
    for (uint32_t i = 0; i < all->n; i++) {
        char text[HPB_NUMBER_SIZE];
        has_more |= all->item[i].is_report && i > 0 && !all->item[i - 1].is_report &&
                    all->item[i - 1].side == all->item[i].side;
        hpb_text_add(&figure->alt, " %s: %s.", all->item[i].label,
                     hpb_rounded_text(all->item[i].value.value, 3, text));
    }
    hpb_text_add(
        &figure->caption,
        "Filled: what a side reports on average; hollow, below it: what the model that it "
        "ends with is worth on 100,000 new rows. A line that slants to the right: the report "
        "is too low. Bars: 95 %% intervals, each by itself.");
    if (has_more)
        hpb_text_add(
            &figure->caption,
            " What one can know without new rows stands below: the report with the bias that "
            "Tibshirani estimates from its folds, and nested cross-validation.");
    if (is_log)
        hpb_text_add(&figure->caption, " On this scale equal distances are equal ratios.");
}

static bool build(const hpb_report_data *data, uint32_t index, hpb_drawing *drawing,
                  hpb_figure *figure)
{
    bias_rows all;
    if (index >= data->n_explanations || !collect(&data->explanations[index], data->arena, &all))
        return false;
    hpb_figure_of_explanation(data, index, figure);
    double left = 0;
    for (uint32_t i = 0; i < all.n; i++)
        left = fmax(left, hpb_text_label_width(all.item[i].label));
    hpb_canvas *canvas = &drawing->canvas;
    drawing->scale[0] = scale_of(&all);
    *canvas = (hpb_canvas){.script = hpb_asset_differences_gp,
                           .script_size = hpb_asset_differences_gp_size,
                           .width = 1000,
                           .bottom = 52,
                           .top = 8,
                           .left = left,
                           .right = 230,
                           .rows_top = ROW * all.n,
                           .x = &drawing->scale[0]};
    canvas->height = canvas->bottom + canvas->top + canvas->rows_top;
    hpb_canvas_title(canvas, canvas->x->is_log ? "MSE (log scale)" : "MSE");
    draw(canvas, &all);
    describe(&all, canvas->x->is_log, figure);
    return true;
}

static void add_csv(const hpb_report_data *data, uint32_t index, hpb_text *csv)
{
    const hpb_explanation *e = &data->explanations[index];
    bias_rows all;
    collect(e, data->arena, &all);
    hpb_text_add(csv, "side,figure,value,low_95,high_95,runs\n");
    for (uint32_t i = 0; i < all.n; i++) {
        const bias_row *row = &all.item[i];
        const double values[] = {row->value.value, row->value.low, row->value.high};
        hpb_csv_add(csv, e->side[row->side].title);
        hpb_text_add(csv, ",%s", row->what);
        for (size_t k = 0; k < HPB_COUNT(values); k++) {
            char text[HPB_NUMBER_SIZE];
            hpb_text_add(csv, ",%s", isfinite(values[k]) ? hpb_number_text(values[k], text) : "");
        }
        hpb_text_add(csv, ",%u\n", row->n);
    }
}

const hpb_figure_kind hpb_figure_bias = {"bias", false, build, add_csv};
