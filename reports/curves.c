// SPDX-License-Identifier: Apache-2.0
// Learning curves of the reference and of what differs from it in one factor alone: together in one picture, or, where
// there are more than can be told apart, each in a small one of its own with the reference behind it in grey.
#include "assets.h"
#include "figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TOGETHER 6
#define HEIGHT 320.0
#define COLUMNS 3
#define SMALL 150.0 // height of a small picture
#define SMALL_GAP 40.0
#define GREY 0xb0b0b0u
#define FALLING 1.01 // ratio of the losses of an epoch and the next

// A part of the canvas with the two scales of a picture.
typedef struct panel {
    double x, width, y, height; // x of 0 ... 1, y in pixels
    const hpb_scale *epochs, *losses;
} panel;

static double panel_x(const panel *p, double epoch)
{
    return p->x + p->width * hpb_scale_at(p->epochs, epoch);
}

static double panel_y(const panel *p, float loss)
{
    return p->y + p->height * hpb_scale_at(p->losses, (double)loss);
}

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

// Whether the median training loss still fell by more than 1 % an epoch over the last tenth of the epochs, where most
// runs came to their end.
static bool is_still_falling(const hpb_report_cell *cell)
{
    const uint32_t n = cell->n_epochs, tenth = n / 10 ? n / 10 : 1;
    if (n < 5 || 2 * cell->curve[n - 1].n < cell->curve[0].n)
        return false;
    const double before = (double)cell->curve[n - 1 - tenth].train[1],
                 after = (double)cell->curve[n - 1].train[1];
    return after > 0 && before / after > pow(FALLING, tenth);
}

static const char *note_of(const hpb_report_data *data, const hpb_report_cell *cell)
{
    const uint32_t first = cell->curve[0].n, last = cell->curve[cell->n_epochs - 1].n;
    if (last < first)
        return hpb_arena_format(data->arena, "%u %% stopped before epoch %u",
                                (unsigned)lround(100.0 * (first - last) / first), cell->n_epochs);
    return is_still_falling(cell) ? "still falling at the end" : "";
}

// The cells of picture `index` that have curves, the reference first.
static uint32_t choose(const hpb_report_data *data, uint32_t index, uint32_t rows[HPB_MAX_SERIES],
                       hpb_axis *axis, uint32_t *total)
{
    uint32_t level;
    if (!hpb_report_data_set(data, 0, &level))
        return 0;
    const uint32_t all =
        hpb_report_neighbours(data, level, index, rows, HPB_MAX_SERIES, axis, total);
    uint32_t n = 0;
    for (uint32_t i = 0; i < all; i++)
        if (has_curve(&data->cells[rows[i]]))
            rows[n++] = rows[i];
    return n;
}

// --- lines --------------------------------------------------------------------------------------------------------

// One line of the picture; returns where it ends, or -1 where there is none.
static double add_line(hpb_canvas *canvas, const panel *p, const hpb_report_cell *cell,
                       bool is_validation, uint32_t colour)
{
    const hpb_layer layer = is_validation ? HPB_LAYER_CURVE : HPB_LAYER_DASHED;
    double last = -1;
    hpb_canvas_add(canvas, layer, "%s", "");
    for (uint32_t e = 0; e < cell->n_epochs; e++) {
        const float *q = is_validation ? cell->curve[e].validation : cell->curve[e].train;
        if (!(q[1] > 0) || !isfinite(q[1]))
            continue;
        last = panel_y(p, q[1]);
        hpb_canvas_add(canvas, layer, "%.6f\t%.3f\t%u", panel_x(p, e + 1.0), last, colour);
    }
    return last;
}

static void add_band(hpb_canvas *canvas, const panel *p, const hpb_report_cell *cell,
                     bool is_validation)
{
    hpb_canvas_add(canvas, HPB_LAYER_BAND, "\n");
    uint32_t n = 0;
    for (uint32_t e = 0; e < cell->n_epochs; e++) {
        const float *q = is_validation ? cell->curve[e].validation : cell->curve[e].train;
        if (!(q[0] > 0) || !isfinite(q[2]))
            continue;
        n++;
        hpb_canvas_add(canvas, HPB_LAYER_BAND, "%.6f\t%.3f\t%.3f", panel_x(p, e + 1.0),
                       panel_y(p, q[0]), panel_y(p, q[2]));
    }
    if (!n) // a series must have something in it
        hpb_canvas_add(canvas, HPB_LAYER_BAND, "-9\t-9\t-9");
}

// A tick through the line at each epoch after which runs stopped, as tall as they are many.
static void add_stops(hpb_canvas *canvas, const panel *p, const hpb_report_cell *cell,
                      bool is_validation, uint32_t colour)
{
    for (uint32_t e = 0; e + 1 < cell->n_epochs; e++) {
        const float *q = is_validation ? cell->curve[e].validation : cell->curve[e].train;
        if (cell->curve[e + 1].n >= cell->curve[e].n || !(q[1] > 0) || !isfinite(q[1]))
            continue;
        const double share =
            (double)(cell->curve[e].n - cell->curve[e + 1].n) / (double)cell->curve[0].n;
        const double size = 5 + fmin(60 * share, 24);
        hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%.2f\t0\t%.2f\t%u", panel_x(p, e + 1.0),
                       panel_y(p, q[1]) - size / 2, size, colour);
    }
}

