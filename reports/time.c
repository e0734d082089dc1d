// SPDX-License-Identifier: Apache-2.0
// Figures: how long a fit takes, alone and in bulk; two pictures, since the two are no one scale.
#include "assets.h"
#include "figures.h"

#include <math.h>
#include <stdlib.h>

#define ROW 40.0
#define MOST_ROWS 20
#define LOG_FROM 10 // times between the longest and the shortest

static const struct {
    hpb_timing_measure measure;
    const char *name, *title, *words, *how;
} panels[] = {
    {HPB_TIMING_FIT_ALONE, "time-alone", "one fit alone", "Time of one fit alone",
     "fits one at a time, as a program that trains one network waits for each"},
    {HPB_TIMING_FIT_BULK, "time-bulk", "a fit in bulk", "Time of a fit in bulk",
     "a batch of fits side by side, its time divided by their number, as the runs are trained"},
};

typedef struct unit {
    double seconds;
    const char *name;
} unit;

static unit unit_of(double seconds)
{
    static const unit units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}};
    size_t i = 0;
    while (i + 1 < HPB_COUNT(units) && seconds < units[i].seconds)
        i++;
    return units[i];
}

// The timings that are drawn, the reference among them.
static uint32_t find_rows(const hpb_report_data *data, hpb_timing_measure measure,
                          const hpb_report_timing *rows[MOST_ROWS], uint32_t *total)
{
    uint32_t n = 0;
    *total = 0;
    for (uint32_t i = 0; i < data->n_timings; i++) {
        const hpb_report_timing *t = &data->timings[i];
        if (t->measure != measure || !(t->summary.max > 0))
            continue;
        ++*total;
        if (n < MOST_ROWS)
            rows[n++] = t;
        else if ((uint32_t)t->cell == data->reference)
            rows[n - 1] = t;
    }
    return n;
}

static const hpb_report_timing *reference_of(const hpb_report_data *data,
                                             const hpb_report_timing *const *rows, uint32_t n)
{
    const hpb_report_cell *reference = &data->cells[data->reference];
    for (uint32_t i = 0; i < n; i++)
        if ((uint32_t)rows[i]->cell == data->reference || rows[i]->cell == reference->twin)
            return rows[i];
    return NULL;
}

static void add_row(const hpb_report_data *data, hpb_canvas *canvas, const hpb_report_timing *t,
                    const hpb_report_timing *reference, unit u, double y)
{
    const hpb_mark mark = hpb_cell_mark(data, &data->cells[t->cell]);
    const double py = canvas->bottom + y, px = canvas->width - canvas->right + 18;
    hpb_label_write(canvas, data, &data->cells[t->cell], py);
    for (uint32_t i = 0; i < t->n; i++)
        if (t->cpu[i] > 0)
            hpb_canvas_add(canvas, HPB_LAYER_POINTS, "%.6f\t%.2f\t%d\t%.3f\t%u",
                           hpb_scale_at(canvas->x, t->cpu[i] / u.seconds),
                           y - 12 + 6 * hpb_report_jitter(i, 3), mark.type, 0.45 * mark.size,
                           mark.colour);
    const double middle = hpb_scale_at(canvas->x, t->summary.median / u.seconds);
    if (isfinite(t->interval.low)) {
        const double low = hpb_scale_at(canvas->x, t->interval.low / u.seconds);
        const double high = hpb_scale_at(canvas->x, t->interval.high / u.seconds);
        hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%g\t%.6f\t0\t%u", low, y + 4, high - low,
                       mark.colour);
    }
    hpb_canvas_add(canvas, HPB_LAYER_MEDIAN, "%.6f\t%g\t0\t14", middle, y - 3);
    char number[HPB_NUMBER_SIZE], ratio[HPB_NUMBER_SIZE];
    hpb_rounded_text(t->summary.median / u.seconds, 3, number);
    char *text =
        !reference ? hpb_format("%s %s", number, u.name)
        : t == reference
            ? hpb_format("%s %s   the reference", number, u.name)
            : hpb_format("%s %s   %s × the reference", number, u.name,
                         hpb_rounded_text(t->summary.median / reference->summary.median, 2, ratio));
    hpb_canvas_write(canvas, HPB_LAYER_NOTE, px, py, text);
    free(text);
}

