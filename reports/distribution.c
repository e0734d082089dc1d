// SPDX-License-Identifier: Apache-2.0
// Figure: how the runs of each cell are spread.
#include "assets.h"
#include "figures.h"
#include "ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROW 80.0 // pixels; below, heights within a row from its lower edge
#define STRIP_LOW 8.0
#define STRIP_HIGH 23.0
#define BOX_LOW 28.0
#define BOX_HIGH 54.0
#define MIDDLE ((BOX_LOW + BOX_HIGH) / 2)
#define MARK 63.0

static uint32_t count_finite(const hpb_report_cell *cell)
{
    return (uint32_t)cell->summary.n;
}

static void add_box(hpb_canvas *canvas, const hpb_scale *x, const hpb_summary *s, double y,
                    uint32_t colour)
{
    const double p5 = hpb_scale_at(x, s->p5), p25 = hpb_scale_at(x, s->p25),
                 p75 = hpb_scale_at(x, s->p75), p95 = hpb_scale_at(x, s->p95),
                 median = hpb_scale_at(x, s->median);
    const double low = y + BOX_LOW, high = y + BOX_HIGH;
    hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%g\t%.6f\t0\t%u", p5, y + MIDDLE, p95 - p5,
                   0x202020u);
    hpb_canvas_add(canvas, HPB_LAYER_BOX, "%.6f\t%g\t%.6f\t%.6f\t%g\t%g\t%u", p25, y + MIDDLE, p25,
                   p75, low, high, colour);
    const double edge[4][4] = {{p25, low, p75 - p25, 0},
                               {p25, high, p75 - p25, 0},
                               {p25, low, 0, high - low},
                               {p75, low, 0, high - low}};
    for (size_t i = 0; i < HPB_COUNT(edge); i++)
        hpb_canvas_add(canvas, HPB_LAYER_OUTLINE, "%.6f\t%g\t%.6f\t%g\t%u", edge[i][0], edge[i][1],
                       edge[i][2], edge[i][3], colour);
    hpb_canvas_add(canvas, HPB_LAYER_MEDIAN, "%.6f\t%g\t0\t%g", median, low - 2, high - low + 4);
    hpb_canvas_add(canvas, HPB_LAYER_MEAN, "%.6f\t%g", hpb_scale_at(x, s->mean), y + MIDDLE);
}

static uint64_t count_beyond(const hpb_scale *x, const hpb_report_cell *cell)
{
    const double end = x->is_log ? pow(10, x->high) : x->high;
    uint64_t n = 0;
    for (uint32_t r = 0; r < cell->n_planned && cell->summary.max > end; r++)
        n += isfinite(cell->mse[r]) && cell->mse[r] > end;
    return n;
}

// The words at the right: median, n of N, and what is not in the picture.
static void add_margin(hpb_canvas *canvas, const hpb_report_cell *cell, double py)
{
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
    const double px = canvas->width - canvas->right + 18;
    char *text = count_finite(cell)
                     ? hpb_format("median %s", hpb_rounded_text(cell->summary.median, 3, a))
                     : hpb_strdup("no finite data");
    hpb_canvas_write(canvas, HPB_LAYER_LEFT, px, py + 10, text);
    free(text);
    text = hpb_format("n %s of %s", hpb_count_text(count_finite(cell), a),
                      hpb_count_text(cell->n_planned, b));
    hpb_canvas_write(canvas, HPB_LAYER_NOTE, px, py - 9, text);
    free(text);
    const struct {
        uint64_t n;
        const char *words;
    } losses[] = {{cell->count[HPB_STATUS_DIVERGED], "diverged"},
                  {cell->failed, "failed"},
                  {count_beyond(canvas->x, cell), "beyond"}};
    hpb_text lost = {0};
    for (size_t i = 0; i < HPB_COUNT(losses); i++)
        if (losses[i].n)
            hpb_text_add(&lost, "%s%s %s", lost.length ? ", " : "", hpb_count_text(losses[i].n, a),
                         losses[i].words);
    if (lost.length)
        hpb_canvas_write(canvas, HPB_LAYER_WARN, px, py - 26, lost.data);
    hpb_text_free(&lost);
}

