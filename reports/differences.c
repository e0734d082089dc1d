// SPDX-License-Identifier: Apache-2.0
// Figure: what separates each cell from the reference, paired run by run.
#include "assets.h"
#include "figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROW 50.0

static bool holds_zero(const hpb_difference *d)
{
    return !(d->low > 0) && !(d->high < 0);
}

static void add_row(const hpb_report_data *data, hpb_canvas *canvas, const hpb_report_cell *cell,
                    double y)
{
    const hpb_difference *d = &cell->difference;
    const double py = canvas->bottom + y, px = canvas->width - canvas->right + 18;
    hpb_label_write(canvas, data, cell, py);
    if (!d->n_pairs || !isfinite(d->mean)) {
        hpb_canvas_write(canvas, HPB_LAYER_NOTE, px, py, "no pair of finite runs");
        return;
    }
    const bool is_hollow = holds_zero(d);
    const uint32_t colour = is_hollow     ? 0x505050u
                            : d->mean > 0 ? HPB_COLOUR_VERMILLION
                                          : HPB_COLOUR_BLUE;
    const double at = hpb_scale_at(canvas->x, d->mean);
    if (isfinite(d->low) && isfinite(d->high)) {
        const double low = hpb_scale_at(canvas->x, d->low), high = hpb_scale_at(canvas->x, d->high);
        hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%g\t%.6f\t0\t%u", low, y, high - low,
                       colour);
        hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%g\t0\t12\t%u", low, y - 6, colour);
        hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%g\t0\t12\t%u", high, y - 6, colour);
    }
    if (is_hollow)
        hpb_canvas_add(canvas, HPB_LAYER_MEAN, "%.6f\t%g", at, y); // white inside
    hpb_canvas_add(canvas, HPB_LAYER_POINTS, "%.6f\t%g\t%d\t1.15\t%u", at, y, is_hollow ? 6 : 7,
                   colour);
    char a[HPB_SIGNED_SIZE], b[HPB_SIGNED_SIZE], c[HPB_SIGNED_SIZE];
    char *text = isfinite(d->low)
                     ? hpb_format("%s  [%s, %s]", hpb_signed_text(d->mean, 2, a),
                                  hpb_signed_text(d->low, 2, b), hpb_signed_text(d->high, 2, c))
                     : hpb_format("%s  (1 pair)", hpb_signed_text(d->mean, 2, a));
    hpb_canvas_write(canvas, HPB_LAYER_NOTE, px, py + 8, text);
    free(text);
    if (isfinite(d->ratio)) {
        hpb_rounded_text(d->ratio, 2, a);
        text = d->n_pairs == cell->n_planned
                   ? hpb_format("median × %s", a)
                   : hpb_format("median × %s   %s of %s pairs", a, hpb_count_text(d->n_pairs, b),
                                hpb_count_text(cell->n_planned, c));
        hpb_canvas_write(canvas, HPB_LAYER_NOTE, px, py - 8, text);
        free(text);
    }
}

static bool is_compared(const hpb_report_cell *cell, uint32_t level)
{
    return cell->base >= 0 && (level == HPB_ANY_DATA || cell->level_id[HPB_AXIS_DATA] == level);
}

static uint32_t comparable_rows(const hpb_report_data *data, uint32_t level,
                                uint32_t rows[HPB_REPORT_ROWS], uint32_t *left_out)
{
    uint32_t total, compared = 0, kept = 0;
    const uint32_t n = hpb_report_rows(data, level, rows, &total);
    for (uint32_t c = 0; c < data->n_cells; c++)
        compared += is_compared(&data->cells[c], level);
    for (uint32_t i = 0; i < n; i++)
        if (data->cells[rows[i]].base >= 0)
            rows[kept++] = rows[i];
    *left_out = compared - kept;
    for (uint32_t i = 0; i < kept; i++)
        if (data->cells[rows[i]].difference.n_pairs)
            return kept;
    return 0; // nothing to compare: no picture
}

// Linear, as far as the means and their intervals reach; what lies beyond a multiple of the error of predicting the mean
// would press the others together, and stands at the edge.
static hpb_scale differences_scale(const hpb_report_data *data, const uint32_t *rows, uint32_t n)
{
    const hpb_report_cell *cells[HPB_REPORT_ROWS];
    double low = 0, high = 0;
    for (uint32_t i = 0; i < n; i++) {
        cells[i] = &data->cells[rows[i]];
        const hpb_difference *d = &cells[i]->difference;
        const double ends[] = {d->mean, d->low, d->high};
        for (size_t k = 0; k < HPB_COUNT(ends) && d->n_pairs; k++)
            if (isfinite(ends[k])) {
                low = fmin(low, ends[k]);
                high = fmax(high, ends[k]);
            }
    }
    const double limit = hpb_scale_limit(cells, n);
    return hpb_scale_linear(fmax(low, -limit), fmin(high, limit));
}

