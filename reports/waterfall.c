// SPDX-License-Identifier: Apache-2.0
// Figure: from what B reports on average to what A does, one bar a cause; and the luck of the numbers that were typed.
#include "assets.h"
#include "explain/words.h"
#include "figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROW 46.0
#define HALF 13.0  // of a bar's height
#define SMALL 0.01 // of the largest: causes below are one bar
#define MOST (HPB_MAX_CAUSES + 4)
#define REACH 0.6 // of what means and causes span: as far as luck may stretch the axis

typedef enum bar_kind { MEAN, CAUSE, LUCK } bar_kind;

typedef struct bar {
    bar_kind kind;
    const char *label;
    double from, to;          // `from`: 0 of a mean
    double low, high;         // the whisker; NaN: none
    double share;             // of the difference; NaN: not to be told
    const hpb_side *reported; // of luck
} bar;

typedef struct bars {
    bar item[MOST];
    uint32_t n;
} bars;

static bar *add_bar(bars *out, bar_kind kind, const char *label, double from, double to)
{
    bar *b = &out->item[out->n++];
    *b = (bar){kind, label, from, to, (double)NAN, (double)NAN, (double)NAN, NULL};
    return b;
}

static void add_mean(bars *out, hpb_arena *arena, const hpb_side *side, double mean)
{
    add_bar(out, MEAN, hpb_arena_format(arena, "%s, on average", side->title), 0, mean);
}

static void add_luck(bars *out, hpb_arena *arena, const hpb_side *side, double from, double to)
{
    if (side->is_typed && isfinite(side->reported))
        add_bar(out, LUCK, hpb_arena_format(arena, "luck of %s", side->title), from, to)->reported =
            side;
}

static double largest_of(const hpb_explanation *e)
{
    double largest = fabs(e->difference.value);
    for (uint32_t i = 0; i < e->n_causes; i++)
        largest = fmax(largest, fabs(e->causes[i].effect.value));
    return largest;
}

#define LONGEST_LABEL 60 // bytes, of two lines

static const char *label_of(const hpb_cause *cause, hpb_arena *arena)
{
    const char *words = hpb_cause_words(cause, arena);
    return strlen(words) > LONGEST_LABEL ? cause->name : words;
}

// A setting that never acted has no bar, unless none did.
static bool is_left_out(const hpb_explanation *e, const hpb_cause *cause)
{
    return !cause->n_acted && e->causes[0].n_acted;
}

// The smallest next to B; those too small to see are one bar, unless there is but one of them.
static double add_causes(bars *out, hpb_arena *arena, const hpb_explanation *e, double at)
{
    const double small = SMALL * largest_of(e);
    uint32_t n_small = 0;
    double others = 0;
    for (uint32_t i = 0; i < e->n_causes; i++)
        if (fabs(e->causes[i].effect.value) <= small && !is_left_out(e, &e->causes[i])) {
            n_small++;
            others += e->causes[i].effect.value;
        }
    if (n_small > 1) {
        add_bar(out, CAUSE, hpb_arena_format(arena, "%u others", n_small), at, at + others);
        at += others;
    }
    for (uint32_t i = e->n_causes; i-- > 0;) {
        const hpb_cause *cause = &e->causes[i];
        const double value = cause->effect.value;
        if ((fabs(value) <= small && n_small > 1) || is_left_out(e, cause))
            continue;
        bar *b = add_bar(out, CAUSE, label_of(cause, arena), at, at + value);
        b->low = at + cause->effect.low;
        b->high = at + cause->effect.high;
        b->share = cause->share;
        at += value;
    }
    return at;
}

// False: there is no difference of means to split.
static bool collect(const hpb_explanation *e, hpb_arena *arena, bars *out)
{
    const uint32_t full = e->n_corners - 1;
    *out = (bars){0};
    if (!e->n_causes || !isfinite(e->difference.value) || !isfinite(e->corner_mean[full]) ||
        !isfinite(largest_of(e)))
        return false;
    const double low = e->corner_mean[full], high = low + e->difference.value;
    const hpb_side *a = &e->side[0], *b = &e->side[1];
    add_luck(out, arena, b, b->reported, low);
    add_mean(out, arena, b, low);
    add_causes(out, arena, e, low);
    add_mean(out, arena, a, high);
    add_luck(out, arena, a, high, a->reported);
    return true;
}

