// SPDX-License-Identifier: Apache-2.0
// Figure: where the luck of one run comes from, one stacked bar a protocol; the numbers behind it in a table beneath.
#include "assets.h"
#include "explain/sources.h"
#include "figures.h"
#include "page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROW 66.0
#define HALF 17.0       // of a bar's height
#define LETTER 8.0      // pixels of one in a bar
#define LINE 0x767676u  // around a part
#define WHITE 0xffffffu // behind a name

enum { TOGETHER = HPB_STREAM_COUNT, PARTS };

// The parts of a bar in their order: the streams, then what several make together.
static const struct {
    uint32_t colour;
    hpb_layer hatch; // HPB_LAYER_BOX: none
} looks[PARTS] = {[HPB_STREAM_DATA] = {0xf6d9a8u, HPB_LAYER_BOX},
                  [HPB_STREAM_SPLIT] = {0xe3f3eeu, HPB_LAYER_MORE},
                  [HPB_STREAM_WEIGHTS] = {0xe3f0f8u, HPB_LAYER_LESS},
                  [HPB_STREAM_ORDER] = {0xd4d4d4u, HPB_LAYER_BOX},
                  [TOGETHER] = {0xf9eef5u, HPB_LAYER_LUCK}};

static const char *name_of(int part)
{
    return part == TOGETHER ? "together" : hpb_stream_name((hpb_stream)part);
}

// "52 %", "under 1 %"
static const char *percent_of(hpb_arena *arena, double share)
{
    return share > 0 && share < 0.005 ? "under 1 %"
                                      : hpb_arena_format(arena, "%.0f %%", 100 * share);
}

// share[PARTS] of one run's variance; NaN: the side does not draw it.
static void shares_of(const hpb_sources *sources, double share[PARTS])
{
    const hpb_variance *v = &sources->grid;
    for (int part = 0; part < PARTS; part++)
        share[part] = (double)NAN;
    for (uint32_t i = 0; i < v->n_factors; i++)
        share[v->stream[i]] = v->shares.term[1u << i].value;
    if (v->n_factors > 1)
        share[TOGETHER] = hpb_sources_together(sources);
}

// The sides that have a bar; the same procedure has one.
static uint32_t sides_of(const hpb_explanation *e, const hpb_side *side[2])
{
    uint32_t n = 0;
    for (int i = 0; i < 2; i++)
        if (hpb_sources_vary(e->side[i].sources) && (e->n_causes || !n))
            side[n++] = &e->side[i];
    return n;
}

// --- drawing ------------------------------------------------------------------------------------------------------

static void add_edge(hpb_canvas *canvas, double x, double y, double dx, double dy)
{
    hpb_canvas_add(canvas, HPB_LAYER_OUTLINE, "%.6f\t%g\t%.6f\t%g\t%u", x, y, dx, dy, LINE);
}

static void add_part(hpb_canvas *canvas, int part, double from, double to, double y)
{
    const double low = y - HALF, high = y + HALF;
    hpb_canvas_add(canvas, HPB_LAYER_BOX, "%.6f\t%g\t%.6f\t%.6f\t%g\t%g\t%u", from, y, from, to,
                   low, high, looks[part].colour);
    if (looks[part].hatch != HPB_LAYER_BOX)
        hpb_canvas_add(canvas, looks[part].hatch, "%.6f\t%g\t%.6f\t%.6f\t%g\t%g", from, y, from, to,
                       low, high);
    add_edge(canvas, from, low, to - from, 0);
    add_edge(canvas, from, high, to - from, 0);
    add_edge(canvas, from, low, 0, high - low);
    add_edge(canvas, to, low, 0, high - low);
}

// A part's name in the middle of it. False: it has no room.
static bool add_name(hpb_canvas *canvas, const char *text, double from, double to, double y)
{
    const double pixels = hpb_canvas_x(canvas, 1) - hpb_canvas_x(canvas, 0),
                 half = LETTER * (double)strlen(text) / 2 / pixels, middle = (from + to) / 2;
    if (2 * half > to - from)
        return false;
    hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%g\t%.6f\t0\t%u", middle - half, y, 2 * half,
                   WHITE);
    hpb_canvas_write(canvas, HPB_LAYER_MIDDLE, hpb_canvas_x(canvas, middle), canvas->bottom + y,
                     text);
    return true;
}

// Names that have no room, below the bar where the first of them is.
static void add_others(hpb_canvas *canvas, const char *others, double from, double y)
{
    const double last = hpb_canvas_x(canvas, 1) - LETTER * (double)strlen(others);
    hpb_canvas_write(canvas, HPB_LAYER_NOTE, fmin(hpb_canvas_x(canvas, from), last),
                     canvas->bottom + y - HALF - 10, others);
}

