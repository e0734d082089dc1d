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

static const char *orders_words(const hpb_explanation *e, const char *all, hpb_arena *arena)
{
    return e->n_pairs ? hpb_arena_format(arena, "%u orders", 2 * e->n_pairs) : all;
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
                 "Adds: on average over %s in which the settings can be changed, so "
                 "that all of them add up to the difference.</p>\n",
                 e->n_causes > 1 ? "s that hold for all settings at once" : "",
                 orders_words(e, "every order", data->arena));
}

// --- how sure ---------------------------------------------------------------------------------------------

static const char *count_text(hpb_arena *arena, uint64_t n)
{
    char text[HPB_NUMBER_SIZE];
    return hpb_arena_strdup(arena, hpb_count_text(n, text));
}

static void add_scope(const hpb_report_data *data, const hpb_explanation *e, hpb_text *html)
{
    const json_t *sets = json_object_get(data->about, "data");
    hpb_text_add(html, "<p><b>Scope.</b> All of this holds for ");
    if (json_array_size(sets) == 1) {
        const json_t *set = json_array_get(sets, 0);
        const char *label = json_string_value(json_object_get(set, "label"));
        hpb_html_add(html, label && *label ? label : "the suite’s data");
        hpb_text_add(html, " (%lld rows, %lld columns)",
                     json_integer_value(json_object_get(set, "n_rows")),
                     json_integer_value(json_object_get(set, "n_features")));
    } else {
        hpb_html_add(html, *e->setting ? e->setting : "the suite’s data");
    }
    hpb_text_add(html, " and for these two protocols. ");
    if (*e->shared) {
        hpb_text_add(html, "What both numbers have in common, and no run draws again: ");
        hpb_html_add(html, e->shared);
        hpb_text_add(html, ". ");
    }
    hpb_text_add(html, "All else that is random is drawn afresh in every run, with the same seeds "
                       "in every combination of the settings.</p>\n");
}

static void add_own(const hpb_side *side, hpb_text *html)
{
    char text[HPB_NUMBER_SIZE];
    hpb_text_add(html, side->is_typed ? "" : "one run of ");
    hpb_html_add(html, side->title);
    hpb_text_add(html, side->is_typed ? "’s %s" : " %s",
                 side->is_typed ? hpb_tick_text(side->reported, text)
                                : hpb_rounded_text(side->reported, 3, text));
}

// The identity: two numbers are luck, settings, and luck apart.
static void add_blocks(const hpb_explanation *e, hpb_text *html)
{
    const hpb_side *a = &e->side[0], *b = &e->side[1];
    if (!isfinite(a->luck) || !isfinite(b->luck) || !isfinite(e->difference.value))
        return;
    hpb_text_add(html, "<p><b>From number to number.</b> ");
    add_own(a, html);
    hpb_text_add(html, ", ");
    add_own(b, html);
    hpb_text_add(html, ". They are ");
    hpb_page_number(html, fabs(a->reported - b->reported), 3);
    hpb_text_add(html, " apart: ");
    hpb_page_signed(html, a->luck, 3);
    hpb_text_add(html, " is the luck of the first, ");
    hpb_page_signed(html, a->level - b->level, 3);
    hpb_text_add(html, " the settings, ");
    hpb_page_signed(html, -b->luck, 3);
    hpb_text_add(html, " the luck of the second. Luck is a number minus the mean of its protocol "
                       "over fresh seeds.</p>\n");
}

static void add_noise(const hpb_explanation *e, hpb_text *html)
{
    if (!(e->noise > 0))
        return;
    hpb_text_add(html, "<p><b>The noise floor.</b> Two runs of ");
    hpb_html_add(html, e->side[0].title);
    hpb_text_add(html, " itself, with different seeds, are more than ");
    hpb_page_number(html, e->noise, 2);
    hpb_text_add(html, " apart in half of all pairs");
    if (e->n_causes && isfinite(e->reversed))
        hpb_text_add(html,
                     "; one run of each protocol, with seeds of their own, comes out against the "
                     "means in %.0f of 100",
                     100 * e->reversed);
    hpb_text_add(html, ".</p>\n");
}