// --- single numbers: what the user got, what a cell with fixed seeds reports -------------------------------------

#define LETTER 7.7 // pixels, on average
#define GAP 12.0   // between a mark and its words
#define SEVERE 4u  // unreadable words; those on a mark are not nice
#define WORDED 2   // marks of a row that have words; more would overlap

typedef struct row_mark {
    double px;
    char *text;
} row_mark;

static double words_from(const row_mark *m, bool is_left)
{
    return is_left ? m->px - GAP - LETTER * (double)strlen(m->text) : m->px + GAP;
}

// How badly words would leave the picture, or lie on other words or marks. Bit i of `left`: those of mark i are left of it.
static uint32_t count_clashes(const hpb_canvas *canvas, const row_mark *marks, uint32_t n,
                              uint32_t left)
{
    uint32_t clashes = 0;
    for (uint32_t i = 0; i < n && i < WORDED; i++) {
        const double from = words_from(&marks[i], left >> i & 1),
                     to = from + LETTER * (double)strlen(marks[i].text);
        clashes += SEVERE * (from < 4 || to > canvas->width - 4);
        for (uint32_t k = 0; k < n; k++) {
            clashes += k != i && marks[k].px > from - 8 && marks[k].px < to + 8;
            if (k > i && k < WORDED) {
                const double other = words_from(&marks[k], left >> k & 1);
                const double end = other + LETTER * (double)strlen(marks[k].text);
                clashes += SEVERE * (other < to + 8 && end > from - 8);
            }
        }
    }
    return clashes;
}

// Words go to the side with more room, unless they would clash there.
static void place_marks(hpb_canvas *canvas, row_mark *marks, uint32_t n, double y)
{
    const double middle = canvas->left + 0.62 * (canvas->width - canvas->left - canvas->right);
    uint32_t first = 0, best;
    for (uint32_t i = 0; i < n && i < WORDED; i++)
        first |= (uint32_t)(marks[i].px > middle) << i;
    best = first;
    for (uint32_t flip = 1; flip < 1u << WORDED; flip++)
        if (count_clashes(canvas, marks, n, first ^ flip) < count_clashes(canvas, marks, n, best))
            best = first ^ flip;
    for (uint32_t i = 0; i < n; i++) {
        const bool is_left = best >> i & 1;
        if (i < WORDED)
            hpb_canvas_write(canvas, is_left ? HPB_LAYER_MARK_RIGHT : HPB_LAYER_MARK,
                             marks[i].px + (is_left ? -GAP : GAP), canvas->bottom + y + 3,
                             marks[i].text);
        free(marks[i].text);
    }
}

static row_mark add_mark(hpb_canvas *canvas, double value, double y, char *text)
{
    const double at = hpb_scale_at(canvas->x, value);
    hpb_canvas_add(canvas, HPB_LAYER_MARKS, "%.6f\t%g", at, y);
    return (row_mark){hpb_canvas_x(canvas, at), text};
}

static bool is_off(const hpb_scale *x, double value)
{
    return x->is_log ? !(value > 0) || log10(value) < x->low || log10(value) > x->high
                     : value < x->low || value > x->high;
}

static row_mark add_yours(hpb_canvas *canvas, const hpb_report_cell *cell, double y)
{
    char value[HPB_NUMBER_SIZE];
    return add_mark(canvas, cell->reported, y,
                    hpb_format("yours: %s%s", hpb_tick_text(cell->reported, value),
                               is_off(canvas->x, cell->reported) ? ", beyond this axis" : ""));
}

