// SPDX-License-Identifier: Apache-2.0
// Figure: learning curves of the reference and of what differs from it in the first factor alone.
#include "assets.h"
#include "figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST HPB_MAX_SERIES
#define HEIGHT 320.0

static bool has_curve(const hpb_report_cell *cell)
{
    for (uint32_t e = 0; e < cell->n_epochs; e++)
        if (cell->curve[e].train[1] > 0 && isfinite(cell->curve[e].train[1]))
            return true;
    return false;
}

static bool has_validation(const hpb_report_cell *cell)
{
    for (uint32_t e = 0; e < cell->n_epochs; e++)
        if (isfinite(cell->curve[e].validation[1]))
            return true;
    return false;
}

// The reference first, then at most five cells that differ from it on one axis, the first on which any do.
static uint32_t choose(const hpb_report_data *data, uint32_t rows[MOST], hpb_axis *axis)
{
    static const hpb_axis order[] = {HPB_AXIS_OPTIMIZER,   HPB_AXIS_SCHEDULE,       HPB_AXIS_MODEL,
                                     HPB_AXIS_INITIALIZER, HPB_AXIS_EARLY_STOPPING, HPB_AXIS_FIT};
    uint32_t n = 0;
    *axis = HPB_AXIS_COUNT;
    if (!data->n_cells || !has_curve(&data->cells[data->reference]))
        return 0;
    rows[n++] = data->reference;
    for (size_t i = 0; i < HPB_COUNT(order) && n == 1; i++) {
        if (!data->is_factor[order[i]])
            continue;
        *axis = order[i];
        for (uint32_t c = 0; c < data->n_cells && n < MOST; c++) {
            const hpb_report_cell *cell = &data->cells[c];
            if (c != data->reference && has_curve(cell) &&
                hpb_report_find_cell(data, &data->cells[data->reference], order[i],
                                     cell->level_id[order[i]]) == (int32_t)c)
                rows[n++] = c;
        }
    }
    return n;
}

static double y_at(const hpb_canvas *canvas, float value)
{
    return canvas->rows_top * hpb_scale_at(canvas->y, (double)value);
}

// One line of the picture; returns where it ends, or -1 where there is none.
static double add_line(hpb_canvas *canvas, const hpb_report_cell *cell, bool is_validation,
                       bool is_solid, uint32_t colour)
{
    const hpb_layer layer = is_solid ? HPB_LAYER_CURVE : HPB_LAYER_DASHED;
    double last = -1;
    hpb_canvas_add(canvas, layer, "%s", "");
    for (uint32_t e = 0; e < cell->n_epochs; e++) {
        const float *q = is_validation ? cell->curve[e].validation : cell->curve[e].train;
        if (!(q[1] > 0) || !isfinite(q[1]))
            continue;
        last = y_at(canvas, q[1]);
        hpb_canvas_add(canvas, layer, "%.6f\t%.3f\t%u", hpb_scale_at(canvas->x, e + 1.0), last,
                       colour);
    }
    return last;
}

static void add_band(hpb_canvas *canvas, const hpb_report_cell *cell, bool is_validation)
{
    hpb_canvas_add(canvas, HPB_LAYER_BAND, "\n");
    uint32_t n = 0;
    for (uint32_t e = 0; e < cell->n_epochs; e++) {
        const float *q = is_validation ? cell->curve[e].validation : cell->curve[e].train;
        if (!(q[0] > 0) || !isfinite(q[2]))
            continue;
        n++;
        hpb_canvas_add(canvas, HPB_LAYER_BAND, "%.6f\t%.3f\t%.3f", hpb_scale_at(canvas->x, e + 1.0),
                       y_at(canvas, q[0]), y_at(canvas, q[2]));
    }
    if (!n) // a series must have something in it
        hpb_canvas_add(canvas, HPB_LAYER_BAND, "-9\t-9\t-9");
}

static hpb_scale losses_scale(const hpb_report_data *data, const uint32_t *rows, uint32_t n,
                              uint32_t *n_epochs)
{
    double low = HUGE_VAL, high = 0;
    *n_epochs = 1;
    for (uint32_t i = 0; i < n; i++) {
        const hpb_report_cell *cell = &data->cells[rows[i]];
        if (cell->n_epochs > *n_epochs)
            *n_epochs = cell->n_epochs;
        for (uint32_t e = 0; e < cell->n_epochs; e++)
            for (int k = 0; k < 6; k++) {
                const double v =
                    (double)(k < 3 ? cell->curve[e].train[k] : cell->curve[e].validation[k - 3]);
                if (v > 0 && isfinite(v)) {
                    low = fmin(low, v);
                    high = fmax(high, v);
                }
            }
    }
    return hpb_scale_log(low, high);
}

static const char *line_label(const hpb_report_data *data, const hpb_report_cell *cell,
                              hpb_axis axis)
{
    return hpb_clean_label(data->arena, axis < HPB_AXIS_COUNT ? cell->levels[axis] : cell->label,
                           34);
}

