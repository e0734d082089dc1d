// SPDX-License-Identifier: Apache-2.0
// The page: status, answer, effects, figures, and how sure all of it is.
#include "page.h"
#include "explain/explanation.h"
#include "ranking.h"

#include "assets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void hpb_page_prose(hpb_text *html, const char *text)
{
    hpb_arena *arena = hpb_arena_create();
    bool is_code = false;
    while (*text) {
        const size_t n = strcspn(text, "`");
        hpb_html_add(html, hpb_arena_strndup(arena, text, n));
        text += n;
        if (*text == '`' && (is_code || strchr(text + 1, '`'))) {
            hpb_text_add(html, is_code ? "</code>" : "<code>");
            is_code = !is_code;
            text++;
        } else if (*text) {
            hpb_text_add(html, "`");
            text++;
        }
    }
    hpb_arena_destroy(arena);
}

void hpb_page_number(hpb_text *html, double value, int digits)
{
    char text[HPB_NUMBER_SIZE];
    if (isnan(value))
        hpb_text_add(html, "–");
    else
        hpb_text_add(html, "%s%s", value < 0 ? "−" : "",
                     hpb_rounded_text(fabs(value), digits, text));
}

void hpb_page_signed(hpb_text *html, double value, int digits)
{
    hpb_text_add(html, value > 0 ? "+" : "");
    hpb_page_number(html, value, digits);
}

void hpb_page_interval(hpb_text *html, double low, double high, int digits, bool is_signed)
{
    void (*const add)(hpb_text *, double, int) = is_signed ? hpb_page_signed : hpb_page_number;
    if (!isfinite(low) || !isfinite(high))
        return;
    hpb_text_add(html, " [");
    add(html, low, digits);
    hpb_text_add(html, ", ");
    add(html, high, digits);
    hpb_text_add(html, "]");
}

void hpb_page_open_number(hpb_text *html, const char *head, double value)
{
    hpb_text_add(html, "<td class=\"n\" data-head=\"%s\" data-value=\"", head);
    if (isfinite(value))
        hpb_text_add(html, "%.9g", value);
    hpb_text_add(html, "\">");
}

void hpb_page_time(hpb_text *html, double nanoseconds)
{
    static const struct {
        double size;
        const char *unit;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}, {1, "ns"}};
    for (size_t i = 0; i < HPB_COUNT(units); i++)
        if (nanoseconds >= units[i].size) {
            hpb_page_number(html, nanoseconds / units[i].size, 2);
            hpb_text_add(html, " %s", units[i].unit);
            return;
        }
    hpb_text_add(html, "–");
}

static const char *count_text(hpb_arena *arena, uint64_t n)
{
    char text[HPB_NUMBER_SIZE];
    return hpb_arena_strdup(arena, hpb_count_text(n, text));
}

// --- head --------------------------------------------------------------------------------------------