// A cell in which nothing is random: on the row of its twin, or on its own.
static row_mark add_fixed(hpb_arena *arena, hpb_canvas *canvas, const hpb_report_cell *cell,
                          double y)
{
    char value[HPB_NUMBER_SIZE];
    hpb_rounded_text(cell->mse[0], 3, value);
    return add_mark(canvas, cell->mse[0], y,
                    cell->rank ? hpb_format("fixed seed: %s, %s of 100", value,
                                            hpb_report_ordinal(arena, cell->rank))
                               : hpb_format("one run: %s", value));
}

static void add_marks(const hpb_report_data *data, hpb_canvas *canvas, uint32_t c, double y)
{
    row_mark *marks = hpb_alloc((size_t)data->n_cells + 1, sizeof *marks);
    uint32_t n = 0;
    if (isfinite(data->cells[c].reported))
        marks[n++] = add_yours(canvas, &data->cells[c], y);
    for (uint32_t i = 0; i < data->n_cells; i++)
        if (data->cells[i].twin == (int32_t)c && data->cells[i].n_planned == 1 &&
            data->cells[i].summary.n)
            marks[n++] = add_fixed(data->arena, canvas, &data->cells[i], y);
    place_marks(canvas, marks, n, y);
    free(marks);
}

static void add_points(hpb_canvas *canvas, const hpb_scale *x, const hpb_report_cell *cell,
                       double y, hpb_mark mark)
{
    uint32_t replicates[HPB_REPORT_POINTS];
    const uint32_t n = hpb_report_sample(cell, replicates);
    for (uint32_t i = 0; i < n; i++) {
        const double height =
            STRIP_LOW + (STRIP_HIGH - STRIP_LOW) * hpb_report_jitter(replicates[i], 1);
        hpb_canvas_add(canvas, HPB_LAYER_POINTS, "%.6f\t%.2f\t%d\t%.3f\t%u",
                       hpb_scale_at(x, cell->mse[replicates[i]]), y + height, mark.type,
                       0.36 * mark.size, mark.colour);
    }
}

static void add_row(const hpb_report_data *data, hpb_canvas *canvas, const hpb_scale *x, uint32_t c,
                    double y)
{
    const hpb_report_cell *cell = &data->cells[c];
    const hpb_mark mark = hpb_cell_mark(data, cell);
    const double py = canvas->bottom + y + MIDDLE;
    hpb_label_write(canvas, data, cell, py);
    add_margin(canvas, cell, py);
    if (!cell->summary.n)
        return;
    if (cell->n_planned == 1) {
        row_mark mark_alone = add_fixed(data->arena, canvas, cell, y + MIDDLE);
        place_marks(canvas, &mark_alone, 1, y + MIDDLE);
        return;
    }
    if (cell->summary.n > 1)
        add_box(canvas, x, &cell->summary, y, mark.colour);
    add_points(canvas, x, cell, y, mark);
    add_marks(data, canvas, c, y + MARK);
}

// --- the scale: what an MSE compares with ---------------------------------------------------------------------

typedef double (*guide_function)(const hpb_report_cell *cell);

static double truth_of(const hpb_report_cell *cell)
{
    return cell->truth_mse;
}

static double baseline_of(const hpb_report_cell *cell)
{
    return cell->baseline_mse;
}

static bool is_in_sight(const hpb_scale *x, double value)
{
    const double at = x->is_log ? log10(value) : value;
    return value > 0 && at > x->low && at < x->high;
}

// A dashed line through the rows that have it in sight, each where its own rows put it. Returns where its words go
// (pixels), or -1 where there is none.
static double add_guide(const hpb_report_data *data, hpb_canvas *canvas, const uint32_t *rows,
                        uint32_t n, guide_function value_of, const char *words, char **text)
{
    double first = (double)NAN, low = HUGE_VAL, high = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double value = value_of(&data->cells[rows[i]]);
        if (!is_in_sight(canvas->x, value))
            continue;
        const double at = hpb_scale_at(canvas->x, value), y = ROW * (n - 1 - i);
        first = isnan(first) ? value : first;
        low = fmin(low, value);
        high = fmax(high, value);
        hpb_canvas_add(canvas, HPB_LAYER_GUIDE, "%.6f\t%g\n%.6f\t%g\n", at, y, at, y + ROW);
    }
    if (isnan(first))
        return -1;
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
    *text = high <= 1.02 * low ? hpb_format("%s: %s", words, hpb_rounded_text(first, 3, a))
                               : hpb_format("%s: %s to %s", words, hpb_rounded_text(low, 3, a),
                                            hpb_rounded_text(high, 3, b));
    return hpb_canvas_x(canvas, hpb_scale_at(canvas->x, first));
}