static void add_intervals(const hpb_report_data *data, const hpb_explanation *e, hpb_text *html)
{
    if (!e->n_causes || !e->n_used)
        return;
    hpb_text_add(html,
                 "<p><b>Intervals.</b> Causes are means over the %s of %s runs that are finite in "
                 "all %s combinations%s. Brackets are 95 %% intervals",
                 count_text(data->arena, e->n_used), count_text(data->arena, e->n_replicates),
                 count_text(data->arena, e->n_corners), e->n_pairs ? " that were run" : "");
    if (e->n_causes > 1)
        hpb_text_add(html,
                     ": those of the %u causes hold all at once (max-t; Hothorn, Bretz and "
                     "Westfall 2008), that of the difference by itself (Student’s t)",
                     e->n_causes);
    hpb_text_add(html, ".");
    hpb_page_nominal(e, html);
    if (isfinite(e->variance_ratio) && e->variance_ratio > 1.05) {
        hpb_text_add(html, " Common seeds make them as narrow as ");
        hpb_page_number(html, e->variance_ratio, 2);
        hpb_text_add(html, " times as many runs would without.");
    }
    if (e->worst_count) {
        hpb_text_add(html, " Most runs were lost in the combination ");
        hpb_page_combination(e, e->worst, html);
        hpb_text_add(html, ": %s diverged or failed there.",
                     count_text(data->arena, e->worst_count));
    }
    hpb_text_add(html, "</p>\n");
}

// What each change is worth, from A's settings on, when little or much has been changed before.
static void add_orders(const hpb_report_data *data, const hpb_explanation *e, hpb_text *html)
{
    if (e->n_causes < 2 || !isfinite(e->difference.value))
        return;
    hpb_text_add(html,
                 "<p class=\"lead\"><b>The order of changes.</b> How much lower the mean of ");
    hpb_html_add(html, e->side[0].title);
    hpb_text_add(html, " gets by each change on the way to ");
    hpb_html_add(html, e->side[1].title);
    hpb_text_add(html,
                 ", depending on what has been changed before:</p>\n"
                 "<table class=\"effects blocks\"><thead><tr><th scope=\"col\">change</th>"
                 "<th scope=\"col\" class=\"n\">as the first</th><th scope=\"col\" "
                 "class=\"n\">on average over %s</th><th scope=\"col\" "
                 "class=\"n\">as the last</th></tr></thead>\n<tbody>\n",
                 orders_words(e, "all orders", data->arena));
    for (uint32_t i = 0; i < e->n_causes; i++) {
        const hpb_cause *cause = &e->causes[i];
        const struct {
            const char *head;
            double value;
        } columns[] = {
            {"first", cause->alone}, {"average", cause->effect.value}, {"last", cause->last}};
        hpb_text_add(html, "<tr><td data-head=\"change\">");
        hpb_html_add(html, hpb_cause_words(cause, data->arena));
        hpb_text_add(html, "</td>");
        for (size_t k = 0; k < HPB_COUNT(columns); k++) {
            hpb_text_add(html, "<td class=\"n\" data-head=\"%s\">", columns[k].head);
            hpb_page_number(html, columns[k].value, 2);
            hpb_text_add(html, "</td>");
        }
        hpb_text_add(html, "</tr>\n");
    }
    hpb_text_add(html, "</tbody></table>\n<p class=\"note soft\">Where first and last are far "
                       "apart, the causes overlap: another change does the same.</p>\n");
}

void hpb_page_explained_confidence(const hpb_report_data *data, hpb_text *html)
{
    const hpb_explanation *e = data->explanations;
    add_scope(data, e, html);
    add_blocks(e, html);
    hpb_page_own_luck(e, html);
    add_noise(e, html);
    hpb_page_bias(e, html);
    add_intervals(data, e, html);
    hpb_page_sample(e, html);
    add_orders(data, e, html);
}

// --- the other settings -----------------------------------------------------------------------------------

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
        hpb_page_figures(figures, i, false, html);
        hpb_text_add(html, "</section>\n");
    }
}
