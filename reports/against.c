// SPDX-License-Identifier: Apache-2.0
// MSE against a numeric factor: one picture for each setting that has three levels or more, for each data set.
#include "against.h"
#include "assets.h"
#include "figures.h"
#include "ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LINES HPB_AGAINST_LINES
#define HEIGHT 320.0
#define STRIP 34.0 // shares of divergence, above the lines
#define GAP 22.0

// --- words --------------------------------------------------------------------------------------------------------

// "adam learning_rate 0.01" without the setting and its value: "adam".
static const char *line_label(const hpb_report_data *data, const hpb_against *p,
                              const hpb_against_line *l)
{
    const hpb_report_cell *cell = &data->cells[l->places[0].cell];
    if (p->second < HPB_AXIS_COUNT)
        return hpb_clean_label(data->arena, cell->levels[p->second], 28);
    char *text = hpb_arena_strdup(data->arena, cell->levels[p->axis]);
    const char *title = hpb_report_title(cell, p->axis); // may hold the key's name itself
    const size_t n_title = strlen(title);
    char *found = strstr(text + (strncmp(text, title, n_title) == 0 ? n_title : 0), p->key);
    if (found && (found == text || found[-1] == ' ') && found[strlen(p->key)] == ' ') {
        const char *after = found + strlen(p->key) + 1;
        after += strcspn(after, " ");
        if (found > text)
            found--;
        memmove(found, after, strlen(after) + 1);
    }
    return hpb_clean_label(data->arena, text + (*text == ' '), 28);
}

static const char *key_text(const hpb_report_data *data, const hpb_against *p)
{
    char *text = hpb_arena_strdup(data->arena, p->key);
    for (char *at = text; *at; at++)
        *at = *at == '_' ? ' ' : *at;
    return hpb_clean_label(data->arena, text, 40);
}

// --- drawing ------------------------------------------------------------------------------------------------------

#define FEW_LEVELS 8
#define APART 0.075 // of the axis

// Ticks at the levels themselves, where they are few enough to be read.
static void tick_levels(const hpb_against_line *l, hpb_scale *scale)
{
    double last = -1;
    for (uint32_t i = 0; i < l->n; i++) {
        const double at = hpb_scale_at(scale, l->places[i].x);
        if (l->n > FEW_LEVELS || (i && at - last < APART))
            return;
        last = at;
    }
    scale->n_ticks = l->n;
    for (uint32_t i = 0; i < l->n; i++) {
        scale->tick[i].at = hpb_scale_at(scale, l->places[i].x);
        hpb_level_text(l->places[i].x, scale->tick[i].text);
    }
}

static hpb_scale x_scale(const hpb_against *p)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    const hpb_against_line *longest = p->lines;
    for (uint32_t i = 0; i < p->n_lines; i++) {
        low = fmin(low, p->lines[i].places[0].x);
        high = fmax(high, p->lines[i].places[p->lines[i].n - 1].x);
        longest = p->lines[i].n > longest->n ? &p->lines[i] : longest;
    }
    hpb_scale scale =
        low > 0 && high / low >= 8 ? hpb_scale_log(low, high) : hpb_scale_linear(low, high);
    tick_levels(longest, &scale);
    return scale;
}

// Of the medians and the 5 to 95 % ranges, and of what they compare with where it is near.
static hpb_scale y_scale(const hpb_report_data *data, const hpb_against *p, bool is_log)
{
    double low = HUGE_VAL, high = 0, limit = 0;
    for (uint32_t i = 0; i < p->n_lines; i++)
        for (uint32_t k = 0; k < p->lines[i].n; k++) {
            const hpb_report_cell *cell = &data->cells[p->lines[i].places[k].cell];
            const hpb_report_cell *const one[] = {cell};
            limit = fmax(limit, hpb_scale_limit(one, 1));
            if (!cell->summary.n)
                continue;
            low = fmin(low, cell->summary.p5);
            high = fmax(high, cell->summary.p95);
        }
    high = fmin(high, fmax(limit, 2 * low));
    return low > 0 && (is_log || high / low > 10) ? hpb_scale_log(low, high)
                                                  : hpb_scale_linear(0, high);
}