static void draw_side(hpb_canvas *canvas, hpb_arena *arena, const hpb_side *side, double y)
{
    double share[PARTS], at = 0, first = 0;
    char sd[HPB_NUMBER_SIZE];
    const char *others = NULL;
    shares_of(side->sources, share);
    hpb_text_label_write(canvas, side->title, canvas->bottom + y);
    for (int part = 0; part < PARTS; part++) {
        if (!(share[part] >= 0))
            continue;
        const char *text =
            hpb_arena_format(arena, "%s %s", name_of(part), percent_of(arena, share[part]));
        if (share[part] > 0)
            add_part(canvas, part, at, at + share[part], y);
        if (!add_name(canvas, text, at, at + share[part], y)) {
            first = others ? first : at;
            others = others ? hpb_arena_format(arena, "%s, %s", others, text) : text;
        }
        at += share[part];
    }
    hpb_canvas_write(
        canvas, HPB_LAYER_NOTE, hpb_canvas_x(canvas, 1) + 14, canvas->bottom + y,
        hpb_arena_format(arena, "SD of one run %s",
                         hpb_rounded_text(sqrt(side->sources->grid.components.total), 3, sd)));
    if (others)
        add_others(canvas, others, first, y);
}

static hpb_scale percents(void)
{
    hpb_scale x = {.low = 0, .high = 1, .n_ticks = 5};
    for (uint32_t i = 0; i < x.n_ticks; i++) {
        x.tick[i].at = 0.25 * i;
        snprintf(x.tick[i].text, sizeof x.tick[i].text, "%u %%%%", 25 * i);
    }
    return x;
}

static void describe(hpb_arena *arena, const hpb_side *const *side, uint32_t n, hpb_figure *figure)
{
    hpb_text_add(&figure->alt,
                 "Stacked bar%s of where the luck of one run comes from, in shares of its variance",
                 n > 1 ? "s" : "");
    for (uint32_t i = 0; i < n; i++) {
        double share[PARTS];
        shares_of(side[i]->sources, share);
        hpb_text_add(&figure->alt, "%s of %s", i ? ";" : ":", side[i]->title);
        for (int part = 0, is_next = 0; part < PARTS; part++)
            if (share[part] >= 0)
                hpb_text_add(&figure->alt, "%s %s %s", is_next++ ? "," : "", name_of(part),
                             percent_of(arena, share[part]));
    }
    hpb_text_add(&figure->alt, ".");
    hpb_text_add(&figure->caption,
                 "How much of the variance of one run each seed makes by itself; together: what "
                 "several make beyond that, where it takes one seed to make the other a lucky one. "
                 "From a crossed grid of %s seeds; the table has the intervals.",
                 n > 1 ? "each protocol’s" : "its");
}

static bool build(const hpb_report_data *data, uint32_t index, hpb_drawing *drawing,
                  hpb_figure *figure)
{
    const hpb_side *side[2];
    if (index >= data->n_explanations)
        return false;
    const uint32_t n = sides_of(&data->explanations[index], side);
    if (!n)
        return false;
    hpb_figure_of_explanation(data, index, figure);
    double left = 0;
    for (uint32_t i = 0; i < n; i++)
        left = fmax(left, hpb_text_label_width(side[i]->title));
    hpb_canvas *canvas = &drawing->canvas;
    drawing->scale[0] = percents();
    *canvas = (hpb_canvas){.script = hpb_asset_luck_by_source_gp,
                           .script_size = hpb_asset_luck_by_source_gp_size,
                           .width = 1000,
                           .bottom = 52,
                           .top = 8,
                           .left = left,
                           .right = 190,
                           .rows_top = ROW * n,
                           .x = &drawing->scale[0]};
    canvas->height = canvas->bottom + canvas->top + canvas->rows_top;
    hpb_canvas_title(canvas, "share of the variance of one run");
    for (uint32_t i = 0; i < n; i++)
        draw_side(canvas, data->arena, side[i], ROW * (n - 1 - i) + ROW / 2 + 6);
    describe(data->arena, side, n, figure);
    for (uint32_t i = 0; i < n; i++)
        hpb_page_sources(side[i], &figure->beneath);
    return true;
}

// --- the numbers ----------------------------------------------------------------------------------------------

static void add_figures(hpb_text *csv, const double *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[HPB_NUMBER_SIZE];
        hpb_text_add(csv, ",%s", isfinite(numbers[i]) ? hpb_number_text(numbers[i], text) : "");
    }
    hpb_text_add(csv, "\n");
}

static void add_csv(const hpb_report_data *data, uint32_t index, hpb_text *csv)
{
    const hpb_side *side[2];
    const uint32_t n = sides_of(&data->explanations[index], side);
    hpb_text_add(csv, "protocol,sources,share,share_low_95,share_high_95,variance,variance_low_95,"
                      "variance_high_95,own_run\n");
    for (uint32_t i = 0; i < n; i++) {
        const hpb_sources *s = side[i]->sources;
        const hpb_variance *v = &s->grid;
        for (uint32_t term = 1; term < v->components.n_terms; term++) {
            const hpb_component *c = &v->components.term[term];
            const hpb_estimate *share = &v->shares.term[term];
            const double numbers[] = {share->value,
                                      share->low,
                                      share->high,
                                      c->value,
                                      c->low,
                                      c->high,
                                      s->is_own ? s->own.term[term] : (double)NAN};
            uint32_t n_names = 0;
            hpb_csv_add(csv, side[i]->title);
            hpb_text_add(csv, ",");
            for (uint32_t k = 0; k < v->n_factors; k++)
                if (term >> k & 1)
                    hpb_text_add(csv, "%s%s", n_names++ ? " x " : "",
                                 hpb_stream_name(v->stream[k]));
            add_figures(csv, numbers, HPB_COUNT(numbers));
        }
    }
}

const hpb_figure_kind hpb_figure_luck_by_source = {"luck-by-source", false, build, add_csv};
