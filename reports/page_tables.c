// SPDX-License-Identifier: Apache-2.0
// The tables of the page: cells, and how it was made.
#include "engine/engine.h"
#include "page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_CELLS 500 // the rest is in figures/distribution.csv: a page must open on a phone

// --- cells --------------------------------------------------------------------------------------------

typedef struct table_column {
    const char *head;
    bool is_text, wraps;
} table_column;

static const table_column columns[] = {
    {"cell", true, false},
    {"runs", false, false},
    {"diverged", false, false},
    {"failed", false, true},
    {"median [95 %]", false, false},
    {"mean [95 %]", false, false},
    {"5 to 95 %", false, false},
    {"SD", false, false},
    {"R²", false, false},
    {"fits a run", false, false},
    {"epochs a fit", false, false},
    {"time a fit", false, false},
};

static void open_cell(hpb_text *html, size_t column, double value)
{
    hpb_text_add(html, "<td class=\"n%s\" data-head=\"%s\" data-value=\"",
                 columns[column].wraps ? " words" : "", columns[column].head);
    if (isfinite(value))
        hpb_text_add(html, "%.9g", value);
    hpb_text_add(html, "\">");
}

static void add_number(hpb_text *html, size_t column, double value, int digits)
{
    open_cell(html, column, value);
    hpb_page_number(html, value, digits);
    hpb_text_add(html, "</td>");
}

// A figure, its interval below it.
static void add_estimate(hpb_text *html, size_t column, double value, hpb_interval interval)
{
    open_cell(html, column, value);
    hpb_page_number(html, value, 3);
    if (isfinite(interval.low) && isfinite(interval.high)) {
        hpb_text_add(html, " <span class=\"interval\">[");
        hpb_page_number(html, interval.low, 3);
        hpb_text_add(html, ", ");
        hpb_page_number(html, interval.high, 3);
        hpb_text_add(html, "]</span>");
    }
    hpb_text_add(html, "</td>");
}

static void add_label(const hpb_report_data *data, uint32_t c, hpb_text *html)
{
    const char *label = data->cells[c].label;
    const bool is_reference = c == data->reference && !data->n_explanations;
    hpb_text_add(html, "<tr%s><td data-head=\"cell\" data-value=\"",
                 is_reference ? " class=\"reference\"" : "");
    hpb_html_add(html, label);
    hpb_text_add(html, "\">");
    hpb_html_add(html, label);
    hpb_text_add(html, "%s</td>", is_reference ? " <span class=\"soft\">reference</span>" : "");
}

static void add_counts(const hpb_report_data *data, const hpb_report_cell *cell, hpb_text *html)
{
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
    const uint64_t diverged = cell->count[HPB_STATUS_DIVERGED];
    open_cell(html, 1, (double)cell->stored);
    hpb_text_add(html, "%s of %s</td>", hpb_count_text(cell->stored, a),
                 hpb_count_text(cell->n_planned, b));
    open_cell(html, 2, (double)diverged);
    hpb_text_add(html, diverged ? "<span class=\"bad\">%s</span></td>" : "%s</td>",
                 hpb_count_text(diverged, a));
    open_cell(html, 3, (double)cell->failed);
    if (cell->failed)
        hpb_text_add(html, "<span class=\"bad\">%s</span></td>",
                     hpb_report_failures(data->arena, cell->count));
    else
        hpb_text_add(html, "0</td>");
}