// --- drawing ------------------------------------------------------------------------------------------------

// As far as means, causes and whiskers reach; luck that goes much beyond stands at the edge.
static hpb_scale scale_of(const bars *all)
{
    double low = 0, high = 0, luck_low = 0, luck_high = 0;
    for (uint32_t i = 0; i < all->n; i++) {
        const bar *b = &all->item[i];
        const double ends[] = {b->from, b->to, b->low, b->high};
        for (size_t k = 0; k < HPB_COUNT(ends); k++) {
            if (!isfinite(ends[k]))
                continue;
            double *least = b->kind == LUCK ? &luck_low : &low,
                   *most = b->kind == LUCK ? &luck_high : &high;
            *least = fmin(*least, ends[k]);
            *most = fmax(*most, ends[k]);
        }
    }
    const double reach = REACH * (high - low);
    return hpb_scale_linear(fmin(low, fmax(luck_low, low - reach)),
                            fmax(high, fmin(luck_high, high + reach)));
}

static bool is_beyond(const hpb_scale *x, double value)
{
    return value < x->low || value > x->high;
}

static void add_edge(hpb_canvas *canvas, const bar *b, double x, double y, double dx, double dy,
                     uint32_t colour)
{
    if (b->kind == LUCK)
        hpb_canvas_add(canvas, HPB_LAYER_DASHED, "%.6f\t%g\t%u\n%.6f\t%g\t%u\n", x, y, colour,
                       x + dx, y + dy, colour);
    else
        hpb_canvas_add(canvas, HPB_LAYER_OUTLINE, "%.6f\t%g\t%.6f\t%g\t%u", x, y, dx, dy, colour);
}

static void add_box(hpb_canvas *canvas, const bar *b, double y)
{
    const double x1 = hpb_scale_at(canvas->x, fmin(b->from, b->to)),
                 x2 = hpb_scale_at(canvas->x, fmax(b->from, b->to)), low = y - HALF,
                 high = y + HALF;
    const bool is_more = b->to >= b->from;
    const uint32_t colour = b->kind == MEAN   ? 0x8c8c8cu
                            : b->kind == LUCK ? 0x767676u
                            : is_more         ? HPB_COLOUR_VERMILLION
                                              : HPB_COLOUR_BLUE;
    if (b->kind == MEAN)
        hpb_canvas_add(canvas, HPB_LAYER_BOX, "%.6f\t%g\t%.6f\t%.6f\t%g\t%g\t%u", x1, y, x1, x2,
                       low, high, colour);
    else
        hpb_canvas_add(canvas,
                       b->kind == LUCK ? HPB_LAYER_LUCK
                       : is_more       ? HPB_LAYER_MORE
                                       : HPB_LAYER_LESS,
                       "%.6f\t%g\t%.6f\t%.6f\t%g\t%g", x1, y, x1, x2, low, high);
    add_edge(canvas, b, x1, low, x2 - x1, 0, colour);
    add_edge(canvas, b, x1, high, x2 - x1, 0, colour);
    if (!is_beyond(canvas->x, fmin(b->from, b->to)))
        add_edge(canvas, b, x1, low, 0, high - low, colour);
    if (!is_beyond(canvas->x, fmax(b->from, b->to)))
        add_edge(canvas, b, x2, low, 0, high - low, colour);
}

static void add_whisker(hpb_canvas *canvas, const bar *b, double y)
{
    if (!isfinite(b->low) || !isfinite(b->high))
        return;
    const double low = hpb_scale_at(canvas->x, b->low), high = hpb_scale_at(canvas->x, b->high);
    hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%g\t%.6f\t0\t%u", low, y, high - low, 0x1a1a1au);
    hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%g\t0\t10\t%u", low, y - 5, 0x1a1a1au);
    hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%g\t0\t10\t%u", high, y - 5, 0x1a1a1au);
}