#define LINE 18.0

// The words stand over the figure, on two lines where they would meet on one.
static void add_guides(const hpb_report_data *data, hpb_canvas *canvas, const uint32_t *rows,
                       uint32_t n)
{
    char *truth = NULL, *baseline = NULL;
    const double t =
        add_guide(data, canvas, rows, n, truth_of, "error of the true function", &truth);
    const double b =
        add_guide(data, canvas, rows, n, baseline_of, "predicting the mean", &baseline);
    double top = canvas->bottom + canvas->rows_top + 14;
    if (baseline) { // to the right, or to the left where there is no room
        const double width = LETTER * (double)strlen(baseline);
        const bool is_left = b + width > canvas->width;
        const double from = is_left ? b - width : b;
        hpb_canvas_write(canvas, is_left ? HPB_LAYER_NOTE_RIGHT : HPB_LAYER_NOTE,
                         b + (is_left ? 4 : -4), top, baseline);
        if (truth && t + LETTER * (double)strlen(truth) > from && t < from + width)
            top += LINE;
    }
    if (truth)
        hpb_canvas_write(canvas, HPB_LAYER_NOTE, t - 4, top, truth);
    canvas->top = truth || baseline ? top + 12 - canvas->bottom - canvas->rows_top : 8;
    canvas->height = canvas->bottom + canvas->top + canvas->rows_top;
    free(truth);
    free(baseline);
}

// --- the figure -------------------------------------------------------------------------------------------------

static void describe(const hpb_report_data *data, const uint32_t *rows, uint32_t n, uint32_t total,
                     const hpb_scale *x, hpb_figure *figure)
{
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE], c[HPB_NUMBER_SIZE];
    uint64_t most = 0, beyond = 0;
    bool has_fixed = false, has_yours = false, has_truth = false, has_baseline = false;
    hpb_text_add(&figure->alt, "Distribution of the test MSE of %u cell%s on a %s scale.", n,
                 n == 1 ? "" : "s", x->is_log ? "log" : "linear");
    for (uint32_t i = 0; i < n; i++) {
        const hpb_report_cell *cell = &data->cells[rows[i]];
        const hpb_summary *s = &cell->summary;
        most = s->n > most ? s->n : most;
        beyond += count_beyond(x, cell);
        has_yours |= isfinite(cell->reported);
        has_truth |= is_in_sight(x, cell->truth_mse);
        has_baseline |= is_in_sight(x, cell->baseline_mse);
        if (i < 6 && s->n)
            hpb_text_add(&figure->alt, " %s: median %s, 5 to 95 %% of %zu runs between %s and %s.",
                         cell->label, hpb_rounded_text(s->median, 3, a), s->n,
                         hpb_rounded_text(s->p5, 3, b), hpb_rounded_text(s->p95, 3, c));
        else if (i < 6)
            hpb_text_add(&figure->alt, " %s: no finite data.", cell->label);
        if (i < 6 && isfinite(cell->reported))
            hpb_text_add(&figure->alt, " Yours: %s.", hpb_tick_text(cell->reported, a));
    }
    for (uint32_t i = 0; i < data->n_cells; i++)
        has_fixed |= data->cells[i].twin >= 0 && data->cells[i].n_planned == 1;
    hpb_text *caption = &figure->caption;
    hpb_text_add(caption, "Every dot is one run%s", most > HPB_REPORT_POINTS ? "" : ".");
    if (most > HPB_REPORT_POINTS)
        hpb_text_add(caption, " (%d of %s shown, a fixed random sample).", HPB_REPORT_POINTS,
                     hpb_count_text(most, a));
    hpb_text_add(caption, " Box: middle half; line: 5 to 95 %%; bar: median; diamond: mean%s.",
                 has_yours && has_fixed
                     ? "; triangles: your number, and the same cell with fixed seeds, a single run"
                 : has_yours ? "; triangle: your number"
                 : has_fixed ? "; triangle: the same cell with fixed seeds, a single run"
                             : "");
    if (has_truth || has_baseline)
        hpb_text_add(caption, " Dashed: the error of %s%s%s on the test rows%s.",
                     has_truth ? "the true function" : "",
                     has_truth && has_baseline ? " and that of " : "",
                     has_baseline ? "predicting the mean of the training rows" : "",
                     !has_truth     ? ""
                     : has_baseline ? "; single runs may fall below the former"
                                    : "; single runs may fall below it");
    if (beyond)
        hpb_text_add(caption,
                     " %s run%s beyond the axis, which ends at %g times the error of "
                     "predicting the mean, stand at its end.",
                     hpb_count_text(beyond, a), beyond == 1 ? "" : "s", HPB_SCALE_LIMIT);
    if (data->ranking && data->ranking->is_tuned)
        hpb_text_add(caption, " Each optimizer is at the rate that its validation rows chose; its "
                              "other rates are in the table of cells.");
    if (total > n)
        hpb_text_add(caption,
                     " Shown: the best 10, the reference and the worst 3 by median; %u more are in "
                     "the table of cells.",
                     total - n);
}

