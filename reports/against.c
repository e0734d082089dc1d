// SPDX-License-Identifier: Apache-2.0
// MSE against a numeric factor: one picture for each setting that has three levels or more, for each data set.
#include "assets.h"
#include "figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LINES 6
#define MOST_PAIRS 64 // settings looked at
#define FEWEST 3      // levels that make a line
#define HEIGHT 320.0
#define STRIP 34.0 // shares of divergence, above the lines
#define GAP 22.0

// --- what there is to draw --------------------------------------------------------------------------------------

typedef struct place {
    double x;
    uint32_t cell;
} place;

typedef struct line {
    char *
        rest; // the other settings of the axis, and the level of the second one: what makes it a line
    place *places;
    uint32_t n;
    size_t capacity;
} line;

typedef struct picture {
    hpb_axis axis, second; // second: HPB_AXIS_COUNT, or that whose levels are the lines
    const char *key;       // in data->arena
    line *lines;
    uint32_t n_lines;
    size_t capacity;
} picture;

static void free_lines(picture *p)
{
    for (uint32_t i = 0; i < p->n_lines; i++) {
        free(p->lines[i].rest);
        free(p->lines[i].places);
    }
    free(p->lines);
    p->lines = NULL;
    p->n_lines = 0;
    p->capacity = 0;
}

static int by_x(const void *a, const void *b)
{
    const place *p = a, *q = b;
    return p->x < q->x ? -1 : p->x > q->x ? 1 : (int)(p->cell > q->cell) - (int)(p->cell < q->cell);
}

static void add_place(picture *p, char *rest, place at)
{
    uint32_t i = 0;
    while (i < p->n_lines && strcmp(p->lines[i].rest, rest) != 0)
        i++;
    if (i == p->n_lines) {
        p->lines = hpb_grow(p->lines, &p->capacity, p->n_lines + 1, sizeof *p->lines);
        p->lines[p->n_lines++] = (line){.rest = rest};
    } else {
        free(rest);
    }
    line *l = &p->lines[i];
    l->places = hpb_grow(l->places, &l->capacity, l->n + 1, sizeof *l->places);
    l->places[l->n++] = at;
}

// A setting that is a plain number: not a list, not "fresh", no seed.
static bool number_of(json_t *settings, const char *key, double *out)
{
    const char *text = json_string_value(json_object_get(settings, key));
    return text && strstr(key, "seed") == NULL && strcmp(key, "random_state") != 0 &&
           hpb_parse_double(text, out);
}

static bool is_candidate(const hpb_report_data *data, const hpb_report_cell *cell,
                         const hpb_report_cell *like, const picture *p)
{
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        if (axis != (int)p->axis && axis != (int)p->second &&
            cell->level_id[axis] != like->level_id[axis])
            return false;
    (void)data;
    return cell->n_planned > 1 && cell->spec;
}

// Sorts all cells that count into lines, and keeps those lines that are long enough.
static void collect_lines(const hpb_report_data *data, const hpb_report_cell *like, picture *p)
{
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        if (!is_candidate(data, cell, like, p))
            continue;
        json_t *spec = json_loads(cell->spec, 0, NULL);
        json_t *settings = json_object_get(spec, hpb_axis_name(p->axis));
        double x;
        if (number_of(settings, p->key, &x)) {
            json_object_del(settings, p->key);
            char *others = json_dumps(settings, JSON_COMPACT | JSON_SORT_KEYS);
            add_place(p,
                      hpb_format("%u %s",
                                 p->second < HPB_AXIS_COUNT ? cell->level_id[p->second] : 0,
                                 others),
                      (place){x, c});
            free(others);
        }
        json_decref(spec);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->n_lines; i++) {
        line *l = &p->lines[i];
        uint32_t n = 0;
        qsort(l->places, l->n, sizeof *l->places, by_x);
        for (uint32_t k = 0; k < l->n; k++) // one cell a level
            if (!n || l->places[k].x != l->places[n - 1].x)
                l->places[n++] = l->places[k];
        l->n = n;
        if (n >= FEWEST) {
            p->lines[kept++] = *l;
            continue;
        }
        free(l->rest);
        free(l->places);
    }
    p->n_lines = kept;
}

// The first other factor, for lines where the setting's own axis has but one.
static hpb_axis second_axis(const hpb_report_data *data, hpb_axis axis)
{
    for (size_t i = 0; i < HPB_REPORT_CHOSEN + 1; i++) { // the splitter too
        const hpb_axis other = hpb_report_axis_order[i];
        if (other != axis && data->is_factor[other])
            return other;
    }
    return HPB_AXIS_COUNT;
}