static void add_line(const hpb_report_data *data, hpb_canvas *canvas, const hpb_against_line *l,
                     hpb_mark mark)
{
    uint32_t n_band = 0;
    hpb_canvas_add(canvas, HPB_LAYER_BAND, "\n");
    hpb_canvas_add(canvas, HPB_LAYER_CURVE, "%s", "");
    for (uint32_t i = 0; i < l->n; i++) {
        const hpb_summary *s = &data->cells[l->places[i].cell].summary;
        const double x = hpb_scale_at(canvas->x, l->places[i].x);
        if (!s->n) { // all lost: the line has a gap
            hpb_canvas_add(canvas, HPB_LAYER_CURVE, "%s", "");
            continue;
        }
        const double y = HEIGHT * hpb_scale_at(canvas->y, s->median);
        hpb_canvas_add(canvas, HPB_LAYER_CURVE, "%.6f\t%.2f\t%u", x, y, mark.colour);
        hpb_canvas_add(canvas, HPB_LAYER_BAND, "%.6f\t%.2f\t%.2f", x,
                       HEIGHT * hpb_scale_at(canvas->y, s->p5),
                       HEIGHT * hpb_scale_at(canvas->y, s->p95));
        n_band++;
        if (l->n <= 40)
            hpb_canvas_add(canvas, HPB_LAYER_POINTS, "%.6f\t%.2f\t%d\t%g\t%u", x, y, mark.type,
                           mark.size, mark.colour);
    }
    if (!n_band) // a series must have something in it
        hpb_canvas_add(canvas, HPB_LAYER_BAND, "-9\t-9\t-9");
}

static double lost_share(const hpb_report_cell *cell)
{
    const uint64_t lost = cell->count[HPB_STATUS_DIVERGED] + cell->failed;
    return cell->stored ? (double)lost / (double)cell->stored : 0;
}

static double largest_loss(const hpb_report_data *data, const hpb_against *p)
{
    double most = 0;
    for (uint32_t i = 0; i < p->n_lines; i++)
        for (uint32_t k = 0; k < p->lines[i].n; k++)
            most = fmax(most, lost_share(&data->cells[p->lines[i].places[k].cell]));
    return most;
}

// Bars side by side over each level: the share of the runs that diverged or failed, full height for all.
static void add_strip(const hpb_report_data *data, hpb_canvas *canvas, const hpb_against *p,
                      const hpb_mark *marks)
{
    const double width = (canvas->width - canvas->left - canvas->right);
    const double bar = fmin(7, 0.7 * width / (p->n_lines * (p->lines[0].n + 1.0))) / width;
    const double floor_y = HEIGHT + GAP;
    hpb_canvas_add(canvas, HPB_LAYER_RANGE, "0\t%g\t1\t0\t%u", floor_y, 0xa0a0a0u);
    for (uint32_t i = 0; i < p->n_lines; i++)
        for (uint32_t k = 0; k < p->lines[i].n; k++) {
            const double share = lost_share(&data->cells[p->lines[i].places[k].cell]);
            const double x =
                hpb_scale_at(canvas->x, p->lines[i].places[k].x) + bar * (i - 0.5 * p->n_lines);
            if (share > 0)
                hpb_canvas_add(canvas, HPB_LAYER_BOX, "%.6f\t%g\t%.6f\t%.6f\t%g\t%.2f\t%u", x,
                               floor_y, x, x + 0.85 * bar, floor_y,
                               floor_y + fmax(2, STRIP * share), marks[i].colour);
        }
    hpb_canvas_write(canvas, HPB_LAYER_NOTE_RIGHT, canvas->left - 10,
                     canvas->bottom + floor_y + STRIP / 2, "diverged");
}

// The error of predicting the mean, where the picture has it: nothing above that line has learned anything.
static bool add_baseline(const hpb_report_data *data, hpb_canvas *canvas, const hpb_against *p,
                         hpb_end_label *label)
{
    const double baseline = data->cells[p->lines[0].places[0].cell].baseline_mse;
    const double at = canvas->y->is_log ? log10(baseline) : baseline;
    if (!(baseline > 0) || p->axis == HPB_AXIS_DATA || at <= canvas->y->low ||
        at >= canvas->y->high)
        return false;
    char number[HPB_NUMBER_SIZE];
    const double y = HEIGHT * hpb_scale_at(canvas->y, baseline);
    hpb_canvas_add(canvas, HPB_LAYER_GUIDE, "0\t%.2f\n1\t%.2f\n", y, y);
    *label = (hpb_end_label){.y = y,
                             .text = hpb_arena_format(data->arena, "predicting the mean: %s",
                                                      hpb_rounded_text(baseline, 3, number))};
    return true;
}

