// SPDX-License-Identifier: Apache-2.0
// The section "Ranking": each optimizer at its best rate, every setting's place, and all pairs.
#include "page.h"
#include "ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- parts of a row ------------------------------------------------------------------------------------------

static void open_table(hpb_text *html, const char *const *heads, size_t n)
{
    hpb_text_add(html, "<div class=\"scroll\"><table class=\"cells blocks sortable\"><thead><tr>");
    for (size_t i = 0; i < n; i++)
        hpb_text_add(html, "<th scope=\"col\"%s>%s</th>", i ? " class=\"n\"" : "", heads[i]);
    hpb_text_add(html, "</tr></thead>\n<tbody>\n");
}

static void close_table(hpb_text *html)
{
    hpb_text_add(html, "</tbody></table></div>\n");
}

static void add_name(hpb_text *html, const char *head, const char *name, const char *note)
{
    hpb_text_add(html, "<td data-head=\"%s\" data-value=\"", head);
    hpb_html_add(html, name);
    hpb_text_add(html, "\">");
    hpb_html_add(html, name);
    hpb_text_add(html, "%s</td>", note);
}

static void add_estimate(hpb_text *html, const char *head, double value, double low, double high,
                         int digits)
{
    hpb_page_open_number(html, head, value);
    hpb_page_number(html, value, digits);
    hpb_page_interval(html, low, high, digits, false);
    hpb_text_add(html, "</td>");
}

static void add_difference(hpb_text *html, const char *head, double value, double low, double high)
{
    hpb_page_open_number(html, head, value);
    hpb_page_signed(html, value, 2);
    hpb_page_interval(html, low, high, 2, true);
    hpb_text_add(html, "</td>");
}

static void add_share(hpb_text *html, const char *head, double share, hpb_interval interval)
{
    hpb_page_open_number(html, head, share);
    if (isnan(share))
        hpb_text_add(html, "–");
    else
        hpb_text_add(html, "%.0f %% [%.0f, %.0f]", 100 * share, 100 * interval.low,
                     100 * interval.high);
    hpb_text_add(html, "</td>");
}

static hpb_interval wilson(const hpb_difference *d, double share)
{
    return hpb_wilson_interval(share * (double)d->n_pairs, d->n_pairs, 0.95);
}

// --- each at its best rate -------------------------------------------------------------------------------------

static void add_rate(hpb_text *html, const hpb_best_rate *best)
{
    char text[HPB_NUMBER_SIZE];
    hpb_page_open_number(html, "rate", best->rate);
    hpb_text_add(html, "%s", isfinite(best->rate) ? hpb_level_text(best->rate, text) : "–");
    if (best->is_at_edge)
        hpb_text_add(html, " <span class=\"bad\">end of the grid</span>");
    hpb_text_add(html, "</td>");
}

static void add_band(hpb_text *html, const hpb_best_rate *best)
{
    char low[HPB_NUMBER_SIZE], high[HPB_NUMBER_SIZE];
    const double decades = log10(best->good_high / best->good_low);
    hpb_page_open_number(html, "good rates", decades);
    if (best->n_tried < 2 || !isfinite(decades))
        hpb_text_add(html, "–");
    else if (decades == 0)
        hpb_text_add(html, "that one alone");
    else
        hpb_text_add(html, "%s to %s: %s%.1f", hpb_level_text(best->good_low, low),
                     hpb_level_text(best->good_high, high), best->is_open ? "≥ " : "", decades);
    hpb_text_add(html, "</td>");
}

