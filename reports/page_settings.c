// SPDX-License-Identifier: Apache-2.0
// What was in effect: every setting of every level, or of two protocols side by side.
#include "explain/explanation.h"
#include "page.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_LEVELS 12 // columns of a table of settings

typedef struct level_column {
    const char *name;
    json_t *settings, *defaults; // objects, borrowed from `spec`
    json_t *spec;
} level_column;

static uint32_t collect_levels(const hpb_report_data *data, int axis,
                               level_column out[SHOWN_LEVELS], uint32_t *n_levels)
{
    uint32_t n = 0;
    *n_levels = 0;
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        if (cell->level_id[axis] < *n_levels)
            continue; // levels are numbered as cells are
        *n_levels = cell->level_id[axis] + 1;
        json_t *spec = n < SHOWN_LEVELS && cell->spec ? json_loads(cell->spec, 0, NULL) : NULL;
        json_t *settings = json_object_get(spec, hpb_axis_name((hpb_axis)axis));
        if (json_is_object(settings) && json_object_size(settings))
            out[n++] = (level_column){
                .name = *cell->levels[axis] ? cell->levels[axis] : "all cells",
                .settings = settings,
                .defaults = json_object_get(json_object_get(spec, "defaults"),
                                            hpb_axis_name((hpb_axis)axis)),
                .spec = spec,
            };
        else
            json_decref(spec);
    }
    return n;
}

// Candidates of a grid, by their labels.
static char *labels_text(const json_t *array)
{
    hpb_text text = {0};
    size_t i;
    const json_t *item;
    json_array_foreach(array, i, item)
    {
        const char *label = json_string_value(json_object_get(item, "label"));
        hpb_text_add(&text, "%s%s", i ? "; " : "", label ? label : "?");
    }
    return text.data;
}

char *hpb_page_value(const json_t *value)
{
    if (json_is_null(value))
        return hpb_strdup("none");
    if (json_is_object(json_array_get(value, 0)))
        return labels_text(value);
    if (json_is_string(value))
        return hpb_strdup(json_string_value(value));
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    return text ? text : hpb_strdup("–");
}

static void add_setting(const level_column *levels, uint32_t n, const char *key, hpb_text *html)
{
    bool differs = false;
    for (uint32_t i = 1; i < n; i++)
        differs |= !json_equal(json_object_get(levels[i].settings, key),
                               json_object_get(levels[0].settings, key));
    hpb_text_add(html, "<tr%s><th scope=\"row\">", differs ? " class=\"differs\"" : "");
    hpb_html_add(html, key);
    hpb_text_add(html, "</th>");
    for (uint32_t i = 0; i < n; i++) {
        char *text = hpb_page_value(json_object_get(levels[i].settings, key));
        const char *source = json_string_value(json_object_get(levels[i].defaults, key));
        hpb_text_add(html, source ? "<td class=\"default\">" : "<td>");
        hpb_html_add(html, text);
        if (source) {
            hpb_text_add(html, " <span>(");
            hpb_html_add(html, source);
            hpb_text_add(html, ")</span>");
        }
        hpb_text_add(html, "</td>");
        free(text);
    }
    hpb_text_add(html, "</tr>\n");
}

// The levels side by side, key by key.
static void add_table(const level_column *levels, uint32_t n, int axis, hpb_text *html)
{
    hpb_text_add(html, "<h3>[%s]</h3>\n<div class=\"scroll\"><table class=\"settings\">",
                 hpb_axis_name((hpb_axis)axis));
    if (n > 1) {
        hpb_text_add(html, "<thead><tr><th></th>");
        for (uint32_t i = 0; i < n; i++) {
            hpb_text_add(html, "<th scope=\"col\">");
            hpb_html_add(html, levels[i].name);
            hpb_text_add(html, "</th>");
        }
        hpb_text_add(html, "</tr></thead>");
    }
    hpb_text_add(html, "<tbody>\n");
    for (uint32_t i = 0; i < n;
         i++) { // the keys of the first level, then those that only later ones have
        const char *key;
        json_t *value;
        json_object_foreach(levels[i].settings, key, value)
        {
            bool is_known = false;
            for (uint32_t k = 0; k < i; k++)
                is_known |= json_object_get(levels[k].settings, key) != NULL;
            if (!is_known)
                add_setting(levels, n, key, html);
        }
    }
    hpb_text_add(html, "</tbody></table></div>\n");
}

static void add_axis_settings(const hpb_report_data *data, int axis, hpb_text *html)
{
    level_column levels[SHOWN_LEVELS];
    uint32_t n_levels;
    const uint32_t n = collect_levels(data, axis, levels, &n_levels);
    if (!n)
        return;
    add_table(levels, n, axis, html);
    if (n_levels > n)
        hpb_text_add(html, "<p class=\"soft\">and %u more levels</p>\n", n_levels - n);
    for (uint32_t i = 0; i < n; i++)
        json_decref(levels[i].spec);
}

// --- two protocols ----------------------------------------------------------------------------------------

// What the suite says of a side, its own seeds included.
static const char *own_spec(const hpb_report_data *data, const hpb_side *side)
{
    for (uint32_t c = 0; c < data->n_cells; c++)
        if (data->cells[c].own_spec && data->cells[c].spec == side->spec)
            return data->cells[c].own_spec;
    return side->spec;
}

static void add_sides(const hpb_report_data *data, const hpb_explanation *e, hpb_text *html)
{
    json_t *spec[2];
    for (int s = 0; s < 2; s++) {
        const char *text = own_spec(data, &e->side[s]);
        spec[s] = text ? json_loads(text, 0, NULL) : NULL;
    }
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        const char *name = hpb_axis_name((hpb_axis)axis);
        level_column sides[2];
        size_t n_keys = 0;
        for (int s = 0; s < 2; s++) {
            sides[s] = (level_column){
                .name = e->side[s].title,
                .settings = json_object_get(spec[s], name),
                .defaults = json_object_get(json_object_get(spec[s], "defaults"), name)};
            n_keys += json_object_size(sides[s].settings);
        }
        if (n_keys)
            add_table(sides, 2, axis, html);
    }
    json_decref(spec[0]);
    json_decref(spec[1]);
}

void hpb_page_settings(const hpb_report_data *data, hpb_text *html)
{
    hpb_text_add(html,
                 "<details><summary>What each %s really did: every setting in effect</summary>\n"
                 "<p class=\"soft\">Bold: %s. Grey italics: not in the suite, so a "
                 "default, and whose.</p>\n",
                 data->n_explanations ? "side" : "cell",
                 data->n_explanations ? "the two differ in it" : "the levels differ in it");
    if (data->n_explanations)
        add_sides(data, data->explanations, html);
    for (int axis = 0; axis < HPB_AXIS_COUNT && !data->n_explanations; axis++)
        add_axis_settings(data, axis, html);
    hpb_text_add(html, "</details>\n");
}
