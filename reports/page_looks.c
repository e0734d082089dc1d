// SPDX-License-Identifier: Apache-2.0
// The rule by which a run that explains went on, and every look, on the page.
#include "explain/looks.h"
#include "page.h"

#include <math.h>

static const char *const states[] = {
    [HPB_PRECISION_GO_ON] = "goes on",
    [HPB_PRECISION_KNOWN] = "known",
    [HPB_PRECISION_CAPPED] = "no more are allowed",
    [HPB_PRECISION_OUT_OF_REACH] = "out of reach",
};

void hpb_page_nominal(const hpb_explanation *e, hpb_text *html)
{
    if (!e->looks)
        return;
    hpb_text_add(html,
                 " They are sequential, nominal: runs were added until the causes were known to "
                 "%s%s, or no more made sense; the last of %u look%s gives the intervals.",
                 hpb_target_words(&e->looks->rule, e->arena),
                 e->looks->rule.is_relative ? " of the difference" : "", e->looks->n,
                 e->looks->n == 1 ? "" : "s");
}

static void add_row(const hpb_looks *looks, uint32_t i, hpb_arena *arena, hpb_text *html)
{
    const hpb_look *look = &looks->looks[i];
    char text[HPB_NUMBER_SIZE];
    hpb_text_add(html, "<tr><td class=\"n\">%s</td><td class=\"n\">",
                 hpb_count_text(look->n, text));
    hpb_page_number(html, look->difference, 3);
    hpb_text_add(html, "</td><td class=\"n\">");
    hpb_page_number(html, isinf(look->half) ? (double)NAN : look->half, 2);
    if (looks->rule.is_relative && look->half < HUGE_VAL && look->difference != 0)
        hpb_text_add(html, " (%s)", hpb_known_words(&looks->rule, look, arena));
    hpb_text_add(html, "</td><td>");
    hpb_html_add(html, *looks->causes[i] ? looks->causes[i] : "–");
    hpb_text_add(html, "</td><td>%s</td></tr>\n", states[look->state]);
}

void hpb_page_looks(const hpb_report_data *data, hpb_text *html)
{
    for (uint32_t i = 0; i < data->n_explanations; i++) {
        const hpb_explanation *e = &data->explanations[i];
        const hpb_looks *looks = e->looks;
        char most[HPB_NUMBER_SIZE];
        if (!looks)
            continue;
        hpb_text_add(html, "<h3>When to stop%s", *e->setting ? ": " : "");
        hpb_html_add(html, e->setting);
        hpb_text_add(html,
                     "</h3>\n<p>Runs were added until the widest of the 95 %% intervals, of all "
                     "causes at once, was %s%s to either side, or there were %s (Chow and Robbins "
                     "1965; sequential, nominal). After each look there are a quarter more.</p>\n"
                     "<div class=\"scroll\"><table class=\"files\"><thead><tr><th scope=\"col\" "
                     "class=\"n\">runs</th><th scope=\"col\" class=\"n\">difference</th><th "
                     "scope=\"col\" class=\"n\">widest, ±</th><th "
                     "scope=\"col\">of</th><th scope=\"col\"></th></tr></thead><tbody>\n",
                     hpb_target_words(&looks->rule, data->arena),
                     looks->rule.is_relative ? " of the difference" : "",
                     hpb_count_text(looks->rule.most, most));
        for (uint32_t k = 0; k < looks->n; k++)
            add_row(looks, k, data->arena, html);
        hpb_text_add(html, "</tbody></table></div>\n");
    }
}