static void add_best_row(const hpb_report_data *data, const hpb_best_rate *best, hpb_text *html)
{
    const hpb_report_cell *cell = &data->cells[best->cell];
    const hpb_difference *d = &best->difference;
    const bool is_base = best->base < 0;
    char count[HPB_NUMBER_SIZE], from[HPB_NUMBER_SIZE];
    const char *name = hpb_report_name(data->arena, best->family);
    if (data->is_factor[HPB_AXIS_DATA])
        name = hpb_arena_format(data->arena, "%s on %s", name, cell->levels[HPB_AXIS_DATA]);
    hpb_text_add(html, "<tr%s>", is_base ? " class=\"reference\"" : "");
    add_name(html, "optimizer", name, is_base ? " <span class=\"soft\">reference</span>" : "");
    add_rate(html, best);
    hpb_page_open_number(html, "test median", cell->summary.median);
    hpb_page_number(html, cell->summary.median, 3);
    hpb_text_add(html, "</td>");
    if (is_base) {
        hpb_text_add(html, "<td class=\"n\" data-head=\"difference\">–</td>"
                           "<td class=\"n\" data-head=\"lower in\">–</td>");
    } else {
        add_difference(html, "difference", d->mean, d->low, d->high);
        add_share(html, "lower in", 1 - d->worse, wilson(d, 1 - d->worse));
    }
    add_band(html, best);
    hpb_page_open_number(html, "diverged", (double)best->diverged);
    hpb_text_add(html, "%s", hpb_count_text(best->diverged, count));
    if (best->diverged && isfinite(best->diverged_from))
        hpb_text_add(html, " from %s", hpb_level_text(best->diverged_from, from));
    hpb_text_add(html, "</td></tr>\n");
}

bool hpb_page_best_rates(const hpb_report_data *data, hpb_text *html)
{
    static const char *const heads[] = {"optimizer", "rate",       "test median", "difference",
                                        "lower in",  "good rates", "diverged"};
    const hpb_report_ranking *ranking = data->ranking;
    if (ranking && ranking->has_rates && !ranking->is_tuned)
        hpb_text_add(html, "<p class=\"advice\"><b>Each at its best rate?</b> No validation rows "
                           "say which rate is best, "
                           "and to choose on the test rows would report the winner's luck. Add "
                           "<code>validation_split = 0.2</code> to <code>[fit]</code> and run "
                           "again.</p>\n");
    if (!ranking || !ranking->is_tuned || !ranking->n_best)
        return false;
    hpb_text_add(html, "<h3>Each optimizer at its best rate</h3>\n");
    open_table(html, heads, HPB_COUNT(heads));
    for (uint32_t i = 0; i < ranking->n_best; i++)
        add_best_row(data, &ranking->best[i], html);
    close_table(html);
    hpb_text_add(
        html,
        "<p class=\"note soft\">The rate is chosen on validation rows: the lowest median loss on "
        "them "
        "after the last epoch, runs that diverged counted as infinite. What is reported is the MSE "
        "on test rows, which had no say. Difference: of the means, to the reference at its own "
        "best rate on the same data, over runs with the same seeds; 95 %% intervals that hold for "
        "all rows at once. Lower in: the share of those runs with the lower MSE, with Wilson's "
        "95 %% interval. Good rates: next to the chosen one, with at most %.1f times its "
        "validation loss, and how many decades they span; ≥ where they reach the end of what was "
        "tried. Diverged: runs at any rate, and the lowest rate of one.</p>\n",
        HPB_GOOD_RATE);
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        if (data->is_factor[axis] && axis != HPB_AXIS_OPTIMIZER && axis != HPB_AXIS_DATA)
            return false;
    return true;
}

// --- places ----------------------------------------------------------------------------------------------------

static void add_place(const hpb_report_data *data, uint32_t i, hpb_text *html)
{
    const hpb_report_ranking *r = data->ranking;
    const hpb_report_cell *cell = &data->cells[r->cells[i]];
    const hpb_difference *d = &r->difference[(size_t)i * r->k];
    const bool is_reference = (int32_t)i == r->reference;
    hpb_text_add(html, "<tr%s>", is_reference ? " class=\"reference\"" : "");
    add_name(html, "setting", hpb_competitor_name(data, (uint32_t)(cell - data->cells)),
             is_reference ? " <span class=\"soft\">reference</span>" : "");
    add_estimate(html, "median", cell->summary.median, cell->median_interval.low,
                 cell->median_interval.high, 3);
    if (i)
        add_difference(html, "minus the first", d->mean, d->low, d->high);
    else
        hpb_text_add(html, "<td class=\"n\" data-head=\"minus the first\">–</td>");
    if (r->reference >= 0 && !is_reference) {
        const hpb_difference *to = &r->difference[(size_t)i * r->k + (uint32_t)r->reference];
        add_share(html, "lower in", 1 - to->worse, wilson(to, 1 - to->worse));
    } else {
        hpb_text_add(html, "<td class=\"n\" data-head=\"lower in\">–</td>");
    }
    hpb_page_open_number(html, "true place", r->rank[i].low);
    if (r->rank[i].low == r->rank[i].high)
        hpb_text_add(html, "%u", r->rank[i].low);
    else
        hpb_text_add(html, "%u to %u", r->rank[i].low, r->rank[i].high);
    hpb_text_add(html, "</td>");
    hpb_page_open_number(html, "may be best", r->rank[i].may_be_best);
    hpb_text_add(html, "%s</td></tr>\n", r->rank[i].may_be_best ? "<b>yes</b>" : "no");
}

