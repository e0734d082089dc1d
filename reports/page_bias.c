// SPDX-License-Identifier: Apache-2.0
// What two protocols report against what their models are worth: a table, a column a side.
#include "explain/bias.h"
#include "page.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

// A row of the table: an estimate of both sides, which some do not have.
typedef struct bias_row {
    const char *what;
    size_t at; // of the estimate in hpb_bias_side
    bool is_signed;
} bias_row;

static const bias_row rows[] = {
    {"reports, on average", offsetof(hpb_bias_side, reported), false},
    {"its model is worth on new rows", offsetof(hpb_bias_side, worth), false},
    {"worth less report (above 0: the report is too low)", offsetof(hpb_bias_side, optimism), true},
    {"of it by choosing the best candidate", offsetof(hpb_bias_side, selection), true},
    {"what the folds alone would add for that (Tibshirani)", offsetof(hpb_bias_side, tibshirani),
     true},
    {"nested cross-validation reports", offsetof(hpb_bias_side, nested), false},
};

static const hpb_estimate *estimate_of(const hpb_bias_side *side, const bias_row *row)
{
    return (const hpb_estimate *)(const void *)((const char *)side + row->at);
}

static bool has_row(const hpb_bias *bias, const bias_row *row)
{
    for (int s = 0; s < 2; s++)
        if (bias->side[s].n && isfinite(estimate_of(&bias->side[s], row)->value))
            return true;
    return false;
}

static void add_cell(const hpb_bias_side *side, const bias_row *row, const char *title,
                     hpb_text *html)
{
    const hpb_estimate *e = estimate_of(side, row);
    hpb_text_add(html, "<td class=\"n\" data-head=\"");
    hpb_html_add(html, title);
    hpb_text_add(html, "\">");
    if (!side->n || !isfinite(e->value)) {
        hpb_text_add(html, "–</td>");
        return;
    }
    if (row->is_signed)
        hpb_page_signed(html, e->value, 2);
    else
        hpb_page_number(html, e->value, 3);
    hpb_page_interval(html, e->low, e->high, row->is_signed ? 2 : 3, row->is_signed);
    hpb_text_add(html, "</td>");
}

static void add_runs(const hpb_explanation *e, hpb_text *html)
{
    const hpb_bias *bias = e->bias;
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
    hpb_text_add(
        html,
        "</tbody></table>\n<p class=\"note soft\">Means over %s and %s runs, and 95 %% "
        "intervals (Student’s t). New rows: 100,000, drawn as the data were, the same for "
        "all runs. By choosing the best: how much more optimistic a candidate’s score is in "
        "the runs that choose it than over all runs.",
        hpb_count_text(bias->side[0].n, a), hpb_count_text(bias->side[1].n, b));
    const uint32_t n_nested = bias->side[0].n_nested > bias->side[1].n_nested
                                  ? bias->side[0].n_nested
                                  : bias->side[1].n_nested;
    if (n_nested)
        hpb_text_add(html,
                     " Nested cross-validation: the same search inside outer folds like its own, "
                     "%s runs; what it chose is scored on rows that chose nothing.",
                     hpb_count_text(n_nested, a));
    if (strstr(e->shared, "data"))
        hpb_text_add(html, " No run draws the data again: their luck is in worth less report.");
    if (bias->n_pairs) {
        hpb_text_add(html, " Both choose the same ");
        hpb_html_add(html, bias->keys);
        hpb_text_add(html, " in %s of %s runs with the same seeds.",
                     hpb_count_text(bias->n_same, a), hpb_count_text(bias->n_pairs, b));
    }
    hpb_text_add(html, "</p>\n");
}

void hpb_page_bias(const hpb_explanation *e, hpb_text *html)
{
    const hpb_bias *bias = e->bias;
    if (!bias || !bias->is_known)
        return;
    hpb_text_add(html,
                 "<p class=\"lead\"><b>Reports against the truth.</b> What each protocol reports, "
                 "and what the model that it ends with is worth on new rows:</p>\n"
                 "<table class=\"effects blocks\"><thead><tr><th scope=\"col\">MSE [95 %%]</th>");
    for (int s = 0; s < 2; s++) {
        hpb_text_add(html, "<th scope=\"col\" class=\"n\">");
        hpb_html_add(html, e->side[s].title);
        hpb_text_add(html, "</th>");
    }
    hpb_text_add(html, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < HPB_COUNT(rows); i++) {
        if (!has_row(bias, &rows[i]))
            continue;
        hpb_text_add(html, "<tr><td data-head=\"MSE\">%s</td>", rows[i].what);
        for (int s = 0; s < 2; s++)
            add_cell(&bias->side[s], &rows[i], e->side[s].title, html);
        hpb_text_add(html, "</tr>\n");
    }
    add_runs(e, html);
}