static double end_of(const hpb_report_data *data, const hpb_canvas *canvas,
                     const hpb_against_line *l)
{
    for (uint32_t i = l->n; i-- > 0;)
        if (data->cells[l->places[i].cell].summary.n)
            return HEIGHT * hpb_scale_at(canvas->y, data->cells[l->places[i].cell].summary.median);
    return HEIGHT;
}

static bool is_cut(const hpb_report_data *data, const hpb_against *p, const hpb_scale *y)
{
    for (uint32_t i = 0; i < p->n_lines && i < MOST_LINES; i++)
        for (uint32_t k = 0; k < p->lines[i].n; k++) {
            const hpb_summary *s = &data->cells[p->lines[i].places[k].cell].summary;
            if (s->n && (y->is_log ? log10(s->p95) : s->p95) > y->high)
                return true;
        }
    return false;
}

static void describe(const hpb_report_data *data, const hpb_against *p, bool has_strip,
                     bool has_baseline, const hpb_canvas *canvas, hpb_figure *figure)
{
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
    const char *key = key_text(data, p);
    const uint32_t n = p->n_lines < MOST_LINES ? p->n_lines : MOST_LINES;
    hpb_text_add(&figure->alt, "Test MSE against %s.", key);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at;
        const double best = hpb_against_best(data, &p->lines[i], &at);
        const char *label = line_label(data, p, &p->lines[i]);
        if (isfinite(best))
            hpb_text_add(&figure->alt, " %s%slowest median %s at %s.", label, *label ? ": " : "",
                         hpb_rounded_text(best, 3, a), hpb_level_text(p->lines[i].places[at].x, b));
    }
    hpb_text_add(&figure->caption,
                 "Test MSE against %s%s. Line: median of the runs that did not diverge or fail; "
                 "band: 5 to 95 %% of "
                 "them.",
                 key, canvas->x->is_log && canvas->y->is_log ? ", both on log scales" : "");
    if (has_strip)
        hpb_text_add(&figure->caption,
                     " Bars at the top: share of the runs that diverged or failed, "
                     "full height for all of them.");
    if (has_baseline)
        hpb_text_add(
            &figure->caption,
            " Dashed: the error of predicting the mean; above it a model has learned nothing.");
    if (is_cut(data, p, canvas->y))
        hpb_text_add(&figure->caption,
                     " What lies above the axis stands at its end, %g times the error of "
                     "predicting the mean.",
                     HPB_SCALE_LIMIT);
    if (p->second < HPB_AXIS_COUNT && n > 1)
        hpb_text_add(&figure->caption, " Lines: levels of %s.", hpb_report_axis_title(p->second));
    if (p->n_lines > n)
        hpb_text_add(&figure->caption, " Shown: the %u lines with the lowest medians of %u.", n,
                     p->n_lines);
}

