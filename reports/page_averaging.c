// SPDX-License-Identifier: Apache-2.0
// How folds are averaged: a table of the ways for each protocol, or cell, that scores on several folds.
#include "explain/averaging.h"
#include "page.h"

#include <math.h>

#define SHOWN_TABLES 4 // of cells, in their order; all are in report.json

// In the order of hpb_way; code between backticks.
static const struct {
    const char *what, *python;
} ways[HPB_WAY_COUNT] = {
    {"mean of the folds’ MSEs", "`cross_val_score(…).mean()`, sign turned; `best_score_`"},
    {"MSE of all rows together", "`mean_squared_error(y, cross_val_predict(…))`"},
    {"mean of the folds’ RMSEs, squared", "the square of the next"},
    {"mean of the folds’ RMSEs", "`\"neg_root_mean_squared_error\"`, sign turned"},
    {"RMSE of all rows together", "`root_mean_squared_error(y, cross_val_predict(…))`"},
    {"mean of the folds’ R²", "`\"r2\"`"},
    {"R² of all rows together", "`r2_score(y, cross_val_predict(…))`"},
};

static void add_difference(const hpb_averaging *averaging, hpb_way way, hpb_text *html)
{
    const hpb_estimate d = hpb_averaging_difference(averaging, way);
    if (hpb_way_is_reported(way))
        hpb_text_add(html, way == HPB_WAY_MSE_MEAN ? "reported" : "reported as R²");
    else if (!isfinite(d.value))
        hpb_text_add(html, "–");
    else if (d.value == 0)
        hpb_text_add(html, "the same");
    else
        hpb_page_signed(html, d.value, 2);
    if (d.value != 0)
        hpb_page_interval(html, d.low, d.high, 2, true);
}

static void add_table(const char *title, const hpb_averaging *averaging, hpb_text *html)
{
    char runs[HPB_NUMBER_SIZE];
    hpb_text_add(html, "<p class=\"lead\"><b>");
    hpb_html_add(html, title);
    hpb_text_add(html,
                 "</b>: %u folds a run, %s runs</p>\n<table class=\"effects blocks\"><thead><tr>"
                 "<th scope=\"col\">way of averaging</th><th scope=\"col\">in scikit-learn</th>"
                 "<th scope=\"col\" class=\"n\">mean over the runs</th><th scope=\"col\" "
                 "class=\"n\">beside the reported [95 %%]</th></tr></thead>\n<tbody>\n",
                 averaging->n_folds, hpb_count_text(averaging->value[0].n, runs));
    for (int way = 0; way < HPB_WAY_COUNT; way++) {
        hpb_text_add(html, "<tr><td data-head=\"way\">%s</td><td data-head=\"scikit-learn\">",
                     ways[way].what);
        hpb_page_prose(html, ways[way].python);
        hpb_text_add(html, "</td><td class=\"n\" data-head=\"mean\">");
        hpb_page_number(html, averaging->value[way].mean, 3);
        hpb_text_add(html, "</td><td class=\"n\" data-head=\"beside\">");
        add_difference(averaging, (hpb_way)way, html);
        hpb_text_add(html, "</td></tr>\n");
    }
    hpb_text_add(html, "</tbody></table>\n");
}

// What is averaged, and what it is called.
typedef struct averaged {
    const char *title;
    const hpb_averaging *averaging;
} averaged;

// The sides of the first explanation, one of them where both are the same procedure; else all cells.
static averaged *list(const hpb_report_data *data, uint32_t *n)
{
    const hpb_explanation *e = data->explanations;
    *n = !data->n_explanations ? data->n_cells : e->n_causes ? 2 : 1;
    averaged *out = hpb_arena_alloc(data->arena, *n, sizeof *out);
    for (uint32_t i = 0; i < *n; i++)
        out[i] = data->n_explanations ? (averaged){e->side[i].title, &e->side[i].averaging}
                                      : (averaged){data->cells[i].label, &data->cells[i].averaging};
    return out;
}

// A side of one fold is said; a crossed run has many cells of them.
static void add_single(const hpb_report_data *data, const averaged *all, uint32_t n, hpb_text *html)
{
    uint32_t n_said = 0;
    for (uint32_t i = 0; i < n && data->n_explanations; i++) {
        if (all[i].averaging->n_folds != 1)
            continue;
        hpb_text_add(html, n_said++ ? " and of " : "<p><b>Averaging.</b> A run of ");
        hpb_html_add(html, all[i].title);
    }
    if (n_said)
        hpb_text_add(html, " scores one fold: every way of averaging gives the same number.</p>\n");
}

static void add_caption(uint32_t n_tables, hpb_text *html)
{
    hpb_text_add(
        html,
        "<p class=\"soft\">Beside the reported: MSEs from the mean of the folds’ MSEs, RMSEs from "
        "its root, R² from the mean of the folds’ R², run by run, with 95 %% intervals (Student’s "
        "t). Folds weighted by their sizes have the MSE of all rows together as their mean, and so "
        "have folds of one size; a mean RMSE squared is never above the mean MSE. "
        "<code>cross_val_score</code> is meant with "
        "<code>scoring=\"neg_mean_squared_error\"</code>, unless another stands there.");
    if (n_tables > SHOWN_TABLES)
        hpb_text_add(html, " The first %d of %u; all are in report.json.", SHOWN_TABLES, n_tables);
    hpb_text_add(html, "</p></details>\n");
}

void hpb_page_averaging(const hpb_report_data *data, hpb_text *html)
{
    uint32_t n, n_tables = 0;
    const averaged *all = list(data, &n);
    add_single(data, all, n, html);
    for (uint32_t i = 0; i < n; i++) {
        if (!hpb_averaging_has_ways(all[i].averaging))
            continue;
        if (!n_tables)
            hpb_text_add(html, "<details><summary>Ways of averaging the folds</summary>\n");
        if (n_tables++ < SHOWN_TABLES)
            add_table(all[i].title, all[i].averaging, html);
    }
    if (n_tables)
        add_caption(n_tables, html);
}
