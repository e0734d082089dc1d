// SPDX-License-Identifier: Apache-2.0
// The table at the top: what another level of each factor does to mean, spread and time.
#include "page.h"
#include "ranking.h"

#include <math.h>
#include <string.h>

static void add_times(hpb_text *html, double ratio, const char *more, const char *less)
{
    char text[HPB_NUMBER_SIZE];
    if (!(ratio > 0) || !isfinite(ratio))
        hpb_text_add(html, "–");
    else if (ratio > 1 / 1.05 && ratio < 1.05)
        hpb_text_add(html, "the same");
    else
        hpb_text_add(html, "%s times %s", hpb_rounded_text(ratio > 1 ? ratio : 1 / ratio, 2, text),
                     ratio > 1 ? more : less);
}

// Where the single runs of a level lie among their twins: "49th to 99th".
static void add_ranks(const hpb_report_data *data, const hpb_report_effect *effect, hpb_text *html)
{
    uint32_t low = 100, high = 1;
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        if (!cell->rank || strcmp(cell->levels[effect->axis], effect->level) != 0)
            continue;
        low = cell->rank < low ? cell->rank : low;
        high = cell->rank > high ? cell->rank : high;
    }
    if (low < high)
        hpb_text_add(html, "%s to ", hpb_report_ordinal(data->arena, low));
    hpb_text_add(html, "%s", hpb_report_ordinal(data->arena, high));
}

static bool is_measured(const hpb_report_effect *effect)
{
    return effect->n_contexts && effect->difference.n_pairs;
}

// A level of single runs that lie among others.
static bool is_ranked(const hpb_report_data *data, const hpb_report_effect *effect)
{
    return effect->fixed >= 0 && data->cells[effect->fixed].rank;
}

static void add_effect_row(const hpb_report_data *data, const hpb_report_effect *effect,
                           hpb_text *html)
{
    const hpb_difference *d = &effect->difference;
    hpb_text_add(html, "<tr><td data-head=\"what changes\"><span class=\"soft\">%s:</span> ",
                 hpb_report_axis_title(effect->axis));
    hpb_html_add(html, hpb_report_name(data->arena, effect->level));
    hpb_text_add(html, " instead of ");
    hpb_html_add(html, hpb_report_name(data->arena, effect->base));
    hpb_text_add(html, "</td><td class=\"n\" data-head=\"effect on MSE\">");
    if (is_measured(effect)) {
        hpb_page_signed(html, d->mean, 2);
        hpb_page_interval(html, d->low, d->high, 2, true);
        if (d->low <= 0 && d->high >= 0)
            hpb_text_add(html, " <span class=\"soft\">none seen</span>");
        hpb_text_add(html, "</td><td class=\"n\" data-head=\"spread (SD)\">");
        add_times(html, effect->spread, "wider", "narrower");
        hpb_text_add(html, "</td><td class=\"n\" data-head=\"time of a run\">");
        add_times(html, effect->time, "longer", "shorter");
    } else if (is_ranked(data, effect)) {
        hpb_text_add(html, "one draw: ");
        add_ranks(data, effect, html);
        hpb_text_add(html, " of 100 runs</td>");
        hpb_text_add(html, "<td class=\"n\" data-head=\"spread (SD)\">–</td>"
                           "<td class=\"n\" data-head=\"time of a run\">–");
    } else {
        hpb_text_add(html, "–</td><td class=\"n\" data-head=\"spread (SD)\">–</td>"
                           "<td class=\"n\" data-head=\"time of a run\">–");
    }
    hpb_text_add(html, "</td></tr>\n");
}

#define SHOWN_EFFECTS 8 // the rest is in a fold
#define SHOWN_LEVELS 4  // of one factor: those with the lowest means

// Single rates are no question where each optimizer is at its best one.
static bool is_listed(const hpb_report_data *data, const hpb_report_effect *effect)
{
    return effect->axis != HPB_AXIS_OPTIMIZER || !data->ranking || !data->ranking->is_tuned;
}

// Whether the first table has room for an effect: what a reader would choose comes before what he would not.
static bool is_shown(const hpb_report_data *data, uint32_t effect)
{
    uint32_t before = 0, levels = 0;
    const hpb_report_effect *e = &data->effects[effect];
    for (uint32_t i = 0; i < data->n_effects; i++) {
        const hpb_report_effect *other = &data->effects[i];
        if (other->axis == e->axis && i != effect && is_measured(other))
            levels += !is_measured(e) || other->difference.mean < e->difference.mean ||
                      (other->difference.mean == e->difference.mean && i < effect);
    }
    if (levels >= SHOWN_LEVELS)
        return false;
    for (int axis = 0; axis < (int)e->axis; axis++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < data->n_effects; i++)
            n += (int)data->effects[i].axis == axis && is_listed(data, &data->effects[i]);
        before += n < SHOWN_LEVELS ? n : SHOWN_LEVELS;
    }
    return before + levels < SHOWN_EFFECTS;
}

static uint32_t add_effect_rows(const hpb_report_data *data, bool shown, hpb_text *html)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < data->n_effects; i++)
        if (is_listed(data, &data->effects[i]) && is_shown(data, i) == shown) {
            add_effect_row(data, &data->effects[i], html);
            n++;
        }
    return n;
}

void hpb_page_effects(const hpb_report_data *data, hpb_text *html)
{
    static const char head[] = "<thead><tr><th scope=\"col\">what changes</th><th scope=\"col\" "
                               "class=\"n\">effect on mean MSE</th>"
                               "<th scope=\"col\" class=\"n\">spread (SD)</th><th scope=\"col\" "
                               "class=\"n\">time of a run</th></tr></thead>\n";
    bool is_averaged = false, is_any = false;
    uint32_t n_listed = 0;
    for (uint32_t i = 0; i < data->n_effects; i++) {
        is_averaged |= data->effects[i].n_contexts > 1;
        n_listed += is_listed(data, &data->effects[i]);
        is_any |= is_listed(data, &data->effects[i]) &&
                  (is_measured(&data->effects[i]) || is_ranked(data, &data->effects[i]));
    }
    if (!is_any) // a table of dashes, as of a protocol with one run against one with many
        return;
    hpb_text_add(html, "<table class=\"effects blocks\">%s<tbody>\n", head);
    const uint32_t n_shown = add_effect_rows(data, true, html);
    hpb_text_add(html,
                 "</tbody></table>\n<p class=\"note soft\">Mean differences over runs with the "
                 "same seeds in all cells concerned%s",
                 is_averaged ? ", averaged over the other levels" : "");
    if (data->is_factor[HPB_AXIS_DATA]) {
        hpb_text_add(html, " on ");
        hpb_html_add(html, data->cells[data->reference].levels[HPB_AXIS_DATA]);
    }
    hpb_text_add(html, "; 95 %% interval%s. Spread and time: geometric means of the ratios.</p>\n",
                 data->n_effects > 1 ? "s that hold for all rows at once" : "");
    if (n_listed <= n_shown)
        return;
    hpb_text_add(html,
                 "<details><summary>%u more</summary><table class=\"effects blocks\">%s<tbody>\n",
                 n_listed - n_shown, head);
    add_effect_rows(data, false, html);
    hpb_text_add(html, "</tbody></table></details>\n");
}