static void draw(const hpb_report_data *data, const hpb_against *all, hpb_drawing *drawing,
                 hpb_figure *figure)
{
    hpb_against shown = *all;
    shown.n_lines = shown.n_lines < MOST_LINES ? shown.n_lines : MOST_LINES;
    const hpb_against *p = &shown;
    hpb_canvas *canvas = &drawing->canvas;
    const bool has_strip = largest_loss(data, p) > 0;
    drawing->scale[0] = x_scale(p);
    drawing->scale[1] = y_scale(data, p, drawing->scale[0].is_log);
    *canvas = (hpb_canvas){.script = hpb_asset_lines_gp,
                           .script_size = hpb_asset_lines_gp_size,
                           .width = 1000,
                           .bottom = 52,
                           .top = 34,
                           .left = 100,
                           .right = 280,
                           .rows_top = HEIGHT + (has_strip ? GAP + STRIP : 0),
                           .y_top = HEIGHT,
                           .n_series = p->n_lines,
                           .x = &drawing->scale[0],
                           .y = &drawing->scale[1]};
    canvas->height = canvas->bottom + canvas->top + canvas->rows_top;
    char *title = hpb_format("%s%s", key_text(data, p), canvas->x->is_log ? " (log scale)" : "");
    hpb_canvas_title(canvas, title);
    free(title);
    hpb_canvas_write(canvas, HPB_LAYER_NOTE, 16, canvas->height - 14,
                     canvas->y->is_log ? "test MSE (log scale; lower is better)"
                                       : "test MSE (lower is better)");
    hpb_end_label labels[MOST_LINES + 1];
    hpb_mark marks[MOST_LINES];
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_lines; i++) {
        char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
        uint32_t at;
        const double best = hpb_against_best(data, &p->lines[i], &at);
        const char *label = line_label(data, p, &p->lines[i]);
        const char *note = isfinite(best)
                               ? hpb_arena_format(data->arena, "best at %s: %s",
                                                  hpb_level_text(p->lines[i].places[at].x, a),
                                                  hpb_rounded_text(best, 3, b))
                               : "no finite data";
        marks[i] =
            p->second < HPB_AXIS_COUNT
                ? hpb_level_mark(data, &data->cells[p->lines[i].places[0].cell], p->second, i)
                : hpb_mark_of(i);
        canvas->series_colour[i] = marks[i].colour;
        add_line(data, canvas, &p->lines[i], marks[i]);
        labels[n++] = (hpb_end_label){.y = end_of(data, canvas, &p->lines[i]),
                                      .text = *label ? label : note,
                                      .note = *label ? note : NULL,
                                      .mark = marks[i]};
    }
    const bool has_baseline = add_baseline(data, canvas, p, &labels[n]);
    hpb_end_labels_write(canvas, labels, n + has_baseline);
    if (has_strip)
        add_strip(data, canvas, p, marks);
    describe(data, all, has_strip, has_baseline, canvas, figure);
}

static bool build(const hpb_report_data *data, uint32_t index, hpb_drawing *drawing,
                  hpb_figure *figure)
{
    hpb_against p;
    uint32_t data_index, level;
    if (!hpb_against_find(data, index, &p, &data_index, &level))
        return false;
    char *name = hpb_arena_format(data->arena, "%s-%s", figure->name, p.key);
    for (char *at = name; *at; at++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", *at))
            *at = '_';
    figure->name = name;
    figure->is_on_first_screen =
        p.axis == HPB_AXIS_OPTIMIZER && data->ranking && data->ranking->is_tuned;
    hpb_figure_of_data(data, level, data_index, figure);
    draw(data, &p, drawing, figure);
    hpb_against_free(&p);
    return true;
}

static void add_csv(const hpb_report_data *data, uint32_t index, hpb_text *csv)
{
    hpb_against p;
    uint32_t data_index, level;
    if (!hpb_against_find(data, index, &p, &data_index, &level))
        return;
    hpb_text_add(csv, "cell,");
    hpb_csv_add(csv, p.key);
    hpb_text_add(csv, ",n_finite,n_stored,n_planned,diverged,failed,p5,median,p95\n");
    for (uint32_t i = 0; i < p.n_lines; i++)
        for (uint32_t k = 0; k < p.lines[i].n; k++) {
            const hpb_report_cell *cell = &data->cells[p.lines[i].places[k].cell];
            const hpb_summary *s = &cell->summary;
            const double value[] = {s->p5, s->median, s->p95};
            char text[HPB_NUMBER_SIZE];
            hpb_csv_add(csv, cell->label);
            hpb_text_add(csv, ",%s,%zu,%llu,%u,%llu,%llu",
                         hpb_number_text(p.lines[i].places[k].x, text), s->n,
                         (unsigned long long)cell->stored, cell->n_planned,
                         (unsigned long long)cell->count[HPB_STATUS_DIVERGED],
                         (unsigned long long)cell->failed);
            for (size_t v = 0; v < HPB_COUNT(value); v++)
                hpb_text_add(csv, ",%s", s->n ? hpb_number_text(value[v], text) : "");
            hpb_text_add(csv, "\n");
        }
    hpb_against_free(&p);
}

const hpb_figure_kind hpb_figure_against = {"against", false, build, add_csv};