static double best_of(const hpb_report_data *data, const line *l, uint32_t *at)
{
    double best = HUGE_VAL;
    *at = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        const hpb_summary *s = &data->cells[l->places[i].cell].summary;
        if (s->n && s->median < best) {
            best = s->median;
            *at = i;
        }
    }
    return best;
}

static int by_best(const void *a, const void *b, void *context)
{
    uint32_t at;
    const double x = best_of(context, a, &at), y = best_of(context, b, &at);
    return x < y ? -1 : x > y;
}

static bool fill_lines(const hpb_report_data *data, const hpb_report_cell *like, picture *p)
{
    p->second = HPB_AXIS_COUNT;
    collect_lines(data, like, p);
    if (p->n_lines == 1 && second_axis(data, p->axis) < HPB_AXIS_COUNT) {
        free_lines(p);
        p->second = second_axis(data, p->axis);
        collect_lines(data, like, p);
    }
    bool has_any = false;
    for (uint32_t i = 0; i < p->n_lines; i++)
        for (uint32_t k = 0; k < p->lines[i].n; k++)
            has_any |= data->cells[p->lines[i].places[k].cell].summary.n > 0;
    if (p->n_lines > MOST_LINES)
        qsort_r(p->lines, p->n_lines, sizeof *p->lines, by_best, (void *)(uintptr_t)data);
    return has_any;
}

// Every setting whose number differs between cells: the axes in the order of the page, the keys as they come.
static uint32_t list_settings(const hpb_report_data *data, picture pairs[MOST_PAIRS])
{
    uint32_t n = 0;
    for (size_t i = 0; i < HPB_AXIS_COUNT; i++) {
        const hpb_axis axis = hpb_report_axis_order[i];
        if (axis == HPB_AXIS_SEEDS)
            continue;
        uint32_t next = 0; // levels are numbered in the order of the cells
        json_t *first = json_object(), *known = json_object();
        for (uint32_t c = 0; c < data->n_cells && data->is_factor[axis]; c++) {
            if (data->cells[c].level_id[axis] < next || !data->cells[c].spec)
                continue;
            next = data->cells[c].level_id[axis] + 1;
            json_t *spec = json_loads(data->cells[c].spec, 0, NULL), *value;
            json_t *settings = json_object_get(spec, hpb_axis_name(axis));
            const char *key;
            double x;
            json_object_foreach(settings, key, value)
            {
                json_t *seen = json_object_get(first, key);
                if (!number_of(settings, key, &x))
                    continue;
                if (!seen)
                    json_object_set(first, key, value);
                else if (!json_equal(seen, value) && !json_object_get(known, key) &&
                         n < MOST_PAIRS) {
                    json_object_set_new(known, key, json_true());
                    pairs[n++] = (picture){.axis = axis, .key = hpb_arena_strdup(data->arena, key)};
                }
            }
            json_decref(spec);
        }
        json_decref(first);
        json_decref(known);
    }
    return n;
}

// Picture `index`: settings one after the other, each for every data set. False: there are not so many.
static bool find_picture(const hpb_report_data *data, uint32_t index, picture *out,
                         uint32_t *data_index, uint32_t *level)
{
    picture pairs[MOST_PAIRS];
    const uint32_t n = data->n_cells ? list_settings(data, pairs) : 0;
    for (uint32_t i = 0; i < n; i++)
        for (*data_index = 0; hpb_report_data_set(data, *data_index, level); ++*data_index) {
            const hpb_report_cell *like = &data->cells[data->reference];
            if (*level != HPB_ANY_DATA) {
                const int32_t twin = hpb_report_find_cell(data, like, HPB_AXIS_DATA, *level);
                if (twin < 0 || pairs[i].axis == HPB_AXIS_DATA)
                    continue;
                like = &data->cells[twin];
            }
            *out = pairs[i];
            if (fill_lines(data, like, out) && index-- == 0)
                return true;
            free_lines(out);
        }
    return false;
}

// --- words --------------------------------------------------------------------------------------------------------

// "adam learning_rate 0.01" without the setting and its value: "adam".
static const char *line_label(const hpb_report_data *data, const picture *p, const line *l)
{
    const hpb_report_cell *cell = &data->cells[l->places[0].cell];
    if (p->second < HPB_AXIS_COUNT)
        return hpb_clean_label(data->arena, cell->levels[p->second], 28);
    char *text = hpb_arena_strdup(data->arena, cell->levels[p->axis]);
    char *found = strstr(text, p->key);
    if (found && (found == text || found[-1] == ' ') && found[strlen(p->key)] == ' ') {
        const char *after = found + strlen(p->key) + 1;
        after += strcspn(after, " ");
        if (found > text)
            found--;
        memmove(found, after, strlen(after) + 1);
    }
    return hpb_clean_label(data->arena, text + (*text == ' '), 28);
}

