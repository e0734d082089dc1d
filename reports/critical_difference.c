// SPDX-License-Identifier: Apache-2.0
// Critical-difference diagram (Demsar 2006) with cliques from Wilcoxon and Holm (Benavoli, Corani and Mangili 2016).
#include "assets.h"
#include "figures.h"
#include "ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROW 26.0
#define BAR 11.0
#define HEAD 44.0 // above the line: Nemenyi's distance, and the ranks
#define INK 0x1a1a1au
#define SOFT 0x767676u
#define FEWEST_SETS 6 // fewer: the smallest two-sided p is 2^-4 or more

static double place_of(const hpb_report_ranking *r, double rank)
{
    return (rank - 1) / (r->n_tested - 1);
}

static void add_line(hpb_canvas *canvas, const hpb_report_ranking *r, double y)
{
    hpb_canvas_add(canvas, HPB_LAYER_OUTLINE, "0\t%g\t1\t0\t%u", y, INK);
    for (uint32_t rank = 1; rank <= r->n_tested; rank++) {
        const double x = place_of(r, rank);
        char text[HPB_NUMBER_SIZE];
        snprintf(text, sizeof text, "%u", rank);
        hpb_canvas_add(canvas, HPB_LAYER_OUTLINE, "%.6f\t%g\t0\t6\t%u", x, y, INK);
        hpb_canvas_write(canvas, HPB_LAYER_MIDDLE, hpb_canvas_x(canvas, x), canvas->bottom + y + 16,
                         text);
    }
}

// How far apart Nemenyi's test would have them, as a bar above the line, where it fits.
static void add_distance(hpb_canvas *canvas, const hpb_report_ranking *r, double y)
{
    const double distance = hpb_nemenyi_distance(0.05, r->n_tested, r->friedman.n);
    const double width = distance / (r->n_tested - 1);
    char number[HPB_NUMBER_SIZE];
    if (!(width < 1))
        return;
    hpb_canvas_add(canvas, HPB_LAYER_OUTLINE, "0\t%g\t%.6f\t0\t%u", y, width, SOFT);
    hpb_canvas_add(canvas, HPB_LAYER_OUTLINE, "0\t%g\t0\t8\t%u", y - 4, SOFT);
    hpb_canvas_add(canvas, HPB_LAYER_OUTLINE, "%.6f\t%g\t0\t8\t%u", width, y - 4, SOFT);
    char *text =
        hpb_format("Nemenyi's critical difference: %s", hpb_rounded_text(distance, 2, number));
    hpb_canvas_write(canvas, HPB_LAYER_NOTE, hpb_canvas_x(canvas, width) + 10, canvas->bottom + y,
                     text);
    free(text);
}

// The better half hangs to the left, the other to the right, the middle ones lowest.
static void add_setting(const hpb_report_data *data, hpb_canvas *canvas, uint32_t i, double line,
                        double first)
{
    const hpb_report_ranking *r = data->ranking;
    const uint32_t half = (r->n_tested + 1) / 2, at = r->order[i];
    const bool is_left = i < half;
    const double y = first - ROW * (is_left ? i : r->n_tested - 1 - i);
    const hpb_report_cell *cell = &data->cells[r->cells[at]];
    const double x = place_of(r, r->mean_rank[at]), edge = is_left ? -0.01 : 1.01;
    hpb_canvas_add(canvas, HPB_LAYER_CURVE, "%.6f\t%g\t%u\n%.6f\t%g\t%u\n%g\t%g\t%u\n", x, line,
                   SOFT, x, y, SOFT, is_left ? 0.0 : 1.0, y, SOFT);
    const hpb_mark mark = hpb_cell_mark(data, cell);
    hpb_canvas_add(canvas, HPB_LAYER_POINTS, "%.6f\t%g\t%d\t%g\t%u", x, line, mark.type, mark.size,
                   mark.colour);
    char rank[HPB_NUMBER_SIZE];
    char *text = hpb_format("%s  %s", hpb_competitor_name(data, (uint32_t)(cell - data->cells)),
                            hpb_rounded_text(r->mean_rank[at], 3, rank));
    hpb_canvas_write(canvas, is_left ? HPB_LAYER_RIGHT : HPB_LAYER_LEFT, hpb_canvas_x(canvas, edge),
                     canvas->bottom + y, text);
    free(text);
}

