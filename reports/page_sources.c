// SPDX-License-Identifier: Apache-2.0
// Where luck comes from: the table beneath its figure, and the run with the user's own seeds, source by source.
#include "explain/sources.h"
#include "page.h"

#include <math.h>

static void add_name(const hpb_variance *v, uint32_t term, hpb_text *html)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < v->n_factors; i++)
        if (term >> i & 1)
            hpb_text_add(html, "%s%s", n++ ? " × " : "", hpb_source_noun(v->stream[i]));
}

static void add_row(const hpb_sources *s, uint32_t term, hpb_text *html)
{
    const hpb_variance *v = &s->grid;
    const hpb_component *c = &v->components.term[term];
    const hpb_estimate *share = &v->shares.term[term];
    hpb_text_add(html, "<tr><td data-head=\"source\">");
    add_name(v, term, html);
    hpb_text_add(html, "</td><td class=\"n\" data-head=\"share\">%.0f %%", 100 * share->value);
    if (v->n_factors > 1)
        hpb_text_add(html, " [%.0f, %.0f]", 100 * share->low, 100 * share->high);
    hpb_text_add(html, "</td><td class=\"n\" data-head=\"variance\">");
    hpb_page_number(html, c->value, 3);
    hpb_page_interval(html, c->low, c->high, 2, false);
    if (s->is_own) {
        hpb_text_add(html, "</td><td class=\"n\" data-head=\"own run\">");
        hpb_page_signed(html, s->own.term[term], 3);
    }
    hpb_text_add(html, "</td></tr>\n");
}

void hpb_page_sources(const hpb_side *side, hpb_text *html)
{
    static const char *const many[] = {"data sets", "splits", "initial weights", "row orders"};
    const hpb_sources *s = side->sources;
    const hpb_variance *v = &s->grid;
    char runs[HPB_NUMBER_SIZE];
    uint64_t n = 1;
    hpb_text_add(html, "<p class=\"lead\"><b>");
    hpb_html_add(html, side->title);
    hpb_text_add(html, "</b>: ");
    for (uint32_t i = 0; i < v->n_factors; i++) {
        hpb_text_add(html, "%s%u %s", i ? " × " : "", v->levels[i], many[v->stream[i]]);
        n *= v->levels[i];
    }
    if (v->n_factors > 1)
        hpb_text_add(html, ", %s runs", hpb_count_text(n, runs));
    if (v->n_diverged + v->n_failed)
        hpb_text_add(html, "; seeds of which most runs diverged or failed are left out");
    hpb_text_add(html, "</p>\n<table class=\"effects blocks\"><thead><tr><th scope=\"col\">source"
                       "</th><th scope=\"col\" class=\"n\">share of the variance [95 %%]</th><th "
                       "scope=\"col\" class=\"n\">variance [95 %%]</th>");
    if (s->is_own)
        hpb_text_add(html, "<th scope=\"col\" class=\"n\">in the run with its own seeds</th>");
    hpb_text_add(html, "</tr></thead>\n<tbody>\n");
    for (uint32_t size = 1; size <= v->n_factors; size++)
        for (uint32_t term = 1; term < v->components.n_terms; term++)
            if ((uint32_t)__builtin_popcount(term) == size)
                add_row(s, term, html);
    hpb_text_add(html, "</tbody></table>\n");
}

static void add_own(const hpb_side *side, hpb_text *html)
{
    const hpb_sources *s = side->sources;
    const hpb_variance *v = &s->grid;
    const char *before = ", which is ";
    hpb_text_add(html, " The run of ");
    hpb_html_add(html, side->title);
    hpb_text_add(html, " with its own seeds gave ");
    hpb_page_number(html, v->values[0], 3);
    hpb_text_add(html, ", and the mean over its grid of seeds is ");
    hpb_page_number(html, s->own.mean, 3);
    if (isfinite(side->level)) {
        hpb_text_add(html, " (over all runs with fresh seeds ");
        hpb_page_number(html, side->level, 3);
        hpb_text_add(html, ")");
    }
    hpb_text_add(html, ": its luck is ");
    hpb_page_signed(html, v->values[0] - s->own.mean, 3);
    for (uint32_t i = 0; i < v->n_factors && v->n_factors > 1; i++) {
        hpb_text_add(html, "%s", before);
        hpb_page_signed(html, s->own.source[i], 3);
        hpb_text_add(html, " by the %s", hpb_source_noun(v->stream[i]));
        before = i + 2 < v->n_factors ? ", " : " and ";
    }
    if (v->n_factors == 1)
        hpb_text_add(html, ", all by the %s", hpb_source_noun(v->stream[0]));
    hpb_text_add(html, ".");
}

void hpb_page_own_luck(const hpb_explanation *e, hpb_text *html)
{
    bool is_any = false, is_shared = false;
    for (int i = 0; i < 2; i++) {
        const hpb_side *side = &e->side[i];
        if (!hpb_sources_vary(side->sources) || !side->sources->is_own)
            continue;
        hpb_text_add(html, is_any ? "" : "<p><b>Luck by source.</b>");
        add_own(side, html);
        is_shared |= side->sources->grid.n_factors > 1;
        is_any = true;
    }
    if (is_shared)
        hpb_text_add(html, " What several seeds make together is shared equally among them, so "
                           "that the parts add up.");
    if (is_any)
        hpb_text_add(html, "</p>\n");
}