// What stands behind the bar: "0.0212", "+0.0031 (44 %)", "yours: 0.270 (luck +0.25)".
static char *value_text(const bar *b)
{
    char a[HPB_SIGNED_SIZE], c[HPB_SIGNED_SIZE];
    if (b->kind == MEAN)
        return hpb_strdup(hpb_rounded_text(b->to, 3, a));
    if (b->kind == LUCK)
        return hpb_format("yours: %s (luck %s)", hpb_tick_text(b->reported->reported, a),
                          hpb_signed_text(b->reported->luck, 2, c));
    hpb_signed_text(b->to - b->from, 2, a);
    if (!isfinite(b->share))
        return hpb_strdup(a);
    return hpb_format("%s (%s%.0f %%)", a, b->share <= -0.005 ? "−" : "", fabs(100 * b->share));
}

static void add_value(hpb_canvas *canvas, const bar *b, double y)
{
    double end = fmax(b->from, b->to);
    if (isfinite(b->high))
        end = fmax(end, b->high);
    char *text = value_text(b);
    hpb_canvas_write(canvas, b->kind == LUCK ? HPB_LAYER_MARK : HPB_LAYER_NOTE,
                     hpb_canvas_x(canvas, hpb_scale_at(canvas->x, end)) + 10, canvas->bottom + y,
                     text);
    free(text);
}

static void draw(hpb_canvas *canvas, const bars *all)
{
    for (uint32_t i = 0; i < all->n; i++) {
        const bar *b = &all->item[i];
        const double y = ROW * (all->n - 1 - i) + ROW / 2;
        hpb_text_label_write(canvas, b->label, canvas->bottom + y);
        add_box(canvas, b, y);
        add_whisker(canvas, b, y);
        add_value(canvas, b, y);
        if (i + 1 < all->n) { // where the next begins
            const double at = hpb_scale_at(canvas->x, b->to);
            hpb_canvas_add(canvas, HPB_LAYER_GUIDE, "%.6f\t%g\n%.6f\t%g\n", at, y - HALF, at,
                           y - ROW + HALF);
        }
    }
}

static bool is_cut(const bars *all, const hpb_scale *x)
{
    for (uint32_t i = 0; i < all->n; i++)
        if (is_beyond(x, all->item[i].from) || is_beyond(x, all->item[i].to))
            return true;
    return false;
}

static void describe(const hpb_explanation *e, const bars *all, const hpb_scale *x,
                     hpb_figure *figure)
{
    char a[HPB_SIGNED_SIZE], b[HPB_NUMBER_SIZE];
    const double low = e->corner_mean[e->n_corners - 1];
    bool has_luck = false, has_others = false, has_whisker = false;
    hpb_text_add(&figure->alt,
                 "Waterfall on a linear scale, from the mean test MSE of %s, %s, to that of %s, "
                 "%s.",
                 e->side[1].title, hpb_rounded_text(low, 3, a), e->side[0].title,
                 hpb_rounded_text(low + e->difference.value, 3, b));
    for (uint32_t i = all->n; i-- > 0;) {
        const bar *item = &all->item[i];
        has_luck |= item->kind == LUCK;
        has_others |= item->kind == CAUSE && isnan(item->low);
        has_whisker |= isfinite(item->low);
        if (item->kind == CAUSE)
            hpb_text_add(&figure->alt, " %s: %s.", item->label,
                         hpb_signed_text(item->to - item->from, 2, a));
    }
    hpb_text_add(
        &figure->caption,
        "From top to bottom: what %s reports on average, what each setting adds (vermillion, "
        "hatched /) or takes away (blue, hatched \\), and what %s reports.",
        e->side[1].title, e->side[0].title);
    if (has_whisker)
        hpb_text_add(&figure->caption, " Whisker%s: 95 %% interval%s.", e->n_causes == 1 ? "" : "s",
                     e->n_causes == 1 ? "" : "s that hold for all causes at once");
    if (has_others && e->n_causes > 1)
        hpb_text_add(&figure->caption, " Causes of under 1 %% are one bar.");
    if (has_luck)
        hpb_text_add(&figure->caption, " Dotted: luck, from a mean to the number you got%s.",
                     is_cut(all, x) ? "; cut off where it goes far beyond all else" : "");
}

