// SPDX-License-Identifier: Apache-2.0
// The page of a run that explains: what differs and what it adds, once for each setting that was crossed beside.
#include "explain/words.h"
#include "page.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

const char *const *hpb_page_explained_sentences(const hpb_report_data *data, uint32_t index,
                                                uint32_t *n)
{
    const hpb_explanation *e = &data->explanations[index];
    hpb_explain_words words;
    hpb_explain_say(e, data->arena, &words);
    const char **out = hpb_arena_alloc(data->arena, HPB_EXPLAIN_SENTENCES, sizeof *out);
    *n = 0;
    for (uint32_t i = 0; i < words.n; i++)
        if (i != words.table_at)
            out[(*n)++] = words.sentences[i];
    if (*n && *e->setting && index == 0) // those after it have a heading
        out[0] = hpb_arena_format(data->arena, "On %s: %s", e->setting, out[0]);
    return out;
}

// Numbers in words, a minus as wide as a plus.
static void add_amount(hpb_text *html, const char *text)
{
    for (; *text; text++) {
        const char one[2] = {*text, '\0'};
        if (*text == '-' && isdigit((unsigned char)text[1]))
            hpb_text_add(html, "−");
        else
            hpb_html_add(html, one);
    }
}

// What A's mean gets by the change, in the digits of results.
static void add_alone(hpb_text *html, double mean, const hpb_cause *cause)
{
    char before[HPB_NUMBER_SIZE], after[HPB_NUMBER_SIZE];
    if (!isfinite(mean) || !isfinite(cause->alone)) {
        hpb_text_add(html, "–");
        return;
    }
    hpb_rounded_text(mean, 3, before);
    hpb_rounded_text(mean - cause->alone, 3, after);
    if (strcmp(before, after) == 0)
        hpb_text_add(html, "nothing that would show");
    else
        hpb_text_add(html, "%s becomes %s", before, after);
}

void hpb_page_causes(const hpb_report_data *data, uint32_t index, hpb_text *html)
{
    const hpb_explanation *e = &data->explanations[index];
    hpb_explain_words words;
    hpb_explain_say(e, data->arena, &words);
    if (!words.n_rows)
        return;
    bool has_shares = false;
    for (uint32_t i = 0; i < words.n_rows; i++)
        has_shares |= *words.rows[i].share != '\0';
    hpb_text_add(html, "<p class=\"lead\">");
    hpb_page_prose(html, words.sentences[words.table_at]);
    hpb_text_add(html, "</p>\n<table class=\"effects causes blocks\"><thead><tr><th "
                       "scope=\"col\">what differs</th><th scope=\"col\" class=\"n\">adds to ");
    hpb_html_add(html, e->side[0].title);
    hpb_text_add(html, "’s MSE</th>");
    if (has_shares)
        hpb_text_add(html, "<th scope=\"col\" class=\"n\">share</th>");
    hpb_text_add(html, "<th scope=\"col\">if you change only this in ");
    hpb_html_add(html, e->side[0].title);
    hpb_text_add(html, "</th></tr></thead>\n<tbody>\n");
    for (uint32_t i = 0; i < words.n_rows; i++) {
        const hpb_cause_row *row = &words.rows[i];
        hpb_text_add(html, "<tr><td data-head=\"what differs\">");
        hpb_html_add(html, row->what);
        hpb_text_add(html, "</td><td class=\"n\" data-head=\"adds\">");
        add_amount(html, row->amount);
        if (has_shares) {
            hpb_text_add(html, "</td><td class=\"n\" data-head=\"share\">");
            add_amount(html, row->share);
        }
        hpb_text_add(html, "</td><td data-head=\"only this\">");
        add_alone(html, e->corner_mean[0], row->cause);
        hpb_text_add(html, "</td></tr>\n");
    }
    hpb_text_add(html,
                 "</tbody></table>\n<p class=\"note soft\">Brackets: 95 %% interval%s. "
                 "Adds: on average over every order in which the settings can be changed, so "
                 "that all of them add up to the difference.</p>\n",
                 e->n_causes > 1 ? "s that hold for all settings at once" : "");
}

void hpb_page_other_explanations(const hpb_report_data *data, const hpb_figures *figures,
                                 hpb_text *html)
{
    for (uint32_t i = 1; i < data->n_explanations; i++) {
        const hpb_explanation *e = &data->explanations[i];
        uint32_t n;
        const char *const *sentences = hpb_page_explained_sentences(data, i, &n);
        hpb_explain_words words;
        hpb_explain_say(e, data->arena, &words);
        hpb_text_add(html, "<section>\n<h2>On ");
        hpb_html_add(html, e->setting);
        hpb_text_add(html, "</h2>\n<p class=\"answer\">");
        hpb_page_headlines(sentences, n, html);
        hpb_text_add(html, "</p>\n");
        hpb_page_rest(sentences, n, html);
        hpb_page_causes(data, i, html);
        hpb_page_advice(words.advice, html);
        hpb_page_figures(figures, i, true, html);
        hpb_text_add(html, "</section>\n");
    }
}