static const char *level_text(double x, char out[HPB_NUMBER_SIZE])
{
    snprintf(out, HPB_NUMBER_SIZE, "%.3g", x);
    return out;
}

static const char *key_text(const hpb_report_data *data, const picture *p)
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
static void tick_levels(const line *l, hpb_scale *scale)
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
        level_text(l->places[i].x, scale->tick[i].text);
    }
}

static hpb_scale x_scale(const picture *p)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    const line *longest = p->lines;
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
static hpb_scale y_scale(const hpb_report_data *data, const picture *p, bool is_log)
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

static void add_line(const hpb_report_data *data, hpb_canvas *canvas, const line *l, hpb_mark mark)
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

static double largest_loss(const hpb_report_data *data, const picture *p)
{
    double most = 0;
    for (uint32_t i = 0; i < p->n_lines; i++)
        for (uint32_t k = 0; k < p->lines[i].n; k++)
            most = fmax(most, lost_share(&data->cells[p->lines[i].places[k].cell]));
    return most;
}

// Bars side by side over each level: the share of the runs that diverged or failed, full height for all.
static void add_strip(const hpb_report_data *data, hpb_canvas *canvas, const picture *p,
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
static bool add_baseline(const hpb_report_data *data, hpb_canvas *canvas, const picture *p,
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

static double end_of(const hpb_report_data *data, const hpb_canvas *canvas, const line *l)
{
    for (uint32_t i = l->n; i-- > 0;)
        if (data->cells[l->places[i].cell].summary.n)
            return HEIGHT * hpb_scale_at(canvas->y, data->cells[l->places[i].cell].summary.median);
    return HEIGHT;
}

static void describe(const hpb_report_data *data, const picture *p, bool has_strip,
                     bool has_baseline, const hpb_canvas *canvas, hpb_figure *figure)
{
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
    const char *key = key_text(data, p);
    const uint32_t n = p->n_lines < MOST_LINES ? p->n_lines : MOST_LINES;
    hpb_text_add(&figure->alt, "Test MSE against %s.", key);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at;
        const double best = best_of(data, &p->lines[i], &at);
        const char *label = line_label(data, p, &p->lines[i]);
        if (isfinite(best))
            hpb_text_add(&figure->alt, " %s%slowest median %s at %s.", label, *label ? ": " : "",
                         hpb_rounded_text(best, 3, a), level_text(p->lines[i].places[at].x, b));
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
    if (p->second < HPB_AXIS_COUNT && n > 1)
        hpb_text_add(&figure->caption, " Lines: levels of %s.", hpb_report_axis_title(p->second));
    if (p->n_lines > n)
        hpb_text_add(&figure->caption, " Shown: the %u lines with the lowest medians of %u.", n,
                     p->n_lines);
}

static void draw(const hpb_report_data *data, const picture *all, hpb_drawing *drawing,
                 hpb_figure *figure)
{
    picture shown = *all;
    shown.n_lines = shown.n_lines < MOST_LINES ? shown.n_lines : MOST_LINES;
    const picture *p = &shown;
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
        const double best = best_of(data, &p->lines[i], &at);
        const char *label = line_label(data, p, &p->lines[i]);
        const char *note = isfinite(best)
                               ? hpb_arena_format(data->arena, "best at %s: %s",
                                                  level_text(p->lines[i].places[at].x, a),
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
    picture p;
    uint32_t data_index, level;
    if (!find_picture(data, index, &p, &data_index, &level))
        return false;
    char *name = hpb_arena_format(data->arena, "%s-%s", figure->name, p.key);
    for (char *at = name; *at; at++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", *at))
            *at = '_';
    figure->name = name;
    hpb_figure_of_data(data, level, data_index, figure);
    draw(data, &p, drawing, figure);
    free_lines(&p);
    return true;
}

static void add_csv(const hpb_report_data *data, uint32_t index, hpb_text *csv)
{
    picture p;
    uint32_t data_index, level;
    if (!find_picture(data, index, &p, &data_index, &level))
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
    free_lines(&p);
}

const hpb_figure_kind hpb_figure_against = {"against", false, build, add_csv};
