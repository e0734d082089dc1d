// SPDX-License-Identifier: Apache-2.0
// The page's table of what plugins cost.
#include "page.h"

// The first of its measure is the reference's where the suite names its plugin.
static const hpb_report_timing *first_of(const hpb_report_data *data, hpb_timing_measure measure)
{
    for (uint32_t i = 0; i < data->n_timings; i++)
        if (data->timings[i].measure == measure)
            return &data->timings[i];
    return NULL;
}

static const char *kind_of(hpb_timing_measure measure)
{
    static const char *const kinds[HPB_TIMING_COUNT] = {
        [HPB_TIMING_UPDATE] = "optimizer", [HPB_TIMING_FILL] = "initializer",
        [HPB_TIMING_SPLIT] = "splitter",   [HPB_TIMING_OBSERVE] = "early stopping",
        [HPB_TIMING_RATE] = "schedule",
    };
    return kinds[measure];
}

static void add_row(const hpb_report_data *data, const hpb_report_timing *t, hpb_text *html)
{
    const hpb_report_timing *first = first_of(data, t->measure);
    hpb_text_add(html, "<tr><td data-head=\"plugin\"><span class=\"soft\">%s:</span> ",
                 kind_of(t->measure));
    hpb_html_add(html, t->name);
    hpb_text_add(html, "</td><td class=\"n\" data-head=\"median\">");
    hpb_page_number(html, t->summary.median * 1e9, 3);
    hpb_text_add(html,
                 " ns</td><td data-head=\"for\">a %s</td><td class=\"n\" data-head=\"times\">",
                 hpb_timing_item_name(t->measure));
    if (t == first)
        hpb_text_add(html, "1</td></tr>\n");
    else {
        hpb_page_number(html, t->summary.median / first->summary.median, 2);
        hpb_text_add(html, " × ");
        hpb_html_add(html, first->name);
        hpb_text_add(html, "</td></tr>\n");
    }
}

void hpb_page_costs(const hpb_report_data *data, hpb_text *html)
{
    bool is_any = false;
    for (uint32_t i = 0; i < data->n_timings; i++) {
        if (!*data->timings[i].plugin)
            continue;
        if (!is_any)
            hpb_text_add(html,
                         "<details><summary>What each plugin costs</summary>\n<table "
                         "class=\"blocks\"><thead><tr><th scope=\"col\">plugin</th><th "
                         "scope=\"col\" class=\"n\">median</th><th scope=\"col\">for</th><th "
                         "scope=\"col\" class=\"n\">times the first</th></tr></thead>\n<tbody>\n");
        is_any = true;
        add_row(data, &data->timings[i], html);
    }
    if (is_any)
        hpb_text_add(
            html, "</tbody></table>\n<p class=\"note soft\">Processor time of the plugin's own "
                  "work in the reference's network and data, or the first cell's that has it, with "
                  "what the host does around it: weight decay, clipping and averaging around an "
                  "update, checking and copying of splits. All lanes full.</p></details>\n");
}