static void add_places(const hpb_report_data *data, hpb_text *html)
{
    static const char *const heads[] = {
        "setting",    "median",     "mean, minus the first's", "lower than the reference in",
        "true place", "may be best"};
    const hpb_report_ranking *r = data->ranking;
    hpb_text_add(html, "<h3>Places");
    if (data->is_factor[HPB_AXIS_DATA]) {
        hpb_text_add(html, " on ");
        hpb_html_add(html, data->cells[r->cells[0]].levels[HPB_AXIS_DATA]);
    }
    hpb_text_add(html, "%s</h3>\n", r->is_tuned ? ", each at its best rate" : "");
    open_table(html, heads, HPB_COUNT(heads));
    for (uint32_t i = 0; i < r->k; i++)
        add_place(data, i, html);
    close_table(html);
    hpb_text_add(
        html,
        "<p class=\"note soft\">Median: 95 %% interval by order statistics, one by one; it holds "
        "in at "
        "least 95 of 100 cases whatever the distribution. Mean, minus the first's: over runs with "
        "the same seeds; 95 %% intervals that hold for all %u pairs of settings at once (max-t; "
        "they did in 95 of 100 simulated suites of 5 settings and 25 runs). True place: by mean, "
        "from all these intervals together; a setting may be best where none is shown to be lower. "
        "Lower than the reference in: share of runs with the same seeds, ties one half, with "
        "Wilson's 95 %% interval, one by one.</p>\n",
        r->k * (r->k - 1) / 2);
    if (r->n_left_out)
        hpb_text_add(
            html,
            "<p class=\"note soft\">The %u settings of the lowest medians; %u more are not "
            "compared.</p>\n",
            r->k, r->n_left_out);
}

// --- pairs -------------------------------------------------------------------------------------------------------

static void add_pair(const hpb_report_data *data, uint32_t i, uint32_t j, hpb_text *html)
{
    const hpb_report_ranking *r = data->ranking;
    const hpb_report_pair *pair = &r->pairs[i * r->n_tested + j];
    const char *a = hpb_competitor_name(data, r->cells[i]);
    const char *b = hpb_competitor_name(data, r->cells[j]);
    char text[HPB_NUMBER_SIZE];
    hpb_text_add(html, "<tr>");
    add_name(html, "pair", hpb_arena_format(data->arena, "%s against %s", a, b), "");
    add_difference(html, "shift", pair->shift.value, pair->shift.low, pair->shift.high);
    add_estimate(html, "ratio", pair->ratio.value, pair->ratio.low, pair->ratio.high, 2);
    add_share(html, "lower in", pair->share, pair->wins);
    const hpb_interval unpaired = {pair->unpaired.low, pair->unpaired.high};
    if (isfinite(unpaired.low))
        add_share(html, "with other seeds", pair->unpaired.share, unpaired);
    else
        hpb_text_add(html, "<td class=\"n\" data-head=\"with other seeds\">–</td>");
    hpb_page_open_number(html, "p", pair->test.p);
    if (pair->test.p < 0.001)
        hpb_text_add(html, "under 0.001</td>");
    else
        hpb_text_add(html, "%s</td>", hpb_rounded_text(pair->test.p, 2, text));
    hpb_page_open_number(html, "shown lower", pair->test.p < 0.05);
    hpb_text_add(html, "%s",
                 pair->test.p >= 0.05                 ? "none"
                 : pair->test.plus < pair->test.minus ? "the first"
                                                      : "the second");
    hpb_text_add(html, "</td></tr>\n");
}