static void add_cell_row(const hpb_report_data *data, uint32_t c, hpb_text *html)
{
    const hpb_report_cell *cell = &data->cells[c];
    const hpb_summary *s = &cell->summary;
    const bool has_any = s->n > 0, has_spread = s->n > 1;
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
    add_label(data, c, html);
    add_counts(data, cell, html);
    add_estimate(html, 4, has_any ? s->median : (double)NAN, cell->median_interval);
    add_estimate(html, 5, has_any ? s->mean : (double)NAN, cell->mean_interval);
    open_cell(html, 6, has_spread ? s->p95 : (double)NAN);
    if (has_spread)
        hpb_text_add(html, "%s <span class=\"interval\">to %s</span>",
                     hpb_rounded_text(s->p5, 3, a), hpb_rounded_text(s->p95, 3, b));
    else
        hpb_text_add(html, "–");
    hpb_text_add(html, "</td>");
    add_number(html, 7, has_spread ? s->sd : (double)NAN, 3);
    add_number(html, 8, has_any ? cell->r2 : (double)NAN, 3);
    open_cell(html, 9, cell->n_fits);
    hpb_text_add(html, "%u</td>", cell->n_fits);
    add_number(html, 10, cell->epochs, 3);
    // a few fits alone pay for all lanes: no cost of a fit in bulk
    const bool is_bulk = cell->is_timed || cell->stored * cell->n_fits >= HPB_LANES;
    open_cell(html, 11, is_bulk ? cell->fit_ns : (double)NAN);
    hpb_page_time(html, is_bulk ? cell->fit_ns : (double)NAN);
    hpb_text_add(html, "</td></tr>\n");
}

// What the brackets are, with their coverage in words.
static void add_methods(const hpb_report_data *data, hpb_text *html)
{
    bool has_bootstrap = false, has_t = false;
    for (uint32_t c = 0; c < data->n_cells; c++) {
        has_bootstrap |= data->cells[c].mean_method == HPB_MEAN_BOOTSTRAP_T;
        has_t |= data->cells[c].mean_method == HPB_MEAN_T;
    }
    hpb_text_add(
        html, "<p class=\"soft\">Test MSE. Runs: stored of planned; figures are of the runs with "
              "a finite MSE. ");
    if (has_bootstrap || has_t)
        hpb_text_add(
            html,
            "Brackets: where the figure would lie if there were ever more runs of the cell, each "
            "cell by itself. For the median, by order statistics: right in at least 95 of 100 "
            "suites. For the mean, by %s%s%s: for skewed errors such as these right in about 91 of "
            "100 with 10 runs, 93 with 50, and fewer where rare runs make up the mean. ",
            has_bootstrap ? "bootstrap-t" : "",
            has_bootstrap && has_t ? " or, for very few runs or very many, " : "",
            has_t ? "Student's t" : "");
    hpb_text_add(html,
                 "R²: the mean of scikit-learn's r2_score; predicting the mean has about 0. Time a "
                 "fit: processor time in bulk, many fits side by side, divided by their number; "
                 "not known of fewer than %d.</p>\n",
                 HPB_LANES);
}

void hpb_page_cells(const hpb_report_data *data, hpb_text *html)
{
    hpb_text_add(html, "<div class=\"scroll\"><table class=\"cells blocks sortable\"><thead><tr>");
    for (size_t i = 0; i < HPB_COUNT(columns); i++)
        hpb_text_add(html, "<th scope=\"col\"%s>%s</th>", columns[i].is_text ? "" : " class=\"n\"",
                     columns[i].head);
    hpb_text_add(html, "</tr></thead>\n<tbody>\n");
    for (uint32_t c = 0; c < data->n_cells; c++)
        if (c < SHOWN_CELLS || c == data->reference)
            add_cell_row(data, c, html);
    hpb_text_add(html, "</tbody></table></div>\n");
    if (data->n_cells > SHOWN_CELLS) {
        char a[HPB_NUMBER_SIZE];
        hpb_text_add(html,
                     "<p class=\"soft\">The first %d of %s cells; all are in "
                     "figures/distribution.csv.</p>\n",
                     SHOWN_CELLS, hpb_count_text(data->n_cells, a));
    }
    add_methods(data, html);
}

// --- how it was made ----------------------------------------------------------------------------------

static void add_fact(hpb_text *html, const char *name, const char *text)
{
    hpb_text_add(html, "<tr><th scope=\"row\">");
    hpb_html_add(html, name);
    hpb_text_add(html, "</th><td>");
    hpb_html_add(html, text);
    hpb_text_add(html, "</td></tr>\n");
}

