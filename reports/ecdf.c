// SPDX-License-Identifier: Apache-2.0
// Empirical distribution functions of the reference and of what differs from it in one factor alone.
#include "assets.h"
#include "figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST 6
#define HEIGHT 300.0
#define STEPS 250 // of a curve; more would not be seen

// The finite MSEs in ascending order; free() them.
static double *sorted_values(const hpb_report_cell *cell, size_t *n)
{
    double *values = hpb_alloc(cell->n_planned, sizeof *values);
    *n = 0;
    for (uint32_t r = 0; r < cell->n_planned; r++)
        if (isfinite(cell->mse[r]))
            values[(*n)++] = cell->mse[r];
    hpb_stats_summarise(values, *n); // sorts them
    return values;
}

typedef struct steps {
    uint32_t n;
    double value[STEPS], share[STEPS]; // at value, share of the runs are at or below it
} steps;

// What diverged counts among the runs: it lies beyond every value.
static steps make_steps(const hpb_report_cell *cell)
{
    steps out = {0};
    size_t n;
    double *values = sorted_values(cell, &n);
    const size_t whole = n + cell->count[HPB_STATUS_DIVERGED];
    out.n = n < STEPS ? (uint32_t)n : STEPS;
    for (uint32_t i = 0; i < out.n; i++) {
        const size_t at = n < STEPS ? i : (size_t)((double)i / (STEPS - 1) * (double)(n - 1));
        out.value[i] = values[at];
        out.share[i] = (double)(at + 1) / (double)whole;
    }
    free(values);
    return out;
}

static void add_curve(hpb_canvas *canvas, const hpb_report_cell *cell, hpb_mark mark,
                      hpb_end_label *label)
{
    const steps s = make_steps(cell);
    const double half =
        hpb_dkw_half_width(cell->summary.n + cell->count[HPB_STATUS_DIVERGED], 0.95);
    hpb_canvas_add(canvas, HPB_LAYER_BAND, "\n");
    hpb_canvas_add(canvas, HPB_LAYER_CURVE, "%s", "");
    double before = 0;
    for (uint32_t i = 0; i < s.n; i++) {
        const double x = hpb_scale_at(canvas->x, s.value[i]);
        for (int k = 0; k < 2; k++) { // the step: before it, after it
            const double y = k ? s.share[i] : before;
            hpb_canvas_add(canvas, HPB_LAYER_CURVE, "%.6f\t%.2f\t%u", x, y * HEIGHT, mark.colour);
            hpb_canvas_add(canvas, HPB_LAYER_BAND, "%.6f\t%.2f\t%.2f", x,
                           fmax(y - half, 0) * HEIGHT, fmin(y + half, 1) * HEIGHT);
        }
        before = s.share[i];
    }
    for (int quarter = 1; quarter <= 3; quarter++) // shapes, for those who can't tell the colours
        for (uint32_t i = 0; i < s.n; i++)
            if (s.share[i] >= 0.25 * quarter) {
                hpb_canvas_add(canvas, HPB_LAYER_POINTS, "%.6f\t%.2f\t%d\t%g\t%u",
                               hpb_scale_at(canvas->x, s.value[i]), 0.25 * quarter * HEIGHT,
                               mark.type, 0.9 * mark.size, mark.colour);
                break;
            }
    label->mark = mark;
}

static uint32_t choose(const hpb_report_data *data, uint32_t index, uint32_t rows[MOST],
                       hpb_axis *axis, uint32_t *total)
{
    uint32_t level, n = 0;
    if (!hpb_report_data_set(data, index, &level))
        return 0;
    const uint32_t all = hpb_report_neighbours(data, level, 0, rows, MOST, axis, total);
    for (uint32_t i = 0; i < all; i++)
        if (data->cells[rows[i]].summary.n > 1)
            rows[n++] = rows[i];
    return n;
}