#define FAR 4.0    // times a cell's 95 % quantile: beyond, a linear axis presses its runs together
#define REACH 30.0 // times what the runs span: how far a number that was typed may stretch the axis

// What else must be on the axis: the fixed seeds' runs, and what is near: the user's numbers, the true function, the mean.
static uint32_t collect_extra(const hpb_report_data *data, const uint32_t *rows, uint32_t n,
                              double *extra)
{
    uint32_t n_extra = 0;
    double low = HUGE_VAL, high = 0;
    for (uint32_t i = 0; i < n; i++) {
        const hpb_report_cell *cell = &data->cells[rows[i]];
        for (uint32_t c = 0; c < data->n_cells; c++)
            if (data->cells[c].twin == (int32_t)rows[i] && data->cells[c].n_planned == 1)
                extra[n_extra++] = data->cells[c].mse[0];
        if (cell->summary.n) {
            low = fmin(low, cell->summary.min);
            high = fmax(high, cell->summary.max);
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        const hpb_report_cell *cell = &data->cells[rows[i]];
        if (cell->truth_mse > low / 5)
            extra[n_extra++] = cell->truth_mse;
        if (cell->baseline_mse < high * 2)
            extra[n_extra++] = cell->baseline_mse;
        if (cell->reported > low / REACH && cell->reported < high * REACH)
            extra[n_extra++] = cell->reported;
    }
    return n_extra;
}

// As any MSE's, but log as well where a number of the user's lies far above the runs.
static hpb_scale scale_of(const hpb_report_cell *const *cells, uint32_t n, const double *extra,
                          uint32_t n_extra)
{
    const hpb_scale scale = hpb_scale_mse(cells, n, extra, n_extra);
    double least = HUGE_VAL, most = 0;
    bool is_far = false;
    for (uint32_t i = 0; i < n; i++)
        if (cells[i]->summary.n) {
            least = fmin(least, cells[i]->summary.min);
            most = fmax(most, cells[i]->summary.max);
        }
    for (uint32_t i = 0; i < n_extra; i++) {
        least = fmin(least, extra[i]);
        most = fmax(most, extra[i]);
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < n && !isnan(cells[i]->reported); k++)
            is_far |=
                cells[i]->reported > FAR * cells[k]->summary.p95 && cells[i]->reported <= most;
    most = fmin(most, fmax(hpb_scale_limit(cells, n), 2 * least));
    return is_far && least > 0 && !scale.is_log ? hpb_scale_log(least, most) : scale;
}

static bool build(const hpb_report_data *data, uint32_t index, hpb_drawing *drawing,
                  hpb_figure *figure)
{
    hpb_canvas *canvas = &drawing->canvas;
    hpb_scale *scale = drawing->scale;
    uint32_t rows[HPB_REPORT_ROWS], total, level;
    if (!hpb_report_data_set(data, index, &level))
        return false;
    const uint32_t n = hpb_report_rows(data, level, rows, &total);
    if (!n)
        return false;
    hpb_figure_of_data(data, level, index, figure);
    const hpb_report_cell *cells[HPB_REPORT_ROWS];
    for (uint32_t i = 0; i < n; i++)
        cells[i] = &data->cells[rows[i]];
    double *extra = hpb_alloc((size_t)data->n_cells + 3 * HPB_REPORT_ROWS, sizeof *extra);
    const uint32_t n_extra = collect_extra(data, rows, n, extra);
    *scale = scale_of(cells, n, extra, n_extra);
    free(extra);
    *canvas = (hpb_canvas){.script = hpb_asset_distribution_gp,
                           .script_size = hpb_asset_distribution_gp_size,
                           .width = 1000,
                           .bottom = 52,
                           .left = hpb_label_width(data, rows, n),
                           .right = 170,
                           .rows_top = ROW * n,
                           .x = scale};
    for (uint32_t i = 0; i < n; i++)
        add_row(data, canvas, scale, rows[i], ROW * (n - 1 - i));
    add_guides(data, canvas, rows, n);
    hpb_canvas_title(canvas, scale->is_log ? "test MSE (log scale; lower is better)"
                                           : "test MSE (lower is better)");
    describe(data, rows, n, total, scale, figure);
    return true;
}

static void add_csv(const hpb_report_data *data, uint32_t index, hpb_text *csv)
{
    uint32_t level;
    hpb_report_data_set(data, index, &level);
    hpb_text_add(csv,
                 "cell,n_finite,n_stored,n_planned,diverged,crashed,timeout,contract,set_aside,"
                 "mean,sd,min,p5,p25,median,p75,p95,max,median_low_95,median_high_95,"
                 "mean_low_95,mean_high_95,baseline_mse,truth_mse,r2,reported\n");
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        const hpb_summary *s = &cell->summary;
        const hpb_interval *median = &cell->median_interval, *mean = &cell->mean_interval;
        if (index && cell->level_id[HPB_AXIS_DATA] != level) // the first table has all
            continue;
        const double value[] = {s->mean,      s->sd,     s->min,    s->p5,  s->p25,
                                s->median,    s->p75,    s->p95,    s->max, median->low,
                                median->high, mean->low, mean->high};
        const double scale[] = {cell->baseline_mse, cell->truth_mse, cell->r2, cell->reported};
        hpb_csv_add(csv, cell->label);
        hpb_text_add(csv, ",%zu,%llu,%u", s->n, (unsigned long long)cell->stored, cell->n_planned);
        for (int status = HPB_STATUS_DIVERGED; status < HPB_STATUS_COUNT; status++)
            hpb_text_add(csv, ",%llu", (unsigned long long)cell->count[status]);
        for (size_t i = 0; i < HPB_COUNT(value); i++) {
            char text[HPB_NUMBER_SIZE];
            hpb_text_add(csv, ",%s",
                         s->n && isfinite(value[i]) ? hpb_number_text(value[i], text) : "");
        }
        for (size_t i = 0; i < HPB_COUNT(scale); i++) {
            char text[HPB_NUMBER_SIZE];
            hpb_text_add(csv, ",%s", isfinite(scale[i]) ? hpb_number_text(scale[i], text) : "");
        }
        hpb_text_add(csv, "\n");
    }
}

const hpb_figure_kind hpb_figure_distribution = {"distribution", true, build, add_csv};
