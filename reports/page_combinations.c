// SPDX-License-Identifier: Apache-2.0
// Tables of an explanation: every combination of the settings, and how they act together.
#include "explain/words.h"
#include "page.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#define SHOWN 256 // combinations; all are in figures/specification.csv

void hpb_page_combination(const hpb_explanation *e, uint32_t mask, hpb_text *html)
{
    const uint32_t full = (1u << e->n_causes) - 1;
    if (mask == 0 || mask == full) {
        hpb_html_add(html, e->side[mask ? 1 : 0].title);
        return;
    }
    hpb_html_add(html, e->side[0].title);
    hpb_text_add(html, " with ");
    hpb_html_add(html, e->side[1].title);
    hpb_text_add(html, "’s ");
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->n_causes; i++)
        if (mask >> e->causes[i].bit & 1) {
            hpb_text_add(html, n++ ? ", " : "");
            hpb_html_add(html, e->causes[i].name);
        }
}

static void add_corner(const hpb_explanation *e, uint32_t corner, hpb_text *html)
{
    const double mean = e->corner_mean[corner];
    const hpb_interval *interval = &e->corner_interval[corner];
    char count[HPB_NUMBER_SIZE];
    hpb_text_add(html, "<tr><td data-head=\"combination\" data-value=\"%u\">",
                 e->corner_mask[corner]);
    hpb_page_combination(e, e->corner_mask[corner], html);
    hpb_text_add(html, "</td>");
    hpb_page_open_number(html, "mean", mean);
    hpb_page_number(html, mean, 3);
    hpb_page_interval(html, interval->low, interval->high, 3, false);
    hpb_text_add(html, "</td>");
    hpb_page_open_number(html, "diverged", (double)e->corner_diverged[corner]);
    hpb_text_add(html, "%s</td></tr>\n", hpb_count_text(e->corner_diverged[corner], count));
}

static void add_corners(const hpb_explanation *e, hpb_arena *arena, hpb_text *html)
{
    const uint32_t n = e->n_corners, shown = n < SHOWN ? n : SHOWN;
    const char *run = hpb_combinations_words(e, arena);
    hpb_text_add(html,
                 "<details><summary>%c%s combinations of the settings%s</summary>\n<div "
                 "class=\"scroll\"><table class=\"effects blocks sortable\"><thead><tr><th "
                 "scope=\"col\">combination</th><th scope=\"col\" class=\"n\">mean MSE [95 "
                 "%%]</th><th scope=\"col\" class=\"n\">diverged</th></tr></thead>\n<tbody>\n",
                 toupper(*run), run + 1, e->n_pairs ? " were run" : "");
    for (uint32_t c = 0; c < shown; c++)
        add_corner(e, c, html);
    hpb_text_add(html, "</tbody></table></div>\n<p class=\"soft\">Means of the finite runs, each "
                       "with its own interval (Student’s t).");
    if (shown < n)
        hpb_text_add(html, " The first %u; all are in figures/specification.csv.", shown);
    hpb_text_add(html, "</p></details>\n");
}

static int by_size(const void *a, const void *b)
{
    const hpb_interaction *i = *(const hpb_interaction *const *)a,
                          *j = *(const hpb_interaction *const *)b;
    const double x = fabs(i->mean), y = fabs(j->mean);
    return x != y ? (x < y) - (x > y) : (i > j) - (i < j);
}

static void add_interaction(const hpb_explanation *e, const hpb_interaction *x, hpb_text *html)
{
    uint32_t n = 0;
    hpb_text_add(html, "<tr><td data-head=\"settings\">");
    for (uint32_t i = 0; i < e->n_causes; i++)
        if (x->factors >> e->causes[i].bit & 1) {
            hpb_text_add(html, n++ ? " and " : "");
            hpb_html_add(html, e->causes[i].name);
        }
    hpb_text_add(html, "</td><td class=\"n\" data-head=\"together\">"); // x is of B minus A
    hpb_page_signed(html, -x->mean, 2);
    hpb_page_interval(html, -x->high, -x->low, 2, true);
    if (x->low <= 0 && x->high >= 0)
        hpb_text_add(html, " <span class=\"soft\">none seen</span>");
    hpb_text_add(html, "</td></tr>\n");
}

static void add_interactions(const hpb_explanation *e, hpb_arena *arena, hpb_text *html)
{
    const hpb_interaction **order = hpb_arena_alloc(arena, e->n_interactions, sizeof *order);
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->n_interactions; i++)
        if (isfinite(e->interactions[i].mean))
            order[n++] = &e->interactions[i];
    if (!n)
        return;
    qsort(order, n, sizeof *order, by_size);
    hpb_text_add(html, "<details><summary>How the settings act together</summary>\n<table "
                       "class=\"effects blocks\"><thead><tr><th scope=\"col\">settings</th><th "
                       "scope=\"col\" class=\"n\">both changed, beyond each alone [95 "
                       "%%]</th></tr></thead>\n<tbody>\n");
    for (uint32_t i = 0; i < n; i++)
        add_interaction(e, order[i], html);
    hpb_text_add(html, "</tbody></table>\n<p class=\"soft\">How much lower the mean of ");
    hpb_html_add(html, e->side[0].title);
    hpb_text_add(html,
                 " gets by two changes at once than by each of them alone, added up; below 0: "
                 "the two overlap. %s</p></details>\n",
                 n > 1 ? "The intervals hold for all rows at once." : "");
}

void hpb_page_combinations(const hpb_report_data *data, hpb_text *html)
{
    const hpb_explanation *e = data->explanations;
    if (!e->n_causes)
        return;
    add_corners(e, data->arena, html);
    if (e->n_pairs)
        hpb_page_no_interactions(html);
    else
        add_interactions(e, data->arena, html);
}