static void describe(const hpb_report_data *data, const uint32_t *rows, uint32_t n, hpb_axis axis,
                     uint32_t total, hpb_figure *figure)
{
    char a[HPB_NUMBER_SIZE];
    hpb_text_add(&figure->alt, "Share of the runs at or below each test MSE.");
    for (uint32_t i = 0; i < n; i++)
        hpb_text_add(&figure->alt, " %s: half of the runs at or below %s.",
                     data->cells[rows[i]].label,
                     hpb_rounded_text(data->cells[rows[i]].summary.median, 3, a));
    hpb_text_add(
        &figure->caption,
        "Read up from an MSE: the share of the runs that are at or below it; further left is "
        "better. Marks: quartiles. "
        "Bands: each holds its whole curve with 95 %% coverage (Dvoretzky, Kiefer, "
        "Wolfowitz and Massart).");
    bool has_diverged = false;
    for (uint32_t i = 0; i < n; i++)
        has_diverged |= data->cells[rows[i]].count[HPB_STATUS_DIVERGED] > 0;
    if (has_diverged)
        hpb_text_add(&figure->caption, " What diverged is at no MSE: such a curve ends below 1.");
    if (axis < HPB_AXIS_COUNT && total > n)
        hpb_text_add(&figure->caption,
                     " Shown: the reference and the lowest medians of %u levels of %s.", total,
                     hpb_report_axis_title(axis));
}

static bool build(const hpb_report_data *data, uint32_t index, hpb_drawing *drawing,
                  hpb_figure *figure)
{
    uint32_t rows[MOST], total, level;
    hpb_axis axis;
    const uint32_t n = choose(data, index, rows, &axis, &total);
    if (!n)
        return false;
    hpb_report_data_set(data, index, &level);
    hpb_figure_of_data(data, level, index, figure);
    const hpb_report_cell *cells[MOST];
    for (uint32_t i = 0; i < n; i++)
        cells[i] = &data->cells[rows[i]];
    hpb_canvas *canvas = &drawing->canvas;
    drawing->scale[0] = hpb_scale_mse(cells, n, NULL, 0);
    hpb_scale *y = &drawing->scale[1];
    *y = (hpb_scale){.low = 0, .high = 1, .n_ticks = 5};
    for (uint32_t i = 0; i < y->n_ticks; i++) {
        y->tick[i].at = 0.25 * i;
        hpb_tick_text(y->tick[i].at, y->tick[i].text);
    }
    *canvas = (hpb_canvas){.script = hpb_asset_lines_gp,
                           .script_size = hpb_asset_lines_gp_size,
                           .width = 1000,
                           .bottom = 52,
                           .top = 34,
                           .left = 80,
                           .right = 290,
                           .rows_top = HEIGHT,
                           .n_series = n,
                           .x = &drawing->scale[0],
                           .y = y};
    canvas->height = canvas->bottom + canvas->top + HEIGHT;
    hpb_canvas_title(canvas, drawing->scale[0].is_log ? "test MSE (log scale)" : "test MSE");
    hpb_canvas_write(canvas, HPB_LAYER_NOTE, 16, canvas->height - 14, "share of runs at or below");
    hpb_end_label labels[MOST];
    char number[HPB_NUMBER_SIZE];
    for (uint32_t i = 0; i < n; i++) {
        const hpb_mark mark = hpb_level_mark(data, cells[i], axis, i);
        canvas->series_colour[i] = mark.colour;
        labels[i] = (hpb_end_label){
            .y = HEIGHT * (n - i) / (n + 1.0),
            .text = hpb_clean_label(data->arena,
                                    axis < HPB_AXIS_COUNT ? cells[i]->levels[axis]
                                                          : hpb_label_text(data, cells[i]),
                                    34),
            .note = hpb_arena_format(data->arena, "median %s",
                                     hpb_rounded_text(cells[i]->summary.median, 3, number))};
        add_curve(canvas, cells[i], mark, &labels[i]);
    }
    hpb_end_labels_write(canvas, labels, n);
    describe(data, rows, n, axis, total, figure);
    return true;
}

static void add_csv(const hpb_report_data *data, uint32_t index, hpb_text *csv)
{
    uint32_t rows[MOST], total;
    hpb_axis axis;
    const uint32_t n = choose(data, index, rows, &axis, &total);
    hpb_text_add(csv, "cell,mse,share_at_or_below,band_half_width\n");
    for (uint32_t i = 0; i < n; i++) {
        const hpb_report_cell *cell = &data->cells[rows[i]];
        const steps s = make_steps(cell);
        const double half =
            hpb_dkw_half_width(cell->summary.n + cell->count[HPB_STATUS_DIVERGED], 0.95);
        for (uint32_t k = 0; k < s.n; k++) {
            char a[HPB_NUMBER_SIZE];
            hpb_csv_add(csv, cell->label);
            hpb_text_add(csv, ",%s,%.9g,%.9g\n", hpb_number_text(s.value[k], a), s.share[k], half);
        }
    }
}

const hpb_figure_kind hpb_figure_ecdf = {"ecdf", false, build, add_csv};