static double label_room(const hpb_report_data *data, const uint32_t *rows, uint32_t n,
                         hpb_axis axis)
{
    double room = 230;
    for (uint32_t i = 0; i < n; i++)
        room = fmax(room, 30 + 9.0 * (double)strlen(line_label(data, &data->cells[rows[i]], axis)));
    return fmin(room, 350);
}

static bool build(const hpb_report_data *data, uint32_t index, hpb_drawing *drawing,
                  hpb_figure *figure)
{
    hpb_canvas *canvas = &drawing->canvas;
    hpb_scale *scale = drawing->scale;
    uint32_t rows[MOST], n_epochs;
    hpb_axis axis;
    const uint32_t n = choose(data, rows, &axis);
    if (index || !n)
        return false;
    scale[1] = losses_scale(data, rows, n, &n_epochs);
    scale[0] = hpb_scale_linear(0, n_epochs);
    *canvas = (hpb_canvas){.script = hpb_asset_curves_gp,
                           .script_size = hpb_asset_curves_gp_size,
                           .width = 1000,
                           .bottom = 52,
                           .top = 12,
                           .left = 100,
                           .right = label_room(data, rows, n, axis),
                           .rows_top = HEIGHT,
                           .n_series = n,
                           .x = &scale[0],
                           .y = &scale[1]};
    canvas->height = canvas->bottom + canvas->top + HEIGHT;
    hpb_canvas_title(canvas, "epoch (loss on a log scale)");
    double taken[MOST];
    for (uint32_t i = 0; i < n; i++) {
        const hpb_report_cell *cell = &data->cells[rows[i]];
        const uint32_t colour = hpb_cell_mark(data, cell).colour;
        const bool validates = has_validation(cell);
        canvas->series_colour[i] = colour;
        add_band(canvas, cell, validates);
        const double train = add_line(canvas, cell, false, false, colour);
        const double end = validates ? add_line(canvas, cell, true, true, colour) : train;
        double py = canvas->bottom + (end < 0 ? train : end);
        for (uint32_t k = 0; k < i; k++) // labels at the line's end, kept apart
            if (fabs(py - taken[k]) < 18) {
                py = taken[k] + (py < taken[k] ? -18 : 18);
                k = (uint32_t)-1;
            }
        taken[i] = py;
        hpb_canvas_write(canvas, HPB_LAYER_LEFT, canvas->width - canvas->right + 12, py,
                         line_label(data, cell, axis));
        char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
        const hpb_report_epoch *first = &cell->curve[0], *last = &cell->curve[cell->n_epochs - 1];
        hpb_text_add(&figure->alt,
                     "%s %s: median training loss from %s in epoch 1 to %s in epoch %u.",
                     i ? "" : "Learning curves on a log scale.", cell->label,
                     hpb_rounded_text((double)first->train[1], 3, a),
                     hpb_rounded_text((double)last->train[1], 3, b), cell->n_epochs);
    }
    bool any_validates = false;
    for (uint32_t i = 0; i < n; i++)
        any_validates |= has_validation(&data->cells[rows[i]]);
    hpb_text_add(&figure->caption, "Loss by epoch of %s",
                 hpb_clean_label(data->arena, data->cells[rows[0]].label, 200));
    if (n > 1)
        hpb_text_add(&figure->caption, " and of %u cell%s that differ%s from it in %s alone", n - 1,
                     n > 2 ? "s" : "", n > 2 ? "" : "s", hpb_report_axis_title(axis));
    hpb_text_add(&figure->caption, "; the first %u runs%s. %s; bands: the middle half%s.",
                 data->cells[rows[0]].n_curve_runs, n > 1 ? " of each" : "",
                 any_validates ? "Lines: medians (solid: validation rows, dashed: training rows)"
                               : "Dashed lines: the median on the training rows",
                 any_validates ? ", of the validation rows where there are any" : "");
    return true;
}

static void add_csv(const hpb_report_data *data, uint32_t index, hpb_text *csv)
{
    (void)index;
    hpb_text_add(
        csv, "cell,epoch,n_fits,train_p25,train_median,train_p75,validation_p25,validation_median,"
             "validation_p75\n");
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        for (uint32_t e = 0; e < cell->n_epochs; e++) {
            hpb_csv_add(csv, cell->label);
            hpb_text_add(csv, ",%u,%u", e + 1, cell->curve[e].n);
            for (int k = 0; k < 6; k++) {
                const float v = k < 3 ? cell->curve[e].train[k] : cell->curve[e].validation[k - 3];
                if (isfinite(v))
                    hpb_text_add(csv, ",%.9g", (double)v);
                else
                    hpb_text_add(csv, ",");
            }
            hpb_text_add(csv, "\n");
        }
    }
}

const hpb_figure_kind hpb_figure_curves = {"curves", false, build, add_csv};