static void add_friedman(const hpb_report_data *data, hpb_text *html)
{
    const hpb_report_ranking *r = data->ranking;
    const hpb_friedman *f = &r->friedman;
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE], c[HPB_NUMBER_SIZE];
    if (!isfinite(f->chi2_ties))
        return;
    hpb_text_add(html,
                 "<p>Do any differ at all? Friedman's test of %u settings in %s %s: chi-squared %s "
                 "(ties corrected), p %s; Iman and Davenport's F %s.</p>\n",
                 r->n_tested, hpb_count_text(f->n, a),
                 r->blocks_are_data ? "data sets" : "runs with the same seeds",
                 hpb_rounded_text(f->chi2_ties, 3, b),
                 f->p < 0.001 ? "under 0.001" : hpb_rounded_text(f->p, 2, c),
                 isfinite(f->f) ? hpb_rounded_text(f->f, 3, (char[HPB_NUMBER_SIZE]){0})
                                : "without bound");
}

static void add_pairs(const hpb_report_data *data, hpb_text *html)
{
    static const char *const heads[] = {
        "pair", "shift", "ratio", "lower in", "with other seeds", "p after Holm", "shown lower"};
    const hpb_report_ranking *r = data->ranking;
    char runs[HPB_NUMBER_SIZE];
    hpb_text_add(html, "<details><summary>All pairs: tests and sizes</summary>\n");
    add_friedman(data, html);
    open_table(html, heads, HPB_COUNT(heads));
    for (uint32_t i = 0; i < r->n_tested; i++)
        for (uint32_t j = i + 1; j < r->n_tested; j++)
            add_pair(data, i, j, html);
    close_table(html);
    hpb_text_add(
        html,
        "<p class=\"note soft\">Over %s runs with the same seeds%s. Shift: Hodges and Lehmann's, "
        "the "
        "typical difference of the two, with the 95 %% interval that inverts the test. Ratio: of "
        "geometric means, 95 %% by t on logarithms. Lower in: the first has the lower MSE, "
        "Wilson's 95 %% interval. With other seeds: the same for two runs that share no seeds "
        "(Brunner and Munzel, 95 %% on the logit scale). p: Wilcoxon's signed ranks, two-sided, "
        "zeros split, after Holm's correction for all pairs here; shown lower: below 0.05. All "
        "intervals here are one by one; simulated, they hold in 94 to 96 of 100.</p>\n"
        "<p class=\"note soft\">How many runs does it take? To see with one error in 20 either way "
        "that "
        "one is lower in 75 of 100 pairs: %.0f pairs of the same seeds, or %.0f runs of each with "
        "others; in 60 of 100: %.0f and %.0f.</p>\n",
        hpb_count_text(r->n_runs_tested, runs),
        r->n_runs_tested < data->cells[r->cells[0]].n_planned ? ", the first ones" : "",
        hpb_sign_test_pairs(0.75, 0.05, 0.05), hpb_mann_whitney_runs(0.75, 0.05, 0.05),
        hpb_sign_test_pairs(0.6, 0.05, 0.05), hpb_mann_whitney_runs(0.6, 0.05, 0.05));
    if (r->k > r->n_tested)
        hpb_text_add(html, "<p class=\"note soft\">The %u settings of the lowest medians.</p>\n",
                     r->n_tested);
    hpb_text_add(html, "</details>\n");
}

void hpb_page_ranking(const hpb_report_data *data, hpb_text *html)
{
    const hpb_report_ranking *ranking = data->ranking;
    if (!ranking || ranking->k < 3)
        return;
    hpb_text_add(html, "<section>\n<h2>Ranking</h2>\n");
    add_places(data, html);
    add_pairs(data, html);
    hpb_text_add(html, "</section>\n");
}