static bool build(const hpb_report_data *data, uint32_t index, hpb_drawing *drawing,
                  hpb_figure *figure)
{
    bars all;
    if (index >= data->n_explanations)
        return false;
    const hpb_explanation *e = &data->explanations[index];
    if (!collect(e, data->arena, &all))
        return false;
    hpb_figure_of_explanation(data, index, figure);
    double left = 0;
    for (uint32_t i = 0; i < all.n; i++)
        left = fmax(left, hpb_text_label_width(all.item[i].label));
    hpb_canvas *canvas = &drawing->canvas;
    drawing->scale[0] = scale_of(&all);
    *canvas = (hpb_canvas){.script = hpb_asset_waterfall_gp,
                           .script_size = hpb_asset_waterfall_gp_size,
                           .width = 1000,
                           .bottom = 52,
                           .top = 8,
                           .left = left,
                           .right = 200,
                           .rows_top = ROW * all.n,
                           .x = &drawing->scale[0]};
    canvas->height = canvas->bottom + canvas->top + canvas->rows_top;
    hpb_canvas_title(canvas, "mean test MSE (linear scale from 0: the parts add up)");
    draw(canvas, &all);
    describe(e, &all, canvas->x, figure);
    return true;
}

// --- the numbers ----------------------------------------------------------------------------------------------

static void add_line(hpb_text *csv, const char *part, const char *name, const char *const value[2],
                     const double *numbers, size_t n)
{
    hpb_text_add(csv, "%s,", part);
    hpb_csv_add(csv, name);
    for (int side = 0; side < 2; side++) {
        hpb_text_add(csv, ",");
        hpb_csv_add(csv, value[side]);
    }
    for (size_t i = 0; i < n; i++) {
        char text[HPB_NUMBER_SIZE];
        hpb_text_add(csv, ",%s", isfinite(numbers[i]) ? hpb_number_text(numbers[i], text) : "");
    }
    hpb_text_add(csv, "\n");
}

static void add_csv(const hpb_report_data *data, uint32_t index, hpb_text *csv)
{
    const hpb_explanation *e = &data->explanations[index];
    static const char *const none[2] = {"", ""};
    const double missing = (double)NAN;
    hpb_text_add(csv, "part,name,as_a,as_b,value,low_95,high_95,share,alone,last\n");
    for (int s = 0; s < 2; s++) {
        const hpb_side *side = &e->side[s];
        const double mean[] = {side->n_finite ? side->summary.mean : missing,
                               side->mean.low,
                               side->mean.high,
                               missing,
                               missing,
                               missing},
                     reported[] = {side->reported, missing, missing, missing, missing, missing},
                     luck[] = {side->luck, missing, missing, missing, missing, missing};
        add_line(csv, "mean", side->title, none, mean, HPB_COUNT(mean));
        add_line(csv, side->is_typed ? "yours" : "one run", side->title, none, reported,
                 HPB_COUNT(reported));
        add_line(csv, "luck", side->title, none, luck, HPB_COUNT(luck));
    }
    const double whole[] = {
        e->difference.value, e->difference.low, e->difference.high, missing, missing, missing};
    add_line(csv, "difference", "", none, whole, HPB_COUNT(whole));
    for (uint32_t i = 0; i < e->n_causes; i++) {
        const hpb_cause *cause = &e->causes[i];
        const double value[] = {cause->effect.value, cause->effect.low, cause->effect.high,
                                cause->share,        cause->alone,      cause->last};
        add_line(csv, "cause", cause->name, cause->value, value, HPB_COUNT(value));
    }
}

const hpb_figure_kind hpb_figure_waterfall = {"waterfall", true, build, add_csv};