static void add_words(const hpb_report_data *data, uint32_t index,
                      const hpb_report_timing *const *rows, uint32_t n, uint32_t total, unit u,
                      hpb_figure *figure)
{
    hpb_text_add(&figure->alt, "%s.", panels[index].words);
    for (uint32_t i = 0; i < n && i < 6; i++) {
        char number[HPB_NUMBER_SIZE];
        hpb_text_add(&figure->alt, " %s: median %s %s.", data->cells[rows[i]->cell].label,
                     hpb_rounded_text(rows[i]->summary.median / u.seconds, 3, number), u.name);
    }
    hpb_text_add(
        &figure->caption,
        "%s: %s. Processor time on one core, the other workers ended, data and splits made "
        "beforehand. Points: repetitions, in an order drawn at random over all that was "
        "timed; bar: their median; line: its 95 %% interval.",
        panels[index].words, panels[index].how);
    if (total > n)
        hpb_text_add(&figure->caption, " %u more are in figures/%s.csv.", total - n,
                     panels[index].name);
}

static bool build(const hpb_report_data *data, uint32_t index, hpb_drawing *drawing,
                  hpb_figure *figure)
{
    hpb_canvas *canvas = &drawing->canvas;
    const hpb_report_timing *rows[MOST_ROWS];
    uint32_t total, cells[MOST_ROWS];
    if (index >= HPB_COUNT(panels))
        return false;
    const uint32_t n = find_rows(data, panels[index].measure, rows, &total);
    if (!n)
        return false;
    double low = HUGE_VAL, high = 0;
    for (uint32_t i = 0; i < n; i++) {
        cells[i] = (uint32_t)rows[i]->cell;
        low = fmin(low, rows[i]->summary.min > 0 ? rows[i]->summary.min : rows[i]->summary.median);
        high = fmax(high, rows[i]->summary.max);
    }
    const unit u = unit_of(high);
    const bool is_log = low > 0 && high / low > LOG_FROM;
    *drawing->scale = is_log ? hpb_scale_log(low / u.seconds, high / u.seconds)
                             : hpb_scale_linear(0, high / u.seconds);
    *canvas = (hpb_canvas){.script = hpb_asset_distribution_gp,
                           .script_size = hpb_asset_distribution_gp_size,
                           .width = 1000,
                           .bottom = 52,
                           .top = 12,
                           .left = hpb_label_width(data, cells, n),
                           .right = 240,
                           .rows_top = ROW * n,
                           .x = drawing->scale};
    canvas->height = canvas->bottom + canvas->top + canvas->rows_top;
    char *title = hpb_format("%s, %s%s", panels[index].title, u.name, is_log ? " (log scale)" : "");
    hpb_canvas_title(canvas, title);
    free(title);
    const hpb_report_timing *reference = reference_of(data, rows, n);
    for (uint32_t i = 0; i < n; i++)
        add_row(data, canvas, rows[i], reference, u, ROW * (n - 1 - i) + ROW / 2);
    figure->name = panels[index].name;
    add_words(data, index, rows, n, total, u, figure);
    return true;
}

static void csv(const hpb_report_data *data, uint32_t index, hpb_text *csv)
{
    hpb_text_add(csv, "cell,measure,repetition,cpu_seconds,real_seconds\n");
    for (uint32_t i = 0; i < data->n_timings; i++) {
        const hpb_report_timing *t = &data->timings[i];
        for (uint32_t k = 0; k < t->n && t->measure == panels[index].measure; k++) {
            char cpu[HPB_NUMBER_SIZE], real[HPB_NUMBER_SIZE];
            hpb_csv_add(csv, t->name);
            hpb_text_add(csv, ",%s,%u,%s,%s\n", hpb_timing_measure_name(t->measure), k,
                         hpb_number_text(t->cpu[k], cpu), hpb_number_text(t->real[k], real));
        }
    }
}

const hpb_figure_kind hpb_figure_time = {"time", false, build, csv};