static bool build(const hpb_report_data *data, uint32_t index, hpb_drawing *drawing,
                  hpb_figure *figure)
{
    hpb_canvas *canvas = &drawing->canvas;
    hpb_scale *scale = drawing->scale;
    uint32_t rows[HPB_REPORT_ROWS], left_out, level;
    if (!hpb_report_data_set(data, index, &level))
        return false;
    const uint32_t n = comparable_rows(data, level, rows, &left_out);
    if (!n)
        return false;
    hpb_figure_of_data(data, level, index, figure);
    *scale = differences_scale(data, rows, n);
    *canvas = (hpb_canvas){.script = hpb_asset_differences_gp,
                           .script_size = hpb_asset_differences_gp_size,
                           .width = 1000,
                           .bottom = 52,
                           .top = 26,
                           .left = hpb_label_width(data, rows, n),
                           .right = 264,
                           .rows_top = ROW * n,
                           .x = scale};
    canvas->height = canvas->bottom + canvas->top + canvas->rows_top;
    hpb_canvas_title(canvas,
                     "test MSE minus the reference's, paired run by run (left of 0: better)");
    const double zero = hpb_scale_at(scale, 0);
    const hpb_report_cell *reference = &data->cells[data->cells[rows[0]].base];
    hpb_canvas_add(canvas, HPB_LAYER_GUIDE, "%.6f\t0\n%.6f\t%g", zero, zero, canvas->rows_top);
    char *head = hpb_format("reference: %s", level == HPB_ANY_DATA && data->is_factor[HPB_AXIS_DATA]
                                                 ? "the same levels on the same data"
                                                 : hpb_label_text(data, reference));
    hpb_canvas_write(canvas, zero > 0.5 ? HPB_LAYER_NOTE_RIGHT : HPB_LAYER_NOTE,
                     hpb_canvas_x(canvas, zero) + (zero > 0.5 ? 4 : -4), canvas->height - 12, head);
    free(head);
    hpb_text_add(&figure->alt,
                 "Difference of the test MSE to the reference, %s, with 95 %% intervals.",
                 reference->label);
    for (uint32_t i = 0; i < n; i++) {
        const hpb_report_cell *cell = &data->cells[rows[i]];
        const hpb_difference *d = &cell->difference;
        add_row(data, canvas, cell, ROW * (n - 1 - i) + ROW / 2);
        char a[HPB_SIGNED_SIZE], b[HPB_SIGNED_SIZE], c[HPB_SIGNED_SIZE];
        if (i < 6 && isfinite(d->low))
            hpb_text_add(&figure->alt, " %s: %s, between %s and %s.", cell->label,
                         hpb_signed_text(d->mean, 2, a), hpb_signed_text(d->low, 2, b),
                         hpb_signed_text(d->high, 2, c));
    }
    hpb_text_add(&figure->caption,
                 "Mean difference to the reference over runs with the same seeds. Bar%s: 95 %% "
                 "interval%s",
                 data->n_compared == 1 ? "" : "s", data->n_compared == 1 ? "" : "s");
    if (data->n_compared > 1)
        hpb_text_add(&figure->caption, " that hold together for all %u comparisons",
                     data->n_compared);
    hpb_text_add(&figure->caption, "; a hollow point's interval holds 0. At the right: the "
                                   "difference, its interval, and the ratio of the medians.");
    if (left_out)
        hpb_text_add(&figure->caption, " %u more are in figures/%s.csv.", left_out, figure->name);
    return true;
}

static void add_csv(const hpb_report_data *data, uint32_t index, hpb_text *csv)
{
    uint32_t level;
    hpb_report_data_set(data, index, &level);
    hpb_text_add(csv, "cell,reference,n_pairs,n_planned,difference,low_95,high_95,sd,share_worse,"
                      "ratio_of_medians,"
                      "correlation\n");
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        const hpb_difference *d = &cell->difference;
        if (!is_compared(cell, index ? level : HPB_ANY_DATA)) // the first table has all
            continue;
        const double value[] = {d->mean,  d->low,   d->high,       d->sd,
                                d->worse, d->ratio, d->correlation};
        hpb_csv_add(csv, cell->label);
        hpb_text_add(csv, ",");
        hpb_csv_add(csv, data->cells[cell->base].label);
        hpb_text_add(csv, ",%zu,%u", d->n_pairs, cell->n_planned);
        for (size_t i = 0; i < HPB_COUNT(value); i++) {
            char text[HPB_NUMBER_SIZE];
            hpb_text_add(csv, ",%s",
                         d->n_pairs && isfinite(value[i]) ? hpb_number_text(value[i], text) : "");
        }
        hpb_text_add(csv, "\n");
    }
}

const hpb_figure_kind hpb_figure_differences = {"differences", true, build, add_csv};