// 'sha256-...' of a text, as a Content-Security-Policy wants it.
static void add_source(hpb_text *policy, const unsigned char *bytes, size_t n)
{
    char hex[HPB_SHA256_TEXT];
    unsigned char digest[32];
    hpb_sha256(bytes, n, hex);
    for (size_t i = 0; i < sizeof digest; i++) {
        const char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        digest[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    hpb_text_add(policy, "'sha256-");
    hpb_base64_add(policy, digest, sizeof digest);
    hpb_text_add(policy, "'");
}

static void add_policy(hpb_text *html)
{
    hpb_text_add(html, "default-src 'none'; img-src data:; style-src ");
    add_source(html, hpb_asset_style_css, hpb_asset_style_css_size);
    hpb_text_add(html, "; script-src ");
    add_source(html, hpb_asset_script_js, hpb_asset_script_js_size);
    hpb_text_add(html, "; base-uri 'none'; form-action 'none'");
}

static void add_status(const hpb_report_data *data, hpb_text *html)
{
    hpb_arena *arena = data->arena;
    hpb_html_add(html, data->suite);
    if (data->n_explanations) {
        hpb_text_add(html, " · ");
        hpb_html_add(html, data->explanations->side[0].title);
        hpb_text_add(html, " against ");
        hpb_html_add(html, data->explanations->side[1].title);
    }
    hpb_text_add(html, " · %s of %s runs · ", count_text(arena, data->stored),
                 count_text(arena, data->planned));
    hpb_text_add(html, data->failed ? "<span class=\"bad\">%s failed: %s</span>" : "%s failed%s",
                 count_text(arena, data->failed), hpb_report_failures(arena, data->count));
    hpb_text_add(html, ", %s diverged · %s", count_text(arena, data->count[HPB_STATUS_DIVERGED]),
                 hpb_report_is_partial(data) ? "<b>PARTIAL</b>" : "complete");
}

static void add_banner(const hpb_report_data *data, hpb_text *html)
{
    if (hpb_report_is_partial(data))
        hpb_text_add(html,
                     "<p class=\"partial\" role=\"status\">PARTIAL: %s of %s runs. The same "
                     "command goes on with the rest.</p>\n",
                     count_text(data->arena, data->stored), count_text(data->arena, data->planned));
}

#define HEADLINES 3 // sentences in large print; the others follow in small
#define FEW 2       // of those that are one paragraph; more are a list

void hpb_page_headlines(const char *const *sentences, uint32_t n, hpb_text *html)
{
    for (uint32_t i = 0; i < n && i < HEADLINES; i++) {
        hpb_text_add(html, i ? " " : "<b>");
        hpb_page_prose(html, sentences[i]);
        if (!i)
            hpb_text_add(html, "</b>");
    }
}

void hpb_page_rest(const char *const *sentences, uint32_t n, hpb_text *html)
{
    const bool is_list = n > HEADLINES + FEW;
    for (uint32_t i = HEADLINES; i < n; i++) {
        if (i == HEADLINES)
            hpb_text_add(html, is_list ? "<ul class=\"rest\">\n<li>" : "<p class=\"rest\">");
        else
            hpb_text_add(html, is_list ? "</li>\n<li>" : " ");
        hpb_page_prose(html, sentences[i]);
    }
    if (n > HEADLINES)
        hpb_text_add(html, is_list ? "</li>\n</ul>\n" : "</p>\n");
}

static void add_question(const hpb_report_data *data, hpb_text *html)
{
    if (!*data->question)
        return;
    hpb_text_add(html, "<p class=\"question\">The question: <b>");
    hpb_html_add(html, data->question);
    hpb_text_add(html, "</b></p>\n");
}

void hpb_page_advice(const char *advice, hpb_text *html)
{
    if (!advice)
        return;
    hpb_text_add(html, "<p class=\"advice\"><b>Do this:</b> ");
    hpb_page_prose(html, advice);
    hpb_text_add(html, "</p>\n");
}

// --- figures ------------------------------------------------------------------------------------------

static void add_note(const char *note, hpb_text *html)
{
    if (!*note)
        return;
    hpb_text_add(html, "<p class=\"advice bad\">");
    hpb_html_add(html, note);
    hpb_text_add(html, "</p>\n");
}

void hpb_page_figures(const hpb_figures *figures, uint32_t explanation, bool is_on_first_screen,
                      hpb_text *html)
{
    for (uint32_t i = 0; i < figures->n; i++) {
        const hpb_figure *figure = &figures->items[i];
        if (figure->explanation != explanation ||
            figure->is_on_first_screen != is_on_first_screen || !figure->svg.length)
            continue;
        hpb_text_add(html,
                     "<figure><div class=\"scroll\" tabindex=\"0\" role=\"group\" "
                     "aria-label=\"Figure %u\"><img src=\"data:image/svg+xml;base64,",
                     i + 1);
        hpb_base64_add(html, figure->svg.data, figure->svg.length);
        hpb_text_add(html, "\" alt=\"");
        hpb_html_add(html, figure->alt.data);
        hpb_text_add(html, "\"></div>\n<figcaption>");
        hpb_html_add(html, figure->caption.data);
        hpb_text_add(
            html, " <span class=\"soft\">figures/%s.png, .svg, .csv</span></figcaption></figure>\n",
            figure->name);
        hpb_text_add_bytes(html, figure->beneath.data, figure->beneath.length);
    }
}

// --- how sure -----------------------------------------------------------------------------------------

// What a run of the reference draws afresh, in words: "the split, the initial weights and the row order".
static char *fresh_words(const hpb_report_data *data, bool *data_is_fresh)
{
    static const struct {
        const char *key, *words;
    } streams[] = {
        {"split", "the split"}, {"weights", "the initial weights"}, {"order", "the row order"}};
    json_t *spec = data->cells[data->reference].spec
                       ? json_loads(data->cells[data->reference].spec, 0, NULL)
                       : NULL;
    const json_t *seeds = json_object_get(spec, "seeds");
    const char *found[HPB_COUNT(streams) + 1];
    size_t n = 0;
    const char *seed = json_string_value(json_object_get(json_object_get(spec, "data"), "seed"));
    *data_is_fresh = seed && strcmp(seed, "fresh") == 0 && !data->is_factor[HPB_AXIS_DATA];
    if (*data_is_fresh)
        found[n++] = "the data";
    for (size_t i = 0; i < HPB_COUNT(streams); i++) {
        const char *value = json_string_value(json_object_get(seeds, streams[i].key));
        if (value && strcmp(value, "seed") == 0) // the policy's one number
            value = json_string_value(json_object_get(seeds, "seed"));
        if (value && strcmp(value, "fresh") == 0)
            found[n++] = streams[i].words;
    }
    hpb_text text = {0};
    for (size_t i = 0; i < n; i++)
        hpb_text_add(&text, "%s%s", i == 0 ? "" : i + 1 == n ? " and " : ", ", found[i]);
    char *out = hpb_arena_strdup(data->arena, text.data ? text.data : "");
    hpb_text_free(&text);
    json_decref(spec);
    return out;
}

static void add_scope(const hpb_report_data *data, hpb_text *html)
{
    bool data_is_fresh = false;
    const char *fresh = data->n_cells ? fresh_words(data, &data_is_fresh) : "";
    const json_t *sets = json_object_get(data->about, "data");
    hpb_text_add(html, "<p><b>Scope.</b> ");
    if (json_array_size(sets) == 1) {
        const json_t *set = json_array_get(sets, 0);
        const long long rows = json_integer_value(json_object_get(set, "n_rows"));
        const long long columns = json_integer_value(json_object_get(set, "n_features"));
        const char *label = json_string_value(json_object_get(set, "label"));
        hpb_text_add(html, "All of this holds for %s ",
                     data_is_fresh ? "data like" : "one data set,");
        hpb_html_add(html, label && *label ? label : "the suite's");
        hpb_text_add(html, " (%lld rows, %lld columns), and for the settings of the suite; ", rows,
                     columns);
    } else {
        hpb_text_add(html, "All of this holds for the data and the settings of the suite; ");
    }
    if (*fresh)
        hpb_text_add(html, "each run draws %s afresh%s, the same draws in every cell.%s</p>\n",
                     fresh, data->is_factor[HPB_AXIS_SEEDS] ? " where no seed is fixed" : "",
                     data_is_fresh ? "" : " Another data set may answer otherwise.");
    else
        hpb_text_add(html, "what a run draws afresh is listed below, under the settings.</p>\n");
}

static void add_differences(const hpb_report_data *data, hpb_text *html)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (uint32_t c = 0; c < data->n_cells; c++)
        if (data->cells[c].base >= 0 && isfinite(data->cells[c].difference.correlation)) {
            low = fmin(low, data->cells[c].difference.correlation);
            high = fmax(high, data->cells[c].difference.correlation);
        }
    hpb_text_add(html, "<p><b>Differences</b> are to the reference, ");
    hpb_html_add(html, data->cells[data->reference].label);
    hpb_text_add(html, ": means over runs with the same seeds in both cells");
    if (data->n_compared == 1)
        hpb_text_add(html, ", here one, with its 95 %% interval.");
    else
        hpb_text_add(
            html,
            ". The 95 %% intervals in their figure hold for all %u at once (max-t; Hothorn, "
            "Bretz and Westfall 2008), and so do those of the table at the top for its rows.",
            data->n_compared);
    if (low <= high) {
        hpb_text_add(html, " Runs with the same seeds are correlated by ");
        hpb_page_number(html, low, 2);
        if (low < high) {
            hpb_text_add(html, " to ");
            hpb_page_number(html, high, 2);
        }
        hpb_text_add(html, ": pairing helps where that is above 0.");
    }
    hpb_text_add(html, "</p>\n");
}

static void add_failures(const hpb_report_data *data, hpb_text *html)
{
    for (uint32_t i = 0; i < data->n_causes; i++) {
        hpb_text_add(html, i ? "" : "<h3>Causes of failure</h3>\n<ul>");
        hpb_text_add(html, "<li>%s × %s: ", count_text(data->arena, data->causes[i].count),
                     hpb_report_status_words(data->causes[i].status));
        hpb_html_add(html, data->causes[i].text);
        hpb_text_add(html, "; first in ");
        hpb_html_add(html, data->causes[i].cell);
        hpb_text_add(html, ", replicate %u</li>\n", data->causes[i].replicate);
    }
    if (data->n_other_causes)
        hpb_text_add(html, "<li>%s of other causes: <code>hpbench status</code></li>\n",
                     count_text(data->arena, data->n_other_causes));
    if (data->n_causes)
        hpb_text_add(html, "</ul>\n");
}

static void add_confidence(const hpb_report_data *data, hpb_text *html)
{
    if (data->n_explanations)
        hpb_page_explained_confidence(data, html);
    else
        add_scope(data, html);
    if (data->n_compared)
        add_differences(data, html);
    hpb_text_add(html,
                 "<p><b>Spread.</b> “%s” are the runs from the 5 %% to the 95 %% "
                 "quantile (type 7, as "
                 "NumPy's) of those with a finite MSE. It is the spread of single runs, not "
                 "an error of the %s.</p>\n",
                 data->n_explanations ? "9 in 10" : "90 runs in 100",
                 data->n_explanations ? "mean" : "median");
    if (data->count[HPB_STATUS_DIVERGED] || data->failed)
        hpb_text_add(html, "<p><b>Left out.</b> Runs that diverged or failed have no finite MSE: "
                           "they are counted in every "
                           "row, and no median, mean or interval holds them. A cell that loses its "
                           "worst runs so looks better "
                           "than it is.</p>\n");
    add_failures(data, html);
    hpb_page_averaging(data, html);
}

// --- the template -------------------------------------------------------------------------------------

typedef struct page_context {
    const hpb_report_data *data;
    const hpb_figures *figures;
    const char *note, *stamp;
    const char *const *sentences; // of the answer
    uint32_t n_sentences;
} page_context;

static void add_cells(const hpb_report_data *data, hpb_text *html)
{
    hpb_text_add(html, "<section>\n<h2>%s</h2>\n",
                 data->n_explanations ? "The runs of both sides" : "All cells");
    hpb_page_cells(data, html);
    hpb_text_add(html, "</section>\n");
}

// Where rates are varied, the effect of each single one is not the question.
static void add_rates_or_effects(const hpb_report_data *data, hpb_text *html)
{
    if (!hpb_page_best_rates(data, html))
        hpb_page_effects(data, html);
}

static void fill_place(const page_context *page, const char *name, size_t n, hpb_text *html)
{
#define IS(word) (n == sizeof word - 1 && memcmp(name, word, n) == 0)
    const hpb_report_data *data = page->data;
    const char *version = json_string_value(json_object_get(data->about, "hpbench"));
    if (IS("policy"))
        add_policy(html);
    else if (IS("version"))
        hpb_html_add(html, version ? version : "");
    else if (IS("stamp"))
        hpb_html_add(html, page->stamp);
    else if (IS("title"))
        hpb_html_add(html, data->suite);
    else if (IS("style"))
        hpb_text_add_bytes(html, (const char *)hpb_asset_style_css, hpb_asset_style_css_size);
    else if (IS("script"))
        hpb_text_add_bytes(html, (const char *)hpb_asset_script_js, hpb_asset_script_js_size);
    else if (IS("banner"))
        add_banner(data, html);
    else if (IS("status"))
        add_status(data, html);
    else if (IS("answer"))
        hpb_page_headlines(page->sentences, page->n_sentences, html);
    else if (IS("rest"))
        hpb_page_rest(page->sentences, page->n_sentences, html);
    else if (IS("question"))
        add_question(data, html);
    else if (IS("effects") && data->n_explanations)
        hpb_page_causes(data, 0, html);
    else if (IS("effects"))
        add_rates_or_effects(data, html);
    else if (IS("advice"))
        hpb_page_advice(data->advice, html);
    else if (IS("note"))
        add_note(page->note, html);
    else if (IS("figures"))
        hpb_page_figures(page->figures, 0, true, html);
    else if (IS("more_figures"))
        hpb_page_figures(page->figures, 0, false, html);
    else if (IS("confidence"))
        add_confidence(data, html);
    else if (IS("ranking"))
        hpb_page_ranking(data, html);
    else if (IS("others"))
        hpb_page_other_explanations(data, page->figures, html);
    else if (IS("cells"))
        add_cells(data, html);
    else if (IS("details"))
        hpb_page_details(data, html);
#undef IS
}

void hpb_page_write(const hpb_report_data *data, const hpb_figures *figures, const char *note,
                    const char *stamp, hpb_text *page)
{
    page_context context = {data, figures, note, stamp, data->sentences, data->n_sentences};
    if (data->n_explanations)
        context.sentences = hpb_page_explained_sentences(data, 0, &context.n_sentences);
    const char *at = (const char *)hpb_asset_page_html, *end = at + hpb_asset_page_html_size;
    while (at < end) {
        const char *open = memmem(at, (size_t)(end - at), "{{", 2);
        const char *close = open ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;
        if (!close) {
            hpb_text_add_bytes(page, at, (size_t)(end - at));
            return;
        }
        hpb_text_add_bytes(page, at, (size_t)(open - at));
        fill_place(&context, open + 2, (size_t)(close - open - 2), page);
        at = close + 2;
    }
}