// Plain values of `about` in an order that a reader would choose; what else there is follows.
static void add_facts(const json_t *about, hpb_text *html)
{
    static const struct {
        const char *key, *name;
    } order[] = {
        {"hpbench", "hpbench"},     {"engine_revision", "engine revision"},
        {"seed", "suite seed"},     {"replicates", "runs a cell"},
        {"started", "started"},     {"changed", "last run"},
        {"sessions", "sessions"},   {"system", "system"},
        {"cpu", "processor"},       {"cores", "cores"},
        {"isa", "instruction set"}, {"compiler", "compiler"},
        {"sqlite", "SQLite"},
    };
    hpb_text_add(html, "<table class=\"facts\"><tbody>\n");
    for (size_t i = 0; i < HPB_COUNT(order); i++) {
        const json_t *value = json_object_get(about, order[i].key);
        if (!value)
            continue;
        char *text = hpb_page_value(value);
        add_fact(html, order[i].name, text);
        free(text);
    }
    hpb_text_add(html, "</tbody></table>\n");
}

static void add_objects(const json_t *array, const char *title, const char *const *keys,
                        size_t n_keys, hpb_text *html)
{
    if (!json_array_size(array))
        return;
    hpb_text_add(html, "<h3>%s</h3>\n<div class=\"scroll\"><table class=\"files\"><thead><tr>",
                 title);
    for (size_t k = 0; k < n_keys; k++)
        hpb_text_add(html, "<th scope=\"col\">%s</th>", keys[k]);
    hpb_text_add(html, "</tr></thead><tbody>\n");
    size_t i;
    json_t *object;
    json_array_foreach(array, i, object)
    {
        hpb_text_add(html, "<tr>");
        for (size_t k = 0; k < n_keys; k++) {
            const json_t *value = json_object_get(object, keys[k]);
            const bool is_long = strcmp(keys[k], "sha256") == 0 || strcmp(keys[k], "path") == 0;
            char *text = json_is_null(value) ? hpb_strdup("–") : hpb_page_value(value);
            hpb_text_add(html, is_long ? "<td class=\"hash\">" : "<td>");
            hpb_html_add(html, *text ? text : "generated");
            hpb_text_add(html, "</td>");
            free(text);
        }
        hpb_text_add(html, "</tr>\n");
    }
    hpb_text_add(html, "</tbody></table></div>\n");
}

static void add_making(const hpb_report_data *data, hpb_text *html)
{
    static const char *const plugin_keys[] = {"kind", "id",    "version", "results_revision",
                                              "path", "sha256"};
    static const char *const data_keys[] = {"label", "n_rows", "n_features", "truth_mse", "sha256"};
    const char *suite = json_string_value(json_object_get(data->about, "suite_text"));
    const char *overrides = json_string_value(json_object_get(data->about, "overrides"));
    hpb_text_add(html,
                 "<details><summary>How it was made</summary>\n<p>To repeat it, with the "
                 "suite below in a file: <code>hpbench %s ",
                 data->n_explanations ? "explain" : "run");
    hpb_html_add(html, data->suite);
    hpb_text_add(html, ".ini");
    hpb_html_add(html, overrides ? overrides : "");
    hpb_text_add(html, "</code>. The same suite gives the same bits on any x86-64 machine, "
                       "with any number of workers. Every trial with its "
                       "seeds is in <code>run.sqlite</code>: <code>hpbench export</code> writes "
                       "them as CSV or JSON.</p>\n");
    add_facts(data->about, html);
    hpb_page_looks(data, html);
    add_objects(json_object_get(data->about, "plugins"), "Plugins", plugin_keys,
                HPB_COUNT(plugin_keys), html);
    add_objects(json_object_get(data->about, "data"), "Data", data_keys, HPB_COUNT(data_keys),
                html);
    if (suite && *suite) {
        hpb_text_add(html, "<h3>The suite</h3>\n<pre>");
        hpb_html_add(html, suite);
        hpb_text_add(html, "</pre>\n");
    }
    hpb_text_add(html, "</details>\n");
}

void hpb_page_details(const hpb_report_data *data, hpb_text *html)
{
    if (data->n_explanations)
        hpb_page_combinations(data, html);
    hpb_page_settings(data, html);
    hpb_page_costs(data, html);
    if (data->about)
        add_making(data, html);
}