static void say(const hpb_report_data *data, hpb_figure *figure)
{
    const hpb_report_ranking *r = data->ranking;
    char number[HPB_NUMBER_SIZE];
    hpb_text_add(&figure->alt, "Mean ranks of the test MSE, 1 the lowest:");
    for (uint32_t i = 0; i < r->n_tested; i++)
        hpb_text_add(&figure->alt, "%s %s %s", i ? "," : "",
                     hpb_competitor_name(data, r->cells[r->order[i]]),
                     hpb_rounded_text(r->mean_rank[r->order[i]], 3, number));
    hpb_text_add(&figure->alt, ".");
    hpb_text_add(&figure->caption,
                 "Critical-difference diagram: mean rank of each setting's MSE within a block, 1 "
                 "the lowest. A thick bar joins settings that no test tells apart (Wilcoxon's "
                 "signed ranks for each pair, Holm's correction, 5 %%). ");
    if (r->blocks_are_data)
        hpb_text_add(&figure->caption, "Blocks are %zu data sets, each by its median MSE.%s",
                     r->friedman.n,
                     r->friedman.n < FEWEST_SETS
                         ? " That is too few: below 6 data sets such tests can tell nothing apart."
                         : "");
    else
        hpb_text_add(&figure->caption,
                     "Ranking on this data set only: blocks are %s runs with the same seeds, not "
                     "independent data sets, and with enough runs every difference is told apart, "
                     "however small.",
                     hpb_count_text(r->friedman.n, number));
    if (r->k > r->n_tested || r->n_left_out)
        hpb_text_add(&figure->caption, " Only the %u settings of the lowest medians.", r->n_tested);
}

static bool build(const hpb_report_data *data, uint32_t index, hpb_drawing *drawing,
                  hpb_figure *figure)
{
    const hpb_report_ranking *r = data->ranking;
    if (index || !r || r->n_tested < 3 || r->friedman.n < 2)
        return false;
    hpb_canvas *canvas = &drawing->canvas;
    drawing->scale[0] = hpb_scale_linear(0, 1); // the line is drawn here
    const uint32_t rows = (r->n_tested + 1) / 2;
    double width = 100;
    for (uint32_t i = 0; i < r->n_tested; i++) {
        const char *name = hpb_competitor_name(data, r->cells[i]);
        width = fmax(width, 9.0 * ((double)strlen(name) + 7));
    }
    *canvas = (hpb_canvas){.script = hpb_asset_critical_difference_gp,
                           .script_size = hpb_asset_critical_difference_gp_size,
                           .width = 1000,
                           .bottom = 12,
                           .top = 8,
                           .left = fmin(width, 330),
                           .right = fmin(width, 330),
                           .rows_top = HEAD + BAR * (r->n_cliques + 1) + ROW * (rows + 0.5),
                           .x = &drawing->scale[0]};
    canvas->height = canvas->bottom + canvas->top + canvas->rows_top;
    const double line = canvas->rows_top - HEAD;
    add_line(canvas, r, line);
    add_distance(canvas, r, canvas->rows_top - 8);
    for (uint32_t i = 0; i < r->n_cliques; i++) {
        const double from = place_of(r, r->mean_rank[r->order[r->cliques[i].first]]);
        const double to = place_of(r, r->mean_rank[r->order[r->cliques[i].last]]);
        hpb_canvas_add(canvas, HPB_LAYER_RANGE, "%.6f\t%g\t%.6f\t0\t%u", from - 0.006,
                       line - BAR * (i + 1), to - from + 0.012, INK);
    }
    for (uint32_t i = 0; i < r->n_tested; i++)
        add_setting(data, canvas, i, line, line - BAR * (r->n_cliques + 1) - ROW / 2);
    say(data, figure);
    return true;
}

static void csv(const hpb_report_data *data, uint32_t index, hpb_text *csv)
{
    (void)index;
    const hpb_report_ranking *r = data->ranking;
    hpb_text_add(csv, "setting,mean_rank,n_blocks,blocks,bars\n");
    for (uint32_t i = 0; i < r->n_tested; i++) {
        char number[HPB_NUMBER_SIZE];
        hpb_csv_add(csv, hpb_competitor_name(data, r->cells[r->order[i]]));
        hpb_text_add(csv, ",%s,%zu,%s,", hpb_number_text(r->mean_rank[r->order[i]], number),
                     r->friedman.n, r->blocks_are_data ? "data sets" : "runs");
        for (uint32_t c = 0, n = 0; c < r->n_cliques; c++)
            if (r->cliques[c].first <= i && i <= r->cliques[c].last)
                hpb_text_add(csv, "%s%u", n++ ? " " : "", c + 1);
        hpb_text_add(csv, "\n");
    }
}

const hpb_figure_kind hpb_figure_critical_difference = {
    .name = "critical-difference", .build = build, .csv = csv};