static double add_cell(hpb_canvas *canvas, const panel *p, const hpb_report_cell *cell,
                       uint32_t colour)
{
    const bool validates = has_validation(cell);
    add_band(canvas, p, cell, validates);
    const double train = add_line(canvas, p, cell, false, colour);
    const double end = validates ? add_line(canvas, p, cell, true, colour) : train;
    add_stops(canvas, p, cell, validates, colour);
    return end < 0 ? train : end;
}

// --- scales -------------------------------------------------------------------------------------------------------

static hpb_scale losses_scale(const hpb_report_data *data, const uint32_t *rows, uint32_t n,
                              uint32_t *n_epochs)
{
    double low = HUGE_VAL, high = 0, first = 0;
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
                    first = e == 0 && !i ? fmax(first, v) : first;
                }
            }
    }
    // what is all but diverged must not press the others together
    return hpb_scale_log(low,
                         first > 0 ? fmin(high, fmax(HPB_SCALE_LIMIT * first, 2 * low)) : high);
}

// The ticks of a panel's scale, as ticks of the whole canvas: every `stride`th.
static void copy_ticks(const hpb_scale *from, double at, double size, uint32_t stride,
                       hpb_scale *to)
{
    for (uint32_t i = 0; i < from->n_ticks && to->n_ticks < HPB_MAX_TICKS; i += stride) {
        to->tick[to->n_ticks] = from->tick[i];
        to->tick[to->n_ticks++].at = at + size * from->tick[i].at;
    }
}

static const char *line_label(const hpb_report_data *data, const hpb_report_cell *cell,
                              hpb_axis axis)
{
    return hpb_clean_label(
        data->arena, axis < HPB_AXIS_COUNT ? cell->levels[axis] : hpb_label_text(data, cell), 34);
}

// --- pictures -----------------------------------------------------------------------------------------------------

static void draw_together(const hpb_report_data *data, const uint32_t *rows, uint32_t n,
                          hpb_axis axis, hpb_drawing *drawing)
{
    hpb_canvas *canvas = &drawing->canvas;
    canvas->right = 290;
    canvas->rows_top = HEIGHT;
    canvas->n_series = n;
    canvas->height = canvas->bottom + canvas->top + HEIGHT;
    const panel p = {0, 1, 0, HEIGHT, canvas->x, canvas->y};
    hpb_end_label labels[MOST_TOGETHER];
    for (uint32_t i = 0; i < n; i++) {
        const hpb_report_cell *cell = &data->cells[rows[i]];
        hpb_mark mark = hpb_level_mark(data, cell, axis, i);
        canvas->series_colour[i] = mark.colour;
        const double end = add_cell(canvas, &p, cell, mark.colour);
        const float *q = has_validation(cell) ? cell->curve[cell->n_epochs - 1].validation
                                              : cell->curve[cell->n_epochs - 1].train;
        if (q[1] > 0 && isfinite(q[1])) // a shape at its end, for those who can't tell the colours
            hpb_canvas_add(canvas, HPB_LAYER_POINTS, "%.6f\t%.2f\t%d\t%g\t%u",
                           panel_x(&p, cell->n_epochs), end, mark.type, mark.size, mark.colour);
        const char *note = note_of(data, cell);
        labels[i] = (hpb_end_label){.y = end,
                                    .text = line_label(data, cell, axis),
                                    .note = *note ? note : NULL,
                                    .mark = mark};
    }
    hpb_end_labels_write(canvas, labels, n);
}

static void draw_apart(const hpb_report_data *data, const uint32_t *rows, uint32_t n, hpb_axis axis,
                       hpb_drawing *drawing)
{
    hpb_canvas *canvas = &drawing->canvas;
    const hpb_scale epochs = drawing->scale[0], losses = drawing->scale[1];
    const uint32_t n_rows = (n + COLUMNS - 1) / COLUMNS;
    drawing->scale[0].n_ticks = drawing->scale[1].n_ticks = 0;
    drawing->scale[1].is_log = false;
    canvas->right = 30;
    canvas->rows_top = n_rows * (SMALL + SMALL_GAP) - SMALL_GAP;
    canvas->n_series = n;
    canvas->top = 62;
    canvas->height = canvas->bottom + canvas->top + canvas->rows_top;
    const double width = 1.0 / COLUMNS - 0.03;
    for (uint32_t column = 0; column < COLUMNS; column++)
        copy_ticks(&epochs, column * (1.0 / COLUMNS), width, 1 + epochs.n_ticks / 6,
                   &drawing->scale[0]);
    for (uint32_t i = 0; i < n_rows; i++)
        copy_ticks(&losses, i * (SMALL + SMALL_GAP) / canvas->rows_top, SMALL / canvas->rows_top,
                   1 + losses.n_ticks / 5, &drawing->scale[1]);
    for (uint32_t i = 0; i < n; i++) {
        const hpb_report_cell *cell = &data->cells[rows[i]], *reference = &data->cells[rows[0]];
        const uint32_t row = i / COLUMNS;
        const panel p = {(i % COLUMNS) * (1.0 / COLUMNS),
                         width,
                         (n_rows - 1 - row) * (SMALL + SMALL_GAP),
                         SMALL,
                         &epochs,
                         &losses};
        canvas->series_colour[i] = HPB_COLOUR_BLUE;
        if (i)
            add_line(canvas, &p, reference, has_validation(reference), GREY);
        add_cell(canvas, &p, cell, HPB_COLOUR_BLUE);
        const char *note = note_of(data, cell);
        const double px = hpb_canvas_x(canvas, p.x), py = canvas->bottom + p.y + SMALL;
        hpb_canvas_write(canvas, HPB_LAYER_NOTE, px, py + 13, line_label(data, cell, axis));
        hpb_canvas_write(canvas, HPB_LAYER_NOTE, px + 8, canvas->bottom + p.y + 12,
                         i || *note ? note : "reference");
    }
}

static void describe(const hpb_report_data *data, const uint32_t *rows, uint32_t n, hpb_axis axis,
                     uint32_t total, hpb_figure *figure)
{
    bool any_validates = false, any_stops = false, any_falls = false;
    hpb_text_add(&figure->alt, "Learning curves on a log scale.");
    for (uint32_t i = 0; i < n; i++) {
        const hpb_report_cell *cell = &data->cells[rows[i]];
        char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
        const hpb_report_epoch *first = &cell->curve[0], *last = &cell->curve[cell->n_epochs - 1];
        any_validates |= has_validation(cell);
        any_stops |= last->n < first->n;
        any_falls |= is_still_falling(cell);
        hpb_text_add(&figure->alt,
                     " %s: median training loss from %s in epoch 1 to %s in epoch %u.", cell->label,
                     hpb_rounded_text((double)first->train[1], 3, a),
                     hpb_rounded_text((double)last->train[1], 3, b), cell->n_epochs);
    }
    hpb_text *caption = &figure->caption;
    hpb_text_add(caption, "Loss by epoch of %s",
                 hpb_clean_label(data->arena, data->cells[rows[0]].label, 200));
    if (n > 1)
        hpb_text_add(caption, " and of %u cell%s that differ%s from it in %s alone", n - 1,
                     n > 2 ? "s" : "", n > 2 ? "" : "s", hpb_report_axis_title(axis));
    if (total > n)
        hpb_text_add(caption, " (of %u: those with the lowest medians)", total - 1);
    hpb_text_add(caption, "; the first %u runs%s. %s; bands: the middle half%s.",
                 data->cells[rows[0]].n_curve_runs, n > 1 ? " of each" : "",
                 any_validates ? "Lines: medians (solid: validation rows, dashed: training rows)"
                               : "Dashed lines: the median on the training rows",
                 any_validates ? ", of the validation rows where there are any" : "");
    if (n > MOST_TOGETHER)
        hpb_text_add(caption, " Grey: the reference.");
    if (any_stops)
        hpb_text_add(caption,
                     " Ticks: epochs after which runs stopped, taller where more did; beyond "
                     "them the line is of the runs that went on.");
    if (any_falls)
        hpb_text_add(caption,
                     " Still falling: the training loss fell by more than 1 %% an epoch to "
                     "the end, so these runs had not finished.");
}

static bool build(const hpb_report_data *data, uint32_t index, hpb_drawing *drawing,
                  hpb_figure *figure)
{
    uint32_t rows[HPB_MAX_SERIES], n_epochs, total;
    hpb_axis axis;
    const uint32_t n = choose(data, index, rows, &axis, &total);
    if (!n || (index && n < 2))
        return false;
    if (index)
        figure->name = hpb_arena_format(data->arena, "%s-%s", figure->name, hpb_axis_name(axis));
    hpb_scale *scale = drawing->scale;
    scale[1] = losses_scale(data, rows, n, &n_epochs);
    scale[0] = hpb_scale_linear(0, n_epochs);
    drawing->canvas = (hpb_canvas){.script = hpb_asset_lines_gp,
                                   .script_size = hpb_asset_lines_gp_size,
                                   .width = 1000,
                                   .bottom = 52,
                                   .top = 34,
                                   .left = 100,
                                   .x = &scale[0],
                                   .y = &scale[1]};
    if (n <= MOST_TOGETHER)
        draw_together(data, rows, n, axis, drawing);
    else
        draw_apart(data, rows, n, axis, drawing);
    hpb_canvas_title(&drawing->canvas, "epoch");
    hpb_canvas_write(&drawing->canvas, HPB_LAYER_NOTE, 16, drawing->canvas.height - 14,
                     "loss: mean squared error (log scale)");
    describe(data, rows, n, axis, total, figure);
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
